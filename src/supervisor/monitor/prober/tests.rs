use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::model::Expect;

const LONG: Duration = Duration::from_secs(20);

/// Waits for `future` on a runtime of its own.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What a probe says of a server that sends these bytes after the request's head, and then closes or stays.
async fn ask(sent: Vec<u8>, closes: bool, expect: Expect, limit: Duration) -> (ProbeOutcome, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/health?deep=1", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        // a prober that has its answer may have closed already
        let _ = stream.write_all(&sent).await;
        if !closes {
            let _ = stream.read_u8().await;
        }
        String::from_utf8(head).unwrap()
    });
    let outcome = probe(&Probe::Http { url, expect }, None, limit).await.unwrap();
    (outcome, server.await.unwrap())
}

fn answer(sent: &str, expect: Expect) -> (bool, String) {
    let (outcome, _) = run(ask(sent.as_bytes().to_vec(), true, expect, LONG));
    (outcome.ok, outcome.answer)
}

fn body(text: &str) -> Expect {
    Expect { status: Vec::new(), body: Some(text.to_owned()) }
}

#[test]
fn the_status_decides_unless_the_config_names_others() {
    for (status, accepted, ok) in [
        (200, vec![], true),
        (204, vec![], true),
        (302, vec![], true),
        (399, vec![], true),
        (400, vec![], false),
        (404, vec![], false),
        (503, vec![], false),
        (404, vec![404], true),
        (200, vec![404, 503], false),
    ] {
        let sent = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\n\r\n");
        let (was_ok, words) = answer(&sent, Expect { status: accepted.clone(), body: None });
        assert_eq!(was_ok, ok, "{status} {accepted:?}");
        assert!(words.starts_with(&format!("{status} in ")) && words.ends_with(" ms"), "{words}");
    }
}

