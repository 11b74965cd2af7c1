//! Writer and reader together, on real files.

mod cap;
mod damage;
mod followers;
mod moved;
mod packing;
mod packing_damage;
mod paging;
mod rotation;
mod searching;

use std::path::Path;

use crate::model::{Level, LogCursor, LogLine, LogPolicy, Stream};

use super::search::STRETCH;
use super::{Budget, Filter, Page, Reader, Writer};

const BIG: LogPolicy = LogPolicy { max_size: 1 << 20, keep: 3, compress: false };

fn reader(dir: &Path) -> Reader {
    Reader::new(dir.to_owned(), "shop/api".parse().unwrap())
}

/// Writes `pieces`, a millisecond apart.
fn write(writer: &mut Writer, pieces: &[(Stream, &[u8])]) {
    for (n, (stream, bytes)) in pieces.iter().enumerate() {
        writer.append((n as u64 + 1) * 1000, *stream, bytes).unwrap();
    }
}

/// Follows from `from` to the end, `budget` at a time.
fn follow(reader: &Reader, from: LogCursor, budget: Budget) -> Page {
    let mut all = Page {
        lines: Vec::new(),
        next: from,
        before: from,
        lagged: None,
        at_end: false,
        looked: 0,
        hidden: 0,
    };
    while !all.at_end {
        let page = reader.forward(all.next, budget, None).unwrap();
        assert!(page.lagged.is_none() || all.lines.is_empty(), "lagged on the way: {page:?}");
        all.lines.extend(page.lines);
        (all.next, all.at_end, all.lagged) = (page.next, page.at_end, all.lagged.or(page.lagged));
    }
    all
}

/// Goes back from `from` to the beginning, `lines` at a time.
fn rewind(reader: &Reader, from: Option<LogCursor>, lines: usize) -> Vec<LogLine> {
    let (mut from, mut all) = (from, Vec::new());
    loop {
        let page = reader.back(from, lines, None).unwrap();
        assert!(page.lines.len() <= lines);
        all.splice(0..0, page.lines);
        from = Some(page.before);
        if page.at_end {
            return all;
        }
    }
}

/// Searches back from `from` to the beginning, `budget` at a time: the lines, and how many were left out.
fn hunt(reader: &Reader, from: LogCursor, budget: Budget, filter: &Filter) -> (Vec<LogLine>, u64) {
    let (mut from, mut all, mut hidden) = (from, Vec::new(), 0);
    loop {
        let page = reader.find_back(from, budget, filter).unwrap();
        assert!(page.lines.len() <= budget.lines);
        assert_eq!(page.looked, reader.span(page.before, from).unwrap());
        all.splice(0..0, page.lines);
        hidden += page.hidden;
        if page.at_end {
            return (all, hidden);
        }
        assert!(page.before < from, "it gets on");
        from = page.before;
    }
}

fn all(dir: &Path) -> Vec<LogLine> {
    follow(&reader(dir), LogCursor::default(), Budget::default()).lines
}

/// Stream and text of each line.
fn texts(lines: &[LogLine]) -> Vec<(Stream, String)> {
    lines.iter().map(|line| (line.stream, String::from_utf8_lossy(&line.bytes).into_owned())).collect()
}

fn text_of(line: &LogLine) -> &str {
    std::str::from_utf8(&line.bytes).unwrap()
}

const OUT: Stream = Stream::Stdout;
const ERR: Stream = Stream::Stderr;

fn expect(lines: &[LogLine], wanted: &[(Stream, &str)]) {
    let wanted: Vec<_> = wanted.iter().map(|(stream, text)| (*stream, (*text).to_owned())).collect();
    assert_eq!(texts(lines), wanted);
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("log");
    let mut writer = Writer::open(&dir, BIG).unwrap();
    write(&mut writer, &[(OUT, b"one\n\ntwo\r\n\xff\0\x1b[31m\n"), (ERR, b"bad\n")]);
    let lines = all(&dir);
    expect(&lines[..3], &[(OUT, "one"), (OUT, ""), (OUT, "two")]);
    assert_eq!(lines[3].bytes, b"\xff\0\x1b[31m");
    expect(&lines[4..], &[(ERR, "bad")]);
    assert_eq!(lines[4].at.as_microsecond(), 2000);
    assert_eq!(lines[4].cursor, writer.end());
    assert_eq!(reader(&dir).end().unwrap(), writer.end());
    assert_eq!(rewind(&reader(&dir), None, 2), lines);
    assert_eq!(std::fs::read(dir.join("current")).unwrap(), b"one\n\ntwo\r\n\xff\0\x1b[31m\nbad\n");
}

