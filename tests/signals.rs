//! Signals to servers, and servers on a terminal.

use ostler::model::Phase;

use crate::support::Sandbox;

#[test]
fn a_signal_reaches_the_main_process_and_nobody_else() {
    let trapped = "command = [\"sh\", \"./run\"]";
    let sandbox = Sandbox::with_servers([("a", trapped), ("b", trapped)]);
    sandbox.write(
        "run",
        "for sig in HUP USR1 INT; do trap \"echo got $sig\" $sig; done; echo ready; while :; do sleep 0.1; done",
    );
    sandbox.ostler(&["up", "-d"]).ok();
    let pid = sandbox.server("a").pid;
    sandbox.wait_for_log("a", "ready");
    for (typed, name) in [("SIGHUP", "HUP"), ("usr1", "USR1"), ("2", "INT")] {
        let said = sandbox.ostler(&["signal", "a", typed]).ok().out;
        assert_eq!(
            said,
            format!("shop/a: running, pid {}, SIG{name} sent\n", pid.unwrap())
                .replace(&format!(", pid {}", pid.unwrap()), "")
        );
        sandbox.wait_for_log("a", &format!("got {name}"));
    }
    let after = sandbox.server("a");
    assert_eq!((after.phase, after.pid, after.restarts), (Phase::Running, pid, 0));
    assert!(!sandbox.log("b").contains("got"));
    sandbox.ostler(&["stop", "b"]).ok();
    let refused = sandbox.ostler(&["signal", "b", "HUP"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
}

#[test]
fn a_server_with_tty_has_a_terminal_and_one_without_has_none() {
    let test = r#"command = "test -t 0 && test -t 1 && test -t 2 && echo a terminal || echo no terminal; tty; stty size; exec sleep 1000""#;
    let with = format!("{test}\ntty = true");
    let sandbox = Sandbox::with_servers([("with", with.as_str()), ("without", test)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("with", "a terminal");
    sandbox.wait_for_log("with", "/dev/pts/");
    sandbox.wait_for_log("without", "no terminal");
    let before = sandbox.server("with").pid;
    sandbox.kill_supervisor();
    assert_eq!(sandbox.wait_for("with", Phase::Running).pid, before);
    sandbox.ostler(&["stop", "with"]).ok();
    assert_eq!(sandbox.run_of("with"), []);
}

#[test]
fn a_server_that_leaves_its_terminal_is_not_hung_up_on() {
    let leaves = r#"command = "echo leaves; exec >/dev/null 2>&1 </dev/null; exec sleep 1000"
tty = true"#;
    let sandbox = Sandbox::with_servers([("a", leaves)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for_log("a", "leaves");
    let server = sandbox.server("a");
    assert_eq!((server.phase, server.restarts), (Phase::Running, 0), "{:?}", server.last_error);
}
