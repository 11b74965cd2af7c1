//! Packed segments that somebody or something damaged: what is lost is told, all else is read.

use super::packing::pack_all;
use super::*;

/// Bytes of a line.
const LEN: usize = 50;
/// Bytes of a frame of a log.
const FRAME: usize = 256 * 1024;

/// Two closed segments of several frames, packed, and a newest one. Every line is its number.
fn packed(dir: &Path) -> Vec<LogLine> {
    let mut writer = Writer::open(dir, LogPolicy { max_size: 1 << 20, keep: 9, compress: true }).unwrap();
    for n in 0..30_000_u64 {
        let stream = if n % 5 == 0 { ERR } else { OUT };
        writer.append(n * 1000, stream, format!("{n:<w$}\n", w = LEN - 1).as_bytes()).unwrap();
    }
    assert_eq!(writer.end().segment, 3);
    let lines = all(dir);
    assert_eq!(lines.len(), 30_000);
    pack_all(dir);
    lines
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

/// Follows to the end, through what is lost.
fn follow_through(reader: &Reader) -> (Vec<LogLine>, Vec<(LogCursor, LogCursor)>) {
    let (mut lines, mut lost, mut from) = (Vec::new(), Vec::new(), LogCursor::default());
    loop {
        let page = reader.forward(from, Budget::default(), None).unwrap();
        assert!(page.at_end || page.next > from);
        lines.extend(page.lines);
        lost.extend(page.lagged);
        from = page.next;
        if page.at_end {
            return (lines, lost);
        }
    }
}

/// The same backwards; what is lost, oldest first.
fn rewind_through(reader: &Reader, count: usize) -> (Vec<LogLine>, Vec<(LogCursor, LogCursor)>) {
    let (mut lines, mut lost, mut from) = (Vec::new(), Vec::new(), None);
    loop {
        let page = reader.back(from, count, None).unwrap();
        lines.splice(0..0, page.lines);
        lost.splice(0..0, page.lagged);
        assert!(page.at_end || from.is_none_or(|from| page.before < from));
        from = Some(page.before);
        if page.at_end {
            lost.dedup();
            return (lines, lost);
        }
    }
}

/// A line that was cut by the damage is not one of those that were written.
fn whole(lines: Vec<LogLine>) -> Vec<LogLine> {
    lines.into_iter().filter(|line| line.bytes.len() == LEN - 1).collect()
}

#[test]
fn a_damaged_frame_is_passed_over_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let lines = packed(dir.path());
    let path = dir.path().join("2.log.zst");
    let sound = std::fs::read(&path).unwrap();
    for at in [30, sound.len() / 2] {
        std::fs::write(&path, &sound).unwrap();
        change(&path, |bytes| bytes[at] ^= 4);
        let (seen, lost) = follow_through(&reader(dir.path()));
        assert_eq!(lost.len(), 1, "{lost:?}");
        let (from, to) = lost[0];
        assert_eq!((from.segment, from.offset % FRAME as u64, to.segment), (2, 0, 2));
        assert!(from < to && to.offset - from.offset <= FRAME as u64);
        let wanted: Vec<_> = lines.iter().filter(|l| l.cursor <= from || to < l.cursor).cloned().collect();
        let seen = whole(seen);
        // of the line that the damage begins in, the end may be there: with the frame's end it is a line too few
        assert!(wanted.len() - seen.len() <= 1, "{} {}", wanted.len(), seen.len());
        let sound = |line: &LogLine| lines.binary_search_by_key(&line.cursor, |line| line.cursor).is_ok();
        assert!(seen.iter().all(sound), "{at}");
        for count in [900, 50_000] {
            let (back, lost_back) = rewind_through(&reader(dir.path()), count);
            assert_eq!(whole(back), seen, "{count} at a time");
            assert_eq!(lost_back, lost, "{count} at a time");
        }
    }
}

#[test]
fn two_damaged_frames_are_both_told() {
    let dir = tempfile::tempdir().unwrap();
    packed(dir.path());
    for name in ["1.log.zst", "2.log.zst"] {
        change(&dir.path().join(name), |bytes| bytes[40] ^= 1);
    }
    let (seen, lost) = follow_through(&reader(dir.path()));
    assert_eq!(lost.len(), 2);
    for count in [300, 100_000] {
        assert_eq!(rewind_through(&reader(dir.path()), count), (seen.clone(), lost.clone()));
    }
}

