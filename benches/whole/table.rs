//! The result: a Markdown table.

use std::fmt;
use std::time::Duration;

use super::stats::Times;

/// Rows in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// A figure that stands for itself.
    pub(crate) fn figure(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.rows.push([what.into(), figure.into(), String::new(), String::new(), String::new()]);
    }

    /// A time beside that of a baseline; the ratio says how many times as long.
    pub(crate) fn time(&mut self, what: impl Into<String>, time: Duration, name: &str, baseline: Duration) {
        let ratio = time.as_secs_f64() / baseline.as_secs_f64();
        self.compared(what, ms(time), format!("{}, {name}", ms(baseline)), ratio);
    }

    /// Median and 99th percentile beside the median of a baseline.
    pub(crate) fn times(&mut self, what: impl Into<String>, times: &Times, name: &str, baseline: &Times) {
        let ratio = times.median().as_secs_f64() / baseline.median().as_secs_f64();
        self.compared(what, both(times), format!("{}, {name}", both(baseline)), ratio);
    }

    /// A rate beside that of a baseline; the ratio says how many times as fast.
    pub(crate) fn rate(&mut self, what: impl Into<String>, rate: f64, name: &str, baseline: f64) {
        let figure = |rate: f64| format!("{rate:.0} MB/s");
        self.compared(what, figure(rate), format!("{}, {name}", figure(baseline)), rate / baseline);
    }

    /// Any two texts and their ratio.
    pub(crate) fn compared(&mut self, what: impl Into<String>, figure: String, baseline: String, ratio: f64) {
        self.rows.push([what.into(), figure, baseline, format!("{ratio:.2}"), String::new()]);
    }

    /// Any two texts.
    pub(crate) fn beside(&mut self, what: impl Into<String>, figure: String, baseline: String) {
        self.rows.push([what.into(), figure, baseline, String::new(), String::new()]);
    }

    /// What is wanted of the row that was added last.
    pub(crate) fn goal(&mut self, goal: &str) {
        if let Some(row) = self.rows.last_mut() {
            goal.clone_into(&mut row[4]);
        }
    }
}

/// In milliseconds.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Median and 99th percentile.
pub(crate) fn both(times: &Times) -> String {
    format!("p50 {}, p99 {}", ms(times.median()), ms(times.percentile(99)))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: [&str; 5] = ["", "ostler", "baseline", "ratio", "goal"];
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEAD[column].len()]).max().unwrap_or(0)
        };
        // most parts have none
        let columns =
            if self.rows.iter().any(|row| !row[4].is_empty()) { HEAD.len() } else { HEAD.len() - 1 };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let row = |f: &mut fmt::Formatter<'_>, cells: [&str; 5]| {
            for (cell, width) in cells.iter().zip(&widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")
        };
        row(f, HEAD)?;
        for width in &widths {
            write!(f, "|{}", "-".repeat(width + 2))?;
        }
        writeln!(f, "|")?;
        for cells in &self.rows {
            row(f, [&cells[0], &cells[1], &cells[2], &cells[3], &cells[4]])?;
        }
        Ok(())
    }
}
