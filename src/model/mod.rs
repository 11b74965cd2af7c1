//! The words of the house: plain data that every other folder shares.
//!
//! Nothing here does I/O, reads a clock or knows of tokio. A type lives in the file of its subject; start with
//! [`status`] for what a user sees, and with [`server`] for what a user wrote.
//!
//! # Glossary
//!
//! * **Server**: a command that the user registered; its name is a [`ServerId`], `project/name`.
//! * **Run**: one life of a server's process; has a [`RunId`].
//! * **Keeper**: the small process that owns a server's runs: launches, waits, logs, stops.
//! * **Supervisor**: the process that decides; one for each user and state directory.
//! * **Phase**: where a server is in its life, see [`Phase`]. **Health**: how it is while `Running`.
//! * **Desired**: what was asked for, up or down; saved before the request is answered.
//! * **Adopted**: found alive by a supervisor that did not start it.
//! * **Orphan**: a server's process whose keeper is gone.
//! * **Foreign**: a process that is not of the run and holds a port that the server declares.
//! * **Start-up check** decides `Starting` to `Running`; the **health check** acts while `Running`.
//! * **Need**: a server of the same project that must be there before another is launched.
//! * **Replica**: one of several copies of a server: `web.1`, `web.2`.

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

pub use event::{Asker, Event, EventKind};
pub use log::{LogCursor, LogLine, Stream};
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
    Desired, Exit, ExitRecord, Health, Pending, Phase, PortStatus, ServerStatus, Snapshot, SupervisorInfo,
};