#[test]
fn a_search_passes_over_what_is_damaged_as_reading_does() {
    let dir = tempfile::tempdir().unwrap();
    packed(dir.path());
    for name in ["1.log.zst", "2.log.zst"] {
        change(&dir.path().join(name), |bytes| bytes[40] ^= 1);
    }
    let (seen, lost) = follow_through(&reader(dir.path()));
    for filter in [Filter::new("7").unwrap(), Filter::default().with_stream(Some(ERR))] {
        let wanted: Vec<_> = seen.iter().filter(|line| filter.matches(line)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < seen.len());
        for bytes in [100_000, 512 << 10, 1 << 30] {
            let budget = Budget { lines: 4000, bytes, partial: false };
            let (mut found, mut told, mut from) = (Vec::new(), Vec::new(), LogCursor::default());
            loop {
                let page = reader(dir.path()).forward(from, budget, Some(&filter)).unwrap();
                found.extend(page.lines);
                told.extend(page.lagged);
                from = page.next;
                if page.at_end {
                    break;
                }
            }
            assert!(found == wanted, "{bytes} at a time: {} of {}", found.len(), wanted.len());
            assert_eq!(covered(&told), covered(&lost), "{bytes} at a time");
        }
        for (lines, bytes) in [(4000, 512 << 10), (300, 1 << 30), (100_000, 1 << 30)] {
            let budget = Budget { lines, bytes, partial: false };
            let (mut found, mut told) = (Vec::new(), Vec::new());
            let mut from = reader(dir.path()).end().unwrap();
            loop {
                let page = reader(dir.path()).find_back(from, budget, &filter).unwrap();
                found.splice(0..0, page.lines);
                told.splice(0..0, page.lagged);
                assert!(page.at_end || page.before < from);
                from = page.before;
                if page.at_end {
                    break;
                }
            }
            assert!(found == wanted, "backwards: {} of {}", found.len(), wanted.len());
            assert!(told.is_sorted_by(|a, b| a.1 <= b.0), "one is told twice: {told:?}");
            assert_eq!(covered(&told), covered(&lost), "backwards, {bytes} at a time");
        }
    }
}

/// How many bytes these pieces cover.
fn covered(pieces: &[(LogCursor, LogCursor)]) -> u64 {
    pieces.iter().map(|(from, to)| to.offset - from.offset).sum()
}

#[test]
fn a_torn_file_keeps_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let lines = packed(dir.path());
    let path = dir.path().join("1.log.zst");
    let sound = std::fs::read(&path).unwrap();
    let second = lines.iter().position(|line| line.cursor.segment == 2).unwrap();
    let end = lines[second - 1].cursor;
    for len in [0, 1, 20, sound.len() / 2, sound.len() - 200] {
        std::fs::write(&path, &sound[..len]).unwrap();
        let (seen, lost) = follow_through(&reader(dir.path()));
        assert_eq!(lost.len(), 1, "{len}: {lost:?}");
        assert_eq!(lost[0].1, end, "the index knows how long it was");
        assert_eq!(lost[0].0.offset % FRAME as u64, 0);
        assert!(len < sound.len() / 3 || lost[0].0.offset > 0, "{len}: {lost:?}");
        let seen = whole(seen);
        assert_eq!(seen[seen.len() - (lines.len() - second)..], lines[second..]);
        assert_eq!(whole(rewind_through(&reader(dir.path()), 900).0), seen);
    }
    // neither log nor index
    std::fs::write(dir.path().join("1.idx.zst"), b"junk").unwrap();
    std::fs::write(&path, b"").unwrap();
    let (seen, lost) = follow_through(&reader(dir.path()));
    assert_eq!((seen.len(), lost.len()), (lines.len() - second, 1));
}

#[test]
fn without_its_table_a_file_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let lines = packed(dir.path());
    let path = dir.path().join("1.log.zst");
    let sound = std::fs::read(&path).unwrap();
    // the seal, each field of the table, the footer
    for back in (1..=57).step_by(4) {
        std::fs::write(&path, &sound).unwrap();
        change(&path, |bytes| {
            let at = bytes.len() - back;
            bytes[at] ^= 0x10;
        });
        let (seen, lost) = follow_through(&reader(dir.path()));
        assert_eq!((seen.len(), lost.len()), (lines.len(), 0), "byte {back} from the end");
        assert!(seen == lines);
    }
}

#[test]
fn with_a_damaged_index_every_byte_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let lines = packed(dir.path());
    change(&dir.path().join("1.idx.zst"), |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    let (seen, lost) = follow_through(&reader(dir.path()));
    assert_eq!(lost, []);
    let bytes = |lines: &[LogLine]| -> Vec<Vec<u8>> { lines.iter().map(|line| line.bytes.clone()).collect() };
    assert!(bytes(&seen) == bytes(&lines));
    let unknown = seen.iter().filter(|line| line.stream == Stream::Unknown).count();
    assert!((1..20_000).contains(&unknown), "{unknown} lines of an unknown stream");
    assert!(rewind_through(&reader(dir.path()), 1000).0 == seen);
}

#[test]
fn the_bytes_before_what_is_damaged_are_read_first() {
    let dir = tempfile::tempdir().unwrap();
    let lines = packed(dir.path());
    let path = dir.path().join("2.log.zst");
    change(&path, |bytes| {
        let at = bytes.len() / 2;
        bytes[at] ^= 4;
    });
    for max in [100_000, 10 << 20] {
        let (mut bytes, mut from) = (Vec::new(), LogCursor::default());
        let error = loop {
            match reader(dir.path()).raw(from, max, None) {
                Ok(raw) => {
                    assert!(raw.next > from && !raw.at_end);
                    bytes.extend(raw.bytes);
                    from = raw.next;
                }
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("is damaged"), "{error}");
        assert_eq!((from.segment, from.offset % FRAME as u64), (2, 0));
        assert!(from.offset > 0);
        let numbers = bytes.split_inclusive(|b| *b == b'\n').filter(|line| line.len() == LEN);
        for (line, expected) in numbers.zip(&lines) {
            assert_eq!(line[..LEN - 1], expected.bytes[..]);
        }
        let before = lines.iter().filter(|line| line.cursor <= from).count();
        assert_eq!(bytes.len() / LEN, before);
    }
}
