//! The question how to save a log.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Row, clear, rule, style};
use crate::model::action::{Action, Scope};
use crate::text::width::width;
use crate::tui::model::Model;
use crate::tui::model::log_look::Times;
use crate::tui::model::saving::SaveQuestion;
use crate::tui::theme::Token;

/// Draws it above the footer: the log stays to be seen.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, question: &SaveQuestion) {
    let times = match model.log.look.times {
        Times::Off | Times::Relative => "without times",
        Times::Time | Times::Date => "with date and time",
    };
    let which =
        if question.reading.narrow.is_some() { "the lines that the filter leaves" } else { "all lines" };
    let mut choices = vec![
        (Action::SaveRaw, "the bytes as the server wrote them, without ostler's lines".to_owned()),
        (Action::SaveShown, format!("{which}, as plain text {times}")),
        (Action::No, "nothing".to_owned()),
    ];
    // Bytes of several servers in one file would be nobody's.
    if question.reading.is_merged() {
        choices.remove(0);
    }
    let height = (choices.len() as u16 + 1).min(area.height);
    let place = Rect { y: area.bottom() - height, height, ..area };
    clear(model, buffer, place);
    let title = format!("save the log of {}", question.name);
    rule(model, buffer, place, &[(title, style(model, Token::Accent))], true);
    for (y, (action, text)) in (1..).zip(&choices) {
        let Some(mut row) = Row::of(place, y) else { return };
        let key = model.keymap.hint(Scope::Save, *action, model.start.glyphs).unwrap_or_default();
        row.skip(2);
        row.put(model, buffer, &key, style(model, Token::Key));
        row.skip(6_u16.saturating_sub(width(&key) as u16).max(1));
        row.put(model, buffer, text, style(model, Token::Fg));
    }
}
