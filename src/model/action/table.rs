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
    act(Action::Start, "start", SERVER, &["s"], "start the selected server, or all that are marked"),
    act(
        Action::Stop,
        "stop",
        SERVER,
        &["x"],
        "stop it, or them: the stop signal, then SIGKILL after its grace",
    ),
    act(
        Action::Restart,
        "restart",
        SERVER,
        &["r"],
        "restart it, or all that are marked; of several it asks first",
    ),
    act(Action::Undo, "undo", SERVER, &["u"], "take back the last start or stop, within 30 s"),
    act(Action::Kill, "kill", SERVER, &["X"], "SIGKILL at once; asks first"),
    act(Action::RestartAll, "restart-all", TABLE, &["R"], "restart all servers that are shown; asks first"),
    act(
        Action::KillHolder,
        "kill-holder",
        SERVER,
        &["K"],
        "end the stranger that holds its port; asks first",
    ),
    look(Action::Mark, "mark", TABLE, &["space"], "mark it for an act on several, or take the mark away"),
    look(Action::MarkAll, "mark-all", TABLE, &["*"], "mark all that are shown, or take all marks away"),
    look(Action::Sort, "sort", TABLE, &["o"], "choose what the rows are sorted by"),
    look(Action::SortReverse, "sort-reverse", TABLE, &["O"], "the other way round"),
    look(Action::Sections, "sections", TABLE, &["S"], "sections by project, by group, or none"),
    look(
        Action::Fold,
        "fold",
        TABLE,
        &["h", "left"],
        "fold the section, or unfold it; on its head keys act on all of it",
    ),
    look(
        Action::Filter,
        "filter",
        TABLE,
        &["/"],
        "filter: text !text phase:failed port:80 cpu>50 mem>1G group:x project:x",
    ),
    look(Action::Why, "why", SERVER, &["w"], "why it is in this phase, what happens next, and when"),
    look(Action::Copy, "copy", SERVER, &["y"], "copy its url, pid, command or name: asks which"),
];
