//! The footer: the keys of the focused pane, as the keymap has them; or the line that is being typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Row, style};
use crate::model::action::{Action, Code, Scope};
use crate::text::width::width;
use crate::tui::keymap::shown;
use crate::tui::model::{Dialog, Model};
use crate::tui::theme::Token;

/// An action's word in the footer, and the width of the terminal from which it is shown.
type Hint = (Action, &'static str, u16);

const TABLE: &[Hint] = &[
    (Action::OpenDetail, "detail", 70),
    (Action::Start, "start", 0),
    (Action::Stop, "stop", 0),
    (Action::Restart, "restart", 0),
    (Action::OpenLogs, "logs", 0),
    (Action::Filter, "filter", 0),
    (Action::Why, "why", 100),
    (Action::Zoom, "zoom", 110),
    (Action::Mark, "mark", 110),
    (Action::Sort, "sort", 120),
    (Action::Copy, "copy", 130),
    (Action::MergedLogs, "merged logs", 140),
    (Action::Events, "events", 140),
    (Action::Kill, "kill", 150),
    (Action::Edit, "edit", 150),
    (Action::Themes, "theme", 110),
    (Action::NextPane, "next pane", 150),
];

const LOGS: &[Hint] = &[
    (Action::Follow, "follow", 0),
    (Action::Search, "search", 0),
    (Action::NextMatch, "match", 110),
    (Action::Wrap, "wrap", 0),
    (Action::NextError, "error", 70),
    (Action::Level, "level", 80),
    (Action::Include, "only", 100),
    (Action::Exclude, "hide", 100),
    (Action::Times, "times", 120),
    (Action::Select, "select", 120),
    (Action::Save, "save", 130),
    (Action::PageUp, "older", 60),
    (Action::Last, "end", 0),
    (Action::Zoom, "zoom", 0),
    (Action::NextPane, "next pane", 100),
    (Action::Back, "back", 60),
];

const SELECTING: &[Hint] = &[
    (Action::Down, "down", 0),
    (Action::Up, "up", 0),
    (Action::First, "first", 60),
    (Action::Last, "last", 60),
    (Action::CopyLines, "copy", 0),
    (Action::Back, "end", 0),
    (Action::Help, "help", 0),
];

const SAVE: &[Hint] =
    &[(Action::SaveRaw, "raw", 0), (Action::SaveShown, "as shown", 0), (Action::No, "nothing", 0)];

const DETAIL: &[Hint] = &[
    (Action::HalfDown, "more", 0),
    (Action::ShorterWindow, "shorter", 0),
    (Action::LongerWindow, "longer", 0),
    (Action::Start, "start", 70),
    (Action::Stop, "stop", 70),
    (Action::Restart, "restart", 70),
    (Action::Why, "why", 90),
    (Action::OpenLogs, "logs", 0),
];

/// Behind the hints of every pane: the first of those before them give way.
const ALWAYS: &[Hint] =
    &[(Action::Palette, "cmd", 70), (Action::Help, "help", 0), (Action::BackOrQuit, "quit", 70)];

/// The same where Esc leaves the pane, as `q` does.
const ALWAYS_BACK: &[Hint] =
    &[(Action::Back, "back", 0), (Action::Palette, "cmd", 70), (Action::Help, "help", 0)];

/// The way out of what stands over the panes: there is room for it on every terminal.
const CLOSE: &[Hint] = &[(Action::No, "close", 0)];
const LEAVE: &[Hint] = &[(Action::No, "leave", 0)];

const CONFIRM: &[Hint] = &[
    (Action::Yes, "yes", 0),
    (Action::No, "no", 0),
    (Action::NextButton, "choose", 60),
    (Action::Press, "press", 60),
];
const SORT: &[Hint] = &[
    (Action::Press, "sort", 0),
    (Action::NextButton, "turn round", 0),
    (Action::Down, "down", 0),
    (Action::Up, "up", 0),
];
const TEXT: &[Hint] = &[(Action::Down, "down", 0), (Action::Up, "up", 0), (Action::Press, "close", 0)];
const THEMES: &[Hint] = &[
    (Action::Press, "take and save", 0),
    (Action::Down, "down", 0),
    (Action::Up, "up", 0),
    (Action::ReloadThemes, "read files again", 60),
];
const HELP: &[Hint] = &[
    (Action::Down, "down", 0),
    (Action::Up, "up", 0),
    (Action::PageDown, "page", 60),
    (Action::Cancel, "close", 0),
];
const COPY: &[Hint] = &[
    (Action::CopyUrl, "url", 0),
    (Action::CopyPid, "pid", 0),
    (Action::CopyCommand, "command", 0),
    (Action::CopyName, "name", 0),
    (Action::Cancel, "back", 0),
];
const PALETTE: &[Hint] = &[
    (Action::Accept, "do it", 0),
    (Action::Down, "next", 0),
    (Action::Up, "before", 60),
    (Action::PageDown, "further", 70),
    (Action::Cancel, "close", 0),
];
const PROMPT: &[Hint] = &[(Action::Accept, "filter", 0), (Action::Cancel, "show all", 0)];

const EVENTS: &[Hint] = &[
    (Action::Press, "go to it", 0),
    (Action::EventsOfServer, "only this server", 0),
    (Action::EventsThatMatter, "errors", 0),
    (Action::First, "newest", 60),
];

/// With no server there is nothing to act on.
const NONE: &[Hint] =
    &[(Action::Palette, "cmd", 0), (Action::Help, "help", 0), (Action::BackOrQuit, "quit", 0)];

/// A hint with the live key.
type Live = (Action, String, &'static str);

/// What the hints are of now, and what stands behind them in any case.
fn lists(model: &Model) -> (&'static [Hint], &'static [Hint]) {
    match (&model.dialog, model.scope()) {
        (Some(Dialog::Confirm(_) | Dialog::Changes(_)), _) => (CONFIRM, &[]),
        (Some(Dialog::Why(_) | Dialog::Messages { .. }), _) => (TEXT, &[]),
        (Some(Dialog::Sort(_)), _) => (SORT, LEAVE),
        (Some(Dialog::Events(_)), _) => (EVENTS, CLOSE),
        (Some(Dialog::Copy(_)), _) => (COPY, &[]),
        (Some(Dialog::Save(_)), _) => (SAVE, &[]),
        (Some(Dialog::Themes(_)), _) => (THEMES, LEAVE),
        (Some(Dialog::Palette(_)), _) => (PALETTE, &[]),
        (Some(Dialog::Help { .. }), _) => (HELP, &[]),
        (None, Scope::Prompt) => (PROMPT, &[]),
        (None, _) if model.servers.all().is_empty() => (&[], NONE),
        (None, Scope::Logs) if model.log.notes.selection.is_some() => (SELECTING, &[]),
        (None, Scope::Logs) => (LOGS, ALWAYS),
        (None, Scope::Detail) => (DETAIL, ALWAYS_BACK),
        (None, Scope::Table | Scope::Global | Scope::Dialog | Scope::Copy | Scope::Save) => (TABLE, ALWAYS),
    }
}

/// The hints of a list that have a key here, on a terminal of this width.
fn live(model: &Model, list: &[Hint]) -> Vec<Live> {
    list.iter()
        .filter(|(_, _, from)| model.size.width >= *from)
        .filter(|(action, _, _)| *action != Action::HalfDown || has_more(model))
        .filter_map(|(action, word, _)| {
            let key = key_of(model, *action)?;
            let word = match (action, &model.prompt) {
                (Action::Accept, Some(prompt)) => prompt.kind.words().1,
                (Action::Cancel, Some(prompt)) if model.dialog.is_none() => prompt.kind.words().2,
                _ => *word,
            };
            Some((*action, key, word))
        })
        .collect()
}

/// The first key of an action; Esc, if it has that one, where nothing is asked that `n` could be the answer to.
fn key_of(model: &Model, action: Action) -> Option<String> {
    let asks = matches!(model.dialog, Some(Dialog::Confirm(_) | Dialog::Changes(_)));
    let keys = || model.keymap.keys(model.scope(), action);
    let esc = keys().find(|key| key.code == Code::Esc && !key.ctrl).filter(|_| action == Action::No && !asks);
    Some(shown(esc.or_else(|| keys().next())?, model.start.glyphs))
}

/// Whether the detail pane has lines that do not fit.
fn has_more(model: &Model) -> bool {
    let (lines, rows) = super::detail::scroll(model);
    lines > rows
}

/// Which hints are shown now, if there is room: action, key, word.
pub(crate) fn hints(model: &Model) -> Vec<Live> {
    let (list, always) = lists(model);
    [list, always].into_iter().flat_map(|list| live(model, list)).collect()
}

/// Those for which there is room: what always stands there first of all, then the others in their order.
fn fitting(model: &Model, room: usize, gap: usize) -> Vec<Live> {
    let cells = |(_, key, word): &Live| width(key) + 1 + word.len() + gap;
    let (list, always) = lists(model);
    let mut always = live(model, always);
    let mut left = room + gap;
    always.retain(|hint| {
        let fits = cells(hint) <= left;
        left -= if fits { cells(hint) } else { 0 };
        fits
    });
    let mut hints = live(model, list);
    // A shorter one behind one that does not fit may.
    hints.retain(|hint| {
        let fits = cells(hint) <= left;
        left -= if fits { cells(hint) } else { 0 };
        fits
    });
    hints.append(&mut always);
    hints
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let Some(mut row) = Row::of(area, 0) else { return };
    super::paint::clear(model, buffer, area);
    if let (Some(prompt), None) = (&model.prompt, &model.dialog) {
        row.skip(1);
        row.put(model, buffer, prompt.kind.words().0, style(model, Token::Key));
        // The end of a long text is what is being typed.
        let room = row.left().saturating_sub(24).max(8);
        let text = crate::tui::ansi::plain(&prompt.text);
        let skip = width(&text).saturating_sub(room);
        row.put(model, buffer, &crate::text::width::clip_columns(&text, skip, room), Style::new());
        row.put(model, buffer, " ", Style::new().add_modifier(Modifier::REVERSED));
        row.skip(2);
        if let Some(error) = &prompt.error {
            row.put(model, buffer, error, style(model, Token::Warn));
            return;
        }
    } else {
        row.skip(1);
    }
    let gap = if model.size.width < 70 { 1 } else { 2 };
    for (at, (_, key, word)) in fitting(model, row.left(), gap).iter().enumerate() {
        row.skip(if at > 0 { gap as u16 } else { 0 });
        row.put(model, buffer, key, style(model, Token::Key));
        row.skip(1);
        row.put(model, buffer, word, style(model, Token::Muted));
    }
}
