//! Following: the seam, rotation, cuts, and readers that are slow.

use http_body_util::BodyExt as _;

use super::*;

#[tokio::test]
async fn a_server_that_never_ran_has_an_empty_log() {
    let served = Served::new(Access::Read);
    assert_eq!(served.lines("/v1/servers/shop/api/log").await.rest().await, [Value::Null; 0]);
    let mut lines = served.lines("/v1/servers/shop/api/log?follow=true").await;
    live(&mut lines).await;
    number(&mut writer(&served, "api"), 0..1);
    ring(&served);
    assert_eq!(text(&lines.next().await.unwrap()), "line 0");
}

#[tokio::test]
async fn a_follower_gets_each_line_once_while_a_writer_appends() {
    const LINES: u64 = 8_000;
    let served = Served::new(Access::Read);
    let policy = LogPolicy { max_size: 200_000, keep: 1_000, compress: false };
    let mut writer = small_writer(&served, "api", policy);
    number(&mut writer, 0..500);
    let bell = served.actor.bell.clone();
    let written = tokio::task::spawn_blocking(move || {
        for n in 500..LINES {
            // each line in two writes, and lines of the other stream between them
            writer.append(n, Stream::Stdout, b"line ").unwrap();
            writer.append(n, Stream::Stderr, b"noise\n").unwrap();
            writer.append(n, Stream::Stdout, format!("{n}\n").as_bytes()).unwrap();
            bell.send_modify(|count| *count += 1);
        }
    });
    let mut lines = served.lines("/v1/servers/shop/api/log?from=0:0&follow=true").await;
    let (mut next, mut noise, mut is_live) = (0, 0, false);
    while next < LINES {
        let item = lines.next().await.unwrap();
        match (item["type"].as_str().unwrap(), item["stream"].as_str()) {
            ("live", _) => is_live = true,
            ("line", Some("stderr")) => noise += 1,
            ("line", Some("stdout")) if item["partial"] != true => {
                assert_eq!(text(&item), format!("line {next}"));
                next += 1;
            }
            ("line", Some("stdout")) => {}
            other => panic!("{other:?}"),
        }
    }
    written.await.unwrap();
    assert!(is_live);
    assert_eq!(noise, LINES - 500);
}

#[tokio::test]
async fn a_reader_that_reconnects_goes_on_at_its_cursor() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    number(&mut writer, 0..3);
    let mut lines = served.lines("/v1/servers/shop/api/log?follow=true&lines=1").await;
    let last = lines.next().await.unwrap();
    assert_eq!(text(&last), "line 2");
    assert_eq!(live(&mut lines).await["cursor"], last["cursor"]);
    drop(lines);
    number(&mut writer, 3..5);
    let cursor = last["cursor"].as_str().unwrap();
    let mut lines = served.lines(&format!("/v1/servers/shop/api/log?from={cursor}&follow=true")).await;
    assert_eq!(text(&lines.next().await.unwrap()), "line 3");
    assert_eq!(text(&lines.next().await.unwrap()), "line 4");
    live(&mut lines).await;
}

#[tokio::test]
async fn what_was_rotated_away_is_told() {
    let served = Served::new(Access::Read);
    let policy = LogPolicy { max_size: 2_000, keep: 2, compress: false };
    number(&mut small_writer(&served, "api", policy), 0..1_000);
    let items = served.lines("/v1/servers/shop/api/log?from=1:10").await.rest().await;
    assert_eq!((&items[0]["type"], &items[0]["from"]), (&"lagged".into(), &"1:10".into()));
    assert_eq!(text(items.last().unwrap()), "line 999");
}

#[tokio::test]
async fn what_a_damaged_compressed_file_has_lost_is_told_and_all_else_is_there() {
    let served = Served::new(Access::Read);
    let policy = LogPolicy { max_size: 40_000, keep: 9, compress: true };
    number(&mut small_writer(&served, "api", policy), 0..3_000);
    let dir = served.dir.path().join("log/api");
    let mut packer = crate::journal::Packer::default();
    while packer.next(&dir, &policy, &|| true).unwrap().is_some() {}
    let path = dir.join("2.log.zst");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let asked =
        ["from=1:0", "lines=3000", "lines=3000&newest_first=true", "lines=3000&newest_first=true&grep=line"];
    for query in asked {
        let items = served.lines(&format!("/v1/servers/shop/api/log?{query}")).await.rest().await;
        let lost: Vec<_> = items.iter().filter(|item| item["type"] == "lagged").collect();
        assert_eq!(lost.len(), 1, "{query}: {lost:?}");
        assert_eq!(lost[0]["from"], "2:0", "{query}");
        let mut lines: Vec<_> = items.iter().filter(|item| item["type"] == "line").map(text).collect();
        assert!(lines.len() > 1_500 && lines.len() < 3_000, "{query}: {}", lines.len());
        if query.contains("newest") {
            lines.reverse();
        }
        assert_eq!((lines[0], *lines.last().unwrap()), ("line 0", "line 2999"), "{query}");
    }
}

#[tokio::test]
async fn a_prompt_is_shown_without_its_newline_and_again_when_it_has_come() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    let mut lines = served.lines("/v1/servers/shop/api/log?follow=true").await;
    live(&mut lines).await;
    writer.append(1, Stream::Stdout, b"name? ").unwrap();
    ring(&served);
    let open = lines.next().await.unwrap();
    assert_eq!((text(&open), &open["partial"]), ("name? ", &true.into()));
    writer.append(2, Stream::Stdout, b"ann\n").unwrap();
    ring(&served);
    let whole = lines.next().await.unwrap();
    assert_eq!((text(&whole), &whole["partial"]), ("name? ann", &Value::Null));
}

