//! Every user intent of the dashboard, once: keys, footer and help screen are made from this list, and the config
//! checks key bindings against it. So no hint can be stale. What users bind themselves is laid over it by [`bound`].

mod bindings;
mod detail;
mod family;
mod global;
mod key;
mod logs;
mod moving;
mod overlays;
#[cfg(test)]
mod readme;
mod table;

pub use bindings::{Binding, Bindings, Bound, UNBIND, bound};
pub use family::Family;
pub use key::{Code, Key};

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
    /// The question what to copy of a server.
    Copy,
    /// The question how to save a log.
    Save,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Global,
        Self::Table,
        Self::Logs,
        Self::Detail,
        Self::Dialog,
        Self::Prompt,
        Self::Copy,
        Self::Save,
    ];

    /// Its word in `[dashboard.keys.<scope>]`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Table => "table",
            Self::Logs => "logs",
            Self::Detail => "detail",
            Self::Dialog => "dialog",
            Self::Prompt => "prompt",
            Self::Copy => "copy",
            Self::Save => "save",
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
    /// Every action by its name.
    Palette,
    /// Choose a theme.
    Themes,
    /// Acting keys away, or back.
    ReadOnly,
    /// The mouse on or off.
    Mouse,
    /// What happened.
    Events,
    /// The short messages of before.
    Messages,
    /// Edit the project's file at the selected server, and apply what changed.
    Edit,
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
    /// Mark the selected server for an act on several, or take the mark away.
    Mark,
    /// Mark all that are shown.
    MarkAll,
    /// Choose what the rows are sorted by.
    Sort,
    /// The other way round.
    SortReverse,
    /// Rows in sections by project, by group, or in none.
    Sections,
    /// Fold the section of the selected row, or unfold it.
    Fold,
    /// Take back the last act.
    Undo,
    /// End the stranger that holds the selected server's port.
    KillHolder,
    /// One log of the marked servers, or of all that are shown.
    MergedLogs,
    /// Copy something of the selected server: asks what.
    Copy,
    /// Its URL.
    CopyUrl,
    /// Its PID.
    CopyPid,
    /// Its command.
    CopyCommand,
    /// Its name.
    CopyName,
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
    /// To the end of the longest line on the screen.
    LineEnd,
    /// Search the stored log.
    Search,
    /// To the next match.
    NextMatch,
    /// To the match before.
    PreviousMatch,
    /// Show only lines that match.
    Include,
    /// Show no lines that match.
    Exclude,
    /// Lines around those that a filter shows.
    Context,
    /// To the next error.
    NextError,
    /// To the error before.
    PreviousError,
    /// The least level that is shown.
    Level,
    /// How times are shown.
    Times,
    /// JSON lines in words.
    Json,
    /// Begin to select lines, or stop that.
    Select,
    /// Copy the selected lines.
    CopyLines,
    /// Copy the lines on the screen.
    CopyVisible,
    /// Write the log into a file.
    Save,
    /// As the server wrote it.
    SaveRaw,
    /// The lines that are shown.
    SaveShown,
    /// A mark with the time behind the last line.
    MarkLine,
    /// Empty the view, not the file.
    Clear,
    /// The log of the server before.
    PreviousLog,
    /// The log of the next server.
    NextLog,
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
    /// Events of the selected server only, or of all.
    EventsOfServer,
    /// Only the events that matter, or all.
    EventsThatMatter,
    /// Read the user's themes again.
    ReloadThemes,
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

/// The lists, in the order of the help screen.
const LISTS: [&[Spec]; 6] =
    [moving::LIST, table::LIST, logs::LIST, detail::LIST, global::LIST, overlays::LIST];

/// All intents, in the order of the help screen.
pub fn actions() -> impl Iterator<Item = &'static Spec> + Clone {
    LISTS.iter().copied().flatten()
}

/// The first entry of an intent.
pub fn spec(action: Action) -> Option<&'static Spec> {
    actions().find(|spec| spec.action == action)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_a_scope() {
        for scope in Scope::ALL {
            let mut seen = HashSet::new();
            for spec in actions().filter(|spec| spec.scopes.contains(&scope)) {
                for key in spec.keys {
                    assert!(seen.insert(key), "{key} twice in {}", scope.word());
                }
            }
        }
    }

    fn keys(scope: Scope) -> impl Iterator<Item = (Key, &'static Spec)> {
        bound(false, &Bindings::default())
            .into_iter()
            .filter(move |bound| bound.scope == scope)
            .map(|b| (b.key, b.spec))
    }

    /// What a key means in a pane although it means something else everywhere.
    const SHADOWS: [(Scope, &str); 0] = [];

    #[test]
    fn a_pane_shadows_a_global_key_only_where_it_is_meant_to() {
        for scope in [Scope::Table, Scope::Logs, Scope::Detail] {
            for (key, spec) in keys(scope) {
                let is_meant = SHADOWS.contains(&(scope, key.to_string().as_str()));
                let is_global = keys(Scope::Global).any(|(global, _)| global == key);
                assert_eq!(is_global, is_meant, "{key}: {} in {}", spec.name, scope.word());
            }
        }
    }

    #[test]
    fn every_key_of_the_list_can_be_read_and_is_written_as_it_is_shown() {
        for spec in actions() {
            for text in spec.keys {
                assert_eq!(Key::parse(text).map(|key| key.to_string()).as_deref(), Some(*text));
            }
        }
    }

    #[test]
    fn nothing_that_acts_is_on_ctrl_and_nothing_is_on_a_function_key_alone() {
        for spec in actions() {
            let of = |is: fn(Key) -> bool| spec.keys.iter().filter_map(|key| Key::parse(key)).any(is);
            assert!(!(spec.acting && of(|key| key.ctrl)), "{}", spec.name);
            assert!(spec.keys.is_empty() || of(|key| !matches!(key.code, Code::F(_))), "{}", spec.name);
        }
    }

    #[test]
    fn a_name_stands_for_one_action_and_an_action_has_one_name() {
        for spec in actions() {
            for other in actions() {
                assert_eq!(
                    spec.name == other.name,
                    spec.action == other.action,
                    "{} {}",
                    spec.name,
                    other.name
                );
            }
        }
    }

    #[test]
    fn every_intent_has_a_name_and_help_and_a_key_or_the_palette_alone() {
        for spec in actions() {
            let has_key = !spec.keys.is_empty() || spec.action == Action::Messages;
            assert!(has_key && !spec.name.is_empty() && !spec.help.is_empty(), "{spec:?}");
        }
    }

    #[test]
    fn what_changes_a_server_is_marked_as_acting() {
        let acting: Vec<_> = actions().filter(|spec| spec.acting).map(|spec| spec.action).collect();
        let expected = [
            Action::Start,
            Action::Stop,
            Action::Restart,
            Action::Undo,
            Action::Kill,
            Action::RestartAll,
            Action::KillHolder,
            Action::Edit,
        ];
        assert_eq!(acting, expected);
    }
}
