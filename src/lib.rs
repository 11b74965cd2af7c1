//! ostler looks after the servers of a development box: it starts them, keeps them alive, tells why one is not up,
//! keeps every byte that they log, and shows it all on one dashboard.
//!
//! # Where do I look for…
//!
//! | what | where |
//! |---|---|
//! | a word's meaning | [`model`], its glossary |
//! | what happens to a server, and when | [`lifecycle`] |
//! | what a config key does | [`config`] |
//! | how a process is started, logged, ended | [`keeper`] |
//! | how a supervisor finds servers again | [`supervisor`], `adopt` |
//! | what follows when a keeper is killed | [`supervisor`], `loss`; [`keeper`], `takeover` |
//! | how a server is asked whether it is up, or ill | [`supervisor`], `checks` and `monitor::prober` |
//! | how ports, memory and leaks are seen | [`supervisor`], `monitor` |
//! | what a client may ask | [`api`] |
//! | what a key does on the dashboard | [`tui`], `keymap` and `update` |
//! | what a terminal says, and is told | [`tui`], `input` and `terminal` |
//! | what colours mean | [`tui`], `theme`; the shipped ones in `themes/` |
//! | how hostile output is made safe | [`text`] |
//! | a system call | [`os`] |
//!
//! # Floors
//!
//! A module may import those on the floors below it, as the table in `tests/house/floors.rs` says.
//!
//! ```text
//!  main          the only file that knows all roles
//!  floor 4       cli   tui   supervisor   demo      siblings: never import each other
//!  floor 3       client   keeper
//!  floor 2       api   journal   run_dir   boot   os
//!  floor 1       lifecycle   config   paths   text
//!  floor 0       model
//! ```

pub mod api;
pub mod boot;
pub mod cli;
pub mod client;
pub mod config;
pub mod demo;
pub mod journal;
pub mod keeper;
pub mod lifecycle;
pub mod model;
pub mod os;
pub mod paths;
pub mod run_dir;
pub mod supervisor;
pub mod text;
pub mod tui;
