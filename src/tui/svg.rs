//! A screen as a picture: the program makes its own screenshots for the documentation.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use super::theme::depth;

/// Pixels of a cell.
const CELL: (f64, f64) = (8.4, 18.0);
/// Around the screen.
const MARGIN: f64 = 12.0;
/// Colours of text and of what is behind it, where a cell leaves them to the terminal.
const TEXT: [u8; 3] = [216, 222, 233];
const GROUND: [u8; 3] = [24, 27, 33];

/// What stands where a cell leaves its colours to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paper {
    text: [u8; 3],
    ground: [u8; 3],
}

impl Paper {
    /// For cells over this style, which is that of a theme.
    fn under(base: Style) -> Self {
        let own = |color: Option<Color>, otherwise| color.map_or(otherwise, |color| rgb(color, otherwise));
        Self { text: own(base.fg, TEXT), ground: own(base.bg, GROUND) }
    }
}

/// A screen in a sheet.
#[derive(Debug)]
pub struct Tile {
    /// Its name, which stands above it.
    pub name: String,
    /// What is on the screen.
    pub buffer: Buffer,
    /// The style under it.
    pub base: Style,
}

/// Height of a name, and blanks between tiles.
const LABEL: f64 = 24.0;
const GAP: f64 = 16.0;
/// Around the cells of a tile.
const RIM: f64 = 6.0;

/// Draws a screen; `base` is the style under it.
pub fn render(buffer: &Buffer, base: Style) -> String {
    let area = buffer.area;
    let paper = Paper::under(base);
    let (width, height) =
        (f64::from(area.width) * CELL.0 + 2.0 * MARGIN, f64::from(area.height) * CELL.1 + 2.0 * MARGIN);
    let mut svg = begin(width, height);
    let _ = writeln!(svg, "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>", hex(paper.ground));
    cells(&mut svg, buffer, (MARGIN, MARGIN), paper);
    svg.push_str("</svg>\n");
    svg
}

/// Draws several screens, so many in a row, each below its name.
pub fn sheet(tiles: &[Tile], columns: usize) -> String {
    let of = |side: fn(&Buffer) -> u16, cell: f64| {
        tiles.iter().map(|tile| side(&tile.buffer)).max().map_or(0.0, |cells| f64::from(cells) * cell)
    };
    let wide = of(|buffer| buffer.area.width, CELL.0) + 2.0 * RIM;
    let high = of(|buffer| buffer.area.height, CELL.1) + 2.0 * RIM;
    let columns = columns.clamp(1, tiles.len().max(1));
    let rows = tiles.len().div_ceil(columns);
    let mut svg = begin(columns as f64 * (wide + GAP) - GAP, rows as f64 * (LABEL + high + GAP) - GAP);
    for (at, tile) in tiles.iter().enumerate() {
        let x = (at % columns) as f64 * (wide + GAP);
        let y = (at / columns) as f64 * (LABEL + high + GAP);
        let paper = Paper::under(tile.base);
        // a grey that can be read on a white page and on a black one
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"#7d7d7d\">{}</text>\n\
             <rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" rx=\"6\" fill=\"{}\"/>",
            y + 15.0,
            escaped(&tile.name),
            y + LABEL,
            hex(paper.ground)
        );
        cells(&mut svg, &tile.buffer, (x + RIM, y + LABEL + RIM), paper);
    }
    svg.push_str("</svg>\n");
    svg
}

fn begin(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,monospace\" font-size=\"14\">\n"
    )
}

fn cells(svg: &mut String, buffer: &Buffer, origin: (f64, f64), paper: Paper) {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let run = run(buffer, x, y);
            part(svg, buffer, (x, y), run, origin, paper);
            x += run;
        }
    }
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

fn part(svg: &mut String, buffer: &Buffer, (x, y): (u16, u16), cells: u16, origin: (f64, f64), paper: Paper) {
    let cell = &buffer[(x, y)];
    let (mut text, mut ground) = (rgb(cell.fg, paper.text), rgb(cell.bg, paper.ground));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut ground);
    }
    let left = origin.0 + f64::from(x - buffer.area.x) * CELL.0;
    let top = origin.1 + f64::from(y - buffer.area.y) * CELL.1;
    let wide = f64::from(cells) * CELL.0;
    if ground != paper.ground {
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
    depth::rgb(color).unwrap_or(default)
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn cells_of_one_look_are_one_text_and_marks_are_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "<a&b>", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Red));
        let svg = render(&buffer, Style::new());
        assert!(svg.contains("fill=\"#010203\">&lt;a&amp;b&gt;</text>"), "{svg}");
        assert!(svg.contains("fill=\"#cd0000\"/>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 1);
    }

    #[test]
    fn what_a_theme_paints_is_behind_the_whole_picture_and_each_tile() {
        let base = Style::new().fg(Color::Rgb(9, 9, 9)).bg(Color::Rgb(250, 251, 252));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_style(buffer.area, base);
        buffer.set_string(0, 0, "ab", Style::new());
        let svg = render(&buffer, base);
        assert!(svg.contains("rx=\"8\" fill=\"#fafbfc\"/>") && svg.contains("fill=\"#090909\""), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 1, "what is there already is not painted again");
        let tile = |name: &str| Tile { name: name.to_owned(), buffer: buffer.clone(), base };
        let svg = sheet(&[tile("one"), tile("<two>"), tile("three")], 2);
        assert_eq!(svg.matches("rx=\"6\"").count(), 3);
        assert!(
            svg.contains(">one</text>") && svg.contains("&lt;two&gt;") && svg.ends_with("</svg>\n"),
            "{svg}"
        );
    }

    #[test]
    fn graphs_are_drawn_and_not_written() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_string(0, 0, "a▄⣿⠁", Style::new());
        let svg = render(&buffer, Style::new());
        let text = svg.split_once("<text").unwrap().1;
        assert!(text.contains(">a   </text>"), "{svg}");
        // one block, eight dots, one dot
        assert_eq!(svg.split_once("<path").unwrap().1.split('"').nth(3).unwrap().matches('M').count(), 10);
    }
}
