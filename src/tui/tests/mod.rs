//! The whole dashboard, from message to cell.

mod acts;
pub(crate) mod fixture;
mod logs;
mod looks;
mod properties;
mod table;