#[test]
fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt as _;
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    Writer::open(&dir, BIG).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!((mode(&dir.join("1.log")), mode(&dir.join("1.idx"))), (0o600, 0o600));
}

#[test]
fn no_directory_is_an_empty_log() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("none");
    let reader = reader(&dir);
    let end = reader.end().unwrap();
    assert!(reader.back(None, 9, None).unwrap().at_end);
    let page = reader.forward(end, Budget::default(), None).unwrap();
    assert!(page.at_end && page.lines.is_empty());
    let mut writer = Writer::open(&dir, BIG).unwrap();
    write(&mut writer, &[(OUT, b"first\n")]);
    expect(&follow(&reader, end, Budget::default()).lines, &[(OUT, "first")]);
}

#[test]
fn streams_that_alternate_inside_a_line_are_put_together() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    assert!(!writer.mid_line());
    write(&mut writer, &[(OUT, b"ab"), (ERR, b"12\n3"), (OUT, b"c\nd"), (ERR, b"4\n")]);
    assert!(writer.mid_line());
    let lines = all(dir.path());
    expect(&lines, &[(ERR, "12"), (OUT, "abc"), (ERR, "34")]);
    assert_eq!(lines[1].at.as_microsecond(), 1000, "a line has the time of its first byte");
    for line in &lines {
        let cold = reader(dir.path()).forward(line.cursor, Budget::default(), None).unwrap();
        let rest: Vec<_> = lines.iter().filter(|other| other.cursor > line.cursor).cloned().collect();
        assert_eq!(cold.lines, rest, "beginnings before the place are found");
        let back = reader(dir.path()).back(Some(line.cursor), 1, None).unwrap();
        assert_eq!(back.lines, std::slice::from_ref(line));
    }
}

#[test]
fn an_open_line_is_shown_as_partial_and_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    write(&mut writer, &[(OUT, b"done\npass"), (ERR, b"x")]);
    let reader = reader(dir.path());
    let page = reader.back(None, 10, None).unwrap();
    expect(&page.lines, &[(OUT, "done"), (OUT, "pass"), (ERR, "x")]);
    assert_eq!(page.lines.iter().map(|line| line.partial).collect::<Vec<_>>(), [false, true, true]);
    assert!(reader.forward(page.next, Budget::default(), None).unwrap().lines.is_empty());
    let budget = Budget { partial: true, ..Budget::default() };
    let partial = reader.forward(page.next, budget, None).unwrap();
    assert_eq!(partial.lines, page.lines[1..]);
    write(&mut writer, &[(OUT, b"word: \n")]);
    let whole = reader.forward(partial.next, Budget::default(), None).unwrap();
    expect(&whole.lines, &[(OUT, "password: ")]);
    assert!(!whole.lines[0].partial);
}

#[test]
fn own_lines_stand_alone_and_break_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    writer.system(1, "started").unwrap();
    write(&mut writer, &[(OUT, b"ab")]);
    writer.system(2, "gap of 9 bytes").unwrap();
    assert!(writer.mid_line());
    write(&mut writer, &[(OUT, b"c\n")]);
    writer.system(3, "exited").unwrap();
    let wanted = [
        (Stream::System, "started"),
        (Stream::System, "gap of 9 bytes"),
        (OUT, "abc"),
        (Stream::System, "exited"),
    ];
    expect(&all(dir.path()), &wanted);
    expect(&rewind(&reader(dir.path()), None, 3), &wanted);
    let raw = std::fs::read_to_string(dir.path().join("current")).unwrap();
    assert_eq!(raw, "started\nab\ngap of 9 bytes\nc\nexited\n");
}

#[test]
fn a_long_line_keeps_its_beginning() {
    use super::LINE_MAX;
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        Writer::open(dir.path(), LogPolicy { max_size: 4 << 20, keep: 3, compress: false }).unwrap();
    let lens = [LINE_MAX - 1, LINE_MAX, LINE_MAX + 1, 5 * LINE_MAX + 7, 3];
    for (n, len) in lens.iter().enumerate() {
        let mut line = vec![b'a' + n as u8; *len];
        line.extend_from_slice(if n % 2 == 0 { b"\n" } else { b"\r\n" });
        for piece in line.chunks(10_000) {
            writer.append(1, OUT, piece).unwrap();
        }
    }
    let lines = all(dir.path());
    let seen: Vec<_> = lines.iter().map(|line| (line.bytes.len(), line.cut)).collect();
    let far = 4 * LINE_MAX as u64 + 8;
    assert_eq!(seen, [(LINE_MAX - 1, 0), (LINE_MAX, 1), (LINE_MAX, 1), (LINE_MAX, far), (3, 0)]);
    assert_eq!(rewind(&reader(dir.path()), None, 1), lines);
    let small = Budget { bytes: 1000, ..Budget::default() };
    assert_eq!(follow(&reader(dir.path()), LogCursor::default(), small).lines, lines);
}

