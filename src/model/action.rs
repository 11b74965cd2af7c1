//! Every user intent of the dashboard, once: keys, footer and help screen are made from this list, and the config
//! checks key bindings against it. So no hint can be stale.

/// Where a key is looked up. A pane's scope comes before [`Scope::Global`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere but in a dialog or a prompt.
    Global,
    /// The table of servers.
    Table,
    /// The log pane.
    Logs,
    /// The detail pane.
    Detail,
    /// A question on the screen, or a text that is shown.
    Dialog,
    /// A line of text that is being typed.
    Prompt,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Global, Self::Table, Self::Logs, Self::Detail, Self::Dialog, Self::Prompt];

    /// Its word in `[dashboard.keys.<scope>]`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Table => "table",
            Self::Logs => "logs",
            Self::Detail => "detail",
            Self::Dialog => "dialog",
            Self::Prompt => "prompt",
        }
    }
}

/// What a user can want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Show the keys.
    Help,
    /// One step back: close, clear, leave.
    Back,
    /// One step back, and at the top quit.
    BackOrQuit,
    /// Quit from anywhere.
    Quit,
    /// Into the background of the shell.
    Suspend,
    /// Draw everything anew.
    Repaint,
    /// Connect now.
    Reconnect,
    /// Focus the next pane.
    NextPane,
    /// Focus the pane before.
    PreviousPane,
    /// Focus the table.
    FocusTable,
    /// Focus the logs.
    FocusLogs,
    /// Focus the detail pane.
    FocusDetail,
    /// The focused pane takes the screen, or gives it back.
    Zoom,
    /// A row less for the table.
    SplitLess,
    /// A row more for the table.
    SplitMore,
    /// A row down.
    Down,
    /// A row up.
    Up,
    /// To the first.
    First,
    /// To the last; in the log, follow.
    Last,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Everything about the selected server.
    OpenDetail,
    /// The selected server's log.
    OpenLogs,
    /// Start the selected server.
    Start,
    /// Stop it.
    Stop,
    /// Restart it.
    Restart,
    /// SIGKILL it.
    Kill,
    /// Restart every server that the table shows.
    RestartAll,
    /// Type a filter.
    Filter,
    /// Why it is in its phase.
    Why,
    /// Follow the log's end, or stop that.
    Follow,
    /// Wrap long lines, or cut them.
    Wrap,
    /// Sideways to the left.
    Left,
    /// Sideways to the right.
    Right,
    /// Back to the lines' beginning.
    LineStart,
    /// Charts over a shorter time.
    ShorterWindow,
    /// Charts over a longer time.
    LongerWindow,
    /// Do what was asked about.
    Yes,
    /// Do not.
    No,
    /// To the other button.
    NextButton,
    /// Press the button that has the focus.
    Press,
    /// Take over what was typed.
    Accept,
    /// Give up what was typed.
    Cancel,
    /// The last letter away.
    Erase,
    /// All letters away.
    EraseAll,
}

/// One intent with all that is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What is meant.
    pub action: Action,
    /// Its name in the config.
    pub name: &'static str,
    /// Where it can be had.
    pub scopes: &'static [Scope],
    /// Its default keys: a character, or `enter`, `esc`, `tab`, `up`, `pgdn`, `f1`…, with `ctrl-` or `shift-` before.
    pub keys: &'static [&'static str],
    /// A sentence for the help screen.
    pub help: &'static str,
    /// Whether it changes a server: such actions do not exist on a read-only dashboard.
    pub acting: bool,
}

const fn look(
    action: Action,
    name: &'static str,
    scopes: &'static [Scope],
    keys: &'static [&'static str],
    help: &'static str,
) -> Spec {
    Spec { action, name, scopes, keys, help, acting: false }
}

const fn act(
    action: Action,
    name: &'static str,
    scopes: &'static [Scope],
    keys: &'static [&'static str],
    help: &'static str,
) -> Spec {
    Spec { action, name, scopes, keys, help, acting: true }
}

const GLOBAL: &[Scope] = &[Scope::Global];
const TABLE: &[Scope] = &[Scope::Table];
const LOGS: &[Scope] = &[Scope::Logs];
const DETAIL: &[Scope] = &[Scope::Detail];
const SERVER: &[Scope] = &[Scope::Table, Scope::Detail];
const PANES: &[Scope] = &[Scope::Table, Scope::Logs, Scope::Detail];
const MOVING: &[Scope] = &[Scope::Table, Scope::Logs, Scope::Detail, Scope::Dialog];
const DIALOG: &[Scope] = &[Scope::Dialog];
const PROMPT: &[Scope] = &[Scope::Prompt];

