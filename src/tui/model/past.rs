//! What the charts show: the past of a server over the chosen window, in even steps, and in the columns that a chart has.

use super::{Model, RING_S, Server, WINDOWS};

/// Values, oldest first; `None`: not measured.
pub(crate) type Values = Vec<Option<f64>>;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Past {
    /// Per cent of one core.
    pub(crate) cpu: Values,
    /// Bytes.
    pub(crate) memory: Values,
    /// Seconds of a value.
    pub(crate) step_s: i64,
    /// The second, since the epoch, of the last value.
    pub(crate) end: i64,
}

/// Values joined so that a chart has a column for each at least, and the time that they stand for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    /// The greatest value of each column's time.
    pub(crate) values: Values,
    /// Where it begins, in seconds since the epoch.
    from: i64,
    /// Where it ends.
    to: i64,
}

impl Model {
    /// Of this server over the chosen window; nothing while it is being fetched.
    pub(crate) fn past(&self, server: &Server) -> Past {
        let charts = &self.charts;
        let window_s = WINDOWS[charts.window.min(WINDOWS.len() - 1)].0;
        if window_s == RING_S {
            let values = server.ring.all();
            let (cpu, memory) = values
                .map(|sample| {
                    (sample.map(|s| f64::from(s.cpu_percent)), sample.map(|s| s.memory_bytes as f64))
                })
                .unzip();
            return Past { cpu, memory, step_s: 1, end: server.ring.newest() };
        }
        let fetched = charts
            .fetched
            .as_ref()
            .filter(|history| history.id == server.status.id && charts.fetched_window == window_s);
        let Some(history) = fetched else { return Past::default() };
        Past {
            cpu: history.cpu_percent.iter().map(|value| value.map(f64::from)).collect(),
            memory: history.memory_bytes.iter().map(|value| value.map(|bytes| bytes as f64)).collect(),
            step_s: i64::from(history.step_s.max(1)),
            end: charts.fetched_at,
        }
    }
}

impl Past {
    /// The values in at most `columns` columns. Each stands for the same whole number of values, and begins at a multiple
    /// of that: what is in a column stays together until it leaves the chart, so peaks do not flicker.
    pub(crate) fn grid(&self, values: &[Option<f64>], columns: usize) -> Grid {
        let step = self.step_s.max(1);
        let of_column = values.len().div_ceil(columns.max(1)).max(1);
        let last = self.end.div_euclid(step);
        let width = of_column as i64;
        let newest = last.div_euclid(width);
        let count = (values.len() / of_column).max(usize::from(!values.is_empty()));
        let mut joined: Values = vec![None; count];
        for (age, value) in values.iter().rev().enumerate() {
            let back = newest - (last - age as i64).div_euclid(width);
            let column = usize::try_from(back).ok().and_then(|back| count.checked_sub(back + 1));
            let Some(column) = column else { break };
            joined[column] = match (joined[column], *value) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (one, None) | (None, one) => one,
            };
        }
        let to = (newest + 1) * width * step;
        Grid { values: joined, from: to - count as i64 * width * step, to }
    }
}

/// The greatest of these.
pub(crate) fn peak(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().copied().fold(0.0, f64::max)
}

impl Grid {
    /// Which of `cells` cells a second is in; `None` outside of the chart.
    pub(crate) fn cell(&self, second: i64, cells: usize) -> Option<usize> {
        let length = self.to - self.from;
        if length <= 0 || !(self.from..self.to).contains(&second) {
            return None;
        }
        Some(((second - self.from) as usize * cells / length as usize).min(cells.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(values: Values, step_s: i64, end: i64) -> (Past, Values) {
        (Past { cpu: values.clone(), memory: Vec::new(), step_s, end }, values)
    }

    #[test]
    fn what_is_joined_once_stays_together() {
        let values: Values = (0..120).map(|n| Some(f64::from(n % 7))).collect();
        let (now, _) = past(values.clone(), 1, 1_000_003);
        let mut moved = values[1..].to_vec();
        moved.push(Some(99.0));
        let (next, later) = past(moved, 1, 1_000_004);
        let (before, after) = (now.grid(&values, 50), next.grid(&later, 50));
        assert_eq!(before.values.len(), 40, "3 seconds in each of 50 columns at most");
        // the second 1,000,004 is the third of its column: nothing has moved
        assert_eq!(before.values[1..39], after.values[1..39]);
        assert_eq!(after.values[39], Some(99.0));
    }

    #[test]
    fn few_values_have_a_column_each_and_none_is_no_zero() {
        let (now, values) = past(vec![None, Some(0.0), Some(2.0)], 10, 1000);
        let grid = now.grid(&values, 80);
        assert_eq!(grid.values, [None, Some(0.0), Some(2.0)]);
        assert_eq!((grid.from, grid.to), (980, 1010));
        assert_eq!(Past::default().grid(&[], 10).values, []);
    }

    #[test]
    fn a_moment_is_in_the_cell_of_its_time() {
        let (now, values) = past(vec![Some(1.0); 100], 1, 999);
        let grid = now.grid(&values, 100);
        assert_eq!(grid.cell(900, 50), Some(0));
        assert_eq!(grid.cell(950, 50), Some(25));
        assert_eq!(grid.cell(999, 50), Some(49));
        assert_eq!((grid.cell(1000, 50), grid.cell(899, 50)), (None, None));
    }
}
