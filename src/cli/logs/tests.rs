//! Lines as they are printed; and a reader against a supervisor that goes away.

use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use super::follow::{Reader, Wanted};
use super::line::Format;
use super::*;
use crate::api::LogItem;
use crate::cli::Glyphs;
use crate::cli::output::Style;
use crate::client::{Client, Target};
use crate::model::{LogCursor, LogLine, ServerId, ServerStatus, Stream};
use crate::paths::Paths;

const PLAIN: Style = Style { color: false, glyphs: Glyphs::Unicode };

fn id(text: &str) -> ServerId {
    text.parse().unwrap()
}

fn line(server: &str, stream: Stream, bytes: &[u8]) -> LogLine {
    LogLine {
        server: id(server),
        cursor: LogCursor { segment: 0, offset: 9 },
        at: "2026-11-20T08:00:00.5Z".parse().unwrap(),
        stream,
        bytes: bytes.to_vec(),
        partial: false,
        cut: 0,
    }
}

#[test]
fn one_server_s_lines_stand_alone_and_several_carry_names() {
    let one = Format::new(&[id("shop/api")], PLAIN, None);
    assert_eq!(one.line(&line("shop/api", Stream::Stdout, b"ready"), true), "ready");
    assert_eq!(one.line(&line("shop/api", Stream::System, b"exited 1"), true), "[ostler] exited 1");
    let several = Format::new(&[id("shop/api"), id("shop/worker")], PLAIN, Some(TimeZone::UTC));
    assert_eq!(
        several.line(&line("shop/api", Stream::Stderr, b"ready"), true),
        "2026-11-20 08:00:00.500 api    | ready"
    );
    let projects = Format::new(&[id("shop/api"), id("blog/api")], PLAIN, None);
    assert_eq!(projects.line(&line("blog/api", Stream::Stdout, b"x"), true), "blog/api | x");
    let long = LogLine { cut: 512, ..line("shop/api", Stream::Stdout, b"x") };
    assert_eq!(one.line(&long, true), "x [512 bytes left out]");
}

#[test]
fn nothing_that_a_server_writes_acts_on_the_terminal() {
    let hostile = b"\x1b]52;c;eA==\x07\x1b[2J\x9b2J\x1b[31mred\x1b[0m\nother | x";
    for color in [false, true] {
        let format = Format::new(&[id("shop/api"), id("shop/b")], Style { color, ..PLAIN }, None);
        let printed = format.line(&line("shop/api", Stream::Stdout, hostile), true);
        assert!(!printed.contains(['\x07', '\n', '\r']) && !printed.contains("\x1b]"), "{printed:?}");
        assert!(!printed.contains("[2J"), "{printed:?}");
        let reds = printed.matches("\x1b[31m").count() + printed.matches("\x1b[0;31m").count();
        assert_eq!(reds > 0, color, "{printed:?}");
        assert_eq!(printed.contains('\x1b'), color);
    }
}

#[test]
fn a_name_keeps_its_colour() {
    let colour = |servers: &[&str]| {
        let ids: Vec<ServerId> = servers.iter().map(|text| id(text)).collect();
        let format = Format::new(&ids, Style { color: true, ..PLAIN }, None);
        format.line(&line("shop/api", Stream::Stdout, b""), true).split('m').next().unwrap().to_owned()
    };
    assert_eq!(colour(&["shop/api", "shop/b"]), colour(&["shop/x", "shop/api", "shop/c"]));
    assert!(colour(&["shop/api", "shop/b"]).starts_with("\x1b["));
}

#[test]
fn a_name_has_the_colour_that_the_config_gives_it() {
    let ids = [id("shop/api"), id("shop/b")];
    let printed = |color: &str, on: bool| {
        let mut status = ServerStatus::blank(id("shop/api"));
        status.color = Some(color.to_owned());
        let format = Format::new(&ids, Style { color: on, ..PLAIN }, None).with_colors_of(&[status]);
        format.line(&line("shop/api", Stream::Stdout, b"x"), true)
    };
    for (color, sgr) in [
        ("red", "31"),
        ("white", "37"),
        ("gray", "90"),
        ("bright-cyan", "96"),
        ("#5f87ff", "38;2;95;135;255"),
    ] {
        assert_eq!(printed(color, true), format!("\x1b[{sgr}mapi |\x1b[0m x"));
        assert_eq!(printed(color, false), "api | x");
    }
    let by_name = Format::new(&ids, Style { color: true, ..PLAIN }, None);
    let by_name = by_name.line(&line("shop/api", Stream::Stdout, b"x"), true);
    assert_eq!(printed("0m\x1b[2J", true), by_name, "a colour that is none");
}

