//! What a project's file brought, and whether to apply it; or what is wrong with it.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::confirm::buttons;
use super::dialog::{Text, framed, lines, wrapped};
use super::paint::style;
use crate::api::{FieldChange, Reloaded};
use crate::model::ServerId;
use crate::tui::ansi;
use crate::tui::layout::layout;
use crate::tui::model::Model;
use crate::tui::model::edit::{Changes, Outcome};
use crate::tui::theme::Token;

/// Cells of the box at most.
const WIDTH: u16 = 88;
/// Names of servers that are told at most.
const NAMED: usize = 12;

/// The parts of the box: what scrolls, and what stands below it with a blank line between.
fn parts(model: &Model, changes: &Changes, area: Rect) -> (Vec<Text>, Vec<Text>) {
    let cells = usize::from(area.width.min(WIDTH)).saturating_sub(4).max(8);
    let mut body = Vec::new();
    let mut foot = Vec::new();
    let put = |out: &mut Vec<Text>, indent: usize, text: &str, token: Option<Token>| {
        let text_style = token.map_or(Style::new(), |token| style(model, token));
        for part in wrapped(&ansi::plain(text), cells.saturating_sub(indent)) {
            out.push(vec![(format!("{}{part}", " ".repeat(indent)), text_style)]);
        }
    };
    let word = match &changes.outcome {
        Outcome::Differs(reloaded) => {
            differences(reloaded, |indent, text, token| put(&mut body, indent, text, token));
            let removed: Vec<_> = reloaded.removed.iter().collect();
            put(&mut foot, 0, &consequence(&changes.outcome.restarts(), &removed), None);
            "Apply"
        }
        Outcome::Refused(problems) => {
            for problem in problems {
                let is_hint = problem.trim_start().starts_with("hint:");
                let (indent, token) = if is_hint { (2, Token::Muted) } else { (0, Token::Fail) };
                put(&mut body, indent, problem, Some(token));
            }
            put(&mut foot, 0, "Nothing was applied.", None);
            "Edit again"
        }
    };
    foot.push(buttons(model, word, changes.yes, cells));
    (body, foot)
}

fn differences(reloaded: &Reloaded, mut put: impl FnMut(usize, &str, Option<Token>)) {
    if let Some(profile) = &reloaded.profile {
        put(0, &format!("with profile {profile}"), Some(Token::Muted));
    }
    for field in &reloaded.settings {
        put(0, &format!("~ {}", told(field)), Some(Token::Pending));
    }
    for id in &reloaded.added {
        put(0, &format!("+ {}: added", id.name()), Some(Token::Ok));
    }
    for id in &reloaded.removed {
        put(0, &format!("- {}: removed, to be stopped and forgotten", id.name()), Some(Token::Fail));
    }
    for change in &reloaded.changed {
        let what = if change.restarts { "to be restarted" } else { "taken at its next start" };
        put(0, &format!("~ {}: changed, {what}", change.server.name()), Some(Token::Pending));
        for field in &change.fields {
            put(4, &told(field), None);
        }
    }
}

/// What applying does to servers that run.
fn consequence(restarts: &[&ServerId], removed: &[&ServerId]) -> String {
    let listed = |what: &str, ids: &[&ServerId]| {
        let names: Vec<&str> = ids.iter().take(NAMED).map(|id| id.name()).collect();
        let more = ids.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{what} {}{more}.", names.join(", "))
    };
    match (restarts, removed) {
        ([], []) => "No server restarts.".to_owned(),
        (_, []) => listed("Restarts", restarts),
        ([], _) => listed("Stops", removed),
        _ => format!("{} {}", listed("Restarts", restarts), listed("Stops", removed)),
    }
}

/// One field, as in `restart.attempts: 5 -> 9`. A value that both times is hidden has changed all the same.
fn told(field: &FieldChange) -> String {
    match (&field.before, &field.after) {
        (Some(before), Some(after)) if before == after => format!("{}: changed", field.name),
        (before, after) => {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
            format!("{}: {} -> {}", field.name, shown(before), shown(after))
        }
    }
}

/// Lines of the body for a box in this area, of so many with so many below them.
fn room(area: Rect, foot: usize) -> usize {
    usize::from(area.height).saturating_sub(2 + foot).max(1)
}

/// The first line of the last page.
pub(crate) fn last_top(model: &Model, changes: &Changes) -> usize {
    let area = layout(model).body;
    let (body, foot) = parts(model, changes, area);
    body.len().saturating_sub(room(area, foot.len()))
}

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, changes: &Changes) {
    let (body, foot) = parts(model, changes, area);
    let room = room(area, foot.len());
    let shown = body.len().min(room);
    let top = changes.top.min(body.len() - shown);
    // A blank line before what stands below, where there is room for one.
    let gap = usize::from(room > body.len());
    let name = changes.edit.file.file_name().unwrap_or_default().to_string_lossy();
    let mut title = match &changes.outcome {
        Outcome::Differs(reloaded) => format!("{} of {}", ansi::plain(&name), reloaded.project),
        Outcome::Refused(_) => format!("{} can't be taken", ansi::plain(&name)),
    };
    if shown < body.len() {
        let _ = write!(title, ", {}-{} of {}", top + 1, top + shown, body.len());
    }
    let high = (shown + gap + foot.len() + 2) as u16;
    let inner = framed(model, buffer, area, (WIDTH, high), &title);
    let mut text: Vec<Text> = body.into_iter().skip(top).take(shown).collect();
    text.extend((0..gap).map(|_| Text::new()));
    text.extend(foot);
    lines(model, buffer, inner, &text);
}
