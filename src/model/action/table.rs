//! The table of servers; what acts on the selected one is there in the detail pane too.

use super::{Action, Scope, Spec, act, look};

const SERVER: &[Scope] = &[Scope::Table, Scope::Detail];
const TABLE: &[Scope] = &[Scope::Table];

/// In the order of the help screen.
pub(super) const LIST: &[Spec] = &[
    look(
        Action::OpenDetail,
        "detail",
        TABLE,
        &["enter"],
        "everything about the selected server, on the whole screen",
    ),
    look(Action::OpenLogs, "logs", SERVER, &["l"], "the selected server's log"),
    look(
        Action::MergedLogs,
        "merged-logs",
        SERVER,
        &["L"],
        "one log of the marked servers, or of all that are shown",
    ),
    act(Action::Start, "start", SERVER, &["s"], "start the selected server"),
    act(Action::Stop, "stop", SERVER, &["x"], "stop it: its stop signal, then SIGKILL after its grace"),
    act(Action::Restart, "restart", SERVER, &["r"], "restart it"),
    act(Action::Kill, "kill", SERVER, &["X"], "SIGKILL at once; asks first"),
    act(Action::RestartAll, "restart-all", TABLE, &["R"], "restart all servers that are shown; asks first"),
    look(
        Action::Filter,
        "filter",
        TABLE,
        &["/"],
        "filter: text !text phase:failed port:80 cpu>50 mem>1G group:x",
    ),
    look(Action::Why, "why", SERVER, &["w"], "why it is in this phase, what happens next, and when"),
];
