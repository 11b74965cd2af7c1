//! The keeper: a tiny process that owns one server while it is wanted up.
//!
//! It launches a run when told, never by itself; it reads what the run writes and appends it to the journal; it puts
//! the exit on record before it reaps; it ends whole process trees. It has one thread and no policy: it never
//! decides that a server should run. It outlives the supervisor, and brings it back when it died without a goodbye.
//!
//! * [`protocol`]: what it is told and what it says.
//! * [`run`]: the nursery, which forks keepers. `state` is a keeper's loop and what it knows, `launch` how a run begins,
//!   `takeover` how it goes on under another keeper, `source` how a stream is read, `pump` how its bytes get to disk,
//!   `life` what a run is, `background` how it goes on without its first process, `ending` how it ends, `record` how
//!   that is kept.
//! * `control`: its connections. `frame` has their lines, `held` the descriptors beside them, `peers` who is at the
//!   other end, `revival` how a supervisor comes back.
//! * [`handle`]: the supervisor's end.
//!
//! Promises: nothing waits for the supervisor, neither the server nor the log; a byte that was read is written before
//! anything else happens; after the report `Ended` no process of the run is left.

mod background;
mod control;
mod ending;
mod frame;
pub mod handle;
mod held;
mod launch;
mod life;
mod nursery;
mod peers;
pub mod protocol;
mod pump;
mod record;
mod revival;
mod source;
mod state;
mod takeover;

pub use nursery::run;