#[tokio::test]
async fn a_log_that_can_t_be_read_on_breaks_the_stream_instead_of_ending_it() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..3);
    let response = served.open("GET", "/v1/servers/shop/api/log?follow=true", "").await;
    let mut body = response.into_body();
    let history = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(memchr::memchr_iter(b'\n', &history).count(), 4, "3 lines, and that it is live now");
    let log = served.dir.path().join("log/api");
    std::fs::rename(&log, log.with_file_name("gone")).unwrap();
    std::fs::write(&log, "no directory").unwrap();
    ring(&served);
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn the_end_ends_a_follower() {
    let served = Served::new(Access::Read);
    let mut lines = served.lines("/v1/servers/shop/api/log?follow=true").await;
    live(&mut lines).await;
    served.stop().await.unwrap();
    assert_eq!(lines.rest().await, [Value::Null; 0]);
}

/// Appends numbered lines in pieces, with lines of the other stream between them, now and then slowly.
fn flood(mut writer: Writer, bell: &tokio::sync::watch::Sender<u64>, seed: u64, lines: std::ops::Range<u64>) {
    let mut dice = Dice(seed);
    for n in lines {
        let line = format!("line {n} {}\n", "y".repeat(dice.roll(200) as usize));
        let (one, other) = line.split_at(dice.roll(line.len() as u64) as usize);
        writer.append(now(), Stream::Stdout, one.as_bytes()).unwrap();
        if dice.roll(4) == 0 {
            writer.append(now(), Stream::Stderr, b"noise\n").unwrap();
        }
        writer.append(now(), Stream::Stdout, other.as_bytes()).unwrap();
        if dice.roll(8) == 0 {
            bell.send_modify(|count| *count += 1);
        }
        if dice.roll(200) == 0 {
            std::thread::yield_now();
        }
    }
    bell.send_modify(|count| *count += 1);
}

/// The number of a whole line of stdout.
fn number_of(item: &Value) -> Option<u64> {
    if item["type"] != "line" {
        return None;
    }
    let is_whole = item["partial"] != true && item["stream"] == "stdout";
    // whose beginning was not rotated away
    text(item).strip_prefix("line ").filter(|_| is_whole)?.split(' ').next()?.parse().ok()
}

#[tokio::test]
async fn neither_rotation_nor_cuts_make_a_hole_or_a_double() {
    const LINES: u64 = 4_000;
    let mut lives = 0;
    for seed in 1..=6 {
        let mut dice = Dice(seed * 31_337);
        let served = Served::new(Access::Read);
        let policy = LogPolicy { max_size: 40_000 + dice.roll(60_000), keep: 1_000, compress: false };
        let mut writer = small_writer(&served, "api", policy);
        let begun = dice.roll(LINES / 2);
        for n in 0..begun {
            writer.append(now(), Stream::Stdout, format!("line {n}\n").as_bytes()).unwrap();
        }
        let bell = served.actor.bell.clone();
        let mut flood = Some(move || flood(writer, &bell, seed, begun..LINES));
        // every other one only when somebody follows it live
        let mut written = (seed % 2 == 1).then(|| flood.take().map(tokio::task::spawn_blocking)).flatten();
        let (mut cursor, mut next) = ("0:0".to_owned(), 0);
        while next < LINES {
            let path = format!("/v1/servers/shop/api/log?from={cursor}&follow=true");
            let mut stream = served.lines(&path).await;
            for _ in 0..=dice.roll(2_000) {
                let item = stream.next().await.unwrap();
                if item["type"] == "live" {
                    lives += 1;
                    written = written.or_else(|| flood.take().map(tokio::task::spawn_blocking));
                }
                if let Some(n) = number_of(&item) {
                    assert_eq!(n, next, "seed {seed}, at {cursor}");
                    next += 1;
                }
                if item["partial"] != true {
                    cursor = item["cursor"].as_str().unwrap().to_owned();
                }
                if next == LINES {
                    break;
                }
            }
        }
        written.unwrap().await.unwrap();
    }
    assert!(lives >= 3);
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_told_what_it_missed_and_gets_all_that_is_there() {
    const LINES: u64 = 60_000;
    let served = Served::new(Access::Read);
    let policy = LogPolicy { max_size: 100_000, keep: 4, compress: false };
    let writer = small_writer(&served, "api", policy);
    let mut stream = served.lines("/v1/servers/shop/api/log?follow=true").await;
    live(&mut stream).await;
    let bell = served.actor.bell.clone();
    // all of it is written before one more byte is read
    tokio::task::spawn_blocking(move || flood(writer, &bell, 5, 0..LINES)).await.unwrap();
    let (mut next, mut lagged, mut lost) = (0, 0, 0);
    while next < LINES {
        let item = stream.next().await.unwrap();
        if item["type"] == "lagged" {
            let place = |name: &str| item[name].as_str().unwrap().parse::<crate::model::LogCursor>().unwrap();
            assert!(place("from") < place("to"), "{item}");
            // the line that was rotated away in part is lost as well
            let after = loop {
                let item = stream.next().await.unwrap();
                if let Some(n) =
                    number_of(&item).filter(|_| item["text"].as_str().unwrap().starts_with("line "))
                {
                    break n;
                }
            };
            assert!(next < after, "{after} was sent before");
            lagged += 1;
            lost += after - next;
            next = after + 1;
        } else if let Some(n) = number_of(&item) {
            assert_eq!(n, next, "it was not said that lines are lost");
            next += 1;
        }
    }
    assert!(lagged > 0 && lost > 0);
    let kept = served.lines("/v1/servers/shop/api/log?from=0:0&lines=3").await.rest().await;
    let oldest = kept.iter().find_map(number_of).unwrap();
    assert!(lost <= oldest, "{lost} lines are lost, and those from {oldest} on are there");
}
