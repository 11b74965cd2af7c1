//! The operating system, one family a file; the only folder with `unsafe`.

pub mod ports;
pub mod proc;
pub mod tree;
pub mod users;
