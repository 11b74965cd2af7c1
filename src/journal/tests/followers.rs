//! Several readers beside a writer that rotates faster than some of them read.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const LINES: usize = 20_000;

/// What a follower was given.
#[derive(Debug)]
enum Seen {
    Line(LogLine),
    Lagged(LogCursor, LogCursor),
}

/// Follows from the first byte ever to the end of a writer that has ended, `budget` at a time.
fn observe(dir: &Path, budget: Budget, done: impl Fn() -> bool) -> Vec<Seen> {
    let (reader, mut place, mut seen) = (reader(dir), LogCursor { segment: 1, offset: 0 }, Vec::new());
    loop {
        let last = done();
        let page = reader.forward(place, budget, None).unwrap();
        seen.extend(page.lagged.map(|(from, to)| {
            assert_eq!(from, place, "it lagged from where it was");
            Seen::Lagged(from, to)
        }));
        seen.extend(page.lines.into_iter().map(Seen::Line));
        place = page.next;
        if page.at_end && last {
            return seen;
        }
    }
}

/// Each line is there once and in order, but for those that ended in a part that was given as lagged.
fn check(seen: &[Seen], ends: &[LogCursor]) -> usize {
    let (mut next, mut lost) = (0, 0);
    for seen in seen {
        match seen {
            Seen::Line(line) => {
                assert_eq!(text_of(line), next.to_string(), "after {lost} that are lost");
                assert_eq!(line.cursor, ends[next]);
                next += 1;
            }
            Seen::Lagged(from, to) => {
                assert!(next == 0 || ends[next - 1] <= *from, "{from:?} was seen");
                let skipped = ends[next..].iter().take_while(|end| *end <= to).count();
                assert!(ends[next..next + skipped].iter().all(|end| end > from));
                assert!(skipped > 0, "{from:?} to {to:?} has no line");
                (next, lost) = (next + skipped, lost + skipped);
            }
        }
    }
    assert_eq!(next, ends.len());
    lost
}

#[test]
fn each_sees_every_line_once_or_is_told_exactly_which_it_lost() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let mut writer = Writer::open(dir, LogPolicy { max_size: 6000, keep: 4 }).unwrap();
    let done = AtomicBool::new(false);
    let (done, last) = (&done, LINES - 1);
    let (ends, seen) = std::thread::scope(|scope| {
        let busy = scope.spawn(move || {
            let append = |n: usize| {
                let stream = if n.is_multiple_of(3) { ERR } else { OUT };
                writer.append(n as u64, stream, format!("{n}\n").as_bytes()).unwrap();
                done.store(n == last, Ordering::Release);
                writer.end()
            };
            (0..LINES).map(append).collect::<Vec<_>>()
        });
        let budgets = [
            Budget::default(),
            Budget { lines: 1, ..Budget::default() },
            Budget { lines: 50, ..Budget::default() },
            Budget { bytes: 100, ..Budget::default() },
        ];
        let followers: Vec<_> = budgets
            .into_iter()
            .map(|budget| scope.spawn(move || observe(dir, budget, || done.load(Ordering::Acquire))))
            .collect();
        let seen: Vec<_> = followers.into_iter().map(|follower| follower.join().unwrap()).collect();
        (busy.join().unwrap(), seen)
    });
    assert!(ends[last].segment > 50, "{:?}", ends[last]);
    for seen in seen {
        check(&seen, &ends);
    }
}

#[test]
fn one_that_keeps_up_loses_nothing_and_one_that_rests_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 1000, keep: 3 }).unwrap();
    let (quick, slow) = (reader(dir.path()), reader(dir.path()));
    let begin = LogCursor { segment: 1, offset: 0 };
    let (mut places, mut seen, mut ends) = ([begin; 2], [Vec::new(), Vec::new()], Vec::new());
    for n in 0..3000 {
        writer.append(n, OUT, format!("{n}\n").as_bytes()).unwrap();
        ends.push(writer.end());
        for (which, reader, every) in [(0, &quick, 7), (1, &slow, 400)] {
            if n % every == 0 || n == 2999 {
                let page = follow(reader, places[which], Budget { lines: 5, ..Budget::default() });
                seen[which].extend(page.lagged.map(|(from, to)| Seen::Lagged(from, to)));
                seen[which].extend(page.lines.into_iter().map(Seen::Line));
                places[which] = page.next;
            }
        }
    }
    assert!(writer.end().segment > 50);
    assert_eq!(check(&seen[0], &ends), 0);
    assert!(check(&seen[1], &ends) > 1000);
}
