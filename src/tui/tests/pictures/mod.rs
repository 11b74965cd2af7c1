//! Pictures of every view at every size, in every look: the text, and the styles apart from it. [`views`] has the list.

mod views;

use std::fmt::Write as _;

use insta::assert_snapshot;
use ratatui::buffer::Buffer;

use super::fixture::{Setting, Stage, row};
use crate::text::width::width;
use crate::tui::theme::{Depth, Glyphs};
use views::VIEWS;
pub(super) use views::WIDE;

/// Columns and rows of the design's layouts.
const SIZES: [(u16, u16); 5] = [(40, 8), (60, 16), (80, 24), (120, 40), (200, 60)];
/// Sizes that only the table is drawn at: too small for panes, and higher than wide.
const ODD_SIZES: [(u16, u16); 3] = [(30, 6), (80, 60), (100, 100)];

const UNICODE: (Glyphs, Depth) = (Glyphs::Unicode, Depth::Ansi256);
const ASCII: (Glyphs, Depth) = (Glyphs::Ascii, Depth::Ansi16);
const MONO: (Glyphs, Depth) = (Glyphs::Unicode, Depth::Mono);

/// A view at a size, in signs and colours.
fn draw(view: fn(&Setting) -> Stage, size: (u16, u16), (glyphs, depth): (Glyphs, Depth)) -> Buffer {
    let setting = Setting { size, glyphs, depth, ..Setting::default() };
    let buffer = view(&setting).buffer();
    for y in 0..buffer.area.height {
        let text = row(&buffer, y);
        assert_eq!(width(&text), usize::from(size.0), "row {y} of {size:?}: {text:?}");
    }
    buffer
}

/// The screens below each other, without what is empty at the ends of rows.
fn texts(buffers: &[Buffer]) -> String {
    let mut out = String::new();
    for buffer in buffers {
        let _ = writeln!(out, "{}x{}", buffer.area.width, buffer.area.height);
        for y in 0..buffer.area.height {
            let _ = writeln!(out, "{}", row(buffer, y).trim_end());
        }
    }
    out
}

/// The same in styles: a letter for each, with how many cells it holds for, and what the letters stand for. Rows that
/// are as the one before are counted.
fn styles(buffers: &[Buffer]) -> String {
    let mut looks = Vec::new();
    let mut out = String::new();
    for buffer in buffers {
        let _ = writeln!(out, "{}x{}", buffer.area.width, buffer.area.height);
        let mut rows: Vec<(String, usize)> = Vec::new();
        for y in 0..buffer.area.height {
            let row = styles_of_row(buffer, y, &mut looks);
            match rows.last_mut() {
                Some((last, times)) if *last == row => *times += 1,
                _ => rows.push((row, 1)),
            }
        }
        for (row, times) in rows {
            let _ = if times > 1 { writeln!(out, "{row} ({times} rows)") } else { writeln!(out, "{row}") };
        }
    }
    for (at, (fg, bg, modifier)) in looks.iter().enumerate() {
        let _ = writeln!(out, "{} {fg:?} on {bg:?} {modifier:?}", letter(at));
    }
    out
}

type Look = (ratatui::style::Color, ratatui::style::Color, ratatui::style::Modifier);

fn styles_of_row(buffer: &Buffer, y: u16, looks: &mut Vec<Look>) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for x in 0..buffer.area.width {
        let cell = &buffer[(x, y)];
        let look = (cell.fg, cell.bg, cell.modifier);
        let at = looks.iter().position(|known| *known == look).unwrap_or_else(|| {
            looks.push(look);
            looks.len() - 1
        });
        match runs.last_mut() {
            Some((last, cells)) if *last == at => *cells += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs.into_iter().map(|(at, cells)| format!("{}{cells}", letter(at))).collect::<Vec<_>>().join(" ")
}

fn letter(at: usize) -> char {
    char::from_u32(u32::from('a') + at as u32).unwrap()
}

#[test]
fn every_view_at_every_size_in_every_look() {
    for (name, view) in VIEWS {
        let all = |look| SIZES.map(|size| draw(view, size, look));
        let (unicode, ascii, mono) = (all(UNICODE), all(ASCII), all(MONO));
        assert_snapshot!(format!("{name}_unicode"), texts(&unicode));
        assert_snapshot!(format!("{name}_ascii"), texts(&ascii));
        // what is left without colours is the same, and all that it says
        assert_eq!(texts(&mono), texts(&unicode), "{name}");
        assert_snapshot!(format!("{name}_unicode_styles"), styles(&unicode));
        assert_snapshot!(format!("{name}_ascii_styles"), styles(&ascii));
        let without = styles(&mono);
        assert!(
            !["Green", "Red", "Yellow", "Indexed", "Rgb"].iter().any(|color| without.contains(color)),
            "{without}"
        );
        assert_snapshot!(format!("{name}_mono_styles"), without);
    }
}

#[test]
fn in_ascii_nothing_else_is_drawn_than_what_servers_wrote() {
    for (name, view) in VIEWS.iter().filter(|(name, _)| *name != "table_odd") {
        for size in SIZES {
            let text = texts(&[draw(*view, size, ASCII)]);
            assert!(text.is_ascii(), "{name}: {text}");
        }
    }
}

#[test]
fn the_table_at_sizes_that_are_odd() {
    let (_, table) = VIEWS[0];
    assert_snapshot!("table_odd_sizes", texts(&ODD_SIZES.map(|size| draw(table, size, UNICODE))));
}
