//! Where lines and charts stand in the pane: pure, from its size and the number of lines.

use ratatui::layout::Rect;

/// From this width on the charts stand right of the lines.
const BESIDE_FROM: u16 = 100;
/// From this height on two charts stand one above the other.
const STACKED_FROM: u16 = 24;
/// From this width on two charts stand one beside the other.
const PAIR_FROM: u16 = 56;
/// Least height of a pane with a chart in it.
const CHART_FROM: u16 = 9;
/// Rows of a chart at least and at most, without its head and its axis of time.
const ROWS: (u16, u16) = (2, 9);
/// Most rows of a chart beside the lines, with what is around it.
const HIGHEST: u16 = 16;
/// A head, and an axis of time.
const AROUND: u16 = 2;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Of the lines.
    pub(super) facts: Rect,
    /// CPU, then memory, as far as there is room.
    pub(super) charts: Vec<Rect>,
}

/// Cells that the lines have.
pub(super) fn facts_width(body: Rect) -> u16 {
    if is_beside(body) { (body.width * 2 / 5).clamp(44, 76) } else { body.width }
}

fn is_beside(body: Rect) -> bool {
    body.width >= BESIDE_FROM && body.height >= 2 * (ROWS.0 + AROUND)
}

/// For a pane that has so many lines to show.
pub(super) fn plan(body: Rect, lines: usize) -> Plan {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    if is_beside(body) {
        return beside(body);
    }
    let left = body.height.saturating_sub(lines);
    if body.height >= STACKED_FROM {
        // an empty line before each
        let rows = (left / 2).saturating_sub(AROUND + 1).clamp(3, ROWS.1);
        let block = rows + AROUND + 1;
        let (facts, rest) = split(body, body.height - 2 * block);
        let chart = |at: u16| Rect { y: rest.y + at * block + 1, height: block - 1, ..rest };
        return Plan { facts, charts: vec![chart(0), chart(1)] };
    }
    if body.height < CHART_FROM {
        return Plan { facts: body, charts: Vec::new() };
    }
    let most = (body.height / 3).saturating_sub(AROUND).clamp(ROWS.0, ROWS.1);
    let rows = left.saturating_sub(AROUND + 1).clamp(most, ROWS.1);
    let (facts, rest) = split(body, body.height - rows - AROUND);
    if body.width < PAIR_FROM {
        return Plan { facts, charts: vec![rest] };
    }
    let half = body.width / 2;
    let (first, second) =
        (Rect { width: half, ..rest }, Rect { x: rest.x + half, width: body.width - half, ..rest });
    Plan { facts, charts: vec![first, second] }
}

fn beside(body: Rect) -> Plan {
    let width = facts_width(body);
    let facts = Rect { width, ..body };
    let right = Rect { x: facts.right() + 1, width: body.width - width - 1, ..body };
    // higher than this they only write more
    let half = (right.height / 2).min(HIGHEST);
    // an empty line between them, where that costs no row that matters
    let gap = u16::from(half > 6);
    let charts =
        vec![Rect { height: half - gap, ..right }, Rect { y: right.y + half, height: half, ..right }];
    Plan { facts, charts }
}

/// The first so many rows, and the rest.
fn split(body: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(body.height);
    (Rect { height: rows, ..body }, Rect { y: body.y + rows, height: body.height - rows, ..body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_or_leaves_the_pane() {
        for width in [1, 20, 43, 55, 56, 80, 99, 100, 120, 200] {
            for height in 0..60 {
                for lines in [0, 5, 12, 40] {
                    let body = Rect::new(3, 2, width, height);
                    let Plan { facts, charts } = plan(body, lines);
                    assert_eq!(facts.width, facts_width(body));
                    let parts: Vec<Rect> = std::iter::once(facts).chain(charts).collect();
                    for (at, part) in parts.iter().enumerate() {
                        assert_eq!(body.union(*part), body, "{width}x{height}: {part:?}");
                        let apart = |other: &Rect| !other.intersects(*part) || part.is_empty();
                        assert!(parts[at + 1..].iter().all(apart), "{width}x{height}: {parts:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_full_screen_has_two_charts_and_most_of_the_lines() {
        for (width, height, facts) in [(80, 21, 13), (60, 13, 9), (118, 37, 37), (43, 28, 16)] {
            let plan = plan(Rect::new(0, 0, width, height), 16);
            let shown = plan.facts.height;
            assert!(shown >= facts, "{width}x{height}: {shown}");
            assert_eq!(plan.charts.len(), if width == 43 && height < 24 { 1 } else { 2 });
        }
        assert_eq!(plan(Rect::new(0, 0, 40, 11), 16).charts.len(), 1);
        assert!(plan(Rect::new(0, 0, 40, 6), 16).charts.is_empty());
    }
}
