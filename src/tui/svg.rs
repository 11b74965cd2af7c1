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
    let words: String = (x..x + cells).map(|x| buffer[(x, y)].symbol()).collect();
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
}
