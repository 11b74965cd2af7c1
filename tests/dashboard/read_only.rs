//! `ostler watch`: looks, and cannot act.

use super::terminal::Terminal;
use super::{pids, three_up};

#[test]
fn acting_keys_do_not_exist() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &["watch"], (120, 40));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    assert!(terminal.screen().rows()[0].trim_end().ends_with("watch"));
    let footer = terminal.screen().rows().pop().unwrap();
    for word in ["start", "stop", "restart", "kill"] {
        assert!(!footer.contains(word), "{footer}");
    }
    // the help comes after what the keys before it did
    // `y` is no yes here but asks what to copy
    terminal.keys("xsrXyqRyq?");
    terminal.wait_for("the selected server's log");
    for word in ["SIGKILL", "restart it", "stop it", "start the selected"] {
        assert!(!terminal.screen().contains(word), "{}", terminal.screen().text());
    }
    assert_eq!(pids(&sandbox), before);
    terminal.keys("\x1b");
    terminal.wait_until("no help", |screen| screen.says("api", "running"));
    // it is still a dashboard
    terminal.keys("G");
    terminal.wait_until("the last", |screen| screen.selects("idle"));
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn it_can_be_switched_on_and_off_and_asks_over_the_socket_that_only_reads() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let mut terminal = Terminal::open(&sandbox, &[], (120, 40));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("W");
    terminal.wait_until("a badge", |screen| screen.rows()[0].trim_end().ends_with("watch"));
    terminal.keys("xsrXR");
    // what is asked now must not need the other socket
    let paths = sandbox.paths();
    let aside = paths.supervisor_socket().with_extension("aside");
    std::fs::rename(paths.supervisor_socket(), &aside).unwrap();
    terminal.keys("w");
    terminal.wait_for("phase");
    std::fs::rename(&aside, paths.supervisor_socket()).unwrap();
    terminal.keys("\x1b");
    // an Esc and a letter that come together are Alt and that letter
    terminal.wait_until("no page", |screen| !screen.contains("Why is api"));
    assert_eq!(pids(&sandbox), before);
    terminal.keys("W");
    terminal.wait_until("no badge", |screen| screen.rows()[0].trim_end().ends_with("rw"));
    terminal.keys("x");
    terminal.wait_until("api stopped", |screen| screen.says("api", "stopped"));
}

#[test]
fn the_supervisor_refuses_what_a_client_that_only_reads_asks() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let target = ostler::client::Target::Local { read_only: false };
    let client = ostler::client::Client::new(sandbox.paths().clone(), target, "test").reading_only(true);
    let server = "shop/api".parse().unwrap();
    let request = ostler::api::ActRequest::new(ostler::api::Verb::Restart, vec![server]);
    let refused = runtime.block_on(client.act(&request, true)).unwrap_err();
    assert!(refused.to_string().contains("may only read"), "{refused}");
    assert_eq!(pids(&sandbox), before);
}
