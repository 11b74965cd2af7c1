//! Who is told of what happens.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use ostler::api::{EventsQuery, StreamItem};
use ostler::client::{Client, Target};
use ostler::model::{EventKind, Phase};
use serde_json::Value;

use crate::support::{PATIENCE, Sandbox, free_port, wait};

/// A webhook: what it got, one after the other.
struct Hook {
    port: u16,
    got: Receiver<Value>,
}

/// Variables that a server gets for its run.
const OF_A_RUN: [&str; 8] = [
    "OSTLER_RUN_ID",
    "OSTLER_PROJECT",
    "OSTLER_NAME",
    "OSTLER_REPLICA",
    "OSTLER_CHECK",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
];

impl Hook {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, got) = mpsc::channel();
        // ends with the test's process: nobody connects any more
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if sender.send(take(stream)).is_err() {
                    return;
                }
            }
        });
        Self { port, got }
    }

    /// The next that is told.
    fn next(&self) -> Value {
        self.got.recv_timeout(PATIENCE).expect("nothing more was told")
    }
}

fn take(mut stream: TcpStream) -> Value {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_crash_and_the_way_back_reach_webhook_and_command_and_what_is_asked_for_does_not() {
    let hook = Hook::new();
    let config = format!(
        r#"[notify]
webhook = "http://127.0.0.1:{}/hook"
command = "env > env; printf '%s|%s|%s|%s\n' \"$OSTLER_EVENT\" \"$OSTLER_SERVER\" \"$OSTLER_TEXT\" \"$SHOP\" >> told"
[servers.flaky]
command = "[ -e once ] && exec sleep 1000; echo > once; exit 3"
restart = {{ delay = "10ms" }}
[servers.calm]
command = "exec sleep 1000"
"#,
        hook.port
    );
    let mut sandbox = Sandbox::new(&config);
    sandbox.set_env("SHOP", "of the project");
    // as within a server
    for name in OF_A_RUN {
        sandbox.set_env(name, "of another");
    }
    sandbox.ostler(&["up", "-d"]).ok();
    let (crashed, recovered) = (hook.next(), hook.next());
    assert_eq!((&crashed["kind"], &recovered["kind"]), (&"crashed".into(), &"recovered".into()));
    assert_eq!((&crashed["project"], &crashed["server"]), (&"shop".into(), &"shop/flaky".into()));
    assert_eq!(crashed["event"]["kind"], "exited");
    assert!(crashed["host"].as_str().is_some_and(|host| !host.is_empty()) && crashed["at"].is_string());
    let text = crashed["text"].as_str().unwrap();
    assert!(text.starts_with("shop/flaky crashed: exit 3"), "{text}");
    let told = sandbox.project().join("told");
    let lines = || std::fs::read_to_string(&told).unwrap_or_default();
    wait("both lines", || lines().lines().count() == 2);
    let first = format!("crashed|shop/flaky|{text}|of the project\n");
    let env = std::fs::read_to_string(sandbox.project().join("env")).unwrap();
    let names: Vec<&str> = env.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"SHOP") && !names.iter().any(|name| OF_A_RUN.contains(name)), "{env}");
    assert_eq!(lines(), first + "recovered|shop/flaky|shop/flaky is up again|of the project\n");
    // the next that is told is this crash, and neither stop nor restart
    sandbox.ostler(&["restart", "calm"]).ok();
    sandbox.ostler(&["stop", "flaky"]).ok();
    sandbox.ostler(&["signal", "calm", "SIGKILL"]).ok();
    let next = hook.next();
    assert_eq!((&next["kind"], &next["server"]), (&"crashed".into(), &"shop/calm".into()));
}

#[test]
fn a_loop_of_crashes_is_told_once_and_what_was_held_back_is_counted() {
    let hook = Hook::new();
    let config = format!(
        r#"[notify]
webhook = "http://127.0.0.1:{}/"
[servers.sick]
command = "exit 1"
restart = {{ attempts = 4, delay = "10ms", backoff = "constant" }}
"#,
        hook.port
    );
    let sandbox = Sandbox::new(&config);
    sandbox.ostler(&["up", "-d"]).fails(1, "shop/sick failed");
    let (crashed, failed) = (hook.next(), hook.next());
    assert_eq!((&crashed["kind"], &failed["kind"]), (&"crashed".into(), &"failed".into()));
    assert!(failed["text"].as_str().unwrap().ends_with(" (and 4 more)"), "{failed}");
}

#[test]
fn a_webhook_that_is_dead_or_hangs_and_a_command_that_fails_harm_nothing() {
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = hangs.local_addr().unwrap().port();
    for (port, words) in [(free_port(), "connection refused"), (hanging, "no answer within 5 s")] {
        let config = format!(
            r#"[notify]
webhook = "http://127.0.0.1:{port}/token-4711"
command = "exit 9"
[servers.a]
command = "exit 1"
restart = "never"
[servers.b]
command = "exec sleep 1000"
"#
        );
        let sandbox = Sandbox::new(&config);
        sandbox.ostler(&["up", "-d"]).fails(1, "1 of 2 servers failed");
        // everything goes on meanwhile
        sandbox.ostler(&["restart", "b"]).ok();
        assert_eq!(sandbox.server("b").phase, Phase::Running);
        let untold = || {
            let events = sandbox.events(None).into_iter();
            let untold = events.filter_map(|event| match event.kind {
                EventKind::NotifyFailed { how, why } => Some((how, why)),
                _ => None,
            });
            untold.collect::<Vec<_>>()
        };
        wait("both failures on record", || untold().len() == 2);
        let mut untold = untold();
        untold.sort();
        assert_eq!(untold[0], ("command of shop".to_owned(), "it ended with exit status: 9".to_owned()));
        assert_eq!(untold[1], ("webhook of shop".to_owned(), words.to_owned()));
    }
}

#[test]
fn the_bell_is_for_projects_that_want_it() {
    for bell in [true, false] {
        let config = format!("[notify]\nbell = {bell}\n[servers.a]\ncommand = \"exec sleep 1000\"\n");
        let sandbox = Sandbox::new(&config);
        sandbox.ostler(&["up", "-d"]).ok();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rung = runtime.block_on(async {
            let client = Client::new(sandbox.paths().clone(), Target::Local { read_only: true }, "test");
            let mut items = client.events(&EventsQuery::default()).await.unwrap();
            items.next().await.unwrap().unwrap();
            sandbox.ostler(&["signal", "a", "SIGKILL"]).ok();
            let mut rung = false;
            // the crash, what follows from it, and the way back
            loop {
                match items.next().await.unwrap().unwrap() {
                    StreamItem::Bell { server } => rung = server.name() == "a",
                    StreamItem::Event(event) if event.kind.word() == "up" => return rung,
                    _ => {}
                }
            }
        });
        assert_eq!(rung, bell);
    }
}
