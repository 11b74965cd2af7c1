//! What can happen to the dashboard.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use super::model::edit::Edit;
use super::model::events::Span;
use super::model::log_search::Found;
use super::model::log_view::{Hit, Page, Seek};
use super::theme::Library;
use crate::api::{
    Acted, HolderKilled, LogItem, PastExit, Processes, ProjectInfo, Reloaded, StreamItem, Verb, Why,
};
use crate::model::action::Bindings;
use crate::model::{Event, ServerHistory, ServerId};

/// Why a request failed: what, and what to do. Not sanitized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

/// What the terminal answers to a question about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TerminalAnswer {
    /// Its background has this colour: red, green, blue.
    Background(u8, u8, u8),
    /// It has all colours.
    TrueColor,
}

/// How something came into the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    /// By what, in a word: `xclip`, `OSC 52`.
    pub(crate) by: String,
    /// Bytes that were copied and bytes that there are, where not all could be.
    pub(crate) cut: Option<(u64, u64)>,
    /// The file with all of it, where not all could be copied.
    pub(crate) kept: Option<PathBuf>,
}

/// How it goes with a log that is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SaveNews {
    /// It is under way.
    Going {
        /// Bytes.
        written: u64,
        /// Per cent of the log that were looked at, where that is known.
        share: Option<u64>,
    },
    /// The file and its bytes.
    Ended(Result<(PathBuf, u64), Failure>),
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// A click, or the wheel.
    Mouse(MouseEvent),
    /// A text was pasted; not sanitized.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal says what it is; may come late, or never.
    #[allow(dead_code, reason = "who takes its word comes next")]
    TerminalSaid(TerminalAnswer),
    /// Time has passed.
    Tick,
    /// Back from the background: the screen holds something else.
    Resumed,
    /// The supervisor said something.
    Stream(StreamItem),
    /// The stream ended, or could not be had.
    Disconnected(Failure),
    /// A log said something; `generation` says which stream it was.
    Log {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// What.
        item: LogItem,
    },
    /// A log said several things that came together.
    LogItems {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// What, in this order.
        items: Vec<LogItem>,
    },
    /// A log's stream ended.
    LogEnded {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// Why, where it was not the supervisor's goodbye.
        error: Option<Failure>,
    },
    /// A page of a log.
    LogPage {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// Which.
        page: Page,
        /// Oldest first.
        items: Result<Vec<LogItem>, Failure>,
    },
    /// Some of the last lines of a log, which are looked for backwards.
    LogOlder {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// Newest first, older than those of before.
        items: Vec<LogItem>,
        /// There are no more, or enough.
        end: bool,
    },
    /// A search found something.
    Found {
        /// Which search.
        number: u64,
        /// What.
        found: Found,
    },
    /// A search found enough, or broke.
    SearchEnded {
        /// Which search.
        number: u64,
        /// Why it broke.
        error: Option<Failure>,
    },
    /// Where a line is that was looked for.
    Sought {
        /// See [`super::model::LogView::generation`].
        generation: u64,
        /// What was looked for.
        seek: Seek,
        /// Its place; `None`: there is no such line.
        result: Result<Option<Hit>, Failure>,
    },
    /// A request was answered.
    Done {
        /// What was asked.
        verb: Verb,
        /// Of whom.
        servers: Vec<ServerId>,
        /// How they are now.
        result: Result<Acted, Failure>,
    },
    /// The holder of a port was sent a signal.
    HolderKilled {
        /// Whose port it is.
        server: ServerId,
        /// Which.
        port: u16,
        /// Who it was, and who holds it still.
        result: Result<HolderKilled, Failure>,
    },
    /// Which file a server's project comes from.
    ProjectFile {
        /// Whose.
        server: ServerId,
        /// The answer.
        result: Result<ProjectInfo, Failure>,
    },
    /// The editor has ended.
    Edited {
        /// What was edited.
        edit: Edit,
        /// The keys that the files bind now, if they can be read; or why nothing was edited. Not sanitized.
        result: Result<Option<Bindings>, String>,
    },
    /// A project's file was compared, or applied.
    Reloaded {
        /// Which.
        edit: Edit,
        /// It was applied.
        apply: bool,
        /// The answer.
        result: Result<Reloaded, Failure>,
    },
    /// Why a server is in its phase.
    Why {
        /// Whose.
        server: ServerId,
        /// The answer.
        result: Result<Why, Failure>,
    },
    /// A log is saved.
    Saving {
        /// Whose, as people call it.
        name: String,
        /// How it goes.
        news: SaveNews,
    },
    /// The past of a server.
    History {
        /// Of this many seconds.
        window_s: u32,
        /// The answer.
        result: Result<ServerHistory, Failure>,
    },
    /// Something is in the clipboard, or could not be brought there.
    Copied {
        /// As [`super::effect::Effect::Copy`] called it.
        what: String,
        /// How.
        result: Result<Copied, Failure>,
    },
    /// The processes of a server's run.
    Processes {
        /// Whose.
        server: ServerId,
        /// The answer.
        result: Result<Processes, Failure>,
    },
    /// How a server's last runs ended.
    Exits {
        /// Whose.
        server: ServerId,
        /// The answer, newest first.
        result: Result<Vec<PastExit>, Failure>,
    },
    /// A part of the past.
    Events {
        /// Which.
        span: Span,
        /// The answer, oldest first.
        result: Result<Vec<Event>, Failure>,
    },
    /// The user's own themes were read.
    ThemesRead(Library),
    /// A theme was written to the user's own file.
    ThemeSaved {
        /// Which.
        name: String,
        /// The file.
        file: PathBuf,
        /// Or why not.
        result: Result<(), Failure>,
    },
}