#[test]
fn no_server_speaks_as_ostler() {
    let format = Format::new(&[id("shop/api")], PLAIN, None);
    let printed = |bytes: &[u8]| format.line(&line("shop/api", Stream::Stdout, bytes), true);
    assert_eq!(printed(b"[ostler] exited 0"), "(server) [ostler] exited 0");
    for disguised in [&b"  [ostler] x"[..], b"\x1b[2m[ostler] x", b"\t[ost\x1b[0mler] x"] {
        assert!(printed(disguised).starts_with("(server) "), "{:?}", printed(disguised));
    }
    assert!(printed("\u{2800}[ostler] x".as_bytes()).starts_with("(server) "));
    assert_eq!(printed(b"see [ostler]"), "see [ostler]");
    let people = Format::new(&[id("shop/api")], PLAIN, Some(TimeZone::UTC)).with_pretty(true);
    for left_out in [&b"2026-11-20T08:00:00Z [ostler] x"[..], br#"{"msg":"[ostler] x"}"#] {
        let shown = people.line(&line("shop/api", Stream::Stdout, left_out), true);
        assert_eq!(shown, "2026-11-20 08:00:00.500 (server) [ostler] x");
    }
    let coloured = Format::new(&[id("shop/api")], Style { color: true, ..PLAIN }, None);
    let imitated = coloured.line(&line("shop/api", Stream::Stderr, b"\x1b[2m[ostler] x\x1b[0m"), true);
    assert!(imitated.contains("(server) "), "{imitated:?}");
}

#[test]
fn json_and_repeated_times_are_written_for_people_where_that_is_asked_for() {
    let printed = |format: &Format, bytes: &[u8]| format.line(&line("shop/api", Stream::Stdout, bytes), true);
    let json = br#"{"level":50,"time":1795161600100,"msg":"no","err":{"code":7}}"#;
    let plain = Format::new(&[id("shop/api")], PLAIN, None);
    assert_eq!(printed(&plain, json), String::from_utf8_lossy(json));
    let pretty = Format::new(&[id("shop/api")], PLAIN, None).with_pretty(true);
    assert_eq!(printed(&pretty, json), "error no time=1795161600100 err.code=7");
    assert_eq!(printed(&pretty, b"{no json}"), "{no json}");
    let timed = Format::new(&[id("shop/api")], PLAIN, Some(TimeZone::UTC)).with_pretty(true);
    assert_eq!(printed(&timed, json), "2026-11-20 08:00:00.500 error no err.code=7");
    assert_eq!(printed(&timed, b"[2026-11-20T08:00:00Z] x"), "2026-11-20 08:00:00.500 x");
    assert_eq!(
        printed(&timed, b"[2026-11-20T07:00:09Z] x"),
        "2026-11-20 08:00:00.500 [2026-11-20T07:00:09Z] x"
    );
    let color = Format::new(&[id("shop/api")], Style { color: true, ..PLAIN }, None).with_pretty(true);
    assert!(printed(&color, json).starts_with("\x1b[0;31merror\x1b[0m no"), "{}", printed(&color, json));
    let escaped = printed(&color, br#"{"msg":"\u001b]0;x\u0007y\u009b2J"}"#);
    assert_eq!(escaped, "y");
}

#[test]
fn what_was_looked_for_is_marked_in_colour_mode() {
    let format = |pattern: &str| {
        let format = Format::new(&[id("shop/api")], Style { color: true, ..PLAIN }, None);
        format.with_hits(Hits::of(pattern))
    };
    let printed = |pattern: &str, bytes: &[u8], is_found| {
        format(pattern).line(&line("shop/api", Stream::Stdout, bytes), is_found)
    };
    assert_eq!(printed("b+", b"aBb\x1b[32mbc\x1b[0m", true), "a\x1b[0;1;31mBbb\x1b[0;32mc\x1b[0m");
    assert_eq!(printed("B", b"aBb", true), "a\x1b[0;1;31mB\x1b[0mb", "a capital: case matters");
    assert_eq!(printed("b", b"abc", false), "abc", "a line of context");
    assert_eq!(printed("x*", b"abc", true), "abc");
    assert!(Hits::of("(").is_none());
}

fn args(line: &str) -> Args {
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }
    <Cli as clap::Parser>::try_parse_from(format!("logs {line}").split_whitespace()).unwrap().args
}

