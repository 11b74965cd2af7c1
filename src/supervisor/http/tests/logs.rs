//! Log history and following, over journals as a keeper writes them.

use http_body_util::BodyExt as _;
use serde_json::Value;

use super::support::{Lines, Served};
use crate::api::routes::Access;
use crate::journal::Writer;
use crate::model::{LogPolicy, Stream};

/// A journal of this server of the project `shop`.
fn writer(served: &Served, name: &str) -> Writer {
    small_writer(served, name, LogPolicy::default())
}

fn small_writer(served: &Served, name: &str, policy: LogPolicy) -> Writer {
    let log = served.dir.path().join("log");
    std::fs::create_dir_all(&log).unwrap();
    Writer::open(&log.join(name), policy).unwrap()
}

/// Appends numbered lines, one each second.
fn number(writer: &mut Writer, numbers: std::ops::Range<u64>) {
    for n in numbers {
        writer.append(n * 1_000_000, Stream::Stdout, format!("line {n}\n").as_bytes()).unwrap();
    }
}

fn ring(served: &Served) {
    served.actor.bell.send_modify(|count| *count += 1);
}

fn text(item: &Value) -> &str {
    assert_eq!(item["type"], "line", "{item}");
    item["text"].as_str().unwrap()
}

fn texts(items: &[Value]) -> Vec<&str> {
    items.iter().map(text).collect()
}

async fn live(lines: &mut Lines) -> Value {
    let item = lines.next().await.unwrap();
    assert_eq!(item["type"], "live", "{item}");
    item
}

#[tokio::test]
async fn without_a_place_the_last_lines_are_answered() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..300);
    let items = served.lines("/v1/servers/shop/api/log").await.rest().await;
    assert_eq!((items.len(), text(&items[0]), text(&items[199])), (200, "line 100", "line 299"));
    let items = served.lines("/v1/servers/shop/api/log?lines=2").await.rest().await;
    assert_eq!(texts(&items), ["line 298", "line 299"]);
}

#[tokio::test]
async fn from_reads_on_and_back_reads_what_is_before() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..2_500);
    let items = served.lines("/v1/servers/shop/api/log?lines=3").await.rest().await;
    let cursor = items[0]["cursor"].as_str().unwrap();
    let on = served.lines(&format!("/v1/servers/shop/api/log?from={cursor}")).await.rest().await;
    assert_eq!(texts(&on), ["line 2498", "line 2499"]);
    let back = format!("/v1/servers/shop/api/log?back={cursor}&lines=2");
    assert_eq!(texts(&served.lines(&back).await.rest().await), ["line 2496", "line 2497"]);
    let all = served.lines("/v1/servers/shop/api/log?from=0:0").await.rest().await;
    assert_eq!((all.len(), text(&all[2_499])), (2_500, "line 2499"));
    let first = served.lines("/v1/servers/shop/api/log?from=0:0&lines=2").await.rest().await;
    assert_eq!(texts(&first), ["line 0", "line 1"]);
}

#[tokio::test]
async fn a_history_too_large_to_be_kept_comes_whole_and_in_order() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    let wide = "x".repeat(10_000);
    for n in 0..1_200 {
        writer.append(n, Stream::Stdout, format!("{n} {wide}\n").as_bytes()).unwrap();
    }
    let items = served.lines("/v1/servers/shop/api/log?lines=1100").await.rest().await;
    let numbers: Vec<u64> =
        items.iter().map(|item| text(item).split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (100..1_200).collect::<Vec<_>>());
}

