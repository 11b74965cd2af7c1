//! What can happen to the dashboard.

use crossterm::event::KeyEvent;

use super::model::edit::Edit;
use super::model::log_view::Page;
use crate::api::{Acted, LogItem, ProjectInfo, Reloaded, StreamItem, Verb, Why};
use crate::model::action::Bindings;
use crate::model::{LogLine, ServerHistory, ServerId};

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
#[allow(dead_code, reason = "who asks comes next")]
pub(crate) enum TerminalAnswer {
    /// Its background has this colour: red, green, blue.
    Background(u8, u8, u8),
    /// It has all colours.
    TrueColor,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal says what it is; may come late, or never.
    #[allow(dead_code, reason = "who asks comes next")]
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
        /// Oldest first; empty where it could not be had.
        lines: Result<Vec<LogLine>, Failure>,
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
    /// The past of a server.
    History {
        /// Of this many seconds.
        window_s: u32,
        /// The answer.
        result: Result<ServerHistory, Failure>,
    },
}
