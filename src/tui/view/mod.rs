//! From the model to cells: one file for each part of the screen. Nothing here changes anything, and nothing costs
//! more for a longer log: only what can be seen is decoded.

mod changes;
mod columns;
mod confirm;
mod copy;
mod counts;
mod detail;
mod dialog;
mod empty;
mod events;
mod footer;
mod graph;
mod help;
mod logs;
mod messages;
mod paint;
mod palette;
mod save;
mod section;
mod small;
mod sort;
mod state;
mod table;
mod themes;
mod toasts;
mod top_bar;
mod why;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{is_small, layout};
use super::model::{Connection, Dialog, Model};

pub(crate) use changes::last_top as last_change;
pub(crate) use detail::scroll as detail_lines;
pub(crate) use events::rows as events_rows;
pub(crate) use footer::hints as footer_hints;
#[cfg(test)]
pub(crate) use help::Line as HelpLine;
pub(crate) use help::last_top as last_help;
#[cfg(test)]
pub(crate) use help::lines as help_lines;
pub(crate) use help::rows as help_rows;
pub(crate) use messages::last_top as last_message;
pub(crate) use palette::rows as palette_rows;
pub(crate) use table::sort_key_at;
pub(crate) use toasts::covered as toasts_cover;
pub(crate) use why::overflow as why_overflow;

/// Nothing turns before this time: most answers are quicker.
pub(crate) const SPINNER_AFTER: Duration = Duration::from_millis(200);

/// Draws everything.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer) {
    let area = Rect::new(0, 0, model.size.width, model.size.height).intersection(buffer.area);
    buffer.set_style(area, model.theme.base());
    if is_small(model.size) {
        small::draw(model, buffer, area);
        return;
    }
    let layout = layout(model);
    top_bar::draw(model, buffer, layout.top);
    if shows_nothing(model) {
        empty::draw(model, buffer, layout.body);
    } else {
        panes(model, buffer);
    }
    match &model.dialog {
        Some(Dialog::Help { scope, search, top }) => {
            help::draw(model, buffer, layout.body, *scope, search, *top);
        }
        Some(Dialog::Confirm(question)) => confirm::draw(model, buffer, layout.body, question),
        Some(Dialog::Sort(picker)) => sort::draw(model, buffer, layout.body, *picker),
        Some(Dialog::Why(why)) => why::draw(model, buffer, layout.body, why),
        Some(Dialog::Events(page)) => events::draw(model, buffer, layout.body, page),
        Some(Dialog::Copy(menu)) => copy::draw(model, buffer, layout.body, menu),
        Some(Dialog::Save(question)) => save::draw(model, buffer, layout.body, question),
        Some(Dialog::Themes(picker)) => themes::draw(model, buffer, layout.body, picker),
        Some(Dialog::Changes(changes)) => changes::draw(model, buffer, layout.body, changes),
        Some(Dialog::Palette(palette)) => palette::draw(model, buffer, layout.body, palette),
        Some(Dialog::Messages { top }) => messages::draw(model, buffer, layout.body, *top),
        None => {}
    }
    toasts::draw(model, buffer, layout.body);
    footer::draw(model, buffer, layout.footer);
}

/// A row of the screen, cell by cell; the second half of a wide character is empty.
pub(crate) fn row_cells(model: &Model, y: u16) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.width, model.size.height));
    draw(model, &mut buffer);
    let cell = |x| buffer.cell((x, y)).map_or_else(String::new, |cell| cell.symbol().to_owned());
    (0..model.size.width).map(cell).collect()
}

fn panes(model: &Model, buffer: &mut Buffer) {
    let layout = layout(model);
    if let Some(area) = layout.table {
        table::draw(model, buffer, area);
    }
    if let Some(frame) = layout.logs {
        logs::draw(model, buffer, frame);
    }
    if let Some(area) = layout.divider {
        detail::divider(model, buffer, area, layout.logs.map(|frame| frame.title.y));
    }
    if let Some(frame) = layout.detail {
        detail::draw(model, buffer, frame);
    }
}

/// No server is known: nothing came yet, or nothing is registered.
fn shows_nothing(model: &Model) -> bool {
    model.servers.all().is_empty()
}

/// Whether data was ever received.
fn has_data(model: &Model) -> bool {
    match &model.connection {
        Connection::Live => true,
        Connection::Connecting { .. } => false,
        Connection::Lost { data, .. } => data.is_some(),
    }
}
