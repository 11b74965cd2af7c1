//! What is written to the terminal, byte by byte.

use std::time::Duration;

use super::terminal::Terminal;
use crate::support::Sandbox;

/// What a hostile server writes: the clipboard, the title, clearing, a question to the terminal, an 8-bit CSI, a text's
/// direction, a bell, the cursor's place; then a wide character, a combining one, and a word to wait for.
const HOSTILE: &str = r"printf '\033]52;c;aGk=\007\033]0;title\007\033[2J\033P1$r\033\134\302\233A\342\200\256\007\033[6n'
printf '\033[31mred\033[0m \346\274\242 e\314\201 end\n'
sleep 1000
";

/// What the dashboard writes itself: modes, moves, clearing, colours.
const OWN_FINALS: &[u8] = b"hlHJKm";
const OWN_MODES: [&str; 6] = ["?1049", "?25", "?2026", "?2004", "?1000", "?1006"];
/// What it asks the terminal, once.
const QUESTIONS: [&str; 2] = ["\x1b]11;?\x1b\\", "\x1bP+q524742\x1b\\\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"];

/// A control sequence: its parameters and its last byte.
type Sequence = (String, u8);

/// Every escape sequence; panics where one is no control sequence, or any other control character comes.
fn sequences(bytes: &[u8]) -> Vec<Sequence> {
    let text = std::str::from_utf8(bytes).unwrap();
    let text = QUESTIONS.iter().fold(text.to_owned(), |text, question| text.replacen(question, "", 1));
    let mut found = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\x1b' {
            assert_eq!(rest.next(), Some('['), "in {text:?}");
            let mut parameters = String::new();
            let last = loop {
                match rest.next().unwrap() {
                    c @ ('0'..='9' | ';' | '?') => parameters.push(c),
                    c => break c,
                }
            };
            found.push((parameters, u8::try_from(last).unwrap()));
        } else {
            assert!(!c.is_control() || "\r\n".contains(c), "{c:?} in {text:?}");
            assert!(!('\u{202a}'..='\u{202e}').contains(&c), "{c:?} in {text:?}");
        }
    }
    found
}

/// Whether it sets a colour.
fn is_colour((parameters, last): &Sequence) -> bool {
    let colour = |number: u16| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107);
    *last == b'm' && parameters.split(';').filter_map(|number| number.parse().ok()).any(colour)
}

/// All that the dashboard writes from its first byte to its last, with these variables.
fn written(sandbox: &Sandbox, env: &[(&str, &str)], until: &str) -> Vec<u8> {
    let mut terminal = Terminal::open_with(&sandbox.command(&[]), env, (100, 30));
    terminal.wait_for(until);
    terminal.keys("q");
    assert!(terminal.end().success());
    terminal.bytes().to_vec()
}

#[test]
fn nothing_that_a_server_wrote_is_a_command_to_the_terminal() {
    let command = r#"command = ["sh", "hostile.sh", "\u001b]0;pwned\u0007"]"#;
    let sandbox = Sandbox::with_servers([("bad", command)]);
    sandbox.write("hostile.sh", HOSTILE);
    sandbox.ostler(&["up"]).ok();
    sandbox.wait_for_log("bad", "end");
    let mut terminal = Terminal::open(&sandbox, &[], (100, 30));
    terminal.wait_for("red 漢 e\u{301} end");
    // its command line is on the screen as well
    terminal.keys("\r");
    terminal.wait_for("cmd");
    terminal.keys("w");
    terminal.wait_for("Why is");
    terminal.keys("\x03");
    assert!(terminal.end().success());
    for (parameters, last) in sequences(terminal.bytes()) {
        assert!(OWN_FINALS.contains(&last), "ESC [ {parameters} {}", char::from(last));
        let is_mode = matches!(last, b'h' | b'l');
        assert!(!is_mode || OWN_MODES.contains(&parameters.as_str()), "mode {parameters}");
    }
    let text = String::from_utf8_lossy(terminal.bytes());
    for question in QUESTIONS {
        assert_eq!(text.matches(question).count(), 1, "{question:?}");
    }
    assert!(!text.contains("aGk=") && !text.contains("title"), "{text:?}");
}

#[test]
fn no_color_is_obeyed() {
    let sandbox = super::three_up();
    let plain = written(&sandbox, &[("NO_COLOR", "1")], "idle");
    assert!(!sequences(&plain).iter().any(is_colour), "{:?}", String::from_utf8_lossy(&plain));
    let coloured = written(&sandbox, &[("NO_COLOR", "")], "idle");
    assert!(sequences(&coloured).iter().any(is_colour));
}

#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let sandbox = super::three_up();
    for env in [[("TERM", "linux"), ("LANG", "C.UTF-8")], [("TERM", "xterm"), ("LANG", "C")]] {
        let bytes = written(&sandbox, &env, "idle");
        assert!(bytes.is_ascii(), "{env:?}: {:?}", String::from_utf8_lossy(&bytes));
    }
    let bytes = written(&sandbox, &[("LANG", "C.UTF-8")], "idle");
    assert!(!bytes.is_ascii());
}

#[test]
fn at_rest_not_one_byte_is_written() {
    let sandbox = super::three_up();
    sandbox.ostler(&["down"]).ok();
    let mut terminal = Terminal::open(&sandbox, &[], (120, 40));
    terminal.wait_until("all stopped", |screen| screen.says("idle", "stopped"));
    // what the first connection still brings: log, history
    terminal.wait_for("ended by SIGTERM");
    while terminal.count_for(Duration::from_millis(500)) > 0 {}
    assert_eq!(terminal.count_for(Duration::from_secs(2)), 0, "{}", terminal.screen().text());
}

#[test]
fn the_bell_rings_for_a_crash_where_the_project_wants_it_and_nowhere_else() {
    for bell in [true, false] {
        let config = format!(
            "[notify]\nbell = {bell}\n[servers.a]\ncommand = \"exec sleep 1000\"\nrestart = \"never\"\n"
        );
        let sandbox = Sandbox::new(&config);
        sandbox.ostler(&["up", "-d"]).ok();
        let mut terminal = Terminal::open(&sandbox, &[], (100, 30));
        terminal.wait_for("running");
        sandbox.ostler(&["signal", "a", "SIGKILL"]).ok();
        // the crash is told before the phase that follows from it
        terminal.wait_for("SIGKILL");
        terminal.keys("q");
        assert!(terminal.end().success());
        assert_eq!(terminal.bytes().contains(&7), bell);
    }
}
