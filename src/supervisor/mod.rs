//! The process that decides.

pub mod handle;