#[tokio::test]
async fn grep_and_since_leave_lines_out_and_a_bad_pattern_is_explained() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..100);
    let grep = served.lines("/v1/servers/shop/api/log?grep=LINE%20.5%24").await.rest().await;
    assert_eq!(grep.len(), 0, "a capital letter matters");
    let grep = served.lines("/v1/servers/shop/api/log?grep=line%20.5%24&lines=2").await.rest().await;
    assert_eq!(texts(&grep), ["line 85", "line 95"]);
    let since = served.lines("/v1/servers/shop/api/log?since=1970-01-01T00:01:38Z").await.rest().await;
    assert_eq!(texts(&since), ["line 98", "line 99"]);
    for query in ["grep=%28", "from=1", "from=0:0&back=1:1", "back=1:1&follow=true", "upto=3"] {
        let (status, problem) = served.send("GET", &format!("/v1/servers/shop/api/log?{query}"), "").await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
    let (_, problem) = served.send("GET", "/v1/servers/shop/api/log?grep=%28", "").await;
    assert!(problem["hint"].is_string(), "{problem}");
}

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
async fn several_logs_are_merged_by_time() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    for n in 0..10 {
        let writer = if n % 3 == 0 { &mut a } else { &mut b };
        number(writer, n..n + 1);
    }
    let expected: Vec<_> = (0..10).map(|n| format!("line {n}")).collect();
    let items = served.lines("/v1/logs?servers=shop/a,shop/b").await.rest().await;
    assert_eq!(texts(&items), expected);
    let items = served.lines("/v1/logs?servers=shop/a,shop/b&lines=4").await.rest().await;
    let without = |left_out: &[usize]| -> Vec<String> {
        (0..10).filter(|n| !left_out.contains(n)).map(|n| format!("line {n}")).collect()
    };
    assert_eq!(texts(&items), without(&[1, 2]), "the last 4 of each");

    let mut lines = served.lines("/v1/logs?servers=shop/a,shop/b&lines=1&follow=true").await;
    assert_eq!(text(&lines.next().await.unwrap()), "line 8");
    assert_eq!(text(&lines.next().await.unwrap()), "line 9");
    let servers = [live(&mut lines).await["server"].clone(), live(&mut lines).await["server"].clone()];
    assert_eq!(servers, ["shop/a", "shop/b"]);
    number(&mut b, 11..12);
    number(&mut a, 10..11);
    ring(&served);
    assert_eq!(text(&lines.next().await.unwrap()), "line 10");
    let last = lines.next().await.unwrap();
    assert_eq!((text(&last), &last["server"]), ("line 11", &"shop/b".into()));
}

#[tokio::test]
async fn a_talkative_server_takes_no_lines_from_a_quiet_one() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "quiet"), 0..3);
    number(&mut writer(&served, "loud"), 10..1_000);
    let of = |items: &[Value], server: &str| -> Vec<String> {
        let own = items.iter().filter(|item| item["server"] == server);
        own.map(|item| text(item).to_owned()).collect()
    };
    for (lines, quiet) in [(2, 1..3), (300, 0..3)] {
        let path = format!("/v1/logs?servers=shop/quiet,shop/loud&lines={lines}");
        let items = served.lines(&path).await.rest().await;
        let told = |numbers: std::ops::Range<u64>| numbers.map(|n| format!("line {n}")).collect::<Vec<_>>();
        assert_eq!(of(&items, "shop/quiet"), told(quiet));
        assert_eq!(of(&items, "shop/loud"), told(1_000 - lines..1_000));
    }
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
async fn names_in_a_list_are_checked() {
    let served = Served::new(Access::Read);
    for (servers, status) in [("", 400), ("shop/a,", 400), ("shop/..", 400), ("shop/a,other/b", 404)] {
        let (got, problem) = served.send("GET", &format!("/v1/logs?servers={servers}"), "").await;
        assert_eq!(got, status, "{servers}: {problem}");
    }
}

#[tokio::test]
async fn the_end_ends_a_follower() {
    let served = Served::new(Access::Read);
    let mut lines = served.lines("/v1/servers/shop/api/log?follow=true").await;
    live(&mut lines).await;
    served.stop().await.unwrap();
    assert_eq!(lines.rest().await, [Value::Null; 0]);
}
