//! The whole dashboard, from message to cell.

mod detail;
mod events;
pub(crate) mod fixture;
mod looks;
mod properties;
