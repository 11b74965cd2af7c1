//! The words of the house: plain data that every other folder shares.
//!
//! Nothing here does I/O, reads a clock or knows of tokio. A type lives in the file of its subject; start with
//! [`status`] for what a user sees, and with [`server`] for what a user wrote.
//!
//! # Glossary
//!
//! What users write and see:
//!
//! * **Server**: a command that the user registered; its name is a [`ServerId`], `project/name`.
//! * **Phase**: where a server is in its life, see [`Phase`]. **Desired**: what was asked for, up or down.
//! * **Start-up check** decides `Starting` to `Running`; the **health check** acts while `Running`. **Heartbeat**: the
//!   `WATCHDOG=1` of a server whose health check is `notify`.
//! * **Health**: how a server is while `Running`, see [`Health`]. *Unhealthy*: too many checks in a row failed, or a declared
//!   port is closed. *Hung*: a heartbeat is missing.
//! * **Need**: a server of the same project that must be *started*, *healthy* or *completed* before another is launched, see
//!   [`NeedState`]. **Dependent**: a server that needs another; it stops first.
//! * **Group**: servers with the same word, `@word`. **Replica**: one of several copies of a server: `web.1`, `web.2`.
//!   **Profile**: what is laid over a config file on request.
//! * **Foreign**: a port that a server declares and a process holds that is not of its run. **Holder**: that process.
//! * **Growth**: how fast a server's memory rises, where it looks like a leak.
//!
//! On the dashboard:
//!
//! * **Action**: one thing that a user can want, see [`action::Action`]; an **acting** one changes a server. **Scope**: where
//!   a key is looked up. **Binding**: a key that the user's file gives to an action, or takes away.
//! * **Pane**: table, log or detail. **Section**: the servers of a project or a group under a heading that folds. **Mark**: on
//!   servers that the next action is for; in a log, a place that the user marked.
//! * **Toast**: a short message above the footer. **Paused**: a log that does not follow its end; what comes is counted.
//! * **Theme**: a style for each **token**, which is what a colour is for. **Ground**: whether a terminal's background is dark
//!   or light.
//!
//! What stands behind that:
//!
//! * **Supervisor**: the process that decides; one for each user and state directory.
//! * **Keeper**: the small process that owns a server's runs: launches, waits, logs, stops. **Nursery**: the process that
//!   forks keepers.
//! * **Run**: one life of a server, from its launch until no process of it is left; has a [`RunId`]. **Main process**: the
//!   one that was launched, or that it left behind for itself as it started.
//! * **Two holders**: keeper and supervisor both have a run's streams and a pidfd of its main process, so that either may
//!   be killed. Keepers read them, the supervisor only holds them.
//! * **Gap**: a part of a log that is known to be missing; a line of ostler's own says how much and why.
//! * **Adopted**: found alive by a supervisor that did not start it. **Unverified**: its keeper does not answer, or speaks
//!   another protocol; nothing is done to it.
//! * **Orphan**: a process of an earlier run that no keeper has and no supervisor is about to give to one.
//! * **Stranger**: a process that no keeper has: an orphan, or the holder of a foreign port.

pub mod action;
pub mod color;
pub mod event;
pub mod graph;
pub mod hash;
pub mod log;
pub mod policy;
pub mod probe;
pub mod sample;
pub mod select;
pub mod server;
pub mod signs;
pub mod status;
pub mod theme;

pub use event::{Asker, Event, EventKind};
pub use log::{Level, LogCursor, LogLine, Stream};
pub use policy::{
    Backoff, LogPolicy, MemoryPolicy, NotifyPolicy, OnFailure, RestartPolicy, RestartWhen, Signal,
    StopPolicy, StopTarget,
};
pub use probe::{Expect, HealthCheck, OnTimeout, Probe, ProbeOutcome, Startup};
pub use sample::{Holder, MemoryKind, PortState, Sample, ServerHistory};
pub use select::Pattern;
pub use server::{
    Command, EnvFile, Environment, Need, NeedState, PortCheck, PortSpec, Replica, RunId, ServerId, ServerSpec,
};
pub use signs::{Glyphs, PortSign};
pub use status::{
    Desired, Exit, ExitRecord, Health, Pending, Phase, PortStatus, ServerStatus, Snapshot, StopPlan,
    SupervisorInfo,
};
pub use theme::{Ground, ThemeChoice};
