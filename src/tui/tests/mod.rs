//! The whole dashboard, from message to cell.

mod acts;
mod detail;
mod edit;
mod events;
pub(crate) mod fixture;
mod keys;
mod logs;
mod looks;
mod palette;
mod properties;
mod table;
mod themes;
