//! The whole dashboard, from message to cell.

pub(crate) mod fixture;
mod looks;
mod properties;
mod themes;
