//! The top of a chart's axis: a round figure above the greatest value. It grows at once and shrinks late, so that the
//! chart does not jump with every measurement.

/// Per cent that a chart of CPU shows at least.
const LEAST_PERCENT: f64 = 10.0;
/// Bytes that a chart of memory shows at least.
const LEAST_BYTES: f64 = 1_048_576.0;

/// Room above the greatest value that a lower top would have to leave.
const SLACK: f64 = 1.25;

/// The tops of the two charts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scale {
    /// Per cent of one core; 0: not known yet.
    pub(crate) cpu: f64,
    /// Bytes; 0: not known yet.
    pub(crate) memory: f64,
}

impl Scale {
    /// After this one, for charts with these peaks.
    pub(crate) fn after(self, cpu_peak: f64, memory_peak: f64) -> Self {
        Self { cpu: kept(self.cpu, cpu_peak, percent), memory: kept(self.memory, memory_peak, bytes) }
    }
}

/// The top before, unless it is too low or far too high.
fn kept(before: f64, peak: f64, round: fn(f64) -> f64) -> f64 {
    let wanted = round(peak);
    if before >= wanted && round(peak * SLACK) >= before { before } else { wanted }
}

/// Of per cent: 10, 20, 50, 100, 200…
pub(crate) fn percent(peak: f64) -> f64 {
    round_up(peak.max(LEAST_PERCENT))
}

/// Of bytes: 1, 2, 5, 10… 500 of a binary unit, then 1 of the next.
pub(crate) fn bytes(peak: f64) -> f64 {
    let peak = peak.max(LEAST_BYTES);
    let mut unit = LEAST_BYTES;
    while peak > 500.0 * unit && unit < 1e18 {
        unit *= 1024.0;
    }
    round_up(peak / unit).max(1.0) * unit
}

/// To 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().find(|step| value <= step * power * 1.000_001);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: f64 = 1_048_576.0;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= b * 1e-6
    }

    #[test]
    fn tops_are_round() {
        for (peak, top) in [
            (0.0, 10.0),
            (9.0, 10.0),
            (10.0, 10.0),
            (12.4, 20.0),
            (98.7, 100.0),
            (100.1, 200.0),
            (812.0, 1000.0),
        ] {
            assert!(near(percent(peak), top), "{peak}: {}", percent(peak));
        }
        for (peak, top) in
            [(0.0, 1.0), (18.0, 20.0), (182.0, 200.0), (341.0, 500.0), (501.0, 1024.0), (1229.0, 2048.0)]
        {
            assert!(near(bytes(peak * MIB), top * MIB), "{peak}: {}", bytes(peak * MIB) / MIB);
        }
        assert!(percent(f64::NAN).is_finite() && bytes(f64::INFINITY).is_finite());
    }

    #[test]
    fn it_grows_at_once_and_shrinks_late() {
        let mut scale = Scale::default();
        let mut tops = Vec::new();
        for peak in [12.0, 60.0, 45.0, 41.0, 19.0, 15.0, 9.0, 8.5, 7.0] {
            scale = scale.after(peak, 0.0);
            tops.push(scale.cpu);
        }
        assert_eq!(tops, [20.0, 100.0, 100.0, 100.0, 20.0, 20.0, 20.0, 20.0, 10.0]);
    }
}
