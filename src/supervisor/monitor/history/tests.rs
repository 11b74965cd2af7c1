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
        let oldest = (2 * day + BEFORE) / step - steps as u64 + 1;
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

fn minute(unix_minute: u32, cpu_percent: f32, mib: u64) -> Minute {
    Minute { unix_minute, cpu_percent, memory_bytes: (mib + 1) << 20, low_bytes: mib << 20 }
}

#[test]
fn a_minute_is_finished_once_with_its_least_memory_and_the_wall_s_time() {
    let mut history = History::default();
    assert_eq!(history.finished(0, 9000), []);
    for (at, mib) in [(30, 7), (33, 5), (36, 9), (57, 8)] {
        history.push(&id(), at, sample(at as f32, mib));
        assert_eq!(history.finished(at, 9000), []);
    }
    history.push(&id(), 64, sample(1.0, 2));
    let first = Minute { unix_minute: 9000, cpu_percent: 57.0, memory_bytes: 8 << 20, low_bytes: 5 << 20 };
    assert_eq!(history.finished(64, 9001), [(id(), first)]);
    assert_eq!(history.finished(65, 9001), []);
    // nobody looked for an hour: the last minute is still what it was
    history.push(&id(), 3700, sample(1.0, 2));
    let later = history.finished(3700, 9061);
    assert_eq!(later.iter().map(|(_, minute)| minute.unix_minute).collect::<Vec<_>>(), [9001]);
}

#[test]
fn what_was_written_comes_back_at_its_age_with_the_downtime_as_a_gap() {
    let mut history = History::default();
    let written: Vec<Minute> = (8990..9000).map(|at| minute(at, 2.0, u64::from(at))).collect();
    history.restore(&id(), 5, 9005, &written);
    for at in 0..60 {
        history.push(&id(), at + 5, sample(3.0, 9999));
    }
    // minutes of the caller's clock: the last ended now, five were missed, ten come before them
    let shown = cpu(&history, 65, 86_400);
    let expected: Vec<f32> = [vec![2.0; 10], vec![-1.0; 5], vec![3.0; 2]].concat();
    assert_eq!(shown[1440 - 17..], expected);
    assert!(shown[..1440 - 17].iter().all(|cpu| *cpu < 0.0));
    let lows = history.lows(&id(), 125, 120);
    assert_eq!(lows.len(), 12);
    assert_eq!((lows[0].bytes, lows[9].bytes, lows[11].bytes), (8990 << 20, 8999 << 20, 9999 << 20));
    assert_eq!((lows[9].minute - lows[0].minute, lows[10].minute - lows[9].minute), (9, 6));
}

#[test]
fn a_clock_that_jumped_leaves_out_what_is_still_to_come_or_long_gone() {
    let mut history = History::default();
    let written = [minute(100, 1.0, 1), minute(8000, 1.0, 1), minute(9000, 1.0, 1), minute(9999, 1.0, 1)];
    history.restore(&id(), 0, 9001, &written);
    let shown = cpu(&history, 0, 86_400);
    let places: Vec<usize> = (0..1440).filter(|at| shown[*at] > 0.0).collect();
    assert_eq!(places, [1439 - 1001, 1438]);
    let mut empty = History::default();
    empty.restore(&id(), 0, 9001, &written[3..]);
    assert!(empty.window(&id(), 0, 60).is_none());
    // what is measured already is not touched
    let mut measured = past([(1, 5.0, 5)]);
    measured.restore(&id(), 2, 9001, &written);
    assert_eq!(cpu(&measured, 2, 86_400).iter().filter(|cpu| **cpu >= 0.0).count(), 1);
}

#[test]
fn lows_are_kept_for_the_minutes_that_are_looked_at() {
    let history = past((0..400).map(|minute| (minute * 60, 1.0, minute)));
    let lows = history.lows(&id(), 399 * 60, 120);
    assert_eq!(lows.len(), 120, "the one that goes on is not among them");
    assert_eq!((lows[0].bytes, lows[119].bytes), (279 << 20, 398 << 20));
    assert_eq!(history.lows(&"x/y".parse().unwrap(), 1, 120), []);
}
