//! The commands around a config file, and those that only look.

use std::fs;

use ostler::model::{Event, Phase};

use crate::support::Sandbox;

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;

#[test]
fn init_writes_a_file_that_works_and_never_overwrites_one() {
    let sandbox = Sandbox::new("");
    let dir = sandbox.project().with_file_name("fresh");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("Procfile"), "web: exec sleep 1000\nworker: exec sleep 1001\n").unwrap();
    assert!(sandbox.ostler_in(&dir, &["init"]).ok().out.contains("2 servers"));
    assert!(sandbox.ostler_in(&dir, &["check"]).ok().out.contains("2 servers"));
    let written = fs::read(dir.join("ostler.toml")).unwrap();
    sandbox.ostler_in(&dir, &["init"]).fails(1, "ostler.toml");
    assert_eq!(fs::read(dir.join("ostler.toml")).unwrap(), written);
    sandbox.ostler_in(&dir, &["up", "-d", "worker"]).ok();
    assert_eq!(sandbox.server("worker").phase, Phase::Running);
}

#[test]
fn check_tells_every_problem_with_its_place() {
    let sandbox = Sandbox::new("[servers.a]\ncomand = \"x\"\nport = 99999\n[servers.b]\ncommand = 3\n");
    let said = sandbox.ostler(&["check"]).exits(1);
    for place in ["ostler.toml:2:", "ostler.toml:3:", "ostler.toml:5:"] {
        assert!(said.err.contains(place), "{said:#?}");
    }
    assert!(said.err.contains("hint") && said.err.contains("`command`"), "{said:#?}");
    sandbox.write("ostler.toml", &format!("[servers.a]\n{SLEEPER}\n"));
    assert!(sandbox.ostler(&["check"]).ok().out.contains("1 server"));
    sandbox.ostler(&["check", "nope.toml"]).fails(1, "nope.toml: cannot be read");
    let nowhere = sandbox.project().with_file_name("nowhere");
    fs::create_dir(&nowhere).unwrap();
    sandbox.ostler_in(&nowhere, &["check"]).fails(2, "no ostler.toml");
    assert!(sandbox.processes().is_empty(), "a look starts nothing");
}

#[test]
fn add_keeps_the_file_as_it_is_and_starts_the_server() {
    let text = format!("# mine\n\n[servers.a]   # first\n{SLEEPER}\n");
    let sandbox = Sandbox::new(&text);
    sandbox.ostler(&["add", "web", "--port", "auto", "--", crate::support::BIN, "demo-server", "http"]).ok();
    let after = fs::read_to_string(sandbox.project().join("ostler.toml")).unwrap();
    assert!(after.starts_with(&text) && after.contains("[servers.web]"), "{after}");
    assert_eq!(sandbox.server("web").phase, Phase::Running);
    assert_eq!(sandbox.server("a").phase, Phase::Stopped);
    sandbox.ostler(&["add", "web", "--", "true"]).fails(1, "web");
    assert_eq!(fs::read_to_string(sandbox.project().join("ostler.toml")).unwrap(), after);
}

#[test]
fn completions_know_the_names_of_servers() {
    let sandbox = Sandbox::with_servers([("api", SLEEPER), ("db", SLEEPER)]);
    let script = sandbox.ostler(&["completions", "bash"]).ok().out;
    assert!(script.contains("complete") && script.contains("ostler"), "{script}");
    let names = sandbox.ostler(&["complete-names"]).ok().out;
    assert!(names.contains("api") && names.contains("db"), "{names}");
}

#[test]
fn events_tell_what_happened_and_who_asked() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "a"]).ok();
    let mut follow = sandbox.background(&["events", "-f", "--json", "--server", "a", "--kind", "stopped"]);
    sandbox.ostler(&["stop", "a"]).ok();
    let line = follow.line(|line| line.contains("\"stopped\""));
    let event: Event = serde_json::from_str(&line).unwrap();
    assert_eq!(event.server.unwrap().to_string(), "shop/a");
    let numbers: Vec<u64> = {
        let out = sandbox.ostler(&["events", "--json"]).ok().out;
        out.lines().map(|line| serde_json::from_str::<Event>(line).unwrap().seq).collect()
    };
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let told = sandbox.ostler(&["events", "--server", "a"]).ok().out;
    assert!(told.contains("cli") && told.contains("start"), "{told}");
    assert!(!told.contains("shop/b"), "{told}");
}

#[test]
fn status_for_people_is_a_table_without_colours_in_a_pipe() {
    let sandbox = Sandbox::with_servers([("api", SLEEPER), ("db", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "api"]).ok();
    for args in [&["status"][..], &["ls"], &["ps"], &[]] {
        let table = sandbox.ostler(args).ok().out;
        let line = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
        assert!(line("api").contains("running") && line("db").contains("stopped"), "{table}");
        assert!(!table.contains('\x1b'), "{table:?}");
    }
}