#[test]
fn a_filter_takes_what_matches() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    let pieces: [(Stream, &[u8]); 4] =
        [(OUT, b"GET /a\n"), (OUT, b"get /\x1b[1mb\x1b[0m\n"), (ERR, b"Get /c\n"), (OUT, b"post /d\n")];
    write(&mut writer, &pieces);
    let reader = reader(dir.path());
    let found = |filter: &Filter| -> Vec<String> {
        let ahead = reader.forward(LogCursor::default(), Budget::default(), Some(filter)).unwrap().lines;
        assert_eq!(reader.back(None, 9, Some(filter)).unwrap().lines, ahead);
        for (lines, bytes) in [(1, 1), (1, 1000), (9, 7)] {
            let budget = Budget { lines, bytes, partial: false };
            let back = hunt(&reader, reader.end().unwrap(), budget, filter);
            assert_eq!(back.0, ahead);
        }
        ahead.iter().map(|line| text_of(line).to_owned()).collect()
    };
    assert_eq!(found(&Filter::new("get /").unwrap()).len(), 3);
    assert_eq!(found(&Filter::new("GET").unwrap()), ["GET /a"]);
    assert_eq!(found(&Filter::new("/b$").unwrap()), ["get /\x1b[1mb\x1b[0m"], "matched without its escapes");
    assert_eq!(found(&Filter::new(r"^\S+ /[C-D]").unwrap()), Vec::<String>::new(), "a capital counts");
    assert_eq!(found(&Filter::new(r"^g\S+ /[cd]").unwrap()), ["Get /c"], "that of a class does not");
    let since = jiff::Timestamp::from_microsecond(3000).unwrap();
    assert_eq!(found(&Filter::default().with_since(Some(since))), ["Get /c", "post /d"]);
    assert_eq!(reader.back(None, 1, Some(&Filter::new("get").unwrap())).unwrap().lines[0].stream, ERR);
    let error = Filter::new("a(b").unwrap_err().to_string();
    assert!(error.contains("unclosed group"), "{error}");
}

#[test]
fn a_time_is_found_by_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 400, keep: 9, compress: false }).unwrap();
    for n in 1..=40 {
        writer.append(n * 1_000_000, OUT, format!("{n}\n").as_bytes()).unwrap();
    }
    let reader = reader(dir.path());
    for n in 1..=40 {
        let at = jiff::Timestamp::from_microsecond(n * 1_000_000 - 5).unwrap();
        let place = reader.seek_time(at).unwrap();
        let page = reader.forward(place, Budget { lines: 1, ..Budget::default() }, None).unwrap();
        assert_eq!(text_of(&page.lines[0]), n.to_string());
    }
    let later = jiff::Timestamp::from_second(41).unwrap();
    assert_eq!(reader.seek_time(later).unwrap(), writer.end());
}

#[test]
fn every_part_of_a_filter_narrows_what_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    let pieces: [(Stream, &[u8]); 4] = [
        (Stream::Stdout, b"INFO got a\n"),
        (Stream::Stderr, b"ERROR lost b\n"),
        (Stream::Stdout, b"WARN got c\n"),
        (Stream::Stdout, b"\x1b[31mERR\x1b[0mOR got d\n"),
    ];
    write(&mut writer, &pieces);
    let found = |filter: Filter| {
        let page = reader(dir.path()).forward(LogCursor::default(), Budget::default(), Some(&filter));
        texts(&page.unwrap().lines)
            .into_iter()
            .filter_map(|(_, text)| text.chars().last())
            .collect::<String>()
    };
    assert_eq!(found(Filter::new("got").unwrap()), "acd");
    assert_eq!(found(Filter::new("got").unwrap().with_exclude("error").unwrap()), "ac");
    assert_eq!(found(Filter::default().with_level(Some(Level::Error))), "bd");
    assert_eq!(found(Filter::default().with_stream(Some(Stream::Stderr))), "b");
    let third = jiff::Timestamp::from_microsecond(3000).unwrap();
    assert_eq!(found(Filter::default().with_until(Some(third))), "ab");
}
