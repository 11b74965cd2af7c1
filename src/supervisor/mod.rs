//! The process that decides.

pub mod events;
pub mod handle;
pub mod http;
pub mod monitor;
