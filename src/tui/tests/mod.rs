//! The whole dashboard, from message to cell.

mod acts;
mod bytes;
mod detail;
mod edit;
mod events;
pub(crate) mod fixture;
mod keys;
mod logs;
mod looks;
mod no_dead_key;
mod palette;
mod pictures;
mod properties;
mod sizes;
mod table;
mod themes;
