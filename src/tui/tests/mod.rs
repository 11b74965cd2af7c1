//! The whole dashboard, from message to cell.

mod edit;
pub(crate) mod fixture;
mod keys;
mod looks;
mod palette;
mod properties;
