//! What the sanitizers promise, over the corpus and over anything.

use proptest::prelude::*;

use super::corpus::CORPUS;
use super::machine::SEQUENCE_MAX;
use super::*;

/// Every promise that can be checked without knowing the right answer.
fn check(bytes: &[u8]) {
    let text = plain(bytes);
    assert!(!text.chars().any(is_unsafe), "{bytes:?} -> {text:?}");
    assert!(!text.chars().any(char::is_control), "{bytes:?} -> {text:?}");
    assert_eq!(plain(text.as_bytes()), text, "plain is idempotent: {bytes:?}");

    let colored = sgr(bytes);
    assert_eq!(sgr(colored.as_bytes()), colored, "sgr is idempotent: {bytes:?}");
    assert_eq!(without_sgr(&colored), text, "sgr is plain with colours: {bytes:?}");
    let last = colored.rfind("\x1b[").map_or("\x1b[0m", |at| &colored[at..]);
    assert!(last.starts_with("\x1b[0m"), "reset at the end: {colored:?}");

    let StyledText { text: styled_text, spans } = styled(bytes);
    assert_eq!(styled_text, text);
    let mut end = 0;
    for (range, _) in &spans {
        assert_eq!(range.start, end);
        assert!(range.end > range.start && text.is_char_boundary(range.end));
        end = range.end;
    }
    assert_eq!(end, text.len());
    assert!(spans.windows(2).all(|pair| pair[0].1 != pair[1].1));

    let name = String::from_utf8_lossy(bytes);
    let name = plain_str(&name);
    assert!(!name.chars().any(is_unsafe), "{name:?}");
    assert_eq!(plain_str(&name), name);
}

/// Takes out `ESC [ digits and ; m`; panics at any other escape.
fn without_sgr(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (params, rest) = part.split_once('m').unwrap();
        assert!(params.bytes().all(|b| b.is_ascii_digit() || b == b';'), "{text:?}");
        out.push_str(rest);
    }
    assert!(!out.contains('\x1b'), "{text:?}");
    out
}

#[test]
fn of_a_hostile_line_only_its_text_is_seen() {
    for (what, bytes, wanted) in CORPUS {
        assert_eq!(plain(bytes), *wanted, "{what}");
        check(bytes);
    }
}

#[test]
fn a_hostile_line_cut_at_any_byte_is_safe_on_both_sides() {
    for (_, bytes, _) in CORPUS {
        for at in 0..=bytes.len() {
            check(&bytes[..at]);
            check(&bytes[at..]);
        }
    }
}

#[test]
fn a_sequence_without_an_end_is_dropped_up_to_its_limit() {
    for start in ["\x1b]0;", "\x1bP", "\x1b_", "\x1b["] {
        let fill = "1";
        let short = format!("a{start}{}", fill.repeat(SEQUENCE_MAX - 8));
        assert_eq!(plain(short.as_bytes()), "a", "{start:?}");
        let long = format!("a{start}{}", fill.repeat(3 * SEQUENCE_MAX));
        let kept = plain(long.as_bytes()).len();
        assert!((2 * SEQUENCE_MAX - 8..=2 * SEQUENCE_MAX + 8).contains(&kept), "{start:?}: {kept}");
        check(long.as_bytes());
    }
}

#[test]
fn lines_of_any_length_and_links_of_any_are_safe() {
    for len in [0, 1, 15, 16, 17, 63, 64, 65, (64 << 10) - 1, 64 << 10, (64 << 10) + 1] {
        for fill in [&b"x"[..], b"\xff", b"\x00", b"\xe2\x9c\x93", b"\x9d", b"x\xc2"] {
            let line: Vec<u8> = fill.iter().copied().cycle().take(len).collect();
            check(&line);
            if *fill == *b"x" {
                assert_eq!(plain(&line).len(), len);
            }
        }
        let url = "u".repeat(len);
        let link = format!("\x1b]8;;http://{url}\x1b\\here\x1b]8;;\x1b\\");
        check(link.as_bytes());
        let shown = plain(link.as_bytes());
        assert!(shown.ends_with("here") && (len > SEQUENCE_MAX - 16 || shown == "here"), "{len}: {shown}");
    }
}

#[test]
fn a_tower_of_marks_is_cut_to_eight() {
    let tower = format!("a{}b", "\u{301}".repeat(10_000));
    assert_eq!(plain(tower.as_bytes()), format!("a{}b", "\u{301}".repeat(8)));
    let hidden = "a".to_owned() + &"\u{301}\x1b[1m\u{200b}".repeat(100);
    assert_eq!(plain(hidden.as_bytes()), format!("a{}", "\u{301}".repeat(8)));
}

#[test]
fn in_a_name_a_carriage_return_hides_nothing() {
    assert_eq!(plain_str("evil --rm\rnginx"), "evil --rm nginx");
    assert_eq!(plain_str("a\nb\u{1b}]0;x\u{7}c"), "a bc");
}

#[test]
fn colors_become_styles() {
    let style = |params: &str| {
        let line = format!("\x1b[{params}mx");
        styled(line.as_bytes()).spans[0].1
    };
    let plain = Style::default();
    assert_eq!(style("1;31"), Style { bold: true, fg: Color::Ansi(1), ..plain });
    assert_eq!(style("97;100"), Style { fg: Color::Ansi(15), bg: Color::Ansi(8), ..plain });
    assert_eq!(style("38;5;208"), Style { fg: Color::Indexed(208), ..plain });
    assert_eq!(style("48;2;1;2;3;4"), Style { bg: Color::Rgb(1, 2, 3), underline: true, ..plain });
    assert_eq!(style("38:2::1:2:3"), Style { fg: Color::Rgb(1, 2, 3), ..plain });
    assert_eq!(style("38:5:7;3"), Style { fg: Color::Indexed(7), italic: true, ..plain });
    assert_eq!(style("58;5;1;9"), Style { strike: true, ..plain });
    assert_eq!(style("4:3;7"), Style { underline: true, reverse: true, ..plain });
    for nothing in
        ["", "0", "1;0", "1;22", "4:0", "31;39", "41;49", "38;5", "38;5;256", "38;2;1;2", "5;8;99999999"]
    {
        assert_eq!(style(nothing), plain, "{nothing}");
    }
}

