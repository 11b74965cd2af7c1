//! Processes of other users: what may be seen of them, and what may be done to them. Root has to make them.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};

use ostler::api::PortRow;
use ostler::model::{Phase, PortState, Snapshot};

use crate::support::{BIN, Sandbox, free_port, need, one, run, wait};

/// `nobody` everywhere.
const NOBODY: u32 = 65534;

/// Whether users can be made up; says so where not.
fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("left out: only root can be another user");
    }
    root
}

/// The same run, as another user, and with a `/proc` of this kind.
fn as_nobody(command: &Command, hidden: bool) -> Command {
    let drop = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"";
    let mut other = if hidden {
        let mut other = Command::new("unshare");
        other.args(["--mount", "sh", "-c", &format!("mount -t proc -o hidepid=2 proc /proc && {drop}")]);
        other
    } else {
        let mut other = Command::new("sh");
        other.args(["-c", drop]);
        other
    };
    other.arg("sh").arg(command.get_program()).args(command.get_args()).env_clear();
    other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    other.current_dir(command.get_current_dir().unwrap());
    other
}

fn can_hide() -> bool {
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "mount", "-t", "proc", "-o", "hidepid=2", "proc", "/proc"]);
    let can = probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !can {
        eprintln!("left out: /proc can't be mounted here with hidepid=2");
    }
    can
}

fn http_on(port: u16) -> String {
    format!("command = [\"${{OSTLER_BIN}}\", \"demo-server\", \"http\"]\nport = {port}")
}

/// A supervisor of `nobody`, a server whose port root holds, and one that is well.
fn sees_only_the_user(hidden: bool) {
    let (held, free) = (free_port(), free_port());
    let foreign = TcpListener::bind(("127.0.0.1", held)).unwrap();
    let sandbox = Sandbox::with_servers([("web", http_on(held).as_str()), ("api", http_on(free).as_str())]);
    let project = sandbox.project();
    for path in [project.parent().unwrap(), &project, &project.join("ostler.toml")] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let ostler = |args: &[&str]| run(as_nobody(&sandbox.command(args), hidden), &args.join(" "));
    ostler(&["up", "-d"]).fails(1, &format!("waiting for port {held}"));
    let seen: Snapshot = serde_json::from_str(&ostler(&["status", "--all", "--json"]).ok().out).unwrap();
    let web = one(&seen, "web");
    assert_eq!((web.phase, web.ports[0].state), (Phase::Waiting, PortState::Foreign));
    let holder = web.ports[0].holder.clone().unwrap();
    assert_eq!((holder.pid, holder.command, holder.user.as_deref()), (None, None, Some("root")));
    let api = one(&seen, "api");
    assert_eq!((api.phase, api.ports[0].state), (Phase::Running, PortState::Listening));
    assert!(api.pid.is_some_and(|pid| api.pids == [pid]), "{api:?}");
    let rows: Vec<PortRow> = serde_json::from_str(&ostler(&["ports", "--json"]).ok().out).unwrap();
    assert_eq!(rows.iter().filter(|row| row.status.state == PortState::Foreign).count(), 1);
    let table = ostler(&["ports"]).ok().out;
    assert!(table.contains("a process that can't be seen (user root)"), "{table}");
    ostler(&["ports", "--kill", &held.to_string()]).fails(1, "it can't be seen, so nothing is done to it");
    drop(foreign);
    let running = || {
        let all: Snapshot = serde_json::from_str(&ostler(&["status", "--all", "--json"]).ok().out).unwrap();
        one(&all, "web").phase == Phase::Running
    };
    wait("the port to be free", running);
    assert!(ostler(&["orphans"]).ok().out.starts_with("no orphans"));
    ostler(&["down", "--all"]).ok();
    ostler(&["supervisor", "stop"]).ok();
    // it is another user's: the sandbox could not look into it
    wait("the end of all", || sandbox.processes().is_empty());
    fs::remove_dir_all(sandbox.paths().home()).unwrap();
}

#[test]
fn of_another_users_holder_the_user_is_known_and_nothing_is_done_to_it() {
    if need("setpriv").is_some() && is_root() {
        sees_only_the_user(false);
    }
}

#[test]
fn with_hidepid_servers_are_watched_and_others_are_not_seen() {
    if need("setpriv").is_some() && need("unshare").is_some() && is_root() && can_hide() {
        sees_only_the_user(true);
    }
}

#[test]
fn root_sees_and_may_end_the_holder_of_another_user() {
    if need("setpriv").is_none() || !is_root() {
        return;
    }
    let port = free_port();
    let mut command = Command::new(BIN);
    command.args(["demo-server", "http", "--port", &port.to_string()]).current_dir("/");
    let mut stranger = as_nobody(&command, false).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    wait("the stranger's port", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let sandbox = Sandbox::with_servers([("web", http_on(port).as_str())]);
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    let seen = sandbox.wait_until("its holder", |all| one(all, "web").ports[0].holder.is_some());
    let holder = one(&seen, "web").ports[0].holder.clone().unwrap();
    assert_eq!((holder.pid, holder.user.as_deref()), (Some(stranger.id()), Some("nobody")));
    sandbox.ostler(&["ports", "--kill", &port.to_string()]).ok();
    sandbox.wait_for("web", Phase::Running);
    stranger.wait().unwrap();
}

#[test]
fn a_server_that_became_another_user_has_its_port() {
    if need("setpriv").is_none() || !is_root() {
        return;
    }
    let port = free_port();
    let keys = format!(
        "command = \"exec setpriv --reuid=65534 --regid=65534 --clear-groups $OSTLER_BIN demo-server http\"\nport = {port}"
    );
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let rows: Vec<PortRow> = serde_json::from_str(&sandbox.ostler(&["ports", "--json"]).ok().out).unwrap();
    assert_eq!((rows[0].status.state, rows[0].status.holder.clone()), (PortState::Listening, None));
    sandbox
        .ostler(&["ports", "--kill", &port.to_string()])
        .fails(1, "is held by a server of ostler's: shop/web");
    sandbox.ostler(&["stop", "web"]).ok();
}
