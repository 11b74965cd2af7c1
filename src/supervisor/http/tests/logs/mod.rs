//! Log history and following, over journals as a keeper writes them.

mod context;
mod follow;
mod merged;
mod search;

use std::time::Duration;

use jiff::Timestamp;
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

/// The clock of a keeper, in microseconds.
fn now() -> u64 {
    Timestamp::now().as_microsecond().try_into().unwrap()
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

/// What a search finds, and its last word on how far it is.
async fn found(served: &Served, path: &str) -> (Vec<Value>, Value) {
    let all = served.lines(path).await.rest().await;
    let (told, items): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| item["type"] == "progress");
    (items, told.into_iter().last().unwrap_or_default())
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    /// A number below `below`; xorshift64, Marsaglia 2003.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
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