#[test]
fn arguments_become_a_query() {
    let now: jiff::Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    let wanted = |line: &str| args(line).wanted(now);
    let all = wanted("--grep a --exclude b -C 2 --level warn --stream err --since 2h --until 1h").unwrap();
    let hour = |n| Some(format!("2026-11-20T0{n}:00:00Z").parse().unwrap());
    assert_eq!(
        all,
        Wanted {
            lines: Some(u32::MAX as usize),
            grep: Some("a".into()),
            exclude: Some("b".into()),
            context: Some(2),
            level: Some(crate::model::Level::Warn),
            stream: Some(Stream::Stderr),
            since: hour(6),
            until: hour(7),
            follow: false,
        }
    );
    assert_eq!(wanted("-n 5 -f api").unwrap(), Wanted { lines: Some(5), follow: true, ..Wanted::default() });
    assert_eq!(wanted("--raw --since 1h").unwrap().lines, None);
    assert_eq!(wanted("--level WARN").unwrap().level, Some(crate::model::Level::Warn));
    for nonsense in ["-C 3", "--since 1h --until 2h", "--since yesterday", "--until 1x"] {
        let Err(Failure::Told { hint: Some(_), code: 2, .. }) = wanted(nonsense) else {
            panic!("{nonsense}")
        };
    }
}

/// Serves one connection and returns the path that was asked for.
async fn serve(listener: &UnixListener, body: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
    }
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{body}\r\n", body.len());
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(asked).unwrap().split(' ').nth(1).unwrap().to_owned()
}

fn quick() -> Reconnect {
    Reconnect::beginning_with(std::time::Duration::from_millis(1))
}

fn item(offset: u64, text: &str, partial: bool) -> String {
    let mut line = line("shop/api", Stream::Stdout, text.as_bytes());
    (line.cursor.offset, line.partial) = (offset, partial);
    serde_json::to_string(&LogItem::Line(line.into())).unwrap() + "\n"
}

fn at(home: &Path) -> (Client, UnixListener) {
    let client = Client::new(Paths::at(home.to_owned()), Target::Local { read_only: false }, "cli");
    std::fs::create_dir_all(client.paths().run()).unwrap();
    let listener = UnixListener::bind(client.socket()).unwrap();
    (client, listener)
}

#[tokio::test]
async fn a_follower_goes_on_behind_the_last_whole_line() {
    let home = TempDir::new().unwrap();
    let (client, listener) = at(home.path());
    let supervisor = tokio::spawn(async move {
        let first = serve(&listener, &(item(10, "one", false) + &item(13, "tw", true))).await;
        let second = serve(&listener, &item(14, "two", false)).await;
        (first, second)
    });
    let wanted = Wanted { lines: Some(5), follow: true, ..Wanted::default() };
    let mut reader = Reader::open(client, vec![id("shop/api")], wanted, quick()).await.unwrap();
    let mut texts = Vec::new();
    while texts.len() < 3 {
        let Some(LogItem::Line(line)) = reader.next().await.unwrap() else { panic!("it ended") };
        texts.push(line.text.unwrap());
    }
    assert_eq!(texts, ["one", "tw", "two"]);
    let (first, second) = supervisor.await.unwrap();
    assert_eq!(first, "/v1/servers/shop/api/log?lines=5&follow=true");
    assert_eq!(second, "/v1/servers/shop/api/log?from=0%3A10&follow=true");
}

#[tokio::test]
async fn several_servers_go_on_as_one_stream_from_their_places() {
    let home = TempDir::new().unwrap();
    let (client, listener) = at(home.path());
    let supervisor = tokio::spawn(async move {
        serve(&listener, &item(10, "one", false)).await;
        serve(&listener, &item(14, "two", false)).await
    });
    let wanted =
        Wanted { lines: Some(5), level: Some(crate::model::Level::Warn), follow: true, ..Wanted::default() };
    let servers = vec![id("shop/api"), id("shop/web")];
    let mut reader = Reader::open(client, servers, wanted, quick()).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(reader.next().await.unwrap(), Some(LogItem::Line(_))));
    }
    let second = supervisor.await.unwrap();
    assert_eq!(second, "/v1/logs?servers=shop%2Fapi%400%3A10%2Cshop%2Fweb&lines=5&level=warn&follow=true");
}

#[tokio::test]
async fn without_following_a_broken_stream_is_a_failure() {
    let home = TempDir::new().unwrap();
    let (client, listener) = at(home.path());
    let supervisor = tokio::spawn(async move { serve(&listener, &item(10, "one", false)).await });
    let servers = vec![id("shop/api"), id("shop/web")];
    let mut reader = Reader::open(client, servers, Wanted::default(), quick()).await.unwrap();
    assert!(reader.next().await.unwrap().is_some());
    assert_eq!(reader.next().await.unwrap_err().code(), 3);
    assert_eq!(supervisor.await.unwrap(), "/v1/logs?servers=shop%2Fapi%2Cshop%2Fweb&follow=false");
}
