//! Segments: the cap, followers across them, what a full or vanished disk does.

use std::fmt::Write as _;

use super::*;

/// Bytes that the files of the journal take.
pub(super) fn disk(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    files.filter(|f| f.file_type().unwrap().is_file()).map(|f| f.metadata().unwrap().len()).sum()
}

#[test]
fn a_follower_across_rotations_sees_each_line_once_and_the_disk_cap_holds() {
    let dir = tempfile::tempdir().unwrap();
    let policy = LogPolicy { max_size: 512, keep: 3 };
    let mut writer = Writer::open(dir.path(), policy).unwrap();
    let reader = reader(dir.path());
    let (mut place, mut seen, mut most) = (LogCursor::default(), Vec::new(), 0);
    for n in 0..500 {
        writer.append(n, OUT, format!("line {n}\nhalf of {n}").as_bytes()).unwrap();
        writer.append(n, ERR, format!("{}\n", "e".repeat(n as usize % 40)).as_bytes()).unwrap();
        writer.append(n, OUT, b" ends\n").unwrap();
        most = most.max(disk(dir.path()));
        assert!(most <= policy.max_size * u64::from(policy.keep), "{most} bytes at {n}");
        if n % 3 == 0 {
            let page = follow(&reader, place, Budget { lines: 2, ..Budget::default() });
            assert_eq!(page.lagged, None);
            (place, seen) = (page.next, [seen, page.lines].concat());
        }
    }
    assert!(most > 1200, "the room is used: {most}");
    assert!(place.segment > 50);
    seen.extend(follow(&reader, place, Budget::default()).lines);
    let wanted: Vec<_> = (0..500)
        .flat_map(|n| {
            [(OUT, format!("line {n}")), (ERR, "e".repeat(n % 40)), (OUT, format!("half of {n} ends"))]
        })
        .collect();
    assert_eq!(texts(&seen), wanted);
}

#[test]
fn a_slow_follower_is_told_what_it_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 256, keep: 2 }).unwrap();
    write(&mut writer, &[(OUT, b"0\n")]);
    let reader = reader(dir.path());
    let place = follow(&reader, LogCursor::default(), Budget::default()).next;
    for n in 1..100 {
        writer.append(n, OUT, format!("{n}\n").as_bytes()).unwrap();
    }
    let page = follow(&reader, place, Budget::default());
    let oldest = LogCursor { segment: writer.end().segment - 1, offset: 0 };
    assert_eq!(page.lagged, Some((place, oldest)));
    assert_eq!(page.lines, rewind(&reader, None, 7));
    assert_eq!(text_of(page.lines.last().unwrap()), "99");
}

#[test]
fn a_follower_that_had_read_all_of_a_removed_segment_lost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 256, keep: 1 }).unwrap();
    let reader = reader(dir.path());
    let (mut place, mut seen) = (LogCursor::default(), 0);
    for n in 0..60 {
        writer.append(n, OUT, b"a line\n").unwrap();
        let page = follow(&reader, place, Budget::default());
        assert_eq!(page.lagged, None, "{n}");
        (place, seen) = (page.next, seen + page.lines.len());
    }
    assert!(place.segment > 5);
    assert_eq!(seen, 60);
}

#[test]
fn a_write_larger_than_a_segment_is_divided_at_line_ends() {
    let dir = tempfile::tempdir().unwrap();
    let policy = LogPolicy { max_size: 1000, keep: 9 };
    let mut writer = Writer::open(dir.path(), policy).unwrap();
    let mut text = String::new();
    for n in 0..100 {
        writeln!(text, "a line of some length, number {n}").unwrap();
    }
    writer.append(1, OUT, text.as_bytes()).unwrap();
    assert_eq!(writer.written(), text.len());
    assert!(writer.end().segment >= 4);
    for n in 1..=writer.end().segment {
        assert!(std::fs::read(dir.path().join(format!("{n}.log"))).unwrap().ends_with(b"\n"));
    }
    assert_eq!(all(dir.path()).len(), 100);
    writer.append(1, ERR, &[b'x'; 3000]).unwrap();
    writer.append(1, ERR, b"\n").unwrap();
    assert_eq!(all(dir.path()).last().unwrap().bytes.len(), 3000, "put together across segments");
    assert!(disk(dir.path()) <= 9000);
}

#[test]
fn a_smaller_policy_holds_from_the_opening_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 4000, keep: 9 }).unwrap();
    for _ in 0..9 {
        writer.append(1, OUT, &[b'x'; 3900]).unwrap();
    }
    let segment = writer.end().segment;
    drop(writer);
    let writer = Writer::open(dir.path(), LogPolicy { max_size: 500, keep: 2 }).unwrap();
    assert!(disk(dir.path()) <= 1000);
    assert!(writer.end().segment > segment, "a number is never used again");
}

#[test]
fn a_new_writer_goes_on_with_the_newest_segment() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..5 {
        let mut writer = Writer::open(dir.path(), BIG).unwrap();
        assert_eq!(writer.mid_line(), n > 0);
        writer.append(n, OUT, format!("{n}\nopen ").as_bytes()).unwrap();
    }
    assert_eq!(super::super::segments::list(dir.path()).unwrap(), [1]);
    let texts: Vec<_> = all(dir.path()).iter().map(|line| text_of(line).to_owned()).collect();
    assert_eq!(texts, ["0", "open 1", "open 2", "open 3", "open 4"]);
}

#[test]
fn a_reader_beside_a_busy_writer_sees_each_line_once() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let mut writer = Writer::open(dir, LogPolicy { max_size: 3000, keep: 10_000 }).unwrap();
    let writing = std::thread::scope(|scope| {
        let busy = scope.spawn(move || {
            for n in 0..3000_u64 {
                writer.append(n, OUT, format!("out {n} ").as_bytes()).unwrap();
                writer.append(n, ERR, format!("err {n}\n").as_bytes()).unwrap();
                writer.append(n, OUT, b"end\n").unwrap();
            }
        });
        let (follower, mut place, mut seen) = (reader(dir), LogCursor::default(), Vec::new());
        loop {
            let done = busy.is_finished();
            let page = follow(&follower, place, Budget { lines: 7, ..Budget::default() });
            assert_eq!(page.lagged, None);
            (place, seen) = (page.next, [seen, texts(&page.lines)].concat());
            if done {
                return seen;
            }
        }
    });
    let wanted: Vec<_> =
        (0..3000).flat_map(|n| [(ERR, format!("err {n}")), (OUT, format!("out {n} end"))]).collect();
    assert_eq!(writing, wanted);
}
