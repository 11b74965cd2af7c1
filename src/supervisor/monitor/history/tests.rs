use super::*;

fn sample(cpu_percent: f32, mib: u64) -> Sample {
    Sample { cpu_percent, memory_bytes: mib << 20 }
}

fn id() -> ServerId {
    "a/b".parse().unwrap()
}

/// A past with these samples: second, CPU, MiB.
fn past(samples: impl IntoIterator<Item = (u64, f32, u64)>) -> History {
    let mut history = History::default();
    for (at, cpu, mib) in samples {
        history.push(&id(), at, sample(cpu, mib));
    }
    history
}

/// CPU of a window; -1 is a gap.
fn cpu(history: &History, now: u64, seconds: u32) -> Vec<f32> {
    let window = history.window(&id(), now, seconds).unwrap();
    assert_eq!(window.cpu_percent.len(), window.memory_bytes.len());
    window.cpu_percent.into_iter().map(|cpu| cpu.unwrap_or(-1.0)).collect()
}

#[test]
fn a_sample_each_second_fills_each_second() {
    let history = past((100..105).map(|at| (at, at as f32, at)));
    assert_eq!(cpu(&history, 104, 5), [100.0, 101.0, 102.0, 103.0, 104.0]);
    assert_eq!(cpu(&history, 104, 6)[0].to_bits(), (-1.0_f32).to_bits());
    assert_eq!(cpu(&history, 106, 4), [103.0, 104.0, -1.0, -1.0]);
    let window = history.window(&id(), 104, 1).unwrap();
    assert_eq!((window.step_s, window.memory_bytes), (1, vec![Some(104 << 20)]));
}

#[test]
fn a_sample_stands_for_the_seconds_since_the_last_up_to_six() {
    let history = past([(100, 1.0, 1), (105, 2.0, 1), (111, 3.0, 1), (118, 4.0, 1)]);
    let expected = [1., 2., 2., 2., 2., 2., 3., 3., 3., 3., 3., 3., -1., -1., -1., -1., -1., -1., 4.];
    assert_eq!(cpu(&history, 118, 19), expected);
}

#[test]
fn a_step_keeps_the_maximum_of_cpu_and_the_last_memory() {
    let history = past([(600, 5.0, 10), (601, 90.0, 30), (602, 7.0, 20)]);
    let window = history.window(&id(), 602, 601).unwrap();
    assert_eq!((window.step_s, window.cpu_percent.len()), (10, 61));
    assert_eq!(window.cpu_percent.last(), Some(&Some(90.0)));
    assert_eq!(window.memory_bytes.last(), Some(&Some(20 << 20)));
    assert_eq!(window.cpu_percent[59], None);
}

#[test]
fn the_finest_ring_that_reaches_back_so_far_is_taken() {
    let history = past([(0, 1.0, 1)]);
    for (seconds, step, steps) in [
        (0, 1, 1),
        (1, 1, 1),
        (600, 1, 600),
        (601, 10, 61),
        (7200, 10, 720),
        (7201, 60, 121),
        (86_400, 60, 1440),
        (u32::MAX, 60, 1440),
    ] {
        let window = history.window(&id(), 100_000, seconds).unwrap();
        assert_eq!((window.step_s, window.cpu_percent.len()), (step, steps), "{seconds}");
    }
}

#[test]
fn memory_stays_bounded_and_the_old_leaves() {
    let day = 86_400_u64;
    let history = past((0..=2 * day).step_by(5).map(|at| (at, (at % 1000) as f32, 1)));
    let track = &history.tracks[&id()];
    for (at, (step, steps)) in RINGS.into_iter().enumerate() {
        let oldest = 2 * day / step - steps as u64 + 1;
        assert!(track.rings[at].get(oldest).is_some(), "ring {at}");
        assert!(track.rings[at].get(oldest - 1).is_none(), "ring {at}");
    }
    assert!(cpu(&history, 2 * day, 86_400).iter().all(|cpu| *cpu >= 0.0));
}

#[test]
fn a_long_gap_is_a_gap_and_does_not_cost() {
    let far = 1_000_000_000_000;
    let history = past([(1, 1.0, 1), (far, 2.0, 1)]);
    assert_eq!(cpu(&history, far, 3), [-1.0, -1.0, 2.0]);
    let minutes = cpu(&history, far, 86_400);
    assert_eq!(minutes.iter().filter(|cpu| **cpu >= 0.0).count(), 1);
}

#[test]
fn a_second_sample_of_the_same_second_is_merged() {
    let history = past([(10, 3.0, 1), (10, 1.0, 2)]);
    let window = history.window(&id(), 10, 1).unwrap();
    assert_eq!((window.cpu_percent, window.memory_bytes), (vec![Some(3.0)], vec![Some(2 << 20)]));
}

#[test]
fn a_server_without_a_past_has_no_window_and_a_forgotten_one_none_any_more() {
    let mut history = past([(1, 1.0, 1)]);
    assert!(history.window(&"x/y".parse().unwrap(), 1, 1).is_none());
    assert_eq!(history.servers().collect::<Vec<_>>(), [&id()]);
    history.forget(&id());
    assert!(history.window(&id(), 1, 1).is_none());
}
