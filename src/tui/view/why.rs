//! Why a server is in its phase, in sentences.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{Text, framed, lines, wrapped};
use super::paint::style;
use super::state;
use crate::model::{Phase, ServerId};
use crate::text::human;
use crate::tui::ansi;
use crate::tui::layout::layout;
use crate::tui::model::Model;
use crate::tui::model::why::WhyDialog;
use crate::tui::theme::Token;

/// Cells of the box at most.
const WIDTH: u16 = 72;
/// Cells of a head.
const HEAD: usize = 8;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, why: &WhyDialog) {
    let text = text(model, why, area);
    let height = (text.len() as u16 + 2).min(area.height);
    let body = framed(model, buffer, area, (WIDTH, height), &title(model, &why.server));
    let top = why.top.min(text.len().saturating_sub(usize::from(body.height)));
    lines(model, buffer, body, text.get(top..).unwrap_or_default());
}

/// Lines that do not fit at once.
pub(crate) fn overflow(model: &Model, why: &WhyDialog) -> usize {
    let area = layout(model).body;
    text(model, why, area).len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn title(model: &Model, id: &ServerId) -> String {
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

fn text(model: &Model, dialog: &WhyDialog, area: Rect) -> Vec<Text> {
    let cells = usize::from(area.width.min(WIDTH)).saturating_sub(4 + HEAD);
    let mut out = Vec::new();
    let mut say = |head: &str, sentence: &str, token: Option<Token>| {
        let text_style = token.map_or_else(Style::new, |token| style(model, token));
        for (at, part) in wrapped(&ansi::plain(sentence), cells).into_iter().enumerate() {
            let head = if at == 0 { head } else { "" };
            out.push(vec![(format!("{head:<HEAD$}"), style(model, Token::Muted)), (part, text_style)]);
        }
    };
    match &dialog.answer {
        None => say("", "asking the supervisor", Some(Token::Muted)),
        Some(Err(error)) => say("", error, Some(Token::Fail)),
        Some(Ok(why)) => {
            say("phase", &format!("{}, {}", why.phase, state::since(model, why.since)), None);
            for (at, because) in why.because.iter().enumerate() {
                say(if at == 0 { "because" } else { "" }, because, None);
            }
            for (at, waits) in why.waiting_for.iter().enumerate() {
                say(if at == 0 { "waits" } else { "" }, &format!("for {waits}"), Some(Token::Warn));
            }
            let next = why.next.trim_end_matches('.');
            let when = why.next_at.map_or_else(String::new, |at| {
                let clock = state::time_of_day(model, at, "%H:%M:%S");
                match dialog.left(model.now) {
                    Some(left) => format!(", in {} at {clock}", human::age(left.ceil())),
                    None => format!(", at {clock}"),
                }
            });
            if !next.is_empty() {
                say("next", &format!("{next}{when}."), Some(Token::Accent));
            }
        }
    }
    out
}
