//! The box's own figures, by sysinfo.

use sysinfo::{MemoryRefreshKind, System};

/// What the box uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Host {
    /// Per cent of all processors since the pass before; 0 at the first.
    pub cpu_percent: f32,
    /// Bytes that are neither free nor could be freed.
    pub memory_used: u64,
    /// Bytes.
    pub memory_total: u64,
}

/// Measures the box.
#[derive(Debug)]
pub struct HostMeter(Option<System>);

impl HostMeter {
    /// Begins to measure.
    pub fn new() -> Self {
        Self(System::new().ok())
    }

    /// Since the last call; `None` if this system can't be measured.
    pub fn measure(&mut self) -> Option<Host> {
        let system = self.0.as_mut()?;
        system.refresh_cpu_usage();
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let cpu_percent = system.global_cpu_usage();
        Some(Host {
            cpu_percent: if cpu_percent.is_finite() { cpu_percent.clamp(0.0, 100.0) } else { 0.0 },
            memory_used: system.used_memory(),
            memory_total: system.total_memory(),
        })
    }
}

impl Default for HostMeter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_make_sense() {
        let mut meter = HostMeter::new();
        for _ in 0..2 {
            let host = meter.measure().unwrap();
            assert!((0.0..=100.0).contains(&host.cpu_percent));
            assert!(0 < host.memory_used && host.memory_used <= host.memory_total);
        }
    }
}
