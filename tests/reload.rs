//! `ostler reload`: what is told of a file that changed, and what is done and left alone.

use std::fs;

use ostler::api::Reloaded;
use ostler::model::{EventKind, Phase};

use crate::support::{Sandbox, ask, is_same, one, wait};

const BEFORE: &str = r#"
project = "shop"
[servers.same]
command = ["${OSTLER_BIN}", "demo-server", "sleep"]
[servers.api]
command = 'echo "api in $MODE"; exec sleep 600'
env = { MODE = "hunter1", PLAIN = "1" }
restart = { attempts = 5 }
[servers.idle]
command = "exec sleep 601"
autostart = false
[servers.old]
command = "exec sleep 602"
"#;

const AFTER: &str = r#"
project = "shop"
[servers.same]
command = ["${OSTLER_BIN}", "demo-server", "sleep"]
[servers.api]
command = 'echo "now api in $MODE"; exec sleep 600'
env = { MODE = "hunter2", MORE = "hunter3" }
restart = { attempts = 9 }
[servers.idle]
command = "exec sleep 603"
autostart = false
[servers.new]
command = "exec sleep 604"
[servers.new-idle]
command = "exec sleep 605"
autostart = false
"#;

fn reload(sandbox: &Sandbox, args: &[&str]) -> Reloaded {
    let out = sandbox.ostler(&[&["reload", "--json"], args].concat()).ok().out;
    serde_json::from_str(&out).unwrap()
}

/// Everything that must not change, as it is now.
fn state(sandbox: &Sandbox) -> (String, String) {
    let mut all = sandbox.status();
    for server in &mut all.servers {
        (server.uptime_s, server.cpu_percent, server.memory_bytes) = (None, None, None);
    }
    (fs::read_to_string(sandbox.paths().registry()).unwrap(), format!("{:#?}", all.servers))
}

#[test]
fn without_apply_everything_is_told_and_nothing_changes() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = state(&sandbox);
    sandbox.write("ostler.toml", AFTER);
    let said = sandbox.ostler(&["reload"]).ok().out;
    let expected = [
        "shop",
        "  + shop/new: added",
        "  + shop/new-idle: added",
        "  - shop/old: removed",
        "  ~ shop/api: changed: to be restarted",
        r#"      command: echo "api in $MODE"; exec sleep 600 -> echo "now api in $MODE"; exec sleep 600"#,
        "      restart.attempts: 5 -> 9",
        "      env.MODE: changed",
        "      env.MORE: not set -> (hidden)",
        "      env.PLAIN: (hidden) -> not set",
        "  ~ shop/idle: changed: taken at its next start",
        "      command: exec sleep 601 -> exec sleep 603",
    ];
    assert_eq!(said.lines().take(expected.len()).collect::<Vec<_>>(), expected, "{said}");
    assert!(!reload(&sandbox, &[]).applied);
    assert_eq!(state(&sandbox), before);
    // and nothing that was only looked at is remembered
    sandbox.kill_supervisor();
    sandbox.wait_for("same", Phase::Running);
    let names: Vec<String> = sandbox.status().servers.into_iter().map(|server| server.name).collect();
    assert_eq!(names, ["same", "api", "idle", "old"]);
    assert!(!said.contains("hunter"), "{said}");
}

