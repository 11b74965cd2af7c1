//! The whole dashboard, from message to cell.

pub(crate) mod fixture;
mod logs;
mod looks;
mod properties;
