//! The whole dashboard, from message to cell.

mod bytes;
pub(crate) mod fixture;
mod keys;
mod looks;
mod pictures;
mod properties;
mod sizes;
