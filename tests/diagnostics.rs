//! What the program says of itself: `-v`, the supervisor's own file, and what is kept for scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ostler::model::Phase;

use crate::support::{Sandbox, wait};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

#[test]
fn v_writes_what_a_command_does_to_a_file_that_has_no_secret_and_no_end_of_room() {
    let mut sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.set_env("TOKEN", "hush-hush");
    let path = sandbox.paths().diagnostics();
    let said = sandbox.ostler(&["-v", "up", "-d"]).ok();
    assert_eq!(
        said.err.lines().next(),
        Some(format!("diagnostics: {}", path.display()).as_str()),
        "{said:?}"
    );
    assert_eq!(sandbox.ostler(&["logs", "a", "--grep", "hush-hush"]).ok().err, "", "it is off by itself");
    sandbox.ostler(&["status", "--verbose"]).ok();
    let text = fs::read_to_string(&path).unwrap();
    for part in ["a command begins", "and started if none ran pid=", r#"route="/v1/projects" status=200"#] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("a command begins").count(), 2, "{text}");
    assert!(!text.contains("hush"), "{text}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    // full files are put aside, and of those only some are kept
    for _ in 0..4 {
        fs::write(&path, vec![b'x'; 2 << 20]).unwrap();
        sandbox.ostler(&["-v", "status"]).ok();
        assert!(fs::metadata(&path).unwrap().len() < 10_000);
    }
    let kept = fs::read_dir(sandbox.paths().home()).unwrap().flatten();
    let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with("diagnostics.log"));
    assert_eq!(kept.count(), 3);
}

#[test]
fn the_supervisors_own_file_begins_anew_while_it_runs() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let path = sandbox.paths().supervisor_output();
    fs::write(&path, vec![b'x'; 2 << 20]).unwrap();
    // it has something to say: it can't read this file
    sandbox.write("ostler.toml", "[servers.a]\ncommand = 7\n");
    let aside = path.with_file_name("supervisor.log.1");
    sandbox.ostler(&["supervisor", "restart"]).ok();
    wait("the full file aside", || fs::metadata(&aside).is_ok_and(|meta| meta.len() >= 2 << 20));
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
}

#[test]
fn a_server_has_a_file_with_its_pid_and_records_of_its_last_five_ended_runs() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let dir = sandbox.paths().server("shop", "a");
    for _ in 0..7 {
        let pid = sandbox.server("a").pid.unwrap();
        assert_eq!(fs::read_to_string(dir.join("server.pid")).unwrap(), format!("{pid}\n"));
        sandbox.ostler(&["restart", "a"]).ok();
    }
    sandbox.ostler(&["stop", "a"]).ok();
    assert!(!dir.join("server.pid").exists());
    assert_eq!(fs::read_dir(dir.join("runs")).unwrap().count(), 5);
}

#[test]
fn a_supervisor_in_the_foreground_replaces_one_that_a_keeper_brought_back_and_no_other() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let server = sandbox.server("a").pid;
    sandbox.ostler(&["supervisor", "run"]).fails(1, "a supervisor runs already");
    let revived = sandbox.kill_supervisor();
    let foreground = sandbox.background(&["supervisor", "run"]);
    sandbox.wait_until("it is up", |all| all.supervisor.pid == foreground.pid());
    wait("the end of the one before", || !crate::support::is_same(&revived));
    assert_eq!((sandbox.server("a").pid, sandbox.server("a").phase), (server, Phase::Running));
    sandbox.ostler(&["supervisor", "stop"]).ok();
    assert_eq!(foreground.end(), Some(0));
}
