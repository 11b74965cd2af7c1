//! All that the dashboard knows. [`super::update`] changes it, [`super::view`] draws it, nothing else touches it.
//!
//! Start with [`Model`]. A part that has rules of its own stands in its own file: servers and the selection in
//! [`servers`], the log window in [`log_view`], how it looks in [`log_look`] and what the user did in it in [`log_notes`],
//! the filter's language in [`filter`], toasts in [`toasts`], what charts show in [`past`] and [`scale`], the page of
//! events in [`events`], themes in [`themes`].

pub(crate) mod confirm;
pub(crate) mod copy;
pub(crate) mod detail;
pub(crate) mod dialog;
pub(crate) mod edit;
pub(crate) mod events;
pub(crate) mod filter;
pub(crate) mod log_look;
pub(crate) mod log_notes;
mod log_pages;
mod log_scroll;
pub(crate) mod log_search;
pub(crate) mod log_store;
pub(crate) mod log_ticks;
pub(crate) mod log_view;
pub(crate) mod log_wanted;
pub(crate) mod mouse;
pub(crate) mod needs;
pub(crate) mod palette;
pub(crate) mod past;
pub(crate) mod ring;
pub(crate) mod saving;
pub(crate) mod scale;
pub(crate) mod servers;
pub(crate) mod themes;
pub(crate) mod toasts;
pub(crate) mod undo;
pub(crate) mod why;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::keymap::Keymap;
use super::theme::{Glyphs, Theme};
use crate::api::StreamItem;
use crate::client::reconnect::Reconnect;
use crate::model::action::{Bindings, Scope};
use crate::model::{ServerHistory, ServerId, SupervisorInfo};

pub(crate) use confirm::{Confirm, Deed, SortPicker};
pub(crate) use copy::CopyMenu;
pub(crate) use detail::DetailPane;
pub(crate) use dialog::{Dialog, Prompt};
pub(crate) use events::EventsPage;
pub(crate) use filter::Filter;
pub(crate) use log_view::LogView;
pub(crate) use mouse::Mouse;
pub(crate) use servers::{Division, RowOf, Section, Server, Servers, SortKey};
pub(crate) use themes::Themes;
pub(crate) use toasts::{Level, Toast, Toasts};
pub(crate) use undo::Undo;

/// Seconds of samples that are kept for every server: the table's graphs and the shortest chart.
pub(crate) const RING_S: u32 = 120;

/// A moment by both clocks: `mono` for waits, `wall` for what is displayed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Now {
    /// Since the dashboard started.
    pub(crate) mono: Duration,
    /// For display only.
    pub(crate) wall: Timestamp,
}

/// A part of the screen that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The servers.
    Table,
    /// The selected server's log.
    Logs,
    /// Everything about it.
    Detail,
}

impl Pane {
    /// Where its keys are looked up.
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Table => Scope::Table,
            Self::Logs => Scope::Logs,
            Self::Detail => Scope::Detail,
        }
    }

    /// The one that Tab goes to.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Table => Self::Logs,
            Self::Logs => Self::Detail,
            Self::Detail => Self::Table,
        }
    }
}

/// Whether there is somebody to ask.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Connection {
    /// The first try has not been answered.
    Connecting {
        /// Since when.
        since: Duration,
    },
    /// Data comes.
    Live,
    /// It broke, or could not be made.
    Lost {
        /// Of when the data on the screen is; `None`: there never was any.
        data: Option<Timestamp>,
        /// When it was lost.
        since: Duration,
        /// When to try again; `None` while a try is under way.
        retry_at: Option<Duration>,
        /// Tries so far.
        retries: Reconnect,
        /// Why, as the client said it.
        error: String,
    },
}

/// What the chart window of the detail pane can be, in seconds, and its word. The supervisor keeps a day.
pub(crate) const WINDOWS: [(u32, &str); 4] = [(RING_S, "2m"), (600, "10m"), (7200, "2h"), (86_400, "24h")];

