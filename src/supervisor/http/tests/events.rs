//! The event stream.

use serde_json::Value;

use super::support::Served;
use crate::api::StreamItem;
use crate::api::routes::Access;
use crate::model::{Event, EventKind, ServerHistory, ServerStatus};

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
async fn the_past_of_many_comes_in_parts_before_past_events_and_without_what_was_not_measured() {
    let served = Served::new(Access::Read);
    served.actor.event();
    let of = |n: usize| {
        // the first one was never measured, the others since a step each
        let cells = |value| (0..250).map(|at| (n > 0 && at >= 250 - n).then_some(value)).collect();
        let id = format!("shop/s{n}").parse().unwrap();
        let memory_bytes = (0..250).map(|at| (n > 0 && at >= 250 - n).then_some(1)).collect();
        ServerHistory { id, step_s: 1, cpu_percent: cells(1.0), memory_bytes }
    };
    *served.actor.histories.lock().unwrap() = (0..250).map(of).collect();
    let items = served.lines("/v1/events?graphs=250&since=0&once=true").await.rest().await;
    assert_eq!(kinds(&items), ["snapshot", "history", "history", "history", "event"]);
    let servers: Vec<&Value> =
        items[1..4].iter().flat_map(|item| item["servers"].as_array().unwrap()).collect();
    let names: Vec<&str> = servers.iter().map(|server| server["id"].as_str().unwrap()).collect();
    assert_eq!(names, (1..250).map(|n| format!("shop/s{n}")).collect::<Vec<_>>());
    for (n, server) in (1..).zip(servers) {
        assert_eq!(server["cpu_percent"].as_array().unwrap().len(), n);
        assert_eq!(server["memory_bytes"].as_array().unwrap().len(), n);
    }
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

#[tokio::test]
async fn events_are_chosen_by_server_kind_and_time() {
    let served = Served::new(Access::Read);
    let say = |seq, whose: Option<&str>, kind: EventKind| {
        let at = jiff::Timestamp::from_second(seq as i64 * 100).unwrap();
        let event = Event { seq, at, server: whose.map(|id| id.parse().unwrap()), kind };
        served.actor.say(StreamItem::Event(event));
    };
    let mut status = ServerStatus::blank("shop/web".parse().unwrap());
    status.group = Some("front".to_owned());
    let mut readers = Vec::new();
    for query in [
        "server=shop/api",
        "server=@front",
        "server=a*,@front&kind=started,failed",
        "kind=supervisor_stopped",
        "after=1970-01-01T00:05:00Z",
        "kind=nothing",
    ] {
        let mut lines = served.lines(&format!("/v1/events?{query}")).await;
        lines.next().await.unwrap();
        readers.push(lines);
    }
    served.actor.say(StreamItem::Status { seq: 0, servers: vec![status] });
    let failed = || EventKind::Failed { reason: "no".to_owned() };
    say(1, Some("shop/api"), EventKind::Started { pid: 7, attempt: 0 });
    say(2, Some("shop/web"), failed());
    say(3, Some("shop/api"), EventKind::Up { after_ms: 1 });
    say(4, None, EventKind::SupervisorStopped { pid: 1 });
    say(5, Some("blog/db"), failed());
    served.actor.say(StreamItem::Goodbye);
    let mut chosen = Vec::new();
    for lines in readers {
        let items = lines.rest().await;
        let events = items.iter().filter(|item| item["type"] == "event");
        chosen.push(events.map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>());
    }
    assert_eq!(chosen, [vec![1, 3], vec![2], vec![1, 2], vec![4], vec![3, 4, 5], vec![]]);
}

#[tokio::test]
async fn a_time_brings_the_past_and_what_is_no_time_is_refused() {
    let served = Served::new(Access::Read);
    served.actor.event();
    let path = |after| format!("/v1/events?once=true&after={after}");
    let items = served.lines(&path("1970-01-01T00:00:00Z")).await.rest().await;
    assert_eq!(kinds(&items), ["snapshot", "event"]);
    let items = served.lines(&path("1970-01-01T00:00:01Z")).await.rest().await;
    assert_eq!(kinds(&items), ["snapshot"]);
    assert_eq!(served.send("GET", &path("yesterday"), "").await.0, 400);
}
