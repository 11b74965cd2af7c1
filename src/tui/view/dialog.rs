//! A question, or a text, in a box in the middle.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::{Row, clear, style};
use super::state;
use crate::api::{Verb, Why};
use crate::model::action::{Action, Scope};
use crate::model::{Phase, ServerId, Signal};
use crate::text::human;
use crate::text::width::width;
use crate::tui::ansi;
use crate::tui::model::{Dialog, Model};
use crate::tui::theme::Token;

/// Cells of a box at most.
const WIDTH: u16 = 72;
/// Cells of a question's box.
const QUESTION: u16 = 52;

pub(super) type Text = Vec<(String, Style)>;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, dialog: &Dialog) {
    match dialog {
        Dialog::Confirm { verb, servers, yes, top } => {
            confirm(model, buffer, area, *verb, servers, *yes, *top);
        }
        Dialog::Why { server, answer, top } => {
            let text = why(model, answer.as_ref(), usize::from(area.width.min(WIDTH)).saturating_sub(4));
            let height = (text.len() as u16 + 2).min(area.height);
            let body = framed(model, buffer, area, (WIDTH, height), &why_title(model, server));
            let top = (*top).min(text.len().saturating_sub(usize::from(body.height)));
            lines(model, buffer, body, text.get(top..).unwrap_or_default());
        }
        Dialog::Help { .. } | Dialog::Palette(_) | Dialog::Changes(_) | Dialog::Messages { .. } => {}
    }
}

#[allow(clippy::too_many_arguments, reason = "the parts of one dialog")]
fn confirm(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    verb: Verb,
    servers: &[ServerId],
    yes: bool,
    top: usize,
) {
    let (word, meaning) = words(verb);
    let title = match servers {
        [one] => format!("{word} {}?", one.name()),
        several => format!("{word} {}?", human::plural(several.len(), "server")),
    };
    // Around the list: two lines of the box, the meaning with a line before and behind it, the buttons.
    let room = usize::from(area.height.saturating_sub(6)).max(1);
    let shown = servers.len().min(room);
    let top = top.min(servers.len() - shown);
    let body = framed(model, buffer, area, (QUESTION, shown as u16 + 6), &title);
    let mut text: Vec<Text> = servers[top..top + shown].iter().map(|id| server_line(model, id)).collect();
    if shown < servers.len() {
        let more = format!("{} of {}, from {}", shown, servers.len(), top + 1);
        text.push(vec![(more, style(model, Token::Muted))]);
    } else {
        text.push(Vec::new());
    }
    text.push(vec![(meaning.to_owned(), Style::new())]);
    text.push(Vec::new());
    text.push(buttons(model, word, yes, usize::from(body.width)));
    lines(model, buffer, body, &text);
}

fn words(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Start => ("Start", "They start at once."),
        Verb::Stop { now: false } => ("Stop", "Their stop signal, then SIGKILL after their grace."),
        Verb::Stop { now: true } => ("Kill", "SIGKILL at once: no grace, no clean-up."),
        Verb::Restart => ("Restart", "Each is stopped within its grace, then started."),
        Verb::Signal { signal } if signal == Signal::KILL => ("Kill", "SIGKILL at once."),
        Verb::Signal { .. } => ("Signal", "The main process gets it."),
    }
}

fn server_line(model: &Model, id: &ServerId) -> Text {
    let Some(server) = model.servers.get(id) else {
        return vec![(id.to_string(), style(model, Token::Muted))];
    };
    let status = &server.status;
    let pid = status.pid.map_or_else(String::new, |pid| format!("pid {pid}"));
    let port = status.main_port().map_or_else(String::new, |port| format!(":{}", port.port));
    vec![
        (format!("{:<16} ", state::label(server, false)), Style::new()),
        (format!("{:<9} ", state::word(server, model.start.glyphs)), style(model, state::token(status))),
        (format!("{pid:<11} {port}"), Style::new()),
    ]
}

pub(super) fn buttons(model: &Model, word: &str, yes: bool, cells: usize) -> Text {
    let key = model.keymap.hint(Scope::Dialog, Action::Yes, model.start.glyphs).unwrap_or_default();
    let mark = |on: bool| if on { "> " } else { "  " };
    let plain = Style::new();
    let focus = |on: bool| if on { style(model, Token::Selection) } else { plain };
    let used = 2 + 6 + 5 + 2 + key.len() + 2 + word.len();
    vec![
        (" ".repeat(cells.saturating_sub(used) / 2), plain),
        (mark(!yes).to_owned(), plain),
        ("Cancel".to_owned(), focus(!yes)),
        ("     ".to_owned(), plain),
        (mark(yes).to_owned(), plain),
        (key, style(model, Token::Key)),
        ("  ".to_owned(), plain),
        (word.to_owned(), focus(yes)),
    ]
}

