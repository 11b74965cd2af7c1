//! The last so many steps of one length.

use std::collections::VecDeque;

use crate::model::Sample;

/// 8 bytes a step: memory is counted in KiB (up to 4 TiB).
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// NaN: nothing was measured in this step.
    cpu_percent: f32,
    memory_kib: u32,
}

const GAP: Cell = Cell { cpu_percent: f32::NAN, memory_kib: 0 };

/// Steps by which a ring grows: doubling it would waste up to half.
const GROWTH: usize = 60;

/// Steps without holes from `first` on; the number of a step is its time divided by its length.
#[derive(Debug)]
pub(super) struct Ring {
    first: u64,
    cells: VecDeque<Cell>,
    steps: usize,
}

impl Ring {
    /// Empty; keeps this many steps.
    pub(super) fn new(steps: usize) -> Self {
        Self { first: 0, cells: VecDeque::new(), steps }
    }

    /// Adds a sample to a step: the maximum of the CPU and the last memory stay. A step that has left is passed over.
    pub(super) fn put(&mut self, step: u64, sample: Sample) {
        let next = self.first + self.cells.len() as u64;
        if self.cells.is_empty() || step >= next + self.steps as u64 {
            self.cells.clear();
            self.first = step;
        }
        while self.first + self.cells.len() as u64 <= step {
            self.push_gap();
        }
        let place = step.checked_sub(self.first).and_then(|place| self.cells.get_mut(place as usize));
        if let Some(cell) = place {
            // the maximum with NaN is the other one
            cell.cpu_percent = cell.cpu_percent.max(sample.cpu_percent);
            cell.memory_kib = u32::try_from(sample.memory_bytes / 1024).unwrap_or(u32::MAX);
        }
    }

    fn push_gap(&mut self) {
        if self.cells.len() == self.steps {
            self.cells.pop_front();
            self.first += 1;
        } else if self.cells.len() == self.cells.capacity() {
            self.cells.reserve_exact(GROWTH.min(self.steps - self.cells.len()));
        }
        self.cells.push_back(GAP);
    }

    /// What is kept of a step.
    pub(super) fn get(&self, step: u64) -> Option<Sample> {
        let place = usize::try_from(step.checked_sub(self.first)?).ok()?;
        let cell = self.cells.get(place).filter(|cell| !cell.cpu_percent.is_nan())?;
        Some(Sample { cpu_percent: cell.cpu_percent, memory_bytes: u64::from(cell.memory_kib) * 1024 })
    }
}
