//! A search finds what reading all lines and asking for each finds.

use proptest::prelude::*;

use crate::text::runs::Run;

use super::super::LINE_MAX;
use super::*;

const SYSTEM: Stream = Stream::System;

/// One after the other: those of `lines` that are wanted; how many complete ones are not.
fn oracle(lines: &[LogLine], filter: &Filter, level: Option<Level>) -> (Vec<LogLine>, u64) {
    let (mut runs, mut wanted, mut hidden) = ([Run::default(); 4], Vec::new(), 0);
    for line in lines {
        let run = &mut runs[line.stream as usize];
        let mut next = *run;
        let is = next.take(&crate::text::plain(&line.bytes)).level;
        if !line.partial {
            *run = next;
        }
        if filter.matches(line) && level.is_none_or(|least| is.is_some_and(|is| least <= is)) {
            wanted.push(line.clone());
        } else {
            hidden += u64::from(!line.partial);
        }
    }
    (wanted, hidden)
}

/// Searches forwards to the end: the lines, and how many were left out.
fn seek(reader: &Reader, budget: Budget, filter: &Filter) -> (Vec<LogLine>, u64) {
    let (mut from, mut all, mut hidden) = (LogCursor::default(), Vec::new(), 0);
    loop {
        let page = reader.forward(from, budget, Some(filter)).unwrap();
        assert_eq!(page.looked, reader.span(page.before, page.next).unwrap());
        all.extend(page.lines);
        hidden += page.hidden;
        if page.at_end {
            return (all, hidden);
        }
        assert!(from < page.next, "it gets on");
        from = page.next;
    }
}

/// Both directions, with this budget, give what the oracle does.
fn agrees(
    dir: &Path,
    every: &[LogLine],
    stretch: u64,
    budget: Budget,
    (filter, level): (Filter, Option<Level>),
) {
    let (wanted, hidden) = oracle(every, &filter, level);
    let whole: Vec<_> = wanted.iter().filter(|line| !line.partial).cloned().collect();
    let filter = filter.with_level(level);
    let reader = reader(dir).with_stretch(stretch);
    assert_eq!(
        seek(&reader, Budget { partial: true, ..budget }, &filter),
        (wanted.clone(), hidden),
        "{filter:?}"
    );
    assert_eq!(hunt(&reader, reader.end().unwrap(), budget, &filter), (whole, hidden), "{filter:?}");
    assert_eq!(reader.back(None, wanted.len().max(1), Some(&filter)).unwrap().lines, wanted, "{filter:?}");
}

/// The same as [`agrees`] for a journal whose index has holes: which lines are open at its end is told by what is left
/// of the index, so whoever begins there may take a line for finished whose rest nobody can tell from another stream's.
fn agrees_on_whole_lines(dir: &Path, every: &[LogLine], stretch: u64, budget: Budget, filter: &Filter) {
    let (mut wanted, hidden) = oracle(every, filter, None);
    wanted.retain(|line| !line.partial);
    let reader = reader(dir).with_stretch(stretch);
    assert_eq!(seek(&reader, budget, filter), (wanted.clone(), hidden), "{filter:?}");
    assert_eq!(hunt(&reader, reader.end().unwrap(), budget, filter), (wanted.clone(), hidden), "{filter:?}");
    let mut back = reader.back(None, wanted.len() + 3, Some(filter)).unwrap().lines;
    back.retain(|line| !line.partial);
    assert_eq!(back, wanted, "{filter:?}");
}

fn every(dir: &Path) -> Vec<LogLine> {
    follow(&reader(dir), LogCursor::default(), Budget { partial: true, ..Budget::default() }).lines
}

fn filters() -> Vec<(Filter, Option<Level>)> {
    let pattern = |pattern| Filter::new(pattern).unwrap();
    vec![
        (pattern("ab"), None),
        (pattern("error"), None),
        (pattern("b$"), None),
        (pattern("^a"), None),
        (pattern("^$"), None),
        (pattern(r"\w\s\w"), None),
        (pattern("a.*b|[^a]$"), None),
        (pattern(r"\Aa"), None),
        (pattern("a").with_exclude("b").unwrap(), None),
        (Filter::default().with_exclude("a").unwrap(), None),
        (pattern("a").with_stream(Some(ERR)), None),
        (Filter::default().with_stream(Some(OUT)), None),
        (Filter::default(), Some(Level::Warn)),
        (pattern("a|b").with_exclude("x").unwrap(), Some(Level::Error)),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r"), 2 => Just("a"), 2 => Just("b"), 1 => Just(" "),
        1 => Just("\x1b[1m"), 1 => Just("\x1b[0m"), 1 => Just("\x1b["), 1 => Just("\t"), 1 => Just("é"),
        1 => Just("ERROR lost"), 1 => Just("\nWARN ab"), 1 => Just("\n  at b"), 1 => Just("\n} a"), 1 => Just("error"),
        1 => Just("x"),
    ];
    let any = prop::collection::vec(any::<u8>(), 1..3);
    let part = prop_oneof![9 => word.prop_map(|word| word.as_bytes().to_vec()), 1 => any];
    prop::collection::vec(part, 1..12).prop_map(|parts| parts.concat())
}

fn writes() -> impl Strategy<Value = Vec<(Stream, Vec<u8>)>> {
    let stream = prop_oneof![6 => Just(OUT), 3 => Just(ERR), 1 => Just(SYSTEM)];
    prop::collection::vec((stream, bytes()), 0..40)
}

