//! What a server finds in its environment, and where no value of it is to be found.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, one};

/// Stands in values that nobody may write down.
const SECRET: &str = "hunter2-Q7vXk";

#[test]
fn layers_lie_in_their_order() {
    let keys = r#"command = "env > told; echo end >> told; exec sleep 1000"
env_file = [".env", "?missing.env", ".env.local"]
env = { FROM_TABLE = "table", OVER = "table", PUT = "${FROM_SHELL}-${name}" }
port = "auto"
startup = { http = "http://127.0.0.1:1/", timeout = "10m" }"#;
    let mut sandbox = Sandbox::with_servers([("a-b", keys)]);
    sandbox.write(".env", "FROM_FILE=file # said\nUNDER=file\nOVER=file\nLATER='first'\n");
    sandbox.write(".env.local", "LATER=\"second\"\n");
    sandbox.set_env("FROM_SHELL", "shell value");
    sandbox.set_env("UNDER", "shell");
    sandbox.set_env("OVER", "shell");
    sandbox.ostler(&["start", "a-b", "--no-wait"]).ok();
    let told = sandbox.read("told");
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name} in {told}")).to_owned()
    };
    let expected = [
        ("FROM_SHELL", "shell value"),
        ("FROM_FILE", "file"),
        ("UNDER", "file"),
        ("OVER", "table"),
        ("LATER", "second"),
        ("FROM_TABLE", "table"),
        ("PUT", "shell value-a-b"),
        ("OSTLER_NAME", "a-b"),
        ("OSTLER_PROJECT", "shop"),
        ("OSTLER_BIN", crate::support::BIN),
    ];
    for (name, text) in expected {
        assert_eq!(value(name), text, "{name}");
    }
    let port = one(&sandbox.status(), "a-b").ports[0].port.to_string();
    assert_eq!((value("PORT"), value("OSTLER_PORT_A_B")), (port.clone(), port));
    assert!(!value("OSTLER_RUN_ID").is_empty());
}

#[test]
fn the_environment_is_that_of_the_latest_up_and_outlives_the_supervisor() {
    let keys = "command = \"echo $WHAT > told; exec sleep 1000\"\nrestart = { delay = \"1ms\" }";
    let mut sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.set_env("WHAT", "first");
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.read("told"), "first\n");
    sandbox.set_env("WHAT", "second");
    sandbox.ostler(&["status"]).ok();
    sandbox.kill_supervisor();
    fs::remove_file(sandbox.project().join("told")).unwrap();
    sandbox.ostler(&["restart", "a"]).ok();
    assert_eq!(sandbox.read("told"), "first\n");
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["restart", "a"]).ok();
    assert_eq!(sandbox.read("told"), "second\n");
}

#[test]
fn a_server_that_is_wanted_again_after_a_supervisor_without_environment_says_what_to_do() {
    let sandbox = Sandbox::with_servers([("a", "command = \"exec sleep 1000\"")]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["down"]).ok();
    sandbox.ostler(&["supervisor", "restart"]).ok();
    let socket = sandbox.paths().supervisor_socket();
    let headers = "Content-Type: application/json\r\n";
    let (status, body) = crate::support::ask(&socket, "POST", "/v1/servers/shop/a/start", headers, "");
    assert!(status >= 400 && body.contains("ostler up"), "{status} {body}");
    sandbox.ostler(&["start", "a"]).ok();
}

#[test]
fn no_value_reaches_a_file_or_a_command_line() {
    let keys = format!(
        r#"command = ["${{OSTLER_BIN}}", "demo-server", "sleep"]
env = {{ IN_TABLE = "{SECRET}-table" }}
env_file = ".env"
restart = {{ delay = "1ms" }}"#
    );
    let keys = keys.replace("IN_TABLE", "TOKEN");
    let mut sandbox = Sandbox::with_servers([("a", keys.as_str())]);
    sandbox.write(".env", &format!("PASSWORD={SECRET}-file\n"));
    sandbox.set_env("API_KEY", &format!("{SECRET}-shell"));
    sandbox.ostler(&["up", "-d"]).ok();
    let pid = sandbox.server("a").pid.unwrap();
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap();
    for value in ["shell", "file", "table"] {
        let value = format!("{SECRET}-{value}");
        assert!(contains(&environ, &value), "the server has no {value}");
    }
    sandbox.ostler(&["signal", "a", "KILL"]).ok();
    sandbox.wait_until("the restart", |all| all.servers[0].restarts == 1);
    sandbox.ostler(&["status", "--json"]).ok();
    sandbox.kill_supervisor();
    let mut read = 0;
    nowhere_below(sandbox.paths().home(), &mut read);
    assert!(read >= 5, "only {read} files were looked at");
    for process in sandbox.processes() {
        assert!(!process.command.contains(SECRET), "{process:?}");
    }
    for args in [&["status", "--json"][..], &["events", "--json"], &["why", "a"], &["logs", "a"]] {
        assert!(!sandbox.ostler(args).ok().out.contains(SECRET), "{args:?}");
    }
}

fn nowhere_below(dir: &Path, read: &mut usize) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            nowhere_below(&entry.path(), read);
        } else if kind.is_file() {
            *read += 1;
            let bytes = fs::read(entry.path()).unwrap_or_default();
            assert!(!contains(&bytes, SECRET), "{} holds the secret", entry.path().display());
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}
