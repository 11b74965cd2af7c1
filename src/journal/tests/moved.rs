//! Files of a log that somebody takes away while it is written.

use std::fs;

use super::*;

const NOTE: &str = "files of this log were deleted or moved away: it goes on here";

/// Longer than the files are trusted to be where they were.
const LATER: u64 = 2_000_000;

#[test]
fn a_deleted_directory_is_made_again() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let mut writer = Writer::open(&dir, BIG).unwrap();
    writer.append(1, OUT, b"gone\n").unwrap();
    let follower = reader(&dir);
    let place = follow(&follower, LogCursor::default(), Budget::default()).next;
    fs::remove_dir_all(&dir).unwrap();
    writer.append(2, OUT, b"here\n").unwrap();
    assert_eq!((writer.end().segment, writer.written()), (2, 5));
    let page = follow(&follower, place, Budget::default());
    expect(&page.lines, &[(Stream::System, NOTE), (OUT, "here")]);
    assert_eq!(page.lagged, None, "all of the deleted segment was read");
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error_that_passes() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let mut writer = Writer::open(&dir, BIG).unwrap();
    writer.append(1, OUT, b"gone\n").unwrap();
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "in the way").unwrap();
    for _ in 0..3 {
        let error = writer.append(2, OUT, b"lost\n").unwrap_err();
        assert_eq!((error.kind(), writer.written()), (std::io::ErrorKind::NotADirectory, 0));
        assert!(Writer::open(&dir, BIG).is_err());
    }
    assert_eq!(fs::read(&dir).unwrap(), b"in the way");
    fs::remove_file(&dir).unwrap();
    writer.append(3, OUT, b"here\n").unwrap();
    expect(&all(&dir), &[(Stream::System, NOTE), (OUT, "here")]);
}

#[test]
fn what_was_moved_away_is_left_within_a_second() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, away) = (temp.path().join("log"), temp.path().join("away"));
    let mut writer = Writer::open(&dir, BIG).unwrap();
    writer.append(LATER, OUT, b"one\n").unwrap();
    fs::rename(&dir, &away).unwrap();
    writer.append(LATER + 1, OUT, b"two\n").unwrap();
    writer.append(LATER * 2, OUT, b"three\n").unwrap();
    expect(&all(&away), &[(OUT, "one"), (OUT, "two")]);
    expect(&all(&dir), &[(Stream::System, NOTE), (OUT, "three")]);
}

#[test]
fn a_deleted_index_costs_the_streams_of_what_it_told_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path(), BIG).unwrap();
    writer.append(LATER, ERR, b"one\n").unwrap();
    fs::remove_file(dir.path().join("1.idx")).unwrap();
    writer.append(LATER * 2, ERR, b"two\n").unwrap();
    expect(&all(dir.path()), &[(Stream::Unknown, "one"), (Stream::System, NOTE), (ERR, "two")]);
}
