//! Packed segments: the same lines, whoever reads, packs, writes or is killed, and no more on disk than is allowed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::super::{Packed, Packer, segments};
use super::*;

const POLICY: LogPolicy = LogPolicy { max_size: 4096, keep: 6, compress: true };

/// Packs whatever is closed, even if it gets larger.
pub(super) fn pack_all(dir: &Path) {
    for number in segments::closed(dir).unwrap() {
        let packed = Packer::default().pack(dir, number, u64::MAX, &|| true).unwrap();
        assert!(matches!(packed, Packed::Done { .. }), "{packed:?}");
    }
    assert!(segments::closed(dir).unwrap().is_empty());
}

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Bytes that the files of the journal take.
fn disk(dir: &Path) -> u64 {
    let sizes = names(dir).into_iter().filter_map(|name| {
        let meta = std::fs::symlink_metadata(dir.join(name)).ok()?;
        meta.is_file().then_some(meta.len())
    });
    sizes.sum()
}

/// Writes so many lines that several segments are closed.
fn filled(dir: &Path) -> Writer {
    let mut writer = Writer::open(dir, POLICY).unwrap();
    for n in 0..60 {
        writer.append(n * 1000, OUT, format!("GET /items/{n} took {n} ms\nhalf ").as_bytes()).unwrap();
        writer.append(n * 1000 + 5, ERR, format!("warning: {n} of many warnings\n").as_bytes()).unwrap();
        writer.append(n * 1000 + 9, OUT, b"is whole\n").unwrap();
    }
    assert!(writer.end().segment >= 3);
    writer
}

fn copy(from: &Path, to: &Path, name: &str, new: &str) {
    std::fs::copy(from.join(name), to.join(new)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn packed_segments_read_as_plain_ones(
        writes in prop::collection::vec((any::<bool>(), "[a-c\r\n]{1,50}"), 1..60),
        max_size in 256_u64..900,
        lines in 1_usize..9,
        bytes in 20_u64..300,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let policy = LogPolicy { max_size, keep: 1000, compress: true };
        let mut writer = Writer::open(dir.path(), policy).unwrap();
        for (n, (is_out, text)) in writes.iter().enumerate() {
            writer.append(n as u64 * 1000, if *is_out { OUT } else { ERR }, text.as_bytes()).unwrap();
        }
        let budget = Budget { lines, bytes, partial: false };
        let read = || follow(&reader(dir.path()), LogCursor::default(), budget).lines;
        let times = || -> Vec<LogCursor> {
            let at = |n: usize| jiff::Timestamp::from_microsecond(n as i64 * 1000).unwrap();
            (0..writes.len()).map(|n| reader(dir.path()).seek_time(at(n)).unwrap()).collect()
        };
        let (plain, places, back) = (read(), times(), rewind(&reader(dir.path()), None, lines));
        let follower = reader(dir.path());
        let page = follower.forward(LogCursor::default(), budget, None).unwrap();
        pack_all(dir.path());
        prop_assert_eq!(&read(), &plain);
        prop_assert_eq!(times(), places);
        prop_assert_eq!(rewind(&reader(dir.path()), None, lines), back);
        let rest = follow(&follower, page.next, budget).lines;
        prop_assert_eq!([page.lines, rest].concat(), plain.clone(), "who had begun goes on");
        for (at, line) in plain.iter().enumerate().step_by(5) {
            let rest = follow(&reader(dir.path()), line.cursor, budget);
            prop_assert_eq!(&rest.lines[..], &plain[at + 1..]);
        }
    }
}

#[test]
fn whoever_is_killed_no_line_is_lost_or_doubled() {
    let (plain, packed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(filled(plain.path()));
    let lines = all(plain.path());
    for name in names(plain.path()) {
        copy(plain.path(), packed.path(), &name, &name);
    }
    pack_all(packed.path());
    // what a packer that is killed leaves of segment 1, step by step
    let steps: [&[&str]; 6] = [
        &["1.log", "1.idx", ".1.idx.zst.new"],
        &["1.log", "1.idx", ".1.idx.zst.new", ".1.log.zst.new"],
        &["1.log", "1.idx", "1.idx.zst", ".1.log.zst.new"],
        &["1.log", "1.idx", "1.idx.zst", "1.log.zst"],
        &["1.idx", "1.idx.zst", "1.log.zst"],
        &["1.idx.zst", "1.log.zst"],
    ];
    let others = names(plain.path()).into_iter().filter(|name| !name.starts_with("1."));
    let others: Vec<String> = others.filter(|name| name != "current").collect();
    for (step, files) in steps.iter().enumerate() {
        for next in 0..4 {
            let dir = tempfile::tempdir().unwrap();
            for name in &others {
                copy(plain.path(), dir.path(), name, name);
            }
            for name in *files {
                let from = if name.contains(".zst") { &packed } else { &plain };
                copy(from.path(), dir.path(), name.trim_start_matches('.').trim_end_matches(".new"), name);
            }
            assert_eq!(all(dir.path()), lines, "step {step}");
            match next {
                0 => Packer::default().tidy(dir.path(), &POLICY).unwrap(),
                1 => {
                    Packer::default().tidy(dir.path(), &POLICY).unwrap();
                    pack_all(dir.path());
                    assert!(!names(dir.path()).contains("1.log"));
                }
                2 => drop(Writer::open(dir.path(), POLICY).unwrap()),
                _ => drop(Writer::open(dir.path(), LogPolicy { compress: false, ..POLICY }).unwrap()),
            }
            assert_eq!(all(dir.path()), lines, "step {step}, then {next}");
            let left = names(dir.path());
            // beside a packer at work a writer sweeps nothing that may be its
            assert!(next == 2 || left.iter().all(|name| !name.contains(".new")), "step {step}: {left:?}");
            let stray = |name: &str| {
                left.contains(&format!("1.idx{name}")) && !left.contains(&format!("1.log{name}"))
            };
            assert!(
                !stray("") && (!stray(".zst") || left.contains("1.log")),
                "step {step}, {next}: {left:?}"
            );
        }
    }
}

#[test]
fn a_segment_that_is_removed_while_it_is_packed_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        Writer::open(dir.path(), LogPolicy { max_size: 1 << 20, keep: 3, compress: true }).unwrap();
    for n in 0..6_u64 {
        writer.append(n, OUT, format!("{n}{}\n", "x".repeat(900_000)).as_bytes()).unwrap();
    }
    let oldest = segments::list(dir.path()).unwrap()[0];
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        if asked.get() == 1 {
            for name in ["log", "idx"] {
                std::fs::remove_file(dir.path().join(format!("{oldest}.{name}"))).unwrap();
            }
        }
        true
    };
    let outcome = Packer::default().pack(dir.path(), oldest, u64::MAX, &go_on).unwrap();
    assert_eq!((outcome, asked.get()), (Packed::Stopped, 1), "it notices soon");
    assert!(names(dir.path()).iter().all(|name| !name.contains("zst")), "{:?}", names(dir.path()));
    assert_eq!(Packer::default().pack(dir.path(), oldest, u64::MAX, &|| true).unwrap(), Packed::Gone);
    assert!(names(dir.path()).iter().all(|name| !name.contains("zst")));
}

