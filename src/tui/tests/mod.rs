//! The whole dashboard, from message to cell.

mod acts;
pub(crate) mod fixture;
mod looks;
mod properties;
mod table;
