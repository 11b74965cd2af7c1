//! The head of a section: its name, and how many of its servers are in which state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::counts;
use super::paint::{Row, style};
use crate::text::width::width;
use crate::tui::ansi;
use crate::tui::model::{Division, Model, Section};
use crate::tui::theme::Token;

/// Draws it into a row. What is marked, and failed unseen, in a folded section is told here.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, section: &Section, is_selected: bool) {
    let Some(mut row) = Row::of(area, 0) else { return };
    let glyphs = model.start.glyphs;
    let accent = style(model, Token::Accent);
    let servers = || model.servers.of_section(section);
    let is_unread = section.is_folded && servers().any(|server| model.servers.is_unread(&server.status.id));
    match (is_selected, is_unread) {
        (true, _) => row.put(model, buffer, ">", accent),
        (false, true) => row.put(model, buffer, "!", style(model, Token::Fail)),
        (false, false) => row.skip(1),
    }
    row.put(
        model,
        buffer,
        if section.is_folded { glyphs.pick("▸", "+") } else { glyphs.pick("▾", "-") },
        accent,
    );
    row.skip(1);
    let name = match (section.name.as_str(), model.servers.division()) {
        ("", Division::Group) => "no group".to_owned(),
        (name, Division::None | Division::Project | Division::Group) => ansi::plain(name),
    };
    row.put(model, buffer, &name, Style::new().add_modifier(Modifier::BOLD));
    let marked = servers().filter(|server| model.servers.is_marked(&server.status.id)).count();
    let counted =
        counts::of(servers()).into_iter().map(|(word, few, token, number)| (number, word, few, token));
    let marks = (marked > 0).then_some((marked, "marked", "marked", Token::Accent));
    let counted: Vec<_> = counted.chain(marks).collect();
    let cells: usize =
        counted.iter().map(|(number, word, _, _)| 2 + number.to_string().len() + 1 + word.len()).sum();
    let short = cells > row.left();
    for (number, word, few, token) in counted {
        let text = format!("  {number} {}", if short { few } else { word });
        if width(&text) <= row.left() {
            row.put(model, buffer, &text, style(model, token));
        }
    }
    if is_selected {
        buffer.set_style(area, style(model, Token::Selection));
    }
    if model.is_lost() {
        buffer.set_style(area, Style::new().add_modifier(Modifier::DIM));
    }
}