/// All intents, in the order of the help screen.
pub const ACTIONS: &[Spec] = &[
    look(Action::Down, "down", PANES, &["j", "down"], "a row down"),
    look(Action::Up, "up", PANES, &["k", "up"], "a row up"),
    look(Action::First, "first", PANES, &["g", "home"], "to the first"),
    look(Action::Last, "last", PANES, &["G", "end"], "to the last; in the log: follow"),
    look(Action::HalfDown, "half-down", PANES, &["ctrl-d"], "half a page down"),
    look(Action::HalfUp, "half-up", PANES, &["ctrl-u"], "half a page up"),
    look(Action::PageDown, "page-down", MOVING, &["pgdn"], "a page down"),
    look(Action::PageUp, "page-up", MOVING, &["pgup"], "a page up"),
    look(
        Action::OpenDetail,
        "detail",
        TABLE,
        &["enter"],
        "everything about the selected server, on the whole screen",
    ),
    look(Action::OpenLogs, "logs", SERVER, &["l"], "the selected server's log"),
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
        "show only: text, !text, phase:failed, port:3000, cpu>50, mem>500M, group:x",
    ),
    look(Action::Why, "why", SERVER, &["w"], "why it is in this phase, what happens next, and when"),
    look(Action::Follow, "follow", LOGS, &["f"], "follow the end of the log on or off"),
    look(Action::Wrap, "wrap", LOGS, &["w"], "wrap long lines on or off"),
    look(Action::Left, "left", LOGS, &["h", "left"], "to the left, where lines are not wrapped"),
    look(Action::Right, "right", LOGS, &["l", "right"], "to the right"),
    look(Action::LineStart, "line-start", LOGS, &["0"], "back to the lines' beginning"),
    look(Action::ShorterWindow, "shorter-window", DETAIL, &["<"], "charts over a shorter time"),
    look(Action::LongerWindow, "longer-window", DETAIL, &[">"], "charts over a longer time"),
    look(Action::NextPane, "next-pane", GLOBAL, &["tab"], "to the next pane"),
    look(Action::PreviousPane, "previous-pane", GLOBAL, &["shift-tab"], "to the pane before"),
    look(Action::FocusTable, "focus-table", GLOBAL, &["1"], "to the table"),
    look(Action::FocusLogs, "focus-logs", GLOBAL, &["2"], "to the logs"),
    look(Action::FocusDetail, "focus-detail", GLOBAL, &["3"], "to the detail"),
    look(Action::Zoom, "zoom", GLOBAL, &["z"], "the focused pane takes the whole screen, or gives it back"),
    look(Action::SplitLess, "split-less", GLOBAL, &["-"], "a row less for the table"),
    look(Action::SplitMore, "split-more", GLOBAL, &["+"], "a row more for the table"),
    look(Action::Reconnect, "reconnect", GLOBAL, &["ctrl-r"], "connect to the supervisor now"),
    look(Action::Repaint, "repaint", GLOBAL, &["ctrl-l"], "draw the screen anew"),
    look(Action::Suspend, "suspend", GLOBAL, &["ctrl-z"], "into the background; `fg` comes back"),
    look(Action::Help, "help", GLOBAL, &["?", "f1"], "these keys; type to search"),
    look(Action::Back, "back", GLOBAL, &["esc"], "one step back: close, clear the filter, leave the pane"),
    look(Action::BackOrQuit, "quit", GLOBAL, &["q"], "one step back; at the top quit: servers go on"),
    look(Action::Quit, "quit-now", GLOBAL, &["ctrl-c"], "quit from anywhere: servers go on"),
    look(Action::Yes, "yes", DIALOG, &["y"], "do it"),
    look(Action::No, "no", DIALOG, &["n", "esc", "q"], "close, and do nothing"),
    look(
        Action::NextButton,
        "next-button",
        DIALOG,
        &["tab", "shift-tab", "h", "l", "left", "right"],
        "to the other button",
    ),
    look(Action::Press, "press", DIALOG, &["enter"], "press the button that has the focus"),
    look(Action::Down, "down", DIALOG, &["j", "down"], "a line down"),
    look(Action::Up, "up", DIALOG, &["k", "up"], "a line up"),
    look(Action::Accept, "accept", PROMPT, &["enter"], "take it"),
    look(Action::Cancel, "cancel", PROMPT, &["esc"], "leave it"),
    look(Action::Erase, "erase", PROMPT, &["backspace"], "the last letter away"),
    look(Action::EraseAll, "erase-all", PROMPT, &["ctrl-u"], "everything away"),
    look(Action::PageDown, "page-down", PROMPT, &["pgdn", "down"], "further down"),
    look(Action::PageUp, "page-up", PROMPT, &["pgup", "up"], "further up"),
];

/// The first entry of an intent.
pub fn spec(action: Action) -> Option<&'static Spec> {
    ACTIONS.iter().find(|spec| spec.action == action)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_a_scope() {
        for scope in Scope::ALL {
            let mut seen = HashSet::new();
            for spec in ACTIONS.iter().filter(|spec| spec.scopes.contains(&scope)) {
                for key in spec.keys {
                    assert!(seen.insert(key), "{key} twice in {}", scope.word());
                }
            }
        }
    }

    #[test]
    fn every_intent_has_a_key_a_name_and_help() {
        for spec in ACTIONS {
            assert!(!spec.keys.is_empty() && !spec.name.is_empty() && !spec.help.is_empty(), "{spec:?}");
        }
    }

    #[test]
    fn what_changes_a_server_is_marked_as_acting() {
        let acting: Vec<_> = ACTIONS.iter().filter(|spec| spec.acting).map(|spec| spec.action).collect();
        let expected = [Action::Start, Action::Stop, Action::Restart, Action::Kill, Action::RestartAll];
        assert_eq!(acting, expected);
    }
}
