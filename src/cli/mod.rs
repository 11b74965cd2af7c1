//! The command line, one file a subcommand.

pub mod add;
pub mod check;
pub mod init;