#[test]
fn spans_follow_the_text() {
    let StyledText { text, spans } = styled(b"10%\r\x1b[32mok\x1b[0m\tdone\x1b[31m");
    assert_eq!(text, "ok      done");
    let green = Style { fg: Color::Ansi(2), ..Style::default() };
    assert_eq!(spans, [(0..2, green), (2..12, Style::default())]);
    assert_eq!(sgr(b"\x1b[32mok"), "\x1b[0;32mok\x1b[0m");
    assert_eq!(sgr(b"\x1b[32mok\x1b[m!\x1b[1m"), "\x1b[0;32mok\x1b[0m!");
}

#[test]
fn a_line_of_megabytes_takes_linear_time() {
    for unit in ["\x1b]0;", "\x1b[31m", "\r", "a\r", "\t", "e\u{301}", "\u{9b}", "\x1b"] {
        let line = unit.repeat(1 << 18);
        let started = std::time::Instant::now();
        let _ = sgr(line.as_bytes());
        assert!(started.elapsed().as_secs() < 20, "{unit:?}");
    }
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        any::<String>().prop_map(String::into_bytes),
        prop::sample::select(CORPUS).prop_map(|(_, bytes, _)| bytes.to_vec()),
        (prop::sample::select(CORPUS), any::<prop::sample::Index>())
            .prop_map(|((_, bytes, _), at)| { bytes[..at.index(bytes.len() + 1)].to_vec() }),
        prop::sample::select(vec![
            "\x1b",
            "\x1b[",
            "\x1b]",
            "31;",
            "m",
            "\x07",
            "\r",
            "\t",
            "\u{301}",
            "漢",
            "\u{9c}",
            "\u{fffd}",
            "\x1bP",
            "\u{9b}",
            "0123456789abcdef"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_line_is_made_safe(bytes in hostile()) {
        check(&bytes);
    }
}

#[test]
fn levels_are_found() {
    use Level::{Debug, Error, Fatal, Info, Trace, Warn};
    let table = [
        ("2026-11-20T08:00:00Z  INFO ostler: up", Some(Info)),
        ("[info] ready", Some(Info)),
        ("error: no such file", Some(Error)),
        ("warning: unused variable", Some(Warn)),
        ("12:00:01 [Warning] disk", Some(Warn)),
        ("time=x level=warn msg=\"an ERROR\"", Some(Warn)),
        ("msg=\"an ERROR\" lvl=debug", Some(Debug)),
        ("{\"level\":30,\"msg\":\"x\"}", Some(Info)),
        ("{\"a\":1, \"severity\" : \"CRITICAL\"}", Some(Fatal)),
        ("{\"msg\":\"ERROR level\"}", None),
        ("E1120 08:00:00.1 main.go:1] x", Some(Error)),
        ("W1120x", None),
        ("TRACE x", Some(Trace)),
        ("npm ERR! code 1", Some(Error)),
        ("fail: Host[0]", Some(Error)),
        ("thread 'main' panicked", None),
        ("there was no error in here", None),
        ("ERRORS_TOTAL 4", None),
        ("", None),
        ("漢字 ERROR x", Some(Error)),
    ];
    for (line, level) in table {
        assert_eq!(level::detect(line), level, "{line}");
    }
    assert_eq!(level::detect(&format!("{}ERROR", " x".repeat(40))), None);
}

#[test]
fn texts_are_cut_and_filled_to_columns() {
    use super::width::{clip_columns, pad, pad_start, truncate, truncate_with, width};
    assert_eq!(width("漢字ab"), 6);
    assert_eq!(width("e\u{301}x"), 2);
    assert_eq!(truncate("servers", 7), ("servers".into(), 7));
    assert_eq!(truncate("servers", 4), ("ser…".into(), 4));
    assert_eq!(truncate("漢字漢", 4), ("漢…".into(), 3));
    assert_eq!(truncate("漢字", 0), ("".into(), 0));
    assert_eq!(truncate_with("servers", 4, ">"), ("ser>".into(), 4));
    assert_eq!(pad("漢字漢", 4), "漢… ");
    assert_eq!(pad_start("ab", 4), "  ab");
    assert_eq!(clip_columns("abcdef", 2, 3), "cde");
    assert_eq!(clip_columns("a漢字b", 2, 3), " 字");
    assert_eq!(clip_columns("a漢字b", 1, 3), "漢 ");
    assert_eq!(clip_columns("漢", 5, 3), "");
    assert_eq!(clip_columns("漢漢", 1, 1), " ");
}

proptest! {
    #[test]
    fn cut_texts_have_the_asked_width(text in any::<String>(), from in 0_usize..20, cols in 0_usize..20) {
        use super::width::{clip_columns, pad, truncate, width};
        let text = plain(text.as_bytes()).into_owned();
        let (cut, used) = truncate(&text, cols);
        prop_assert_eq!(width(&cut), used);
        prop_assert!(used <= cols);
        prop_assert_eq!(width(&pad(&text, cols)), cols);
        let seen = clip_columns(&text, from, cols);
        prop_assert_eq!(width(&seen), width(&text).saturating_sub(from).min(cols));
    }
}
