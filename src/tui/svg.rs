//! A screen as a picture: the program makes its own screenshots for the documentation.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::theme::depth::{ANSI, rgb_of};

/// Pixels of a cell.
const CELL: (f64, f64) = (8.4, 18.0);
/// Around the screen.
const MARGIN: f64 = 12.0;
/// Colours of text and of what is behind it, where a cell leaves them to the terminal.
const TEXT: [u8; 3] = [216, 222, 233];
const GROUND: [u8; 3] = [24, 27, 33];

/// Draws a buffer.
pub fn render(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) =
        (f64::from(area.width) * CELL.0 + 2.0 * MARGIN, f64::from(area.height) * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        hex(GROUND)
    );
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let run = run(buffer, x, y);
            part(&mut svg, buffer, x, y, run);
            x += run;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn look(cell: &Cell) -> (Color, Color, Modifier) {
    (cell.fg, cell.bg, cell.modifier)
}

/// Cells from `x` on that look the same.
fn run(buffer: &Buffer, x: u16, y: u16) -> u16 {
    let first = look(&buffer[(x, y)]);
    let same = (x..buffer.area.right()).take_while(|&x| look(&buffer[(x, y)]) == first);
    (same.count() as u16).max(1)
}

fn part(svg: &mut String, buffer: &Buffer, x: u16, y: u16, cells: u16) {
    let cell = &buffer[(x, y)];
    let (mut text, mut ground) = (rgb(cell.fg, TEXT), rgb(cell.bg, GROUND));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut ground);
    }
    let left = MARGIN + f64::from(x - buffer.area.x) * CELL.0;
    let top = MARGIN + f64::from(y - buffer.area.y) * CELL.1;
    let wide = f64::from(cells) * CELL.0;
    if ground != GROUND {
        let high = CELL.1;
        let fill = hex(ground);
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high}\" fill=\"{fill}\"/>"
        );
    }
    let mut words = String::new();
    let mut shapes = String::new();
    for cell in 0..cells {
        let symbol = buffer[(x + cell, y)].symbol();
        if shape(&mut shapes, symbol, left + f64::from(cell) * CELL.0, top) {
            words.push(' ');
        } else {
            words.push_str(symbol);
        }
    }
    if !shapes.is_empty() {
        let _ = writeln!(svg, "<path fill=\"{}\" d=\"{shapes}\"/>", hex(text));
    }
    if words.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if cell.modifier.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" xml:space=\"preserve\" fill=\"{}\"{style}>{}</text>",
        top + 14.0,
        hex(text),
        escaped(&words)
    );
}

/// Adds a block or a braille sign to a path, if it is one: fonts draw them in widths of their own, and graphs would
/// come apart.
fn shape(path: &mut String, symbol: &str, left: f64, top: f64) -> bool {
    let mut chars = symbol.chars();
    let (Some(sign), None) = (chars.next(), chars.next()) else { return false };
    match u32::from(sign) {
        // U+2581 is the lower eighth, U+2588 the full block
        code @ 0x2581..=0x2588 => {
            let high = CELL.1 * f64::from(code - 0x2580) / 8.0;
            rectangle(path, left, top + CELL.1 - high, CELL.0, high);
            true
        }
        code @ 0x2800..=0x28ff => {
            // bits 0 to 2 and 6 are the left column from above, 3 to 5 and 7 the right one
            for (bit, (column, row)) in
                [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)].into_iter().enumerate()
            {
                if code & (1 << bit) != 0 {
                    let (wide, high) = (CELL.0 / 2.0, CELL.1 / 4.0);
                    let (x, y) = (left + wide * f64::from(column), top + high * f64::from(row));
                    rectangle(path, x + 0.6, y + 0.8, wide - 1.2, high - 1.6);
                }
            }
            true
        }
        _ => false,
    }
}

fn rectangle(path: &mut String, x: f64, y: f64, wide: f64, high: f64) {
    let _ = write!(path, "M{x:.1} {y:.1}h{wide:.1}v{high:.1}h-{wide:.1}z");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rgb(color: Color, default: [u8; 3]) -> [u8; 3] {
    match color {
        Color::Reset => default,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(index) => rgb_of(index),
        named => ANSI.iter().find(|(known, _)| *known == named).map_or(default, |(_, value)| *value),
    }
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn cells_of_one_look_are_one_text_and_marks_are_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "<a&b>", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Red));
        let svg = render(&buffer);
        assert!(svg.contains("fill=\"#010203\">&lt;a&amp;b&gt;</text>"), "{svg}");
        assert!(svg.contains("fill=\"#cd0000\"/>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 1);
    }

    #[test]
    fn graphs_are_drawn_and_not_written() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_string(0, 0, "a▄⣿⠁", Style::new());
        let svg = render(&buffer);
        let text = svg.split_once("<text").unwrap().1;
        assert!(text.contains(">a   </text>"), "{svg}");
        // one block, eight dots, one dot
        assert_eq!(svg.split_once("<path").unwrap().1.split('"').nth(3).unwrap().matches('M').count(), 10);
    }
}
