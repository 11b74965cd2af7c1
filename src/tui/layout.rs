//! Where everything stands: a pure function of the terminal's size and of what is to be shown. `update` asks it for
//! page sizes, `view` for places, so that both mean the same.

use ratatui::layout::{Rect, Size};

use super::model::log_view::Room;
use super::model::{Model, Pane};
use crate::model::ServerId;
use crate::text::width::width;

/// Below this there are only figures.
pub(crate) const SMALLEST: Size = Size { width: 40, height: 8 };
/// From here on the log stands beside the table.
const LOGS_FROM_HEIGHT: u16 = 14;
/// From here on the detail pane is there too.
const DETAIL_FROM: Size = Size { width: 110, height: 30 };
/// From here on the detail stands right of the table, and the log takes the full width below.
const WIDE_FROM: Size = Size { width: 170, height: 45 };
/// From here on a log has a scroll bar.
const BAR_FROM: u16 = 100;
/// From here on columns are wider.
pub(crate) const ROOMY_FROM: u16 = 110;

/// A pane with its title line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framed {
    /// One row.
    pub(crate) title: Rect,
    /// What is below.
    pub(crate) body: Rect,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The top bar.
    pub(crate) top: Rect,
    /// Column heads and rows.
    pub(crate) table: Option<Rect>,
    /// The log.
    pub(crate) logs: Option<Framed>,
    /// The detail pane.
    pub(crate) detail: Option<Framed>,
    /// The upright rule beside the detail pane.
    pub(crate) divider: Option<Rect>,
    /// Between top bar and footer.
    pub(crate) body: Rect,
    /// The footer.
    pub(crate) footer: Rect,
}

/// Whether there is room for more than figures.
pub(crate) fn is_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// Where everything stands.
pub(crate) fn layout(model: &Model) -> Layout {
    let Size { width, height } = model.size;
    let line = |y: u16| Rect::new(0, y.min(height.saturating_sub(1)), width, 1.min(height));
    let body = Rect::new(0, 1.min(height), width, height.saturating_sub(2));
    let bare = Layout {
        top: line(0),
        table: None,
        logs: None,
        detail: None,
        divider: None,
        body,
        footer: line(height.saturating_sub(1)),
    };
    let several = panes(model, bare);
    let is_there = match model.focus {
        Pane::Table => several.table.is_some(),
        Pane::Logs => several.logs.is_some(),
        Pane::Detail => several.detail.is_some(),
    };
    if is_there && !model.zoomed { several } else { alone(model.focus, bare) }
}

/// The pane that has the focus takes the body.
fn alone(pane: Pane, bare: Layout) -> Layout {
    match pane {
        Pane::Table => Layout { table: Some(bare.body), ..bare },
        Pane::Logs => Layout { logs: Some(framed(bare.body)), ..bare },
        Pane::Detail => Layout { detail: Some(framed(bare.body)), ..bare },
    }
}

fn panes(model: &Model, bare: Layout) -> Layout {
    let Size { width, height } = model.size;
    let body = bare.body;
    if height < LOGS_FROM_HEIGHT {
        return alone(Pane::Table, bare);
    }
    let has_detail = width >= DETAIL_FROM.width && height >= DETAIL_FROM.height;
    let is_wide = width >= WIDE_FROM.width && height >= WIDE_FROM.height;
    let wanted = if is_wide { usize::MAX } else { model.servers.row_count().max(1) + 1 };
    let share = (u32::from(height) * 2).div_ceil(5) as u16;
    let rows = wanted.min(usize::from(share.max(5))) as u16;
    let rows = rows.saturating_add_signed(model.split).clamp(3, body.height.saturating_sub(4).max(3));
    let upper = Rect { height: rows, ..body };
    let lower = Rect { y: body.y + rows, height: body.height - rows, ..body };
    let side = (width * 36 / 100).clamp(43, 60);
    let beside = |area: Rect| {
        let left = Rect { width: area.width - side - 1, ..area };
        let divider = Rect { x: left.right(), width: 1, ..area };
        (left, divider, framed(Rect { x: divider.right(), width: side, ..area }))
    };
    if is_wide {
        let (table, divider, detail) = beside(upper);
        Layout {
            table: Some(table),
            divider: Some(divider),
            detail: Some(detail),
            logs: Some(framed(lower)),
            ..bare
        }
    } else if has_detail {
        let (logs, divider, detail) = beside(lower);
        Layout {
            table: Some(upper),
            divider: Some(divider),
            detail: Some(detail),
            logs: Some(framed(logs)),
            ..bare
        }
    } else {
        Layout { table: Some(upper), logs: Some(framed(lower)), ..bare }
    }
}

fn framed(area: Rect) -> Framed {
    let title = Rect { height: area.height.min(1), ..area };
    let body = Rect { y: title.bottom(), height: area.height - title.height, ..area };
    Framed { title, body }
}

/// Rows of the table without its head.
pub(crate) fn table_rows(model: &Model) -> usize {
    layout(model).table.map_or(1, |table| usize::from(table.height.saturating_sub(1)).max(1))
}

/// Cells of a log line's time with the space behind it.
pub(crate) fn time_width(model: &Model) -> u16 {
    super::log_time::width(model.log.look.times, has_fine_times(model))
}

/// Whether log lines have times with milliseconds.
pub(crate) fn has_fine_times(model: &Model) -> bool {
    model.size.width >= ROOMY_FROM
}

/// Cells of a server's name before its lines at most, where several logs are merged.
const NAME_MAX: usize = 12;

/// The name before a line of several logs; with its project where another one has the same.
pub(crate) fn log_name(model: &Model, id: &ServerId) -> String {
    let is_ambiguous = model.servers.get(id).is_some_and(|server| server.is_ambiguous);
    if is_ambiguous { id.to_string() } else { id.name().to_owned() }
}

/// Cells of that name with the space behind it; 0 for a single log.
pub(crate) fn name_width(model: &Model) -> u16 {
    if !model.log.is_merged() {
        return 0;
    }
    let longest = model.log.merged.iter().map(|id| width(&log_name(model, id))).max();
    longest.unwrap_or(0).min(NAME_MAX) as u16 + 1
}

/// Room of the log's text: what the margin and the time leave, and the scroll bar where there is one.
pub(crate) fn log_room(model: &Model) -> Room {
    let body = layout(model).logs.map_or(Rect::ZERO, |logs| logs.body);
    let width = body.width.saturating_sub(1 + time_width(model) + name_width(model) + scroll_bar(body));
    Room { width: usize::from(width.max(1)), height: usize::from(body.height.max(1)) }
}

/// Cells of the log's scroll bar: there is one where the log is so wide that its lines don't miss a cell.
pub(crate) const fn scroll_bar(body: Rect) -> u16 {
    if body.width >= BAR_FROM { 1 } else { 0 }
}