#[test]
fn more_is_kept_and_the_disk_cap_holds_at_every_step() {
    let dir = tempfile::tempdir().unwrap();
    let policy = LogPolicy { max_size: 600_000, keep: 8, compress: true };
    let mut writer = Writer::open(dir.path(), policy).unwrap();
    let mut packer = Packer::default();
    let most = Cell::new(0);
    let look = || {
        most.set(most.get().max(disk(dir.path())));
        assert!(most.get() <= policy.cap(), "{} bytes, {:?}", most.get(), names(dir.path()));
        true
    };
    for n in 0..60_000_u64 {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line = format!(
            "GET /items/{n} answered 200 for client {noise:x} after {} ms, all is well\n",
            noise % 999
        );
        writer.append(n, OUT, line.repeat(3).as_bytes()).unwrap();
        if n % 500 == 0 {
            look();
            packer.tidy(dir.path(), &policy).unwrap();
            // now and then it is far behind
            while n % 7000 < 4000
                && matches!(packer.next(dir.path(), &policy, &look).unwrap(), Some(Packed::Done { .. }))
            {
                look();
            }
        }
    }
    assert!(most.get() > policy.cap() / 2, "the room is used: {}", most.get());
    let count = segments::list(dir.path()).unwrap().len();
    assert!(count > 2 * policy.keep as usize, "{count} segments");
    let kept = all(dir.path());
    assert!(kept.windows(3).all(|lines| lines[0].cursor < lines[1].cursor));
    // back to what does not compress: read as before, and removed in time
    drop(writer);
    let policy = LogPolicy { compress: false, ..policy };
    let mut writer = Writer::open(dir.path(), policy).unwrap();
    assert_eq!(segments::list(dir.path()).unwrap().len(), 8);
    assert_eq!(all(dir.path()).last(), kept.last());
    for n in 0..8000 {
        writer.append(n, OUT, &[b'x'; 800]).unwrap();
        assert!(disk(dir.path()) <= policy.cap());
    }
    assert!(names(dir.path()).iter().all(|name| !name.contains("zst")));
}

