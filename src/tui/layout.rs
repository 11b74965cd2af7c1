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
/// From here on a terminal that is too narrow for it beside the log has the detail between table and log.
const PORTRAIT_FROM: Size = Size { width: 60, height: 45 };
/// Rows of the detail there at most, with its title.
const PORTRAIT_DETAIL: u16 = 32;
/// Rows that the table keeps, whatever the split, and those that it leaves to what is below.
const LEAST_ROWS: (u16, u16) = (3, 4);
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
    let reaches = |from: Size| width >= from.width && height >= from.height;
    let (least, most) = split_room(model);
    let rows = default_rows(model).saturating_add_signed(model.split.clamp(least, most));
    let upper = Rect { height: rows, ..body };
    let lower = Rect { y: body.y + rows, height: body.height - rows, ..body };
    let side = (width * 36 / 100).clamp(43, 60);
    let beside = |area: Rect| {
        let left = Rect { width: area.width - side - 1, ..area };
        let divider = Rect { x: left.right(), width: 1, ..area };
        (left, Some(divider), Some(framed(Rect { x: divider.right(), width: side, ..area })))
    };
    if reaches(WIDE_FROM) {
        let (table, divider, detail) = beside(upper);
        Layout { table: Some(table), divider, detail, logs: Some(framed(lower)), ..bare }
    } else if reaches(DETAIL_FROM) {
        let (logs, divider, detail) = beside(lower);
        Layout { table: Some(upper), divider, detail, logs: Some(framed(logs)), ..bare }
    } else if reaches(PORTRAIT_FROM) {
        let rows = (lower.height * 9 / 20).min(PORTRAIT_DETAIL);
        let detail = Rect { height: rows, ..lower };
        let logs = Rect { y: detail.bottom(), height: lower.height - rows, ..lower };
        Layout { table: Some(upper), detail: Some(framed(detail)), logs: Some(framed(logs)), ..bare }
    } else {
        Layout { table: Some(upper), logs: Some(framed(lower)), ..bare }
    }
}

/// Rows of the table with its head where the split was not moved.
fn default_rows(model: &Model) -> u16 {
    let Size { width, height } = model.size;
    let is_wide = width >= WIDE_FROM.width && height >= WIDE_FROM.height;
    let wanted = if is_wide { usize::MAX } else { model.servers.row_count().max(1) + 1 };
    let share = (u32::from(height) * 2).div_ceil(5) as u16;
    let rows = wanted.min(usize::from(share.max(5))) as u16;
    rows.clamp(LEAST_ROWS.0, most_rows(model))
}

fn most_rows(model: &Model) -> u16 {
    model.size.height.saturating_sub(2 + LEAST_ROWS.1).max(LEAST_ROWS.0)
}

/// How far the split can be moved up and down from where it stands by itself; not at all where there is none.
pub(crate) fn split_room(model: &Model) -> (i16, i16) {
    let is_split = model.size.height >= LOGS_FROM_HEIGHT;
    let to = |rows: u16| if is_split { rows as i16 - default_rows(model) as i16 } else { 0 };
    (to(LEAST_ROWS.0), to(most_rows(model)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fixture::Stage;

    #[test]
    fn panes_share_the_body_without_gap_or_overlap() {
        for (width, height) in
            [(40, 14), (60, 16), (80, 24), (120, 40), (200, 60), (80, 60), (100, 100), (60, 45)]
        {
            let stage = Stage::at((width, height));
            let all = layout(&stage.model);
            let framed = [all.logs, all.detail].into_iter().flatten().flat_map(|f| [f.title, f.body]);
            let areas: Vec<Rect> = all.table.into_iter().chain(all.divider).chain(framed).collect();
            let cells: u32 = areas.iter().map(|area| area.area()).sum();
            assert_eq!(cells, all.body.area(), "{width}x{height}");
            for (at, one) in areas.iter().enumerate() {
                assert!(areas[at + 1..].iter().all(|other| !one.intersects(*other)), "{width}x{height}");
            }
        }
    }

    #[test]
    fn a_high_terminal_has_the_detail_above_the_log() {
        for (size, is_there) in
            [((80, 60), true), ((100, 100), true), ((60, 45), true), ((59, 60), false), ((80, 44), false)]
        {
            let all = layout(&Stage::at(size).model);
            assert_eq!(all.detail.is_some(), is_there, "{size:?}");
            if let (Some(detail), Some(logs)) = (all.detail, all.logs) {
                assert!(detail.body.bottom() == logs.title.y && logs.body.height >= 12, "{size:?}");
            }
        }
    }
}
