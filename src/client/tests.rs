//! Against a small server on a socket in a temporary directory: what is asked, and what is made of any answer.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::*;
use crate::api::{ActRequest, EventsQuery, LogQuery, ProblemKind, StreamItem, Verb};
use crate::model::LogCursor;

fn client_at(home: &TempDir, read_only: bool) -> Client {
    Client::new(Paths::at(home.path().to_owned()), Target::Local { read_only }, "cli")
}

fn listen(socket: PathBuf) -> UnixListener {
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

/// Serves one connection with these bytes, closes it, and returns what was asked.
fn answer_once(client: &Client, answer: impl Into<Vec<u8>>) -> JoinHandle<String> {
    let listener = listen(client.socket());
    let answer = answer.into();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !is_whole(&asked) {
            if stream.read_buf(&mut asked).await.unwrap() == 0 {
                break;
            }
        }
        stream.write_all(&answer).await.unwrap();
        String::from_utf8(asked).unwrap()
    })
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn chunked(chunks: &[&str], ended: bool) -> String {
    let mut text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for chunk in chunks {
        text.push_str(&[format!("{:x}", chunk.len()).as_str(), chunk, ""].join("\r\n"));
    }
    if ended {
        text.push_str("0\r\n\r\n");
    }
    text
}

#[tokio::test]
async fn without_a_socket_or_a_listener_there_is_no_supervisor() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    assert!(matches!(client.version().await, Err(ClientError::NoSupervisor)));
    drop(listen(client.socket()));
    assert!(client.socket().exists());
    assert!(matches!(client.version().await, Err(ClientError::NoSupervisor)));
}

#[tokio::test]
async fn a_state_directory_with_a_long_path_is_reached() {
    let home = TempDir::new().unwrap();
    let client =
        Client::new(Paths::at(home.path().join("x".repeat(120))), Target::Local { read_only: false }, "cli");
    assert!(matches!(client.version().await, Err(ClientError::NoSupervisor)));
    std::fs::create_dir_all(client.paths().run()).unwrap();
    let listener = crate::os::socket::listen(&client.socket()).unwrap();
    let server = std::thread::spawn(move || drop(listener.accept().unwrap()));
    // it reaches the other end, which closes it
    assert!(matches!(client.version().await, Err(ClientError::Broken(_))));
    server.join().unwrap();
}

#[tokio::test]
async fn a_request_says_who_asks_and_what() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    let server = answer_once(&client, response("202 Accepted", r#"{"seq":7,"servers":[]}"#));
    let request = ActRequest::new(Verb::Restart, vec!["shop/api".parse().unwrap()]);
    assert_eq!(client.act(&request, true).await.unwrap().seq, 7);
    let asked = server.await.unwrap();
    assert!(asked.starts_with("POST /v1/actions?wait=true HTTP/1.1\r\n"), "{asked}");
    for part in ["host: ostler\r\n", "ostler-client: cli\r\n", "content-type: application/json\r\n"] {
        assert!(asked.contains(part), "{asked}");
    }
    assert!(asked.ends_with(r#"{"verb":"restart","servers":["shop/api"]}"#), "{asked}");
}

#[tokio::test]
async fn queries_are_encoded() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    let server = answer_once(&client, chunked(&[], true));
    let query = LogQuery {
        from: Some(LogCursor { segment: 3, offset: 120 }),
        grep: Some("a&b=c d".to_owned()),
        follow: true,
        ..LogQuery::default()
    };
    let mut lines = client.log(&"shop/api".parse().unwrap(), &query).await.unwrap();
    assert!(lines.next().await.is_none());
    let asked = server.await.unwrap();
    assert!(
        asked.starts_with("GET /v1/servers/shop/api/log?from=3%3A120&grep=a%26b%3Dc+d&follow=true "),
        "{asked}"
    );
}

#[tokio::test]
async fn a_read_only_client_uses_the_watch_socket() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, true);
    assert_eq!(client.socket(), client.paths().watch_socket());
    let refused = r#"{"kind":"refused","message":"this connection can only read"}"#;
    let server = answer_once(&client, response("403 Forbidden", refused));
    let Err(ClientError::Problem(problem)) = client.shutdown().await else { panic!("it was not refused") };
    assert_eq!(problem.kind, ProblemKind::Refused);
    assert_eq!(problem.message, "this connection can only read");
    assert!(server.await.unwrap().starts_with("POST /v1/shutdown "));
}

