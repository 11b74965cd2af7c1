//! The log pane over what real servers wrote: searches, filters, errors, several logs as one.

use super::terminal::Terminal;
use crate::support::Sandbox;

const ESC: &str = "\x1b";

/// A server whose log has 5 MiB: every 20,000th line is an error with a trace of two lines, the first one is line 777.
fn long_log() -> Sandbox {
    let script = r#"command = '''
awk 'BEGIN { for (i = 1; i <= 60000; i++)
  if (i % 20000 == 777) printf "ERROR needle %d\n    at one\n    at two\n", i;
  else printf "INFO line %d, which is as long as such lines are, with a few words more\n", i }'
echo written; exec sleep 1000'''"#;
    let sandbox = Sandbox::with_servers([("long", script)]);
    sandbox.ostler(&["up"]).ok();
    sandbox.wait_for_log("long", "written");
    sandbox
}

fn open_log(sandbox: &Sandbox, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::open(sandbox, &[], size);
    terminal.keys("l");
    terminal.wait_for("written");
    terminal
}

#[test]
fn a_search_goes_through_the_whole_log_and_around_its_end() {
    let sandbox = long_log();
    let mut terminal = open_log(&sandbox, (100, 30));
    terminal.keys("/NEEDLE\r");
    terminal.wait_for("no match");
    terminal.keys("/needle \\d+\r");
    for (key, ordinal, line) in [
        ("", "3 of 3", "ERROR needle 40777"),
        ("N", "2 of 3", "ERROR needle 20777"),
        ("N", "1 of 3", "ERROR needle 777"),
        ("N", "3 of 3 wrapped", "ERROR needle 40777"),
        ("n", "1 of 3 wrapped", "ERROR needle 777"),
        ("n", "2 of 3", "ERROR needle 20777"),
    ] {
        terminal.keys(key);
        terminal.wait_until(line, |screen| screen.contains(ordinal) && screen.contains(line));
    }
    // What stands around it is there too, on both sides.
    terminal.wait_until("the lines around", |screen| {
        screen.contains("line 20776,") && screen.contains("line 20778,")
    });
    terminal.keys("G");
    terminal.wait_until("the end", |screen| screen.contains("FOLLOW") && screen.contains("written"));
    terminal.keys(ESC);
    terminal.wait_until("no search", |screen| !screen.contains("needle"));
}

#[test]
fn errors_are_gone_to_by_their_own_lines_and_home_is_the_beginning() {
    let sandbox = long_log();
    let mut terminal = open_log(&sandbox, (80, 24));
    for line in ["needle 40777", "needle 20777", "needle 777"] {
        terminal.keys("b");
        terminal.wait_until(line, |screen| {
            screen.rows().iter().any(|row| row.contains(line) && row.contains('›'))
        });
    }
    terminal.keys("b");
    terminal.wait_for("no error before");
    terminal.keys("e");
    terminal.wait_for("needle 20777");
    terminal.keys("g");
    terminal.wait_for("line 1,");
    terminal.keys("e");
    terminal.wait_for("needle 777");
}

#[test]
fn filters_say_how_many_lines_they_hide() {
    let sandbox = long_log();
    let mut terminal = open_log(&sandbox, (120, 30));
    terminal.keys("&needle\r");
    // 59,997 others, two lines of three traces, `written`, and ostler's own first line
    terminal.wait_until("three lines", |screen| {
        screen.contains("+60,005 hidden") && screen.contains("needle 777") && screen.contains("3 lines")
    });
    assert!(!terminal.screen().contains("written"));
    terminal.keys("!20777\r");
    terminal
        .wait_until("two lines", |screen| screen.contains("+60,006 hidden") && screen.contains("2 lines"));
    terminal.keys("x");
    terminal.wait_until("lines around", |screen| screen.contains("at two") && screen.contains("line 40774,"));
    terminal.keys("x&\r!\r");
    terminal.wait_until("all lines", |screen| !screen.contains("hidden") && screen.contains("written"));
    terminal.keys("vvvv");
    terminal.wait_until("errors", |screen| {
        screen.contains("level>=error") && screen.contains("at two") && !screen.contains("written")
    });
    terminal.keys("/at one\r");
    terminal.wait_for("3 of 3");
}

#[test]
fn several_logs_are_one_by_time_and_older_lines_come_page_by_page() {
    let numbered = "command = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo \"line $i of $NAME\"; done; exec sleep 1000'\nenv = { NAME = \"%\" }";
    let (one, two) = (numbered.replace('%', "one"), numbered.replace('%', "two"));
    let sandbox = Sandbox::with_servers([("one", &*one), ("two", &*two)]);
    sandbox.ostler(&["up"]).ok();
    for name in ["one", "two"] {
        sandbox.wait_for_log(name, &format!("line 2000 of {name}"));
    }
    let mut terminal = Terminal::open(&sandbox, &[], (100, 30));
    terminal.wait_until("both run", |screen| screen.says("two", "running"));
    terminal.keys("L");
    terminal.wait_for("logs: 2 servers");
    terminal
        .wait_until("a last line", |screen| screen.contains("2000 of one") || screen.contains("2000 of two"));
    terminal.keys("/line 1 of\r");
    terminal.wait_for("2 of 2");
    terminal.keys("g");
    terminal.wait_until("both begin", |screen| {
        screen.contains("line 1 of one") || screen.contains("line 1 of two")
    });
    terminal.keys(ESC);
    terminal.wait_until("no search", |screen| !screen.contains("/line 1"));
    terminal.keys("&of two$\r");
    terminal.wait_until("one of them", |screen| screen.contains("hidden") && !screen.contains("of one"));
    terminal.keys(ESC);
    terminal.wait_until("the selected one", |screen| screen.contains("logs: one"));
}
