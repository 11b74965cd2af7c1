//! Journals that a crash, a power cut or a person left torn.

use std::time::{Duration, SystemTime};

use super::*;

const PIECES: [(Stream, &[u8]); 6] = [
    (OUT, b"one\ntwo\n"),
    (ERR, b"bad\n"),
    (OUT, b"three\r\nfo"),
    (ERR, b"worse\n"),
    (OUT, b"ur\n"),
    (OUT, b"\nfive\n"),
];

fn journal(dir: &Path) {
    write(&mut Writer::open(dir, BIG).unwrap(), &PIECES);
}

/// Lets the log have rested for a while.
fn rest(dir: &Path) {
    let log = std::fs::File::options().append(true).open(dir.join("1.log")).unwrap();
    log.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
}

fn cut(dir: &Path, file: &str, len: u64) {
    std::fs::File::options().write(true).open(dir.join(file)).unwrap().set_len(len).unwrap();
}

/// The lines that ended in the first `len` bytes are still there, whichever bytes have a record: pieces of a line may
/// then have come apart, so the bytes are compared.
fn holds_all_bytes(lines: &[LogLine], raw: &[u8]) {
    let mut wanted: Vec<u8> = raw.iter().copied().filter(|b| *b != b'\n' && *b != b'\r').collect();
    let mut found: Vec<u8> =
        lines.iter().flat_map(|line| line.bytes.clone()).filter(|b| *b != b'\r').collect();
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn a_torn_end_loses_nothing_that_is_on_disk() {
    let whole = tempfile::tempdir().unwrap();
    journal(whole.path());
    let raw = std::fs::read(whole.path().join("1.log")).unwrap();
    let idx_len = std::fs::metadata(whole.path().join("1.idx")).unwrap().len();
    let lines = all(whole.path());
    let cuts = (0..=raw.len() as u64).map(|at| ("1.log", at)).chain((0..=idx_len).map(|at| ("1.idx", at)));
    for (file, at) in cuts {
        let dir = tempfile::tempdir().unwrap();
        journal(dir.path());
        cut(dir.path(), file, at);
        rest(dir.path());
        let left = std::fs::read(dir.path().join("1.log")).unwrap();
        let seen = rewind(&reader(dir.path()), None, 3);
        holds_all_bytes(&seen, &left);
        // as far as the index goes, the lines are what they were
        let records = at.saturating_sub(24) / 24;
        let sure: u64 = if file == "1.log" {
            PIECES
                .iter()
                .map(|piece| piece.1.len() as u64)
                .scan(0, |end, n| {
                    *end += n;
                    Some(*end)
                })
                .filter(|end| *end <= at)
                .max()
                .unwrap_or(0)
        } else {
            PIECES.iter().take(records as usize).map(|piece| piece.1.len() as u64).sum()
        };
        let kept = lines.iter().filter(|line| line.cursor.offset <= sure).count();
        assert_eq!(texts(&seen)[..kept], texts(&lines)[..kept], "{file} cut at {at}");

        let mut writer = Writer::open(dir.path(), BIG).unwrap();
        assert_eq!(
            rewind(&reader(dir.path()), None, 100),
            seen,
            "a new writer changes nothing: {file} cut at {at}"
        );
        write(&mut writer, &[(ERR, b"\n"), (OUT, b"\nafter\n")]);
        let (notes, after): (Vec<_>, Vec<_>) =
            all(dir.path()).into_iter().partition(|line| line.stream == Stream::System);
        assert_eq!(text_of(after.last().unwrap()), "after");
        holds_all_bytes(&after, &[&left[..], b"after"].concat());
        let mut wanted = Vec::new();
        let unknown = left.len() as u64 - sure;
        if unknown > 0 {
            wanted.push(format!("the index of this log was torn; {unknown} bytes have no known stream"));
        }
        if left.len() < raw.len() {
            let lost = raw.len() - left.len();
            wanted.push(format!("gap of {lost} bytes (the end of the log was lost)"));
        }
        assert_eq!(notes.iter().map(text_of).collect::<Vec<_>>(), wanted, "{file} cut at {at}");
        assert!(Writer::open(dir.path(), BIG).is_ok_and(|mut writer| writer.append(9, OUT, b"x\n").is_ok()));
        let again = all(dir.path()).iter().filter(|line| line.stream == Stream::System).count();
        assert_eq!(again, notes.len(), "it is said once");
    }
}

#[test]
fn a_follower_loses_and_doubles_nothing_when_a_killed_writer_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path());
    let reader = reader(dir.path());
    let idx_len = std::fs::metadata(dir.path().join("1.idx")).unwrap().len();
    cut(dir.path(), "1.idx", idx_len - 24);
    let first = follow(&reader, LogCursor::default(), Budget::default());
    assert_eq!(text_of(first.lines.last().unwrap()), "four", "bytes without a record wait");
    let _writer = Writer::open(dir.path(), BIG).unwrap();
    let rest = follow(&reader, first.next, Budget::default());
    expect(&rest.lines, &[(Stream::Unknown, ""), (Stream::Unknown, "five")]);
}

