//! Tables for lists of which each command has one: headings, and cells that are made safe here.

use super::output::{Style, Tint, clean};
use crate::text::width;

/// On which side a column's blanks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// After the text.
    Left,
    /// Before it.
    Right,
}

/// The table with its headings. Each row has a cell for each heading.
pub fn render<const N: usize>(headings: [(&str, Align); N], rows: &[[String; N]], style: Style) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| clean(cell))).collect();
    let mut widths = headings.map(|(heading, _)| width::width(heading));
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width::width(cell));
        }
    }
    let line = |cells: &[String; N]| {
        let mut text = String::new();
        for ((cell, widest), (_, align)) in cells.iter().zip(widths).zip(headings) {
            let blanks = " ".repeat(widest.saturating_sub(width::width(cell)));
            match align {
                Align::Left => text.extend([cell, &blanks, "  "].map(String::from)),
                Align::Right => text.extend([&blanks, cell, "  "].map(String::from)),
            }
        }
        text.trim_end().to_owned()
    };
    let mut table = style.paint(Tint::Dim, &line(&headings.map(|(heading, _)| heading.to_owned())));
    table.push('\n');
    for row in &rows {
        table.push_str(&line(row));
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Glyphs;

    #[test]
    fn columns_stand_below_their_headings_and_nothing_is_obeyed() {
        let headings = [("PORT", Align::Right), ("WHO", Align::Left), ("WHY", Align::Left)];
        let rows = [
            ["80".to_owned(), "a\x1b[2Jb\nc".to_owned(), String::new()],
            ["30000".to_owned(), "日本".to_owned(), "x".to_owned()],
        ];
        let table = render(headings, &rows, Style { color: false, glyphs: Glyphs::Ascii });
        assert!(!table.contains('\x1b'), "{table:?}");
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, " PORT  WHO   WHY"));
        assert!(lines[1].starts_with("   80  a") && lines[2] == "30000  日本  x", "{table}");
    }
}
