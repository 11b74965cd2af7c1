//! Who is let in, and what a connection that may only read can reach.

use super::support::Served;
use crate::api::routes::{self, Access, Method};
use crate::supervisor::http::Limits;

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

/// Fills in a route's segments, and asks streams for what ends by itself.
fn filled(path: &str) -> String {
    let path = path.replace("{project}", "shop").replace("{name}", "api");
    let path = path.replace("{port}", "3000").replace("{id}", "a-1");
    match path.as_str() {
        "/v1/events" => format!("{path}?once=true"),
        "/v1/logs" => format!("{path}?servers=shop/api"),
        _ => path,
    }
}

#[tokio::test]
async fn on_a_watch_connection_every_read_is_served_and_every_write_refused() {
    let served = Served::new(Access::Read);
    for route in routes::ALL {
        let path = filled(route.path);
        let response = served.open(word(route.method), &path, "").await;
        let expected = match route.access {
            Access::Read => 200,
            Access::Write => 403,
        };
        assert_eq!(response.status(), expected, "{} {path}", word(route.method));
    }
    let asked = served.actor.asked();
    assert!(asked.iter().all(|what| what.starts_with("history")), "{asked:?}");
}

#[tokio::test]
async fn a_watch_connection_is_refused_what_no_route_is_declared_for() {
    let served = Served::new(Access::Read);
    for (method, path) in
        [("POST", "/v1/servers"), ("PUT", "/v1/whatever"), ("DELETE", "/v1/servers/shop/api")]
    {
        let (status, problem) = served.send(method, path, "").await;
        assert_eq!((status, &problem["kind"]), (403, &"refused".into()), "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_of_the_table_has_its_handler() {
    let served = Served::new(Access::Write);
    for route in routes::ALL {
        let path = filled(route.path);
        let status = served.open(word(route.method), &path, "").await.status();
        // 400: those that need a body
        assert!(status.is_success() || status == 400, "{} {path}: {status}", word(route.method));
    }
}

#[tokio::test]
async fn what_looks_like_a_browsers_request_is_refused() {
    let served = Served::new(Access::Write);
    for headers in [
        "Host: ostler\r\nOrigin: http://localhost",
        "Host: ostler\r\nOrigin: null",
        "Host: localhost\r\nSec-Fetch-Site: same-origin",
        "Host: localhost:8080",
        "Host: 127.0.0.1",
        "Host: evil.example",
        "Host: ostler\r\nHost: evil.example",
        "X-Nothing: 1",
    ] {
        for head in ["GET /v1/servers", "POST /v1/servers/shop/api/stop", "GET /nowhere"] {
            let request = format!("{head} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
            let answer = served.raw(request.as_bytes()).await;
            assert!(
                answer.starts_with("HTTP/1.1 403") && answer.contains("\"refused\""),
                "{request}{answer}"
            );
        }
    }
    let absolute = "GET http://evil.example/v1/servers HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\n\r\n";
    assert!(served.raw(absolute.as_bytes()).await.starts_with("HTTP/1.1 403"));
    assert_eq!(served.actor.asked(), [""; 0]);
}

#[tokio::test]
async fn both_hosts_that_are_given_away_are_served() {
    let served = Served::new(Access::Write);
    for host in ["ostler", "localhost"] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = served.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn another_user_is_not_answered() {
    let somebody = rustix::process::geteuid().as_raw() + 1;
    let served = Served::owned_by(Access::Write, Limits::default(), somebody);
    let answer = served.raw(b"GET /healthz HTTP/1.1\r\nHost: ostler\r\n\r\n").await;
    assert_eq!(answer, "");
}
