//! What is asked reaches the actor as it was meant, and what makes no sense does not reach it.

use super::support::Served;
use crate::api::routes::Access;

#[tokio::test]
async fn each_verb_reaches_the_actor_with_its_server_and_who_asked() {
    let served = Served::new(Access::Write);
    for (path, body) in [
        ("start", ""),
        ("stop", ""),
        ("stop", r#"{"now":true}"#),
        ("restart", "{}"),
        ("signal", r#"{"signal":"SIGHUP"}"#),
    ] {
        let (status, acted) = served.send("POST", &format!("/v1/servers/shop/api/{path}"), body).await;
        assert_eq!((status, &acted["seq"]), (202, &7.into()), "{path}");
    }
    let bulk = r#"{"verb":"restart","servers":["shop/a","shop/b"]}"#;
    assert_eq!(served.send("POST", "/v1/actions", bulk).await.0, 202);
    let expected = [
        "start shop/api by test",
        "stop shop/api by test",
        "stop --now shop/api by test",
        "restart shop/api by test",
        "signal SIGHUP shop/api by test",
        "restart shop/a,shop/b by test",
    ];
    assert_eq!(served.actor.asked(), expected);
}

#[tokio::test]
async fn projects_are_registered_and_forgotten() {
    let served = Served::new(Access::Write);
    let (status, answer) = served.send("POST", "/v1/projects", r#"{"file":"/x/ostler.toml"}"#).await;
    assert_eq!((status, &answer["project"]), (200, &"shop".into()));
    assert_eq!(served.send("POST", "/v1/projects", r#"{"file":"ostler.toml"}"#).await.0, 400);
    assert_eq!(served.send("DELETE", "/v1/projects/shop", "").await.0, 204);
    assert_eq!(served.send("DELETE", "/v1/projects/..", "").await.0, 400);
    assert_eq!(served.actor.asked(), ["register /x/ostler.toml", "forget shop"]);
}

#[tokio::test]
async fn version_and_health_tell_who_answers() {
    let served = Served::new(Access::Read);
    for path in ["/v1/version", "/healthz"] {
        let (status, version) = served.send("GET", path, "").await;
        assert_eq!((status, &version["pid"], &version["protocol"]), (200, &811.into(), &1.into()), "{path}");
    }
}

#[tokio::test]
async fn a_window_of_history_is_passed_on_and_a_server_without_a_past_has_an_empty_one() {
    let served = Served::new(Access::Read);
    assert_eq!(served.send("GET", "/v1/history?window=2h", "").await, (200, serde_json::json!([])));
    let (status, history) = served.send("GET", "/v1/servers/shop/api/history", "").await;
    assert_eq!(
        (status, &history["id"], &history["cpu_percent"]),
        (200, &"shop/api".into(), &serde_json::json!([]))
    );
    assert_eq!(served.send("GET", "/v1/history?window=soon", "").await.0, 400);
    assert_eq!(served.actor.asked(), ["history 7200", "history 600"]);
}

#[tokio::test]
async fn shutdown_reaches_the_actor() {
    let served = Served::new(Access::Write);
    assert_eq!(served.send("POST", "/v1/shutdown", "").await.0, 202);
    assert_eq!(served.actor.asked(), ["shutdown"]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_the_actor_hears_of_it() {
    let served = Served::new(Access::Write);
    for (method, path, body, status) in [
        ("POST", "/v1/servers/shop/api/stop", r#"{"now":true,"soft":1}"#, 400),
        ("POST", "/v1/servers/shop/api/stop", r#"{"now":"#, 400),
        ("POST", "/v1/servers/shop/api/start", r#"{"now":true}"#, 400),
        ("POST", "/v1/servers/shop/api/start?force=1", "", 400),
        ("POST", "/v1/servers/shop/api/signal", "", 400),
        ("POST", "/v1/servers/shop/api/signal", r#"{"signal":"SIGNONE"}"#, 400),
        ("POST", "/v1/servers/shop/api/explode", "", 404),
        ("POST", "/v1/actions", r#"{"verb":"start","servers":["../x"]}"#, 400),
        ("GET", "/v1/servers/shop/%2e%2e", "", 400),
        ("GET", "/v1/servers/shop/a%2fb", "", 400),
        ("GET", "/v1/servers/shop/a%00", "", 400),
        ("GET", "/v1/servers/shop/%ff", "", 400),
        ("GET", "/v1/servers/shop/../../etc", "", 404),
        ("GET", "/v1/servers/other/api", "", 404),
        ("GET", "/v1/events?since=99999999999999999999999", "", 400),
        ("GET", "/v1/nothing", "", 404),
        ("DELETE", "/v1/servers", "", 404),
        ("PATCH", "/v1/servers/shop/api/start", "", 404),
    ] {
        let (got, problem) = served.send(method, path, body).await;
        assert_eq!(got, status, "{method} {path} {body}: {problem}");
        assert!(problem["kind"].is_string() && problem["message"].is_string(), "{path}: {problem}");
    }
    assert_eq!(served.actor.asked(), [""; 0]);
}

#[tokio::test]
async fn processes_and_exits_are_of_a_server_that_is_known() {
    let served = Served::new(Access::Read);
    let nothing = serde_json::json!({ "total": 0, "processes": [] });
    assert_eq!(served.send("GET", "/v1/servers/shop/api/processes", "").await, (200, nothing));
    assert_eq!(served.send("GET", "/v1/servers/shop/api/exits", "").await, (200, serde_json::json!([])));
    for path in ["processes", "exits"] {
        assert_eq!(served.send("GET", &format!("/v1/servers/other/api/{path}"), "").await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_json_is_refused() {
    let served = Served::new(Access::Write);
    let form = "POST /v1/servers/shop/api/stop HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\n\
                Content-Type: text/plain\r\nContent-Length: 12\r\n\r\n{\"now\":true}";
    let answer = served.raw(form.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("application/json"), "{answer}");
    assert_eq!(served.actor.asked(), [""; 0]);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let served = Served::new(Access::Write);
    let answer = served
        .raw(
            b"GET /v1/servers/shop/one HTTP/1.1\r\nHost: ostler\r\n\r\n\
              POST /v1/servers/shop/two/start HTTP/1.1\r\nHost: ostler\r\nContent-Length: 0\r\n\r\n\
              GET /v1/servers/shop/three HTTP/1.1\r\nHost: ostler\r\nConnection: close\r\n\r\n",
        )
        .await;
    let places: Vec<_> =
        ["shop/one", "HTTP/1.1 202", "shop/three"].iter().map(|part| answer.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{answer}");
    assert_eq!(served.actor.asked(), ["start shop/two by "]);
}

#[tokio::test]
async fn a_request_that_is_cut_off_does_nothing_and_the_next_is_served() {
    use tokio::io::AsyncWriteExt as _;
    let served = Served::new(Access::Write);
    for half in [
        "POST /v1/servers/shop/api/sto",
        "POST /v1/servers/shop/api/stop HTTP/1.1\r\nHost: ostler\r\nContent-Type: application/json\r\n\
         Content-Length: 12\r\n\r\n{\"now\":",
    ] {
        let mut stream = served.connect().await;
        stream.write_all(half.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        super::support::read_to_end(&mut stream).await;
    }
    assert_eq!(served.send("POST", "/v1/servers/shop/api/start", "").await.0, 202);
    assert_eq!(served.actor.asked(), ["start shop/api by test"]);
}