fn why_title(model: &Model, id: &ServerId) -> String {
    let name = id.name();
    let Some(status) = model.servers.get(id).map(|server| &server.status) else {
        return format!("Why is {name} gone?");
    };
    match status.phase {
        // The state's word tells how it exited there, which is no answer to "is".
        Phase::Failed => format!("Why has {name} failed?"),
        Phase::Backoff => format!("Why is {name} in back-off?"),
        Phase::Stopped
        | Phase::Waiting
        | Phase::Starting
        | Phase::Running
        | Phase::Stopping
        | Phase::Completed => format!("Why is {name} {}?", ansi::plain(&status.state_word())),
    }
}

fn why(model: &Model, answer: Option<&Result<Why, String>>, cells: usize) -> Vec<Text> {
    let mut out = Vec::new();
    let mut say = |head: &str, sentence: &str, token: Option<Token>| {
        let text_style = token.map_or_else(Style::new, |token| style(model, token));
        for (at, part) in wrapped(&ansi::plain(sentence), cells.saturating_sub(8)).into_iter().enumerate() {
            let head = if at == 0 { head } else { "" };
            out.push(vec![(format!("{head:<8}"), style(model, Token::Muted)), (part, text_style)]);
        }
    };
    match answer {
        None => say("", "asking the supervisor", Some(Token::Muted)),
        Some(Err(error)) => say("", error, Some(Token::Fail)),
        Some(Ok(why)) => {
            let since = human::age(state::seconds_since(model, why.since));
            say("phase", &format!("{}, for {since}", why.phase), None);
            for (at, because) in why.because.iter().enumerate() {
                say(if at == 0 { "because" } else { "" }, because, None);
            }
            for (at, waits) in why.waiting_for.iter().enumerate() {
                say(if at == 0 { "waits" } else { "" }, waits, Some(Token::Warn));
            }
            let when = why
                .next_at
                .map_or_else(String::new, |at| format!(", at {}", state::time_of_day(model, at, "%H:%M:%S")));
            say("next", &format!("{}{when}", why.next), Some(Token::Accent));
        }
    }
    out
}

/// Broken at spaces; a word that is longer than a line is cut where it must be.
pub(super) fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word.to_owned();
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(!line.is_empty());
            if width(line) + gap + width(&rest) <= cells {
                line.push_str(&" ".repeat(gap));
                line.push_str(&rest);
                break;
            }
            if line.is_empty() {
                let clip = crate::text::width::clip(&rest, 0, cells);
                let end = if clip.range.end == 0 { rest.len() } else { clip.range.end };
                line.push_str(&rest[..end]);
                rest = rest.split_off(end);
                if rest.is_empty() {
                    break;
                }
            }
            lines.push(String::new());
        }
    }
    lines
}

/// The box in the middle of `area`; what is inside it.
pub(super) fn framed(
    model: &Model,
    buffer: &mut Buffer,
    area: Rect,
    (cells, rows): (u16, u16),
    title: &str,
) -> Rect {
    let (cells, rows) = (cells.min(area.width), rows.min(area.height));
    let frame = Rect {
        x: area.x + (area.width - cells) / 2,
        y: area.y + (area.height - rows) / 2,
        width: cells,
        height: rows,
    };
    clear(model, buffer, frame);
    let glyphs = model.start.glyphs;
    let [top_left, top_right, bottom_left, bottom_right, dash, bar] =
        glyphs.pick(["┌", "┐", "└", "┘", "─", "│"], ["+", "+", "+", "+", "-", "|"]);
    let line = style(model, Token::BorderFocus);
    for y in 0..rows {
        let Some(mut row) = Row::of(frame, y) else { continue };
        let (first, last) = match y {
            0 => (top_left, top_right),
            y if y + 1 == rows => (bottom_left, bottom_right),
            _ => (bar, bar),
        };
        row.put(model, buffer, first, line);
        if y == 0 {
            row.put(model, buffer, dash, line);
            let mut inner = Row { end: row.end.saturating_sub(1), ..row };
            inner.put(model, buffer, &format!(" {title} "), style(model, Token::Accent));
            row.x = inner.x;
        }
        let mut middle = Row { end: frame.right().saturating_sub(1), ..row };
        if y == 0 || y + 1 == rows {
            middle.fill(buffer, dash, line);
        }
        let mut end = Row { x: frame.right().saturating_sub(1), ..row };
        end.put(model, buffer, last, line);
    }
    Rect {
        x: frame.x + 2.min(cells),
        y: frame.y + 1.min(rows),
        width: cells.saturating_sub(4),
        height: rows.saturating_sub(2),
    }
}

pub(super) fn lines(model: &Model, buffer: &mut Buffer, area: Rect, text: &[Text]) {
    for (y, parts) in text.iter().enumerate() {
        let Some(mut row) = Row::of(area, y as u16) else { return };
        for (part, part_style) in parts {
            row.put(model, buffer, part, *part_style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_spaces_and_nothing_is_lost() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("日本語", 1), ["日本語"]);
    }
}