/// The detail pane's charts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Charts {
    /// Index in [`WINDOWS`].
    pub(crate) window: usize,
    /// The past of one server, for windows longer than what is kept of every server.
    pub(crate) fetched: Option<ServerHistory>,
    /// The second, since the epoch, at which `fetched` came.
    pub(crate) fetched_at: i64,
    /// Window, in seconds, of `fetched`.
    pub(crate) fetched_window: u32,
    /// What was asked for last: whose, of how many seconds, and when.
    pub(crate) asked: Option<(ServerId, u32, Duration)>,
}

/// Figures of the whole box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HostFigures {
    /// Of all cores, in per cent.
    pub(crate) cpu_percent: f32,
    /// Bytes in use.
    pub(crate) memory_used: u64,
    /// Bytes.
    pub(crate) memory_total: u64,
}

/// What has to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dirty {
    /// Nothing.
    #[default]
    No,
    /// New log lines: they can wait a little for more of them.
    Logs,
    /// Something that the user waits for.
    Now,
}

/// What the dashboard was started with.
#[derive(Debug)]
pub(crate) struct Start {
    /// Acting keys do not exist.
    pub(crate) read_only: bool,
    /// Its servers come first.
    pub(crate) project: Option<String>,
    /// The file of the project here.
    pub(crate) file: Option<PathBuf>,
    /// The user's own keys.
    pub(crate) keys: Bindings,
    /// Which theme is drawn at first, and the others.
    pub(crate) themes: Themes,
    /// Signs.
    pub(crate) glyphs: Glyphs,
    /// For times of day.
    pub(crate) zone: TimeZone,
    /// The user's own directory, which is shown as `~`.
    pub(crate) home: Option<PathBuf>,
    /// Columns and rows.
    pub(crate) size: Size,
    /// Of this program.
    pub(crate) version: &'static str,
}

/// The state of the dashboard.
#[derive(Debug)]
pub(crate) struct Model {
    /// The moment of the last message.
    pub(crate) now: Now,
    /// See [`Start`].
    pub(crate) start: Start,
    /// The terminal.
    pub(crate) size: Size,
    /// Acting keys do not exist.
    pub(crate) read_only: bool,
    /// Colours.
    pub(crate) theme: Theme,
    /// What they are made from.
    pub(crate) themes: Themes,
    /// Key to action.
    pub(crate) keymap: Keymap,
    /// The box's name, once known.
    pub(crate) host: Option<String>,
    /// Who answered last.
    pub(crate) supervisor: Option<SupervisorInfo>,
    /// See [`Connection`].
    pub(crate) connection: Connection,
    /// All servers, which of them are shown, and which is selected.
    pub(crate) servers: Servers,
    /// What has the focus.
    pub(crate) focus: Pane,
    /// It has the whole screen.
    pub(crate) zoomed: bool,
    /// Rows that the table has more or less than by default.
    pub(crate) split: i16,
    /// The log pane.
    pub(crate) log: LogView,
    /// The detail pane's charts.
    pub(crate) charts: Charts,
    /// The rest of it.
    pub(crate) detail: DetailPane,
    /// Number of the last event that is known.
    pub(crate) seq: u64,
    /// See [`Toasts`].
    pub(crate) toasts: Toasts,
    /// The last act, while it can be taken back.
    pub(crate) undo: Option<Undo>,
    /// Whom SIGTERM was last sent to because of a port: the next time it is SIGKILL.
    pub(crate) told_to_go: Option<(u16, Option<u32>)>,
    /// A question or a text over everything.
    pub(crate) dialog: Option<Dialog>,
    /// A line that is being typed.
    pub(crate) prompt: Option<Prompt>,
    /// The mouse.
    pub(crate) mouse: Mouse,
    /// Figures of the box.
    pub(crate) figures: Option<HostFigures>,
    /// What has to be drawn.
    pub(crate) dirty: Dirty,
    /// Nothing but leaving is left.
    pub(crate) quitting: bool,
}