#[test]
fn what_does_not_get_smaller_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let policy = LogPolicy { max_size: 300_000, keep: 9, compress: true };
    let mut writer = Writer::open(dir.path(), policy).unwrap();
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    for n in 0..3 {
        let bytes: Vec<u8> = (0..290_000).map(|_| noise()).collect();
        writer.append(n, OUT, &bytes).unwrap();
    }
    let before = names(dir.path());
    let mut packer = Packer::default();
    let go_on = || true;
    assert_eq!(packer.next(dir.path(), &policy, &go_on).unwrap(), Some(Packed::Left { segment: 1 }));
    assert_eq!(packer.next(dir.path(), &policy, &go_on).unwrap(), Some(Packed::Left { segment: 2 }));
    assert_eq!(packer.next(dir.path(), &policy, &go_on).unwrap(), None, "it is not tried again");
    assert_eq!(names(dir.path()), before);
    let stopped = Packer::default().next(dir.path(), &policy, &|| false).unwrap();
    assert_eq!((stopped, names(dir.path())), (Some(Packed::Stopped), before));
}

#[test]
fn empty_and_lost_files_are_packed_too() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    std::fs::write(dir.path().join("1.log"), "").unwrap();
    std::fs::remove_file(dir.path().join("2.idx")).unwrap();
    let lines = all(dir.path());
    pack_all(dir.path());
    assert_eq!(all(dir.path()), lines);
    assert!(lines.iter().any(|line| line.stream == Stream::Unknown));
    assert!(!names(dir.path()).contains("2.idx.zst"));
}

#[test]
fn only_the_owner_may_look_and_the_times_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let changed = std::fs::metadata(dir.path().join("1.log")).unwrap().modified().unwrap();
    pack_all(dir.path());
    for name in ["1.log.zst", "1.idx.zst"] {
        let meta = std::fs::metadata(dir.path().join(name)).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    }
    let meta = std::fs::metadata(dir.path().join("1.log.zst")).unwrap();
    assert_eq!(meta.modified().unwrap(), changed);
}

#[test]
fn a_packed_journal_whose_newest_segment_was_deleted_gets_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let newest = filled(dir.path()).end().segment;
    pack_all(dir.path());
    for ext in ["log", "idx"] {
        std::fs::remove_file(dir.path().join(format!("{newest}.{ext}"))).unwrap();
    }
    let before = all(dir.path());
    let mut writer = Writer::open(dir.path(), POLICY).unwrap();
    assert_eq!(writer.end().segment, newest);
    writer.append(1, OUT, b"\nnew\n").unwrap();
    let after = all(dir.path());
    assert_eq!(after[..before.len()], before);
    assert_eq!(text_of(after.last().unwrap()), "new");
}

#[test]
fn a_reader_beside_a_busy_writer_and_a_packer_sees_each_line_once() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let policy = LogPolicy { max_size: 5000, keep: 10_000, compress: true };
    let mut writer = Writer::open(dir, policy).unwrap();
    let done = AtomicBool::new(false);
    let lines = std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..4000_u64 {
                writer.append(n, OUT, format!("out {n} ").as_bytes()).unwrap();
                writer.append(n, ERR, format!("err {n}\n").as_bytes()).unwrap();
                writer.append(n, OUT, b"end\n").unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        let packing = scope.spawn(|| {
            let (mut packer, mut count) = (Packer::default(), 0);
            while !done.load(Ordering::SeqCst) {
                packer.tidy(dir, &policy).unwrap();
                while let Some(Packed::Done { .. }) = packer.next(dir, &policy, &|| true).unwrap() {
                    count += 1;
                }
            }
            count
        });
        let (follower, mut place, mut seen) = (reader(dir), LogCursor::default(), Vec::new());
        loop {
            let is_last = done.load(Ordering::SeqCst);
            let page = follow(&follower, place, Budget { lines: 7, ..Budget::default() });
            assert_eq!(page.lagged, None);
            (place, seen) = (page.next, [seen, texts(&page.lines)].concat());
            // backwards, across what is packed right now
            let back = reader(dir).back(None, 40, None).unwrap();
            let ends: Vec<_> = back.lines.iter().filter(|line| line.stream == ERR).map(text_of).collect();
            let number = |text: &str| text.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
            assert!(ends.windows(2).all(|two| number(two[0]) + 1 == number(two[1])), "{ends:?}");
            if is_last {
                assert!(packing.join().unwrap() > 10);
                return seen;
            }
        }
    });
    let wanted: Vec<_> =
        (0..4000).flat_map(|n| [(ERR, format!("err {n}")), (OUT, format!("out {n} end"))]).collect();
    assert_eq!(lines, wanted);
}
