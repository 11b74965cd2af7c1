//! The state machine of a server, pure: `step(now, input)` gives the new state and what is to be done.
//!
//! # Who wins
//!
//! A server has a *phase* (where it is) and a *desired* state (what was asked for). An input is an answer of the
//! world (launched, up, exited, a timer) or a wish (start, stop, restart). Wishes only change what is desired and how
//! the present phase is left; a phase is left when the world says so. So between a wish and its effect nothing is
//! guessed, and the last wish wins:
//!
//! | phase \ wish | start | stop | restart |
//! |---|---|---|---|
//! | Stopped, Failed, Completed | look at the ports, launch | Stopped | as start |
//! | Waiting | stays | Stopped | stays |
//! | Starting, Running | no-op | Stopping, then Stopped | Stopping, then launch |
//! | Stopping | launch when it has ended | Stopped when it has ended; `now` shortens it | launch when it has ended |
//! | Backoff | launch now | Stopped | launch now |
//!
//! | phase \ world | ended by itself | start-up check passed | timer |
//! |---|---|---|---|
//! | Starting | Completed, Backoff or Failed by the policy | Running | too slow: stop it, then as failed |
//! | Running | the same | - | stable: attempts are 0 again |
//! | Stopping | what it was stopped for | - | - |
//! | Waiting | - | - | look at the ports again |
//! | Backoff | - | - | look at the ports, launch |
//!
//! While it runs its health check answers, its heartbeat comes, its ports are looked at and its memory is measured. What
//! they say is its *health*; if that is to lead to a restart, or its memory is over the limit, it is stopped and counts
//! as failed: `health` has it all.
//!
//! Success under `never` or `on-failure` completes; failure under `never` fails; anything under `always`, and failure
//! under `on-failure`, backs off until the attempts are used up. A stop that was asked for ends in Stopped, whatever
//! the exit.
//!
//! Every timer carries the epoch of the state that set it: leaving the state makes it a no-op, so none is ever
//! cancelled. Start with [`Server::step`]; wishes stand in `wishes`, what follows from an end in `ends`,
//! what checks lead to in `health`.

pub mod backoff;
mod ends;
pub mod health;
pub mod input;
pub mod server;
pub mod timer;
pub mod why;
mod wishes;
pub mod words;

pub use health::{HealthRules, PortsSeen};
pub use input::{Effect, Input, LaunchError, Memory, Rules};
pub use server::Server;
pub use timer::{Timer, TimerId};

#[cfg(test)]
mod tests;
