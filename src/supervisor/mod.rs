//! The process that decides.

pub mod handle;
pub mod http;
