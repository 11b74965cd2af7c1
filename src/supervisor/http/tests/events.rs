//! The event stream.

use serde_json::Value;

use super::support::Served;
use crate::api::StreamItem;
use crate::api::routes::Access;
use crate::model::ServerStatus;

fn samples() -> StreamItem {
    StreamItem::Samples {
        at: jiff::Timestamp::UNIX_EPOCH,
        samples: Vec::new(),
        host_cpu_percent: 0.0,
        host_memory_used: 0,
        host_memory_total: 0,
    }
}

fn kinds(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn past_events_come_after_the_snapshot_and_once_ends_there() {
    let served = Served::new(Access::Read);
    for _ in 0..3 {
        served.actor.event();
    }
    let items = served.lines("/v1/events?since=1&once=true").await.rest().await;
    assert_eq!(kinds(&items), ["snapshot", "event", "event"]);
    assert_eq!((&items[0]["seq"], &items[1]["seq"], &items[2]["seq"]), (&3.into(), &2.into(), &3.into()));
}

#[tokio::test]
async fn samples_are_for_those_who_asked_for_graphs() {
    let served = Served::new(Access::Read);
    let mut plain = served.lines("/v1/events").await;
    let mut graphs = served.lines("/v1/events?graphs=60").await;
    assert_eq!(plain.next().await.unwrap()["type"], "snapshot");
    assert_eq!(graphs.next().await.unwrap()["type"], "snapshot");
    served.actor.say(samples());
    served.actor.event();
    served.actor.say(StreamItem::Goodbye);
    assert_eq!(kinds(&plain.rest().await), ["event", "goodbye"]);
    assert_eq!(kinds(&graphs.rest().await), ["history", "samples", "event", "goodbye"]);
    assert_eq!(served.actor.asked(), ["history 60"]);
}

#[tokio::test]
async fn a_viewer_counts_until_its_connection_goes() {
    let served = Served::new(Access::Read);
    let mut lines = served.lines("/v1/events?graphs=60").await;
    lines.next().await.unwrap();
    assert_eq!(served.actor.viewers(), 1);
    drop(lines);
    while served.actor.viewers() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(served.actor.readers(), 0);
}

#[tokio::test]
async fn what_is_ready_together_is_sent_together() {
    let served = Served::new(Access::Read);
    let mut lines = served.lines("/v1/events").await;
    lines.next().await.unwrap();
    for _ in 0..20 {
        served.actor.event();
    }
    assert_eq!(lines.items_in_next_chunk().await, 20);
}

#[tokio::test]
async fn a_reader_that_stalls_is_told_what_it_missed_and_goes_on_from_a_new_snapshot() {
    let served = Served::new(Access::Read);
    let mut lines = served.lines("/v1/events").await;
    assert_eq!(lines.next().await.unwrap()["type"], "snapshot");
    // more than the ring and the socket's buffers hold, while nobody reads
    let mut servers = Vec::new();
    servers.resize_with(200, || ServerStatus::blank("shop/api".parse().unwrap()));
    let wide = StreamItem::Status { seq: 0, servers };
    for _ in 0..4_000 {
        served.actor.say(wide.clone());
        served.actor.event();
        tokio::task::yield_now().await;
    }
    let mut seen = 0;
    let lagged = loop {
        let item = lines.next().await.unwrap();
        match item["type"].as_str().unwrap() {
            "event" => seen = item["seq"].as_u64().unwrap(),
            "lagged" => break item,
            "status" => {}
            other => panic!("{other}"),
        }
    };
    assert_eq!((lagged["from"].as_u64(), lagged["to"].as_u64()), (Some(seen + 1), Some(4_000)));
    let snapshot = lines.next().await.unwrap();
    assert_eq!((&snapshot["type"], &snapshot["seq"]), (&"snapshot".into(), &4_000.into()));
    served.actor.event();
    assert_eq!(lines.next().await.unwrap()["seq"], 4_001);
}