/// A journal of these writes, a millisecond apart.
fn journal(dir: &Path, pieces: &[(Stream, Vec<u8>)], max_size: u64) {
    let mut writer = Writer::open(dir, LogPolicy { max_size, keep: 1000, compress: false }).unwrap();
    for (n, (stream, bytes)) in pieces.iter().enumerate() {
        let at = n as u64 * 1000;
        if *stream == SYSTEM {
            writer.system(at, &format!("own {n} ab")).unwrap();
        } else {
            writer.append(at, *stream, bytes).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_asking_for_each_line_finds(
        writes in writes(),
        max_size in 256_u64..1200,
        lines in 1_usize..9,
        bytes in prop_oneof![20_u64..100, 100_u64..3000],
        stretch in 5_u64..200,
        times in (0_i64..40, 0_i64..40),
    ) {
        let dir = tempfile::tempdir().unwrap();
        journal(dir.path(), &writes, max_size);
        let budget = Budget { lines, bytes, partial: false };
        let every = every(dir.path());
        for filter in filters() {
            agrees(dir.path(), &every, stretch, budget, filter);
        }
        // what the index leaves out is not counted, so only the lines are compared
        let time = |ms: i64| jiff::Timestamp::from_microsecond(ms * 1000).unwrap();
        let (since, until) = (time(times.0), time(times.0 + times.1));
        let whole = all(dir.path());
        for filter in [Filter::new("a").unwrap(), Filter::default().with_exclude("b").unwrap()] {
            let filter = filter.with_since(Some(since)).with_until(Some(until));
            let wanted = oracle(&whole, &filter, None).0;
            let reader = reader(dir.path()).with_stretch(stretch);
            prop_assert_eq!(&seek(&reader, budget, &filter).0, &wanted);
            prop_assert_eq!(&hunt(&reader, reader.end().unwrap(), budget, &filter).0, &wanted);
        }
    }

    #[test]
    fn a_search_goes_through_a_torn_and_a_lost_index(
        writes in writes(),
        stretch in 5_u64..100,
        cut in 0_u64..1000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        journal(dir.path(), &writes, 800);
        if let Ok(idx) = std::fs::File::options().write(true).open(dir.path().join("1.idx")) {
            let len = idx.metadata().unwrap().len();
            idx.set_len(len.min(cut)).unwrap();
        }
        if dir.path().join("2.idx").exists() {
            std::fs::remove_file(dir.path().join("2.idx")).unwrap();
        }
        let every = every(dir.path());
        for (filter, _) in filters().into_iter().filter(|(_, level)| level.is_none()) {
            agrees_on_whole_lines(dir.path(), &every, stretch, Budget { lines: 5, bytes: 300, partial: false }, &filter);
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_judged_by_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    let long = |len: usize, end: &str| [&vec![b'x'; len][..], end.as_bytes(), b"\n"].concat();
    writer.append(1, OUT, b"short ab\n").unwrap();
    for (at, end) in [(LINE_MAX - 2, "ab"), (LINE_MAX - 2, "ab\r"), (LINE_MAX - 1, "ab"), (LINE_MAX, "ab")] {
        writer.append(1, OUT, &long(at, end)).unwrap();
        writer.append(1, OUT, b"between ab\n").unwrap();
    }
    writer.append(1, ERR, &long(3 * LINE_MAX, "ab")).unwrap();
    let every = every(dir.path());
    for stretch in [STRETCH, LINE_MAX as u64 - 5, 5000] {
        for filter in filters() {
            agrees(dir.path(), &every, stretch, Budget::default(), filter);
        }
    }
}

#[test]
fn coloured_lines_and_those_of_a_terminal_are_found_as_they_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    write(
        &mut writer,
        &[(OUT, b"err\x1b[0mor\r\n"), (ERR, b"\x1b[31merror\x1b[m\n"), (OUT, b"31m\r\n"), (OUT, b"or\n")],
    );
    let found = |pattern| {
        let filter = Filter::new(pattern).unwrap();
        let page = reader(dir.path()).find_back(writer.end(), Budget::default(), &filter).unwrap();
        assert!(page.at_end && page.hidden == 4 - page.lines.len() as u64);
        page.lines.into_iter().map(|line| line.bytes).collect::<Vec<_>>()
    };
    assert_eq!(found("error$"), [b"err\x1b[0mor".to_vec(), b"\x1b[31merror\x1b[m".to_vec()]);
    assert_eq!(found("31m"), [b"31m".to_vec()], "not inside of an escape");
    assert_eq!(found("^or$"), [b"or".to_vec()]);
}

#[test]
fn the_budget_bounds_a_call_and_the_newest_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        Writer::open(dir.path(), LogPolicy { max_size: 10_000, keep: 99, compress: false }).unwrap();
    for n in 0..5000_u64 {
        writer.append(n, OUT, format!("line {n} of them\n").as_bytes()).unwrap();
    }
    let reader = reader(dir.path()).with_stretch(512);
    let filter = Filter::new("7 of").unwrap();
    let end = reader.end().unwrap();
    let page = reader.find_back(end, Budget { lines: 2, bytes: u64::MAX, partial: false }, &filter).unwrap();
    assert_eq!(
        texts(&page.lines),
        [(OUT, "line 4987 of them".to_owned()), (OUT, "line 4997 of them".to_owned())]
    );
    assert_eq!(page.hidden, 11, "those from the first found to the end");
    assert!(page.looked < 1000 && !page.at_end, "{}", page.looked);
    let page =
        reader.find_back(end, Budget { lines: 99_999, bytes: 20_000, partial: false }, &filter).unwrap();
    assert_eq!((page.looked, page.at_end), (20_000, false));
    let page = reader.forward(
        LogCursor::default(),
        Budget { lines: 99_999, bytes: 20_000, partial: false },
        Some(&filter),
    );
    assert_eq!(page.unwrap().looked, 20_000);
}
