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
//! | Stopped, Failed, Completed | look at needs and ports, launch | Stopped | as start |
//! | Waiting | stays | Stopped | stays |
//! | Starting, Running | no-op | when no dependent leaves: Stopping, then Stopped | the same, then launch |
//! | the same, its stop waits for dependents | stays up | stays so; `now`: Stopping | launch when it has ended |
//! | Stopping | launch when it has ended | Stopped when it has ended; a second one, or `now`, kills at once | launch when it has ended |
//! | Backoff | launch now | Stopped | launch now |
//!
//! | phase \ world | ended by itself | start-up check passed | timer |
//! |---|---|---|---|
//! | Starting | Completed, Backoff or Failed by the policy | Running | too slow: stop it, then as failed |
//! | Running | the same | - | stable: attempts are 0 again |
//! | the same, its stop waits for dependents | what it was to be stopped for | Running | - |
//! | Stopping | what it was stopped for | - | 2 s after SIGKILL: tell what is left |
//! | Waiting | - | - | look at the ports again |
//! | Backoff | - | - | look at needs and ports, launch |
//!
//! While it runs its health check answers, its heartbeat comes, its ports are looked at and its memory is measured. What
//! they say is its *health*; if that is to lead to a restart, or its memory is over the limit, it is stopped and counts
//! as failed: `health` has it all.
//!
//! Success under `never` or `on-failure` completes; failure under `never` fails; anything under `always`, and failure
//! under `on-failure`, backs off until the attempts are used up. A stop that was asked for ends in Stopped, whatever
//! the exit.
//!
//! # Order
//!
//! Servers do not know each other here. On the way up a server asks `LookAtNeeds` and stays Waiting until `Needs` says
//! that nothing is missing; on the way down it asks `LookAtDependents` and stays up, with its stop pending, until
//! `Dependents` says that nobody who needs it is on the way down and still alive. Whoever performs the effects answers
//! at once, and again whenever the answer changes. A server whose dependents are to stay up is not held back: it was
//! asked to stop, so it stops. Nothing of this is needed a second time after a crash of the supervisor: desired states
//! are saved for all servers of a wish at once, and every server that is found asks again.
//!
//! Every timer carries the epoch of the state that set it: leaving the state makes it a no-op, so none is ever
//! cancelled. Start with [`Server::step`]; wishes stand in `wishes`, the way up in `launching`, the way down in
//! `leaving`, what follows from an end in `ends`, what checks lead to in `health`. `why` tells a user where it is and what
//! comes next.

pub mod backoff;
mod ends;
pub mod health;
pub mod input;
mod launching;
mod leaving;
pub mod needs;
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
