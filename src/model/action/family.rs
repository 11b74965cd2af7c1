//! Which part of the dashboard sees to an intent.

use super::Action;

/// A part of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Leaving, the terminal, the connection, the dashboard's own settings.
    Session,
    /// Which pane has the focus, and how much of the screen.
    Panes,
    /// Moving within a pane.
    Travel,
    /// What happens to servers.
    Acts,
    /// Which rows the table has, their order, marks; what is copied of them.
    Rows,
    /// The log pane.
    Logs,
    /// The charts of the detail pane.
    Charts,
    /// What opens over the panes.
    Opens,
    /// What has a meaning only over the panes, or in a line that is typed.
    Over,
}

impl Action {
    /// The part that sees to it.
    #[rustfmt::skip]
    pub const fn family(self) -> Family {
        match self {
            Self::Back | Self::BackOrQuit | Self::Quit | Self::Suspend | Self::Repaint | Self::Reconnect
            | Self::ReadOnly | Self::Mouse => Family::Session,
            Self::NextPane | Self::PreviousPane | Self::FocusTable | Self::FocusLogs | Self::FocusDetail
            | Self::Zoom | Self::SplitLess | Self::SplitMore | Self::OpenDetail | Self::OpenLogs => Family::Panes,
            Self::Down | Self::Up | Self::First | Self::Last | Self::HalfDown | Self::HalfUp | Self::PageDown
            | Self::PageUp => Family::Travel,
            Self::Start | Self::Stop | Self::Restart | Self::Kill | Self::RestartAll | Self::KillHolder
            | Self::Undo => Family::Acts,
            Self::Mark | Self::MarkAll | Self::SortReverse | Self::Sections | Self::Fold | Self::CopyUrl
            | Self::CopyPid | Self::CopyCommand | Self::CopyName => Family::Rows,
            Self::Follow | Self::Wrap | Self::Left | Self::Right | Self::LineStart | Self::LineEnd
            | Self::NextMatch | Self::PreviousMatch | Self::Context | Self::NextError | Self::PreviousError
            | Self::Level | Self::Times | Self::Json | Self::Select | Self::CopyLines | Self::CopyVisible
            | Self::Save | Self::MarkLine | Self::Clear | Self::PreviousLog | Self::NextLog
            | Self::MergedLogs | Self::Search | Self::Include | Self::Exclude => Family::Logs,
            Self::ShorterWindow | Self::LongerWindow => Family::Charts,
            Self::Help | Self::Filter | Self::Why | Self::Palette | Self::Themes | Self::Events
            | Self::Messages | Self::Edit | Self::Sort | Self::Copy => Family::Opens,
            Self::Yes | Self::No | Self::NextButton | Self::Press | Self::Accept | Self::Cancel | Self::Erase
            | Self::EraseAll | Self::SaveRaw | Self::SaveShown | Self::EventsOfServer
            | Self::EventsThatMatter | Self::ReloadThemes => Family::Over,
        }
    }
}
