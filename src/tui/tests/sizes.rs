//! Every size that a terminal may have.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fixture::Stage;
use crate::text::width::width;
use crate::tui::layout::{layout, split_room};
use crate::tui::message::Message;

/// The largest size that is drawn.
const LARGEST: (u16, u16) = (250, 80);

/// Which sizes are drawn where the tests are to be quick: all small ones, those at which the layout becomes another one,
/// and a sixth of the others. In the gate, all.
fn is_drawn(width: u16, height: u16) -> bool {
    let turns = matches!(width, 69..=70 | 109..=110 | 169..=170 | 250)
        || matches!(height, 13..=14 | 29..=30 | 44..=45 | 80);
    (width <= 62 && height <= 46)
        || (turns && (width + height).is_multiple_of(2))
        || (width + height).is_multiple_of(6)
}

/// Every row is full to its last cell, and nothing in it is a command to a terminal.
pub(super) fn check_rows(buffer: &Buffer) {
    let Rect { width: columns, height, .. } = buffer.area;
    for y in 0..height {
        let mut x = 0;
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            // the usual case first: there are millions of cells
            let plain = matches!(symbol.as_bytes(), [b' '..=b'~']);
            assert!(plain || !symbol.chars().any(crate::text::is_unsafe), "{symbol:?}");
            x += if plain { 1 } else { (width(symbol) as u16).max(1) };
        }
        assert_eq!(x, columns, "row {y} of {columns}x{height}");
    }
}

/// What was drawn at one size is drawn over, as it is on a terminal.
fn draw(stage: &mut Stage, buffer: &mut Buffer, width: u16, height: u16) {
    stage.send(Message::Resize(width, height));
    buffer.resize(Rect::new(0, 0, width, height));
    buffer.reset();
    crate::tui::view::draw(&stage.model, buffer);
    check_rows(buffer);
}

#[test]
fn every_size_has_full_rows_and_no_panic() {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u16;
    let all = std::env::var_os("OSTLER_TEST_ALL").is_some();
    std::thread::scope(|scope| {
        for first in 1..=threads {
            scope.spawn(move || {
                let mut stage = Stage::at((80, 24));
                let mut buffer = Buffer::empty(Rect::ZERO);
                for width in (first..=LARGEST.0).step_by(usize::from(threads)) {
                    let heights = 1..=LARGEST.1;
                    for height in heights.filter(|height| all || is_drawn(width, *height)) {
                        draw(&mut stage, &mut buffer, width, height);
                    }
                }
            });
        }
    });
}

#[test]
fn every_view_has_full_rows_at_sizes_where_something_changes() {
    let widths =
        (1..=250_u16).filter(|w| w % 11 == 0 || *w < 45 || (58..62).contains(w) || (105..125).contains(w));
    let widths: Vec<u16> = widths.collect();
    for keys in ["2wz", "3z", "R", "?", "/a", "X", "w"] {
        let mut stage = Stage::at((80, 24));
        stage.keys(keys);
        let mut buffer = Buffer::empty(Rect::ZERO);
        for (n, width) in widths.iter().enumerate() {
            let heights = [1, 2, 3, 5, 8, 13, 14, 21, 30, 44, 45, 80];
            for height in heights.into_iter().skip(n % 3).step_by(3) {
                draw(&mut stage, &mut buffer, *width, height);
            }
        }
    }
}

#[test]
fn the_split_moves_with_every_key_until_it_is_at_its_end() {
    for size in [(60, 14), (80, 24), (80, 60), (120, 40), (200, 60)] {
        let mut stage = Stage::at(size);
        for key in ["-", "+"] {
            let mut rows = layout(&stage.model).table.unwrap().height;
            loop {
                stage.keys(key);
                let now = layout(&stage.model).table.unwrap().height;
                if now == rows {
                    break;
                }
                assert_eq!(now.abs_diff(rows), 1, "{size:?}");
                rows = now;
            }
            let (least, most) = split_room(&stage.model);
            assert!([least, most].contains(&stage.model.split), "{size:?}");
            assert!(rows == 3 || rows == size.1 - 6, "{size:?}: {rows}");
        }
        // on a smaller terminal one key is enough to see it move
        stage.send(Message::Resize(60, 16));
        let before = layout(&stage.model).table.unwrap().height;
        stage.keys("-");
        assert_eq!(layout(&stage.model).table.unwrap().height, before - 1, "{size:?}");
    }
}