#[test]
fn without_an_index_the_lines_are_of_an_unknown_stream() {
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path());
    std::fs::remove_file(dir.path().join("1.idx")).unwrap();
    let raw = std::fs::read_to_string(dir.path().join("1.log")).unwrap();
    let wanted: Vec<_> = raw.lines().map(|line| (Stream::Unknown, line.to_owned())).collect();
    let lines = all(dir.path());
    assert_eq!(texts(&lines), wanted);
    assert!(lines[0].at.as_second() > 1_700_000_000, "the file's time");
    assert_eq!(rewind(&reader(dir.path()), None, 2), lines);
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    assert_eq!(texts(&all(dir.path())), wanted);
    writer.append(1, ERR, b"after\n").unwrap();
    let lines = all(dir.path());
    let note = format!("the index of this log was missing; {} bytes have no known stream", raw.len());
    expect(&lines[wanted.len()..], &[(Stream::System, &note), (ERR, "after")]);
}

#[test]
fn a_zeroed_or_foreign_record_leaves_its_bytes_readable() {
    use std::os::unix::fs::FileExt as _;
    for garbage in [[0_u8; 24], [0xff; 24], [1; 24]] {
        for at in 0..PIECES.len() as u64 {
            let dir = tempfile::tempdir().unwrap();
            journal(dir.path());
            rest(dir.path());
            let raw = std::fs::read(dir.path().join("1.log")).unwrap();
            let idx = std::fs::File::options().write(true).open(dir.path().join("1.idx")).unwrap();
            idx.write_all_at(&garbage, 24 + 24 * at).unwrap();
            let budget = Budget { partial: true, ..Budget::default() };
            let lines = reader(dir.path()).forward(LogCursor::default(), budget, None).unwrap().lines;
            holds_all_bytes(&lines, &raw);
            assert_eq!(texts(&rewind(&reader(dir.path()), None, 1)), texts(&lines));
        }
    }
}

#[test]
fn an_index_of_another_version_is_left_alone() {
    use std::os::unix::fs::FileExt as _;
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path());
    let idx = std::fs::File::options().write(true).open(dir.path().join("1.idx")).unwrap();
    idx.write_all_at(&[9], 8).unwrap();
    let before = std::fs::read(dir.path().join("1.idx")).unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    writer.append(1, OUT, b"new\n").unwrap();
    assert_eq!(writer.end().segment, 2);
    assert_eq!(std::fs::read(dir.path().join("1.idx")).unwrap(), before);
    let lines = all(dir.path());
    assert_eq!(lines[0].stream, Stream::Unknown);
    let note = "the index of segment 1 can't be read; 36 bytes have no known stream";
    expect(&lines[lines.len() - 2..], &[(Stream::System, note), (OUT, "new")]);
}

#[test]
fn files_that_are_not_segments_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["0.log", "007.log", "+7.log", "x.log", "9.log.gz", "18446744073709551616.log"] {
        std::fs::write(dir.path().join(name), "junk\n").unwrap();
    }
    journal(dir.path());
    assert_eq!(all(dir.path()).len(), 8);
}
