//! Forwards, backwards and a model agree, whatever was written.

use proptest::prelude::*;

use super::*;

/// What each stream wrote, put together as a reader has to: stream, line, and whether its newline came.
fn model(writes: &[(Stream, Vec<u8>)]) -> Vec<(Stream, Vec<u8>, bool)> {
    let mut open: [Option<(usize, Vec<u8>)>; 2] = [None, None];
    let mut lines = Vec::new();
    let mut place = 0;
    for (stream, bytes) in writes {
        let slot = &mut open[usize::from(*stream == ERR)];
        for byte in bytes {
            place += 1;
            let (last, line) = slot.get_or_insert_default();
            *last = place;
            if *byte == b'\n' {
                let mut line = std::mem::take(line);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                lines.push((*stream, line, true));
                *slot = None;
            } else {
                line.push(*byte);
            }
        }
    }
    let mut left: Vec<_> = [OUT, ERR].into_iter().zip(open).filter_map(|(s, o)| Some((s, o?))).collect();
    left.sort_by_key(|(_, (last, _))| *last);
    lines.extend(left.into_iter().map(|(stream, (_, line))| (stream, line, false)));
    lines
}

fn view(lines: &[LogLine]) -> Vec<(Stream, Vec<u8>, bool)> {
    lines.iter().map(|line| (line.stream, line.bytes.clone(), !line.partial)).collect()
}

fn writes() -> impl Strategy<Value = Vec<(Stream, Vec<u8>)>> {
    let byte = prop_oneof![3 => Just(b'\n'), 1 => Just(b'\r'), 6 => any::<u8>()];
    let bytes = prop::collection::vec(byte, 1..60);
    prop::collection::vec((prop_oneof![Just(OUT), Just(ERR)], bytes), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn all_ways_to_read_agree(
        writes in writes(),
        max_size in 256_u64..1200,
        lines in 1_usize..9,
        bytes in 1_u64..200,
        reopen in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let policy = LogPolicy { max_size, keep: 1000, compress: false };
        let mut writer = Writer::open(dir.path(), policy).unwrap();
        let follower = reader(dir.path());
        let (mut place, mut followed) = (LogCursor::default(), Vec::new());
        for (n, (stream, bytes)) in writes.iter().enumerate() {
            writer.append(n as u64, *stream, bytes).unwrap();
            if n % 4 == 3 {
                let page = follow(&follower, place, Budget { lines, ..Budget::default() });
                prop_assert_eq!(page.lagged, None);
                place = page.next;
                followed.extend(page.lines);
                if reopen {
                    writer = Writer::open(dir.path(), policy).unwrap();
                }
            }
        }
        followed.extend(follow(&follower, place, Budget::default()).lines);
        let wanted = model(&writes);
        let complete: Vec<_> = wanted.iter().filter(|line| line.2).cloned().collect();
        prop_assert_eq!(view(&followed), complete);

        let at_once = follow(&reader(dir.path()), LogCursor::default(), Budget { lines, bytes, partial: true });
        prop_assert_eq!(view(&at_once.lines), wanted.clone());
        prop_assert_eq!(&at_once.lines[..followed.len()], &followed[..], "the same places and times");
        prop_assert_eq!(rewind(&reader(dir.path()), Some(writer.end()), lines), &followed[..]);
        prop_assert_eq!(reader(dir.path()).back(None, at_once.lines.len(), None).unwrap().lines, at_once.lines);

        for (n, line) in followed.iter().enumerate() {
            let cold = reader(dir.path()).forward(line.cursor, Budget { lines: 1, ..Budget::default() }, None).unwrap();
            prop_assert_eq!(cold.lines.first(), followed.get(n + 1));
        }
    }

    #[test]
    fn any_place_can_be_read_from(writes in writes(), segment in 0_u64..6, offset in 0_u64..900) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), LogPolicy { max_size: 400, keep: 3, compress: false }).unwrap();
        for (n, (stream, bytes)) in writes.iter().enumerate() {
            writer.append(n as u64, *stream, bytes).unwrap();
        }
        let place = LogCursor { segment, offset };
        let reader = reader(dir.path());
        let ahead = follow(&reader, place, Budget::default()).lines;
        let back = rewind(&reader, Some(place), 5);
        let every = follow(&reader, LogCursor::default(), Budget::default()).lines;
        if segment <= writer.end().segment {
            let ends_ahead = |line: &&LogLine| line.cursor > place;
            prop_assert_eq!(ahead, every.iter().filter(ends_ahead).cloned().collect::<Vec<_>>());
            prop_assert_eq!(back, every.iter().filter(|line| line.cursor <= place).cloned().collect::<Vec<_>>());
        }
    }
}