impl Model {
    /// Before the first answer.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            now: Now::default(),
            size: start.size,
            read_only: start.read_only,
            theme: start.themes.theme().unwrap_or_else(|_| Theme::fallback(start.themes.depth)),
            themes: start.themes.clone(),
            keymap: Keymap::new(start.read_only, &start.keys),
            host: None,
            supervisor: None,
            connection: Connection::Connecting { since: Duration::ZERO },
            servers: Servers::new(start.project.clone()),
            focus: Pane::Table,
            zoomed: false,
            split: 0,
            log: LogView::default(),
            charts: Charts::default(),
            detail: DetailPane::default(),
            seq: 0,
            toasts: Toasts::default(),
            undo: None,
            told_to_go: None,
            dialog: None,
            prompt: None,
            mouse: Mouse::default(),
            figures: None,
            dirty: Dirty::Now,
            quitting: false,
            start,
        }
    }

    /// Where a key is looked up first.
    pub(crate) fn scope(&self) -> Scope {
        match (&self.dialog, &self.prompt) {
            (
                Some(
                    Dialog::Confirm(_)
                    | Dialog::Sort(_)
                    | Dialog::Why(_)
                    | Dialog::Events(_)
                    | Dialog::Themes(_)
                    | Dialog::Messages { .. }
                    | Dialog::Changes(_),
                ),
                _,
            ) => Scope::Dialog,
            (Some(Dialog::Save(_)), _) => Scope::Save,
            (Some(Dialog::Help { .. } | Dialog::Palette(_)), _) | (None, Some(_)) => Scope::Prompt,
            (Some(Dialog::Copy(_)), _) => Scope::Copy,
            (None, None) => self.focus.scope(),
        }
    }

    /// The selected server.
    pub(crate) fn selected(&self) -> Option<&Server> {
        self.servers.selected()
    }

    /// Its name.
    pub(crate) fn selected_id(&self) -> Option<&ServerId> {
        self.selected().map(|server| &server.status.id)
    }

    /// Whether the data on the screen may be old.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.connection, Connection::Lost { .. })
    }

    /// Asks for a frame.
    pub(crate) fn touch(&mut self, dirty: Dirty) {
        self.dirty = self.dirty.max(dirty);
    }

    /// When something on the screen changes although nothing happens: a toast ends, a countdown counts. At rest
    /// there is no such moment.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let countdown = match &self.connection {
            Connection::Connecting { since } => {
                let shown = *since + super::view::SPINNER_AFTER;
                Some(if self.now.mono < shown { shown } else { self.now.mono + Duration::from_millis(200) })
            }
            Connection::Live => None,
            // The next whole second since the loss, so that age and countdown tick as one.
            Connection::Lost { since, retry_at, .. } => {
                let elapsed = self.now.mono.saturating_sub(*since).as_secs();
                let second = *since + Duration::from_secs(elapsed + 1);
                Some(retry_at.map_or(second, |at| at.min(second)))
            }
        };
        let why = match &self.dialog {
            Some(Dialog::Why(why)) => why.next_change(self.now),
            _ => None,
        };
        let due = [self.toasts.next_end(), self.log.retry_at, self.servers.order_due()];
        [countdown, why, self.detail.ask_at].into_iter().chain(due).flatten().min()
    }
}

/// Whether an item of the event stream changes nothing on the screen.
pub(crate) fn is_silent(item: &StreamItem) -> bool {
    match item {
        // A new snapshot follows a gap.
        StreamItem::Event(_)
        | StreamItem::Bell { .. }
        | StreamItem::Lagged { .. }
        | StreamItem::Goodbye
        | StreamItem::Other => true,
        StreamItem::Samples { samples, .. } => samples.is_empty(),
        StreamItem::Snapshot(_)
        | StreamItem::History { .. }
        | StreamItem::Status { .. }
        | StreamItem::Removed { .. } => false,
    }
}
