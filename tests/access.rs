//! Who may connect, and to do what.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::process::Command;

use ostler::api::routes::{self, Access, Method};
use ostler::model::Phase;

use crate::support::{BIN, Sandbox, ask, run};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn the_watch_socket_changes_nothing() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("a");
    let socket = sandbox.paths().watch_socket();
    let writes = routes::ALL.iter().filter(|route| route.access == Access::Write);
    assert!(writes.clone().count() >= 7);
    for route in writes {
        let method = match route.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        };
        let path = route.path.replace("{project}", "shop").replace("{name}", "a");
        let body = r#"{"verb":{"stop":{"now":true}},"servers":["shop/a"]}"#;
        for body in [body, "", "{}"] {
            let (status, answer) = ask(&socket, method, &path, JSON, body);
            assert_eq!(status, 403, "{method} {path}: {answer}");
            assert!(answer.contains("refused"), "{answer}");
        }
    }
    let (status, all) = ask(&socket, "GET", "/v1/servers", "", "");
    assert!(status == 200 && all.contains("shop/a"), "{status} {all}");
    let after = sandbox.server("a");
    assert_eq!((after.phase, after.pid, after.since), (Phase::Running, before.pid, before.since));
}

#[test]
fn what_looks_like_a_browser_is_refused() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER)]);
    sandbox.ostler(&["up", "-d"]).ok();
    for socket in [sandbox.paths().supervisor_socket(), sandbox.paths().watch_socket()] {
        for headers in ["Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
            let (status, answer) = ask(&socket, "GET", "/v1/servers", headers, "");
            assert!((400..500).contains(&status) && !answer.contains("shop/a"), "{headers}: {answer}");
        }
    }
}

#[test]
fn only_the_owner_can_enter_whatever_the_umask() {
    let sandbox = Sandbox::with_servers([("a", "command = \"echo hello; exec sleep 1000\"")]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" up -d", BIN]).current_dir(sandbox.project()).env_clear();
    shell.env("PATH", std::env::var_os("PATH").unwrap()).env("OSTLER_HOME", sandbox.paths().home());
    run(shell, "up -d with umask 000").ok();
    sandbox.wait_for_log("a", "hello");
    let mut seen = 0;
    closed(sandbox.paths().home(), &mut seen);
    assert!(seen > 15, "only {seen} files were looked at");
    // a server has the umask of a shell, not that of a supervisor
    let pid = sandbox.server("a").pid.unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("Umask:\t00"), "{status}");
}

fn closed(path: &Path, seen: &mut usize) {
    let data = fs::symlink_metadata(path).unwrap();
    *seen += 1;
    let mode = data.mode() & 0o7777;
    let kind = data.file_type();
    let expected = match (kind.is_dir(), kind.is_symlink(), kind.is_file() || kind.is_socket()) {
        (true, _, _) => 0o700,
        (_, true, _) => return,
        (_, _, true) => 0o600,
        _ => panic!("{} is no file", path.display()),
    };
    assert_eq!(mode, expected, "{}: {mode:o}", path.display());
    if kind.is_dir() {
        fs::read_dir(path).unwrap().flatten().for_each(|entry| closed(&entry.path(), seen));
    }
}
