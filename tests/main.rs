//! Integration tests: one binary, a module for each subject. Those that run servers do it in a state directory of
//! their own, see [`support`].
#![allow(clippy::unwrap_used, reason = "a failed test reports it")]

mod house;
mod support;

mod access;
mod at_once;
mod background;
mod checks;
mod crashes;
mod dashboard;
mod diagnostics;
mod earlier_versions;
mod environment;
mod example;
mod exits_across;
mod keeper_kill;
mod log_faults;
mod log_load;
mod logs;
mod logs_cli;
mod logs_followed;
mod logs_kept;
mod logs_packed;
mod memory;
mod names;
mod needs;
mod not_executed;
mod notify;
mod nursery;
mod order;
mod orphans;
mod other_users;
mod places;
mod port_holders;
mod ports;
mod processes;
mod profiles;
mod real;
mod reload;
mod replicas;
mod setup;
mod signals;
mod start_stop;
mod state_files;
mod status_json;
mod stop_trees;
mod stopped_supervisor;
mod supervisor_kill;
mod supervisor_verbs;
mod two_holders;
mod upgrade;
