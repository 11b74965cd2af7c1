//! A user's way through the dashboard, with real servers.

use ostler::model::Phase;

use super::terminal::Terminal;
use super::{pids, three_up};

const ESC: &str = "\x1b";
const PAGE_UP: &str = "\x1b[5~";

#[test]
fn keys_stop_start_and_restart_the_selected_server_only() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (100, 24));
    for name in ["api", "worker", "idle"] {
        terminal.wait_until("all run", |screen| screen.says(name, "running"));
    }
    assert!(terminal.screen().selects("api"));
    terminal.keys("x");
    terminal.wait_until("api stopped", |screen| screen.says("api", "stopped"));
    sandbox.wait_for("api", Phase::Stopped);
    terminal.keys("s");
    terminal.wait_until("api runs again", |screen| screen.says("api", "running"));
    let started = sandbox.wait_for("api", Phase::Running).pid;
    assert!(started.is_some() && started != before[0]);
    terminal.keys("r");
    let restarted = sandbox.wait_until("another process", |all| {
        let api = &all.servers[0];
        api.phase == Phase::Running && api.pid.is_some() && api.pid != started
    });
    let pid = restarted.servers[0].pid.unwrap().to_string();
    terminal.wait_until("its PID", |screen| screen.says("api", &pid));
    assert_eq!(pids(&sandbox)[1..], before[1..]);
}

#[test]
fn a_kill_asks_first_and_esc_is_no() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (100, 24));
    terminal.wait_until("idle runs", |screen| screen.says("idle", "running"));
    terminal.keys("GX");
    terminal.wait_for("Kill idle?");
    terminal.keys(ESC);
    terminal.wait_until("no question", |screen| !screen.contains("Kill idle?"));
    // Enter presses the button that has the focus: Cancel
    terminal.keys("X\r");
    terminal.keys("?");
    terminal.wait_for("type to search");
    assert_eq!(pids(&sandbox), before);
    terminal.keys(ESC);
    terminal.wait_until("no help", |screen| screen.selects("idle"));
    terminal.keys("Xy");
    terminal.wait_until("idle is killed", |screen| screen.says("idle", "stopped"));
    assert_eq!(pids(&sandbox), [before[0], before[1], None]);
}

#[test]
fn a_filter_hides_and_esc_shows_all_again() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("api is there", |screen| screen.says("api", "running"));
    terminal.keys("/work");
    terminal.wait_until("worker alone", |s| s.row_of("api").is_none() && s.selects("worker"));
    terminal.keys("\r");
    terminal.wait_for("/work 1 of 3");
    terminal.keys(ESC);
    terminal.wait_until("all again", |s| s.row_of("api").is_some() && s.row_of("idle").is_some());
    assert!(terminal.screen().selects("worker"), "{}", terminal.screen().text());
}

#[test]
fn the_log_pane_follows_until_one_scrolls() {
    let sandbox = three_up();
    sandbox.wait_for_log("worker", "job 8860 ");
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("worker runs", |screen| screen.says("worker", "running"));
    terminal.keys("jl");
    terminal.wait_for("logs: worker ── FOLLOW");
    terminal.wait_for("picked up (queue=mail)");
    terminal.keys(PAGE_UP);
    // lines that come meanwhile are counted
    terminal.wait_for("PAUSED +");
    terminal.keys("f");
    terminal.wait_for("FOLLOW");
    terminal.keys("f");
    terminal.wait_for("PAUSED");
    terminal.keys("G");
    terminal.wait_for("FOLLOW");
}

#[test]
fn panes_help_and_reasons() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("api is there", |screen| screen.says("api", "running"));
    terminal.keys("\tz");
    terminal.wait_until("the log alone", |s| s.row_of("worker").is_none() && s.contains("logs: api"));
    terminal.keys("z");
    terminal.wait_until("the table again", |screen| screen.row_of("worker").is_some());
    terminal.keys("3z");
    terminal.wait_for("CPU % of 1 core");
    terminal.keys("q");
    terminal.wait_until("the table again", |screen| screen.row_of("worker").is_some());
    terminal.keys("?");
    terminal.wait_for("the selected server's log");
    terminal.keys("restart");
    terminal.wait_until("what fits", |s| s.contains("restart it") && !s.contains("half a page"));
    terminal.keys(ESC);
    terminal.wait_until("no help", |screen| !screen.contains("restart it"));
    terminal.keys("w");
    terminal.wait_for("Why is api running?");
    terminal.wait_for("because");
    terminal.keys("q");
    terminal.wait_until("no answer", |screen| !screen.contains("Why is api"));
    assert!(terminal.screen().is_alternate());
}

#[test]
fn any_size_will_do() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("api is there", |screen| screen.says("api", "running"));
    terminal.resize(40, 15);
    terminal.wait_until("it fits", |s| s.says("api", "running") && s.rows()[14].contains("help"));
    terminal.resize(38, 7);
    terminal.wait_until("counts only", |s| s.contains("3 up") && s.row_of("api").is_none());
    terminal.resize(80, 24);
    terminal.wait_until("all again", |s| s.says("idle", "running") && s.rows()[23].contains("q quit"));
}

#[test]
fn no_key_of_a_burst_is_lost_or_out_of_order() {
    let sandbox = three_up();
    let mut terminal = Terminal::open(&sandbox, &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    // a lost k would end one below, a lost j one above
    terminal.keys(&format!("gj{}x", "jk".repeat(100)));
    sandbox.wait_for("worker", Phase::Stopped);
    terminal.wait_until("worker is selected", |s| s.selects("worker") && s.says("worker", "stopped"));
    let phases = sandbox.wait_until("an answer", |_| true).servers.into_iter().map(|server| server.phase);
    assert_eq!(phases.collect::<Vec<_>>(), [Phase::Running, Phase::Stopped, Phase::Running]);
}
