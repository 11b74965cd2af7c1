//! The disk cap holds after every append, whatever is appended.

use proptest::prelude::*;

use super::rotation::disk;
use super::*;

/// What is done to a journal.
#[derive(Clone, Debug)]
enum Act {
    Append(Stream, usize),
    Say(usize),
    Open,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let length = prop_oneof![6 => 1_usize..120, 2 => 1_usize..900, 1 => 1_usize..5000];
    let act = prop_oneof![
        4 => length.clone().prop_map(|length| Act::Append(OUT, length)),
        4 => length.clone().prop_map(|length| Act::Append(ERR, length)),
        2 => length.prop_map(Act::Say),
        1 => Just(Act::Open),
    ];
    prop::collection::vec(act, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn all_files_together_never_take_more(acts in acts(), max_size in 256_u64..2000, keep in 1_u32..5) {
        let dir = tempfile::tempdir().unwrap();
        let policy = LogPolicy { max_size, keep };
        let mut writer = Writer::open(dir.path(), policy).unwrap();
        let (mut written, mut most) = (0, 0);
        for (n, act) in acts.iter().enumerate() {
            // lines of the length, which ends the last one or does not
            let text: String = "a line of the server's\n".chars().cycle().take(match act {
                Act::Append(_, length) | Act::Say(length) => *length,
                Act::Open => 0,
            }).collect();
            let at_us = n as u64 * 1000;
            match act {
                Act::Append(stream, _) => writer.append(at_us, *stream, text.as_bytes()).unwrap(),
                Act::Say(_) => writer.system(at_us, &text.replace('\n', " ")).unwrap(),
                Act::Open => writer = Writer::open(dir.path(), policy).unwrap(),
            }
            written += text.len() as u64;
            let now = disk(dir.path());
            prop_assert!(now <= max_size * u64::from(keep), "{} bytes after {:?}", now, act);
            most = most.max(now);
        }
        // what a new segment needs is given up before; the rest of the room is used
        let room = max_size * u64::from(keep - 1) / 2;
        prop_assert!(most >= written.min(room), "{most} of {written} bytes are kept");
        let lines = all(dir.path());
        prop_assert!(lines.iter().all(|line| line.stream != Stream::Unknown));
    }
}