#[tokio::test]
async fn an_answer_of_something_else_is_an_error() {
    for (answer, protocol) in [
        (response("500 Internal Server Error", "<html>"), true),
        (response("200 OK", r#"{"pid":"many"}"#), true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{".to_owned(), false),
        (String::new(), false),
    ] {
        let home = TempDir::new().unwrap();
        let client = client_at(&home, false);
        let server = answer_once(&client, answer.clone());
        let error = client.version().await.unwrap_err();
        assert_eq!(matches!(error, ClientError::Protocol(_)), protocol, "{answer}: {error:?}");
        assert_eq!(matches!(error, ClientError::Broken(_)), !protocol, "{answer}: {error:?}");
        server.await.unwrap();
    }
}

/// An answer with the head of a supervisor of this version and protocol.
fn of_version(version: &str, protocol: u32, status: &str, body: &str) -> String {
    let head = format!("ostler-version: {version}\r\nostler-protocol: {protocol}\r\n");
    response(&format!("{status}\r\n{}", head.trim_end()), body)
}

static TOLD: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());

fn tell(other: &OtherVersion) {
    TOLD.lock().unwrap().push(other.to_string());
}

const SNAPSHOT: &str = r#"{"seq":1,"host":"b","supervisor":{"pid":1,"version":"9.9.9","uptime_s":1,"mood":"good"},"servers":[],"new":1}"#;

#[tokio::test]
async fn a_supervisor_of_another_version_is_told_of_once_and_understood() {
    let ours = crate::paths::version();
    let ask = async |client: &Client, answer: String| {
        let server = answer_once(client, answer);
        let result = client.snapshot().await;
        server.await.unwrap();
        std::fs::remove_file(client.socket()).unwrap();
        result
    };
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false).telling(tell);
    for version in [ours, "9.9.9", "9.9.9"] {
        let snapshot = ask(&client, of_version(version, crate::api::PROTOCOL, "200 OK", SNAPSHOT)).await;
        assert_eq!(snapshot.unwrap().seq, 1, "fields of a newer one are passed over");
    }
    let sentence = format!("the supervisor is version 9.9.9, this is {ours}: `ostler supervisor restart`");
    assert_eq!(*TOLD.lock().unwrap(), [sentence.as_str()]);

    // it does not know a field of the request
    let bad = r#"{"kind":"bad_request","message":"unknown field `x`"}"#;
    for (version, hint) in [(ours, None), ("9.9.9", Some(sentence))] {
        let answer = of_version(version, crate::api::PROTOCOL, "400 Bad Request", bad);
        let Err(ClientError::Problem(problem)) = ask(&client, answer).await else { panic!("{version}") };
        assert_eq!((problem.message.as_str(), problem.hint), ("unknown field `x`", hint));
    }
}

#[tokio::test]
async fn another_protocol_is_refused_but_for_what_an_upgrade_needs() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    let server = answer_once(&client, of_version("9.9.9", 9, "200 OK", SNAPSHOT));
    let error = client.snapshot().await.unwrap_err();
    assert!(error.hint().unwrap().contains("ostler supervisor restart"));
    let words = error.to_string();
    assert!(words.contains("version 9.9.9 with protocol 9") && words.contains("with protocol 1"), "{words}");
    assert!(!error.is_passing());
    server.await.unwrap();
    std::fs::remove_file(client.socket()).unwrap();
    let version = r#"{"protocol":9,"version":"9.9.9","pid":811,"uptime_s":1.0,"mood":"good"}"#;
    let server = answer_once(&client, of_version("9.9.9", 9, "200 OK", version));
    assert_eq!(client.version().await.unwrap().pid, 811);
    server.await.unwrap();
}

const GOODBYE: &str = "{\"type\":\"goodbye\"}\n";
const REMOVED: &str = "{\"type\":\"removed\",\"servers\":[\"a/b\"]}\n";

async fn all_of(answer: String) -> (Vec<StreamItem>, Option<ClientError>) {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    let server = answer_once(&client, answer);
    let mut lines = client.events(&EventsQuery::default()).await.unwrap();
    let mut items = Vec::new();
    let mut failure = None;
    while let Some(item) = lines.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => failure = Some(error),
        }
    }
    server.await.unwrap();
    (items, failure)
}

#[tokio::test]
async fn items_are_put_together_however_they_are_cut() {
    let both = format!("{REMOVED}\n{GOODBYE}");
    let whole = [StreamItem::Removed { servers: vec!["a/b".parse().unwrap()] }, StreamItem::Goodbye];
    for cut in 1..both.len() {
        let (items, failure) = all_of(chunked(&[&both[..cut], &both[cut..]], true)).await;
        assert!(failure.is_none(), "cut at {cut}: {failure:?}");
        assert_eq!(items, whole, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_and_what_came_before_is_kept() {
    for answer in [
        chunked(&[GOODBYE, &REMOVED[..9]], true),
        chunked(&[GOODBYE, &REMOVED[..9]], false),
        chunked(&[GOODBYE], false),
    ] {
        let (items, failure) = all_of(answer.clone()).await;
        assert_eq!(items, [StreamItem::Goodbye], "{answer}");
        assert!(matches!(failure, Some(ClientError::Broken(_))), "{answer}: {failure:?}");
    }
    let (items, failure) = all_of(chunked(&[GOODBYE, "{\"type\":1}\n", GOODBYE], true)).await;
    assert_eq!(items.len(), 1);
    assert!(matches!(failure, Some(ClientError::Protocol(_))), "{failure:?}");
}

#[tokio::test]
async fn a_line_without_end_is_given_up_on() {
    let home = TempDir::new().unwrap();
    let client = client_at(&home, false);
    let listener = listen(client.socket());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        stream.read_buf(&mut asked).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
        let chunk = vec![b' '; 1 << 20];
        let mut sent = 0_usize;
        while stream.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
        sent
    });
    let mut lines = client.logs(&LogQuery::default()).await.unwrap();
    assert!(matches!(lines.next().await, Some(Err(ClientError::Protocol(_)))));
    assert!(lines.next().await.is_none());
    drop(lines);
    assert!(server.await.unwrap() < 64 << 20);
}

#[test]
fn every_error_that_a_user_can_meet_has_a_hint() {
    let problem = crate::api::Problem::new(ProblemKind::NotFound, "no").with_hint("look");
    assert_eq!(ClientError::from(problem).hint().as_deref(), Some("look"));
    for error in [
        ClientError::NoSupervisor,
        ClientError::TimedOut(std::time::Duration::from_secs(1)),
        ClientError::Stopped { pid: 811 },
        ClientError::OtherProtocol { version: "9.9.9".into(), protocol: 9 },
        ClientError::Broken(String::new()),
        ClientError::Protocol(String::new()),
    ] {
        assert!(error.hint().is_some(), "{error}");
    }
}
