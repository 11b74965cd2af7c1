//! The operating system, one family of calls a file. The only folder with `unsafe` and with `cfg(target_os)`.
//!
//! It decides nothing: it says what is, and does what it is told. Linux only so far; what another system would have
//! to bring is what is `pub` here.
//!
//! Start with [`spawn`] for how a process begins, [`pidfd`] and [`tree`] for how it ends, [`identity`] for how it is
//! known again, [`proc`](mod@proc) and [`ports`] for what is seen of it.

#![allow(unsafe_code, reason = "system calls; each block says why it is sound")]

pub mod failpoint;
pub mod fd;
pub mod file;
pub mod identity;
pub mod limits;
pub mod lock;
pub mod notify;
pub mod pass;
pub mod pidfd;
pub mod ports;
pub mod proc;
pub mod program;
pub mod pty;
pub mod rotate;
pub mod shell;
pub mod signal;
pub mod socket;
pub mod spawn;
pub mod tree;
pub mod users;