#[test]
fn apply_touches_only_what_the_file_changes() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    let (same, old) = (sandbox.run_of("same"), sandbox.run_of("old"));
    sandbox.write("ostler.toml", AFTER);
    let said = sandbox.ostler(&["reload", "--apply"]).ok();
    assert!(said.out.contains("shop/api: changed: restarted"), "{said:#?}");
    let after = sandbox.status();
    let names: Vec<&str> = after.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["same", "api", "idle", "new", "new-idle"]);
    assert_eq!(one(&after, "same").pid, one(&before, "same").pid);
    assert!(same.iter().all(is_same) && !old.iter().any(is_same));
    assert_ne!(one(&after, "api").pid, one(&before, "api").pid);
    let phases = ["api", "idle", "new", "new-idle"].map(|name| one(&after, name).phase);
    assert_eq!(phases, [Phase::Running, Phase::Stopped, Phase::Running, Phase::Stopped]);
    assert_eq!(one(&after, "idle").command, "exec sleep 603");
    sandbox.wait_for_log("api", "now api in hunter2");
    let nothing = reload(&sandbox, &[]);
    assert_eq!((nothing.added.len(), nothing.removed.len(), nothing.changed.len()), (0, 0, 0));
    let told = sandbox.events(None).into_iter().find_map(|event| match event.kind {
        EventKind::Reloaded { added, removed, changed, by, .. } => Some((added, removed, changed, by.client)),
        _ => None,
    });
    assert_eq!(told, Some((2, 1, 2, "cli".to_owned())));
    // it was on disk before it was answered
    sandbox.kill_supervisor();
    let kept = sandbox.wait_until("all again", |all| {
        all.servers.len() == 5 && all.servers.iter().filter(|s| s.phase == Phase::Running).count() == 3
    });
    assert_eq!(one(&kept, "new").pid, one(&after, "new").pid);
    for text in [said.out, sandbox.ostler(&["events"]).ok().out] {
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn a_file_with_problems_changes_nothing_and_all_of_them_are_told() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = state(&sandbox);
    sandbox.write(
        "ostler.toml",
        "project = \"shop\"\n[servers.same]\ncomand = \"x\"\n[servers.api]\ncommand = 7\n",
    );
    for args in [&["reload"][..], &["reload", "--apply"]] {
        let said = sandbox.ostler(args).fails(1, "ostler.toml:3:");
        assert!(said.err.contains("ostler.toml:5:"), "{said:#?}");
        assert_eq!(state(&sandbox), before);
    }
    sandbox.write("ostler.toml", BEFORE);
    assert!(reload(&sandbox, &["--apply"]).changed.is_empty());
}

#[test]
fn a_row_says_that_its_config_changed_and_why_names_the_fields() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d"]).ok();
    let pid = sandbox.server("api").pid;
    sandbox.write("ostler.toml", AFTER);
    sandbox.ostler(&["up", "-d", "same"]).ok();
    assert!(sandbox.server("api").config_changed);
    assert!(!sandbox.server("same").config_changed);
    let why = sandbox.ostler(&["why", "api"]).ok().out;
    assert!(why.contains("(command, restart.attempts, env.MODE, env.MORE, env.PLAIN)"), "{why}");
    assert!(!why.contains("hunter"), "{why}");
    let old = sandbox.ostler(&["why", "old"]).ok().out;
    assert!(old.contains("does not name it any more"), "{old}");
    // what `up` has read is still no news to the server that runs
    let told = reload(&sandbox, &[]);
    let changed: Vec<String> = told.changed.iter().map(|change| change.server.to_string()).collect();
    assert_eq!(changed, ["shop/api"]);
    assert_eq!(told.removed.len(), 1);
    assert_eq!(sandbox.server("api").pid, pid);
    reload(&sandbox, &["--apply"]);
    assert!(!sandbox.server("api").config_changed);
    assert_ne!(sandbox.server("api").pid, pid);
}

