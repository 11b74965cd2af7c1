//! The whole dashboard, from message to cell.

mod acts;
mod detail;
mod events;
pub(crate) mod fixture;
mod logs;
mod looks;
mod properties;
mod table;
mod themes;