#[test]
fn the_request_is_a_plain_get() {
    let sent = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let (_, head) = run(ask(sent, true, Expect::default(), LONG));
    assert!(head.starts_with("GET /health?deep=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("host: 127.0.0.1:") && head.contains("user-agent: ostler/"), "{head}");
}

#[test]
fn a_body_is_searched_in_its_first_64_kib() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nre\r\n3\r\nady\r\n0\r\n\r\n";
    assert!(answer(chunked, body("ready")).0);
    let (ok, words) = answer(chunked, body("steady"));
    assert!(!ok && words.ends_with("without the expected text"), "{words}");
    let filler = "x".repeat(64 * 1024 - 5);
    assert!(answer(&format!("HTTP/1.1 200 OK\r\n\r\n{filler}ready"), body("ready")).0);
    assert!(!answer(&format!("HTTP/1.1 200 OK\r\n\r\n{filler}.ready"), body("ready")).0);
}

#[test]
fn an_endless_body_is_not_waited_for() {
    let sent = format!("HTTP/1.1 200 OK\r\n\r\nready{}", "x".repeat(70_000)).into_bytes();
    let (outcome, _) = run(ask(sent.clone(), false, body("ready"), LONG));
    assert!(outcome.ok, "{}", outcome.answer);
    let (outcome, _) = run(ask(sent, false, Expect::default(), LONG));
    assert!(outcome.ok, "{}", outcome.answer);
}

#[test]
fn what_is_no_http_is_said_so_and_not_repeated() {
    for (sent, expected) in [
        ("SSH-2.0-\u{1b}[2J\r\n", "answered, but not in HTTP"),
        ("", "closed the connection early"),
        ("HTTP/1.1 200 OK\r\ncontent-le", "closed the connection early"),
    ] {
        assert_eq!(answer(sent, Expect::default()), (false, expected.to_owned()), "{sent:?}");
    }
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nrea";
    assert_eq!(answer(cut, body("ready")), (false, "closed the connection early".to_owned()));
}

#[test]
fn silence_ends_with_the_time_limit() {
    let (outcome, _) = run(ask(Vec::new(), false, Expect::default(), Duration::from_millis(50)));
    assert_eq!((outcome.ok, outcome.answer.as_str()), (false, "timed out after 0.05 s"));
    assert_eq!(seconds(Duration::from_secs(5)), "5 s");
}

#[test]
fn a_url_that_cannot_be_asked_is_refused_in_words() {
    for (url, part) in [
        ("https://127.0.0.1:1/", "https is not supported"),
        ("ftp://127.0.0.1/", "no http:// URL"),
        ("127.0.0.1:80", "no http:// URL"),
        ("http://", "no http:// URL"),
        ("http://127.0.0.1:99999/", "no http:// URL"),
        ("http://127.0.0.1:0/", "no http:// URL"),
        ("http://127.0.0.1:${port}/", "no http:// URL"),
        ("http://a b/\u{1b}", "no http:// URL"),
    ] {
        let outcome =
            run(probe(&Probe::Http { url: url.to_owned(), expect: Expect::default() }, None, LONG)).unwrap();
        assert!(!outcome.ok && outcome.answer.contains(part), "{url}: {}", outcome.answer);
        assert!(!outcome.answer.contains('\u{1b}'));
    }
}

#[test]
fn tcp_finds_either_loopback_and_says_when_nobody_listens() {
    for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
        let Ok(listener) = std::net::TcpListener::bind(address) else {
            assert!(address.contains("::"), "only IPv6 may be missing");
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        let outcome = run(probe(&Probe::Tcp(port.to_string()), None, LONG)).unwrap();
        assert!(outcome.ok && outcome.answer.starts_with("accepted in "), "{address}: {}", outcome.answer);
        assert!(run(connect(port, LONG)).unwrap() < LONG);
        crate::os::ports::close(listener);
        let outcome = run(probe(&Probe::Tcp(port.to_string()), None, LONG)).unwrap();
        assert_eq!((outcome.ok, outcome.answer.as_str()), (false, "connection refused"), "{address}");
        assert_eq!(run(connect(port, LONG)).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
    for bad in ["", "0", "65536", "http", "${port}"] {
        let outcome = run(probe(&Probe::Tcp(bad.to_owned()), None, LONG)).unwrap();
        assert!(!outcome.ok && outcome.answer.ends_with("is no port"), "{}", outcome.answer);
    }
}

#[test]
fn a_connection_that_meets_itself_is_no_answer() {
    run(async {
        // bound to the port that it connects to, a socket reaches itself
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        crate::os::ports::close(socket);
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(address).unwrap();
        let stream = socket.connect(address).await.unwrap();
        assert!(meets_itself(&stream).unwrap());
    });
}

#[test]
fn an_error_without_a_word_of_std_keeps_the_system_s() {
    let refused = io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error());
    assert_eq!(words(&refused), "connection refused");
    let odd = io::Error::from_raw_os_error(rustix::io::Errno::PROTO.raw_os_error());
    assert!(words(&odd).starts_with("Protocol error"), "{}", words(&odd));
}

#[test]
fn times_are_written_in_milliseconds() {
    for (micros, expected) in
        [(400, "0.4 ms"), (949, "0.9 ms"), (960, "1 ms"), (3400, "3 ms"), (1_200_000, "1200 ms")]
    {
        assert_eq!(milliseconds(Duration::from_micros(micros)), expected);
    }
}

#[test]
fn want_of_descriptors_says_nothing_of_the_server() {
    use rustix::io::Errno;
    let bad = |errno: Errno| Bad::from(io::Error::from_raw_os_error(errno.raw_os_error()));
    assert!(matches!(bad(Errno::MFILE), Bad::NotAsked(NotAsked(why)) if why.contains("open files")));
    assert_eq!(bad(Errno::CONNREFUSED), Bad::Answer("connection refused".to_owned()));
}

#[test]
fn a_unix_socket_is_found_whatever_the_length_of_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("x".repeat(120));
    std::fs::create_dir(&deep).unwrap();
    let path = deep.join("s");
    let ask = || run(probe(&Probe::Unix(path.to_str().unwrap().to_owned()), None, LONG)).unwrap();
    assert_eq!(
        (ask().ok, ask().answer.as_str()),
        (false, format!("{}: no such file", path.display()).as_str())
    );
    let _listener = crate::os::socket::listen(&path).unwrap();
    assert!(ask().ok && ask().answer.starts_with("accepted in "), "{:?}", ask());
}