#[test]
fn a_server_that_is_gone_from_the_file_is_forgotten_even_by_the_next_supervisor() {
    let stubborn = r#"command = "trap '' TERM; while :; do sleep 0.05; done"
stop = { grace = "2s" }"#;
    let keep = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let sandbox = Sandbox::with_servers([("keep", keep), ("slow", stubborn)]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.write("ostler.toml", &format!("[servers.keep]\n{keep}\n"));
    sandbox.ostler(&["reload", "--apply", "--no-wait"]).ok();
    sandbox.kill_supervisor();
    let gone = sandbox.wait_until("slow forgotten", |all| all.servers.len() == 1);
    assert_eq!(one(&gone, "keep").phase, Phase::Running);
    wait("the end of slow", || sandbox.run_of("slow").is_empty());
    let registry = fs::read_to_string(sandbox.paths().registry()).unwrap();
    assert!(!registry.contains("shop/slow"), "{registry}");
}

#[test]
fn a_changed_port_is_taken_with_the_restart() {
    let config = |port: &str| {
        format!(
            "[servers.a]\ncommand = 'echo \"port is $PORT.\"; exec sleep 600'\nport = {port}\nport_check = \"off\"\n"
        )
    };
    let sandbox = Sandbox::new(&config("45871"));
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.write("ostler.toml", &config("45872"));
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.server("a").ports[0].port, 45871, "what runs has the port of its start");
    sandbox.kill_supervisor();
    sandbox.wait_for("a", Phase::Running);
    let told = reload(&sandbox, &["--apply"]);
    assert_eq!(told.changed[0].fields[0].name, "port");
    assert_eq!(sandbox.server("a").ports[0].port, 45872);
    sandbox.wait_for_log("a", "port is 45872.");
    sandbox.write("ostler.toml", &config("\"auto\""));
    reload(&sandbox, &["--apply"]);
    let chosen = sandbox.server("a").ports[0].port;
    assert_ne!(chosen, 45872);
    sandbox.wait_for_log("a", &format!("port is {chosen}."));
}

#[test]
fn a_watch_connection_can_not_even_look() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d", "same"]).ok();
    let file = sandbox.project().join("ostler.toml");
    let body = format!(r#"{{"file":"{}"}}"#, file.display());
    let json = "Content-Type: application/json\r\n";
    let (status, answer) = ask(&sandbox.paths().watch_socket(), "POST", "/v1/reload", json, &body);
    assert_eq!(status, 403, "{answer}");
    let (status, answer) = ask(&sandbox.paths().supervisor_socket(), "POST", "/v1/reload", json, &body);
    assert!(status == 200 && answer.contains(r#""applied":false"#), "{status} {answer}");
}

#[test]
fn what_failed_after_the_reload_is_told_by_the_exit_code() {
    let keep = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let sandbox = Sandbox::with_servers([("keep", keep)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let bad = "command = \"exit 3\"\nrestart = \"never\"";
    sandbox.write("ostler.toml", &format!("[servers.keep]\n{keep}\n[servers.bad]\n{bad}\n"));
    sandbox.ostler(&["reload", "--apply"]).fails(1, "shop/bad failed");
    assert_eq!(sandbox.server("keep").phase, Phase::Running);
}

#[test]
fn what_could_not_be_saved_is_not_done_and_the_same_reload_does_it_later() {
    let sandbox = Sandbox::new(BEFORE);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.status();
    sandbox.write("ostler.toml", AFTER);
    let (registry, aside) = (sandbox.paths().registry(), sandbox.paths().home().join("aside"));
    fs::rename(&registry, &aside).unwrap();
    // nothing can be renamed over it
    fs::create_dir(&registry).unwrap();
    let failed = sandbox.ostler(&["reload", "--apply"]).fails(1, "so it is not done");
    assert!(failed.err.contains("is the disk full?"), "{failed:#?}");
    let names = |status: &ostler::model::Snapshot| -> Vec<String> {
        status.servers.iter().map(|server| server.name.clone()).collect()
    };
    let now = sandbox.status();
    assert_eq!(names(&now), names(&before));
    assert_eq!(one(&now, "api").pid, one(&before, "api").pid);
    fs::remove_dir(&registry).unwrap();
    fs::rename(&aside, &registry).unwrap();
    let again = reload(&sandbox, &["--apply"]);
    assert_eq!((again.added.len(), again.removed.len(), again.changed.len()), (2, 1, 2));
    assert_eq!(sandbox.wait_for("new", Phase::Running).name, "new");
}
