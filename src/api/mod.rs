//! The HTTP contract as data, shared by both ends: what may be asked ([`routes`], [`request`]), what is answered
//! ([`response`], [`Problem`]), and what is streamed ([`stream`], [`logs`]).
//!
//! It knows nothing of axum, hyper or tokio. The protocol only grows: a field may be added with a default, none
//! changes its meaning.

pub mod logs;
pub mod orphans;
pub mod ports;
pub mod problem;
pub mod processes;
pub mod request;
pub mod response;
pub mod routes;
pub mod stream;

pub use logs::{LogItem, LogQuery, WireLine};
pub use orphans::{Orphan, OrphanKilled, OrphanReason};
pub use ports::{HolderKilled, KillHolder, PortRow};
pub use problem::{Problem, ProblemKind};
pub use processes::{PastExit, ProcessRow, Processes};
pub use request::{ActRequest, EventsQuery, HistoryQuery, RegisterRequest, ReloadRequest, Verb, WaitQuery};
pub use response::{
    Acted, FieldChange, KeeperCount, ProjectInfo, Registered, Reloaded, ServerChange, ServerList, Version,
    Why,
};
pub use stream::{ServerSample, StreamItem};

/// Version of the protocol, in `GET /v1/version` and in the head of every answer. Across all versions, a client may ask
/// for that route and for `POST /v1/shutdown`.
pub const PROTOCOL: u32 = 1;

/// Request header by which a client says what it is: `cli`, `dashboard`.
pub const CLIENT_HEADER: &str = "ostler-client";

/// Header of every answer: the version of the supervisor's program.
pub const VERSION_HEADER: &str = "ostler-version";

/// Header of every answer: the supervisor's [`PROTOCOL`].
pub const PROTOCOL_HEADER: &str = "ostler-protocol";

/// The only `Host` that is accepted on the Unix sockets, so that a forwarded socket serves no browser page.
pub const HOST: &str = "ostler";
