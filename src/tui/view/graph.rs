//! Graphs: a line of eighth blocks for the table, a filled area of braille for the charts. No data is `·`, zero is
//! the lowest sign: the two must not look alike.

use crate::tui::model::ring::Bucket;
use crate::tui::theme::{Glyphs, Token};

const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const SIGNS: [&str; 8] = [".", ":", "-", "=", "+", "*", "#", "@"];

/// A value between 0 and 1 as one cell.
fn level(share: f64, glyphs: Glyphs) -> &'static str {
    let steps = glyphs.pick(BLOCKS, SIGNS);
    let index = (share * 8.0).ceil().clamp(1.0, 8.0) as usize - 1;
    steps[index]
}

/// The sign of a time without a measurement.
pub(super) fn no_data(glyphs: Glyphs) -> &'static str {
    glyphs.pick("·", " ")
}

fn line(shares: impl Iterator<Item = Option<f64>>, glyphs: Glyphs) -> String {
    shares.map(|share| share.map_or(no_data(glyphs), |share| level(share, glyphs))).collect()
}

/// CPU from 0 to 100 % of one core, so that rows compare; the colour by the newest value.
pub(super) fn cpu_line(buckets: &[Bucket], glyphs: Glyphs) -> (String, Token) {
    let text =
        line(buckets.iter().map(|bucket| bucket.map(|sample| f64::from(sample.cpu_percent) / 100.0)), glyphs);
    let newest = buckets.last().copied().flatten().map_or(0.0, |sample| sample.cpu_percent);
    let token = match newest {
        90.0.. => Token::Cpu(2),
        50.0.. => Token::Cpu(1),
        _ => Token::Cpu(0),
    };
    (text, token)
}

/// How high the peak of a row's memory stands: not the whole cell, or the steady rows of a table become one block.
const PEAK: f64 = 6.0 / 8.0;

/// Memory up to the row's own peak; the colour says whether its growth is flagged.
pub(super) fn memory_line(buckets: &[Bucket], grows: bool, glyphs: Glyphs) -> (String, Token) {
    let peak = buckets.iter().flatten().map(|sample| sample.memory_bytes).max().unwrap_or(0).max(1);
    let share = |bucket: &Bucket| bucket.map(|sample| sample.memory_bytes as f64 / peak as f64 * PEAK);
    (line(buckets.iter().map(share), glyphs), if grows { Token::Mem(2) } else { Token::Mem(0) })
}

/// Dots of a braille cell by column and by height from below, as Unicode numbers them.
const DOTS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];

/// Columns of a chart's cell, each of which can have a value of its own.
pub(super) const fn across(glyphs: Glyphs) -> usize {
    match glyphs {
        Glyphs::Unicode => 2,
        Glyphs::Ascii => 1,
    }
}

/// Values, oldest first and stretched over the whole width, as `height` rows from the top: filled up from below.
/// In ASCII a cell has one column and three heights. Where nothing was measured a dot stands at the foot.
pub(super) fn area(
    values: &[Option<f64>],
    max: f64,
    width: usize,
    height: usize,
    glyphs: Glyphs,
) -> Vec<String> {
    let (across, up) = (across(glyphs), glyphs.pick(4, 2));
    let columns = squeeze(values, width * across);
    let heights: Vec<usize> = columns
        .iter()
        .map(|value| match value {
            None => 0,
            Some(value) => {
                let share = (value / max.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
                // A measured zero is a line of dots, no data is nothing.
                ((share * (height * up) as f64).round() as usize).max(1)
            }
        })
        .collect();
    (0..height)
        .map(|row| {
            let below = (height - 1 - row) * up;
            let is_foot = below == 0 && !values.is_empty();
            let cells = heights.chunks(across);
            cells
                .map(|cell| match no_data(glyphs) {
                    dot if is_foot && cell.iter().all(|height| *height == 0) => dot.to_owned(),
                    _ => sign(cell, below, up, glyphs).to_string(),
                })
                .collect()
        })
        .collect()
}

fn sign(cell: &[usize], below: usize, up: usize, glyphs: Glyphs) -> char {
    match glyphs {
        Glyphs::Ascii => {
            [' ', '.', '#'][cell.first().map_or(0, |height| height.saturating_sub(below).min(up))]
        }
        Glyphs::Unicode => {
            let mut dots = 0;
            for (column, height) in cell.iter().enumerate() {
                let filled = height.saturating_sub(below).min(up);
                dots |= DOTS[column.min(1)].iter().take(filled).sum::<u32>();
            }
            if dots == 0 { ' ' } else { char::from_u32(0x2800 + dots).unwrap_or(' ') }
        }
    }
}

/// The greatest value of each of `columns` even parts.
fn squeeze(values: &[Option<f64>], columns: usize) -> Vec<Option<f64>> {
    (0..columns)
        .map(|column| {
            let from = column * values.len() / columns;
            let to = ((column + 1) * values.len()).div_ceil(columns).min(values.len());
            values.get(from..to)?.iter().flatten().copied().reduce(f64::max)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sample;

    #[test]
    fn no_data_and_zero_look_different() {
        let buckets = [None, Some(Sample::default()), Some(Sample { cpu_percent: 100.0, memory_bytes: 8 })];
        assert_eq!(cpu_line(&buckets, Glyphs::Unicode), ("·▁█".to_owned(), Token::Cpu(2)));
        assert_eq!(memory_line(&buckets, false, Glyphs::Ascii), (" .*".to_owned(), Token::Mem(0)));
    }

    #[test]
    fn more_than_a_core_stays_in_its_cell() {
        let buckets = [Some(Sample { cpu_percent: 800.0, memory_bytes: 0 })];
        assert_eq!(cpu_line(&buckets, Glyphs::Unicode).0, "█");
    }

    #[test]
    fn an_area_is_filled_from_below_and_stretched() {
        let values = [Some(0.0), Some(50.0), Some(100.0), Some(100.0)];
        assert_eq!(area(&values, 100.0, 2, 2, Glyphs::Unicode), [" ⣿", "⣸⣿"].map(str::to_owned).to_vec());
        assert_eq!(area(&values[..2], 100.0, 4, 1, Glyphs::Unicode), ["⣀⣀⣤⣤"]);
        assert_eq!(area(&[None, Some(1.0)], 1.0, 2, 1, Glyphs::Ascii), [" #"]);
        let gap = [None, None, Some(0.0), Some(1.0)];
        assert_eq!(area(&gap, 1.0, 2, 2, Glyphs::Unicode), [" ⢸", "·⣸"], "no data is no zero");
        assert_eq!(area(&[], 1.0, 3, 1, Glyphs::Unicode), ["   "]);
    }
}
