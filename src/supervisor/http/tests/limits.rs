//! What one client may cost, and how the service ends.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::support::{Served, read_to_end};
use crate::api::StreamItem;
use crate::api::routes::Access;
use crate::supervisor::http::Limits;

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_large_body_is_refused_whether_declared_or_not() {
    let served = Served::with(Access::Write, Limits { body: 1024 * 1024, ..Limits::default() });
    let head = "POST /v1/actions HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let declared = format!("{head}Content-Length: 1000000000\r\n\r\n");
    let answer = served.raw(declared.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"too_large\""), "{answer}");

    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let sent = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(17));
    let answer = served.raw(sent.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn many_headers_are_refused() {
    let served = Served::new(Access::Write);
    let many = format!("GET /healthz HTTP/1.1\r\nHost: ostler\r\n{}\r\n", "X-A: 1\r\n".repeat(100));
    assert!(served.raw(many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let long = format!("GET /healthz HTTP/1.1\r\nHost: ostler\r\nX-A: {}\r\n\r\n", "a".repeat(200_000));
    assert!(served.raw(long.as_bytes()).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let limits = Limits { head_time: Duration::from_millis(30), ..Limits::default() };
    let served = Served::with(Access::Write, limits);
    for half in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: ost"] {
        let mut stream = served.connect().await;
        stream.write_all(half.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(!answer.contains("200"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered() {
    let limits = Limits { answer_time: Duration::from_millis(30), ..Limits::default() };
    let served = Served::with(Access::Write, limits);
    let mut stream = served.connect().await;
    let head = "POST /v1/actions?wait=true HTTP/1.1\r\nHost: ostler\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
}

#[tokio::test]
async fn beyond_the_places_a_connection_waits_until_one_is_free() {
    let limits = Limits { connections: 2, head_time: Duration::from_millis(50), ..Limits::default() };
    let served = Served::with(Access::Write, limits);
    let mut half_open = Vec::new();
    for _ in 0..2 {
        half_open.push(served.connect().await);
    }
    // both hold a place until their head is overdue
    assert!(served.raw(REQUEST).await.starts_with("HTTP/1.1 200"));
    for mut stream in half_open {
        assert_eq!(read_to_end(&mut stream).await, "");
    }
}

#[tokio::test]
async fn what_does_not_settle_is_answered_in_the_end() {
    let limits = Limits { settle_time: Duration::from_millis(30), ..Limits::default() };
    let served = Served::with(Access::Write, limits);
    let (status, problem) = served.send("POST", "/v1/servers/shop/api/start?wait=true", "").await;
    assert_eq!((status, &problem["kind"]), (504, &"timed_out".into()));
}

#[tokio::test]
async fn the_end_lets_an_idle_connection_go_and_a_stream_say_goodbye() {
    let served = Served::new(Access::Write);
    let mut idle = served.connect().await;
    let mut lines = served.lines("/v1/events").await;
    assert_eq!(lines.next().await.unwrap()["type"], "snapshot");
    served.actor.say(StreamItem::Goodbye);
    served.stop().await.unwrap();
    let rest = lines.rest().await;
    assert_eq!(rest, [serde_json::json!({"type": "goodbye"})]);
    assert_eq!(read_to_end(&mut idle).await, "");
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_stream_that_goes_on() {
    let served =
        Served::with(Access::Write, Limits { farewell: Duration::from_millis(30), ..Limits::default() });
    let mut lines = served.lines("/v1/events").await;
    lines.next().await.unwrap();
    served.stop().await.unwrap();
}
