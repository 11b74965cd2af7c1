//! Who holds a port, in each way in which one can be held, and how a stranger is ended.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use ostler::api::PortRow;
use ostler::model::{EventKind, Phase, PortState};

use crate::support::{BIN, Sandbox, alive, free_port, need, one, wait};

/// A process that is none of ostler's.
struct Stranger(Child);

impl Stranger {
    /// One that listens on this port, by this program.
    fn listens(program: &str, args: &[&str], port: u16) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let stranger = Self(command.process_group(0).spawn().unwrap());
        wait("the stranger's port", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        stranger
    }

    fn http(program: &str, port: u16) -> Self {
        Self::listens(program, &["demo-server", "http", "--port", &port.to_string()], port)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn http_on(port: u16) -> String {
    format!("command = [\"${{OSTLER_BIN}}\", \"demo-server\", \"http\"]\nport = {port}")
}

fn rows(sandbox: &Sandbox, args: &[&str]) -> Vec<PortRow> {
    let args = [&["ports", "--json"], args].concat();
    serde_json::from_str(&sandbox.ostler(&args).ok().out).unwrap()
}

#[test]
fn ports_are_listed_with_what_each_is_now_although_nothing_is_up() {
    let (held, free) = (free_port(), free_port());
    let sandbox = Sandbox::with_servers([("web", http_on(held).as_str()), ("api", http_on(free).as_str())]);
    sandbox.ostler(&["start", "api"]).ok();
    let stranger = TcpListener::bind(("127.0.0.1", held)).unwrap();
    let all = rows(&sandbox, &[]);
    let row = |name: &str| all.iter().find(|row| row.server.name() == name).unwrap();
    assert_eq!(row("api").status.state, PortState::Listening);
    let foreign = &row("web").status;
    assert_eq!((foreign.port, foreign.declared, foreign.state), (held, true, PortState::Foreign));
    assert_eq!(foreign.holder.as_ref().and_then(|holder| holder.pid), Some(std::process::id()));
    let table = sandbox.ostler(&["ports", "web"]).ok().out;
    assert!(table.contains("foreign") && table.contains(&format!("pid {}", std::process::id())), "{table}");
    assert!(!table.contains("listening"), "only what was asked for: {table}");
    drop(stranger);
    sandbox.ostler(&["stop", "api"]).ok();
    assert!(rows(&sandbox, &["--all"]).iter().all(|row| row.status.state == PortState::Closed));
}

#[test]
fn a_stranger_is_ended_on_request_and_the_server_that_waits_starts() {
    let port = free_port();
    let mut stranger = Stranger::http(BIN, port);
    let sandbox = Sandbox::with_servers([("web", http_on(port).as_str())]);
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    sandbox.wait_for("web", Phase::Waiting);
    let told = sandbox.ostler(&["ports", "--kill", &port.to_string()]).ok().out;
    assert!(told.contains(&format!("SIGTERM sent to pid {}", stranger.0.id())), "{told}");
    sandbox.wait_for("web", Phase::Running);
    assert!(!stranger.0.wait().unwrap().success());
    let pid = stranger.0.id();
    let by = |kind: &EventKind| {
        matches!(kind, EventKind::HolderKilled { port: its, pid: who, by }
            if (*its, *who, by.client.as_str()) == (port, pid, "cli"))
    };
    assert!(sandbox.events(Some("web")).iter().any(|event| by(&event.kind)));
    sandbox
        .ostler(&["ports", "--kill", &port.to_string()])
        .fails(1, "is held by a server of ostler's: shop/web");
    assert_eq!(sandbox.server("web").phase, Phase::Running);
}

#[test]
fn one_that_ignores_sigterm_is_told_and_sigkill_ends_it() {
    let Some(python) = need("python3") else { return };
    let port = free_port();
    let script = format!(
        "import signal, socket, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ns = socket.create_server(('', {port}))\n\
         while True: time.sleep(60)"
    );
    let stranger = Stranger::listens(&python, &["-c", &script], port);
    let sandbox = Sandbox::with_servers([("web", http_on(port).as_str())]);
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    let port = port.to_string();
    let still = sandbox.ostler(&["ports", "--kill", &port]).fails(1, "is still held by pid");
    assert!(still.err.contains("--now"), "{still:?}");
    sandbox.ostler(&["ports", "--kill", &port, "--now"]).ok();
    sandbox.wait_for("web", Phase::Running);
    assert!(!alive(stranger.0.id()));
}

#[test]
fn a_server_of_ours_is_not_ended_as_a_stranger_and_nobody_is_nobody() {
    let (port, free) = (free_port(), free_port());
    let squatter = format!("command = \"exec $OSTLER_BIN demo-server http --port {port}\"");
    let sandbox = Sandbox::with_servers([
        ("squatter", squatter.as_str()),
        ("web", http_on(port).as_str()),
        ("api", http_on(free).as_str()),
    ]);
    sandbox.ostler(&["start", "squatter"]).ok();
    wait("its port", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let refused = sandbox.ostler(&["ports", "--kill", &port.to_string()]).fails(1, "shop/squatter");
    assert!(refused.err.contains("`ostler stop shop/squatter`"), "{refused:?}");
    let all = rows(&sandbox, &[]);
    let found = all.iter().find(|row| row.server.name() == "squatter").unwrap();
    assert_eq!((found.status.port, found.status.declared), (port, false));
    let holder = all.iter().find(|row| row.server.name() == "web").unwrap().status.holder.clone().unwrap();
    assert_eq!(holder.ours, Some(found.server.clone()));
    sandbox.ostler(&["ports", "--kill", &free.to_string()]).fails(1, "nobody holds port");
    sandbox.ostler(&["ports", "--kill", "9"]).fails(1, "no server declares port 9");
    assert_eq!(sandbox.server("squatter").phase, Phase::Running);
}

#[test]
fn connections_their_remains_and_udp_hold_nothing() {
    let Some(python) = need("python3") else { return };
    let port = free_port();
    // a client whose own end has the port, and a socket for datagrams on it
    let far = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = far.local_addr().unwrap().port();
    let script = format!(
        "import socket, sys\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
         s.bind(('127.0.0.1', {port}))\ns.connect(('127.0.0.1', {to}))\ns.recv(1)"
    );
    let mut client = Stranger(Command::new(python).args(["-c", &script]).spawn().unwrap());
    let (near, address) = far.accept().unwrap();
    assert_eq!(address.port(), port);
    let _datagrams = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    let sandbox = Sandbox::with_servers([("web", http_on(port).as_str())]);
    assert_eq!(rows(&sandbox, &["--all"]).len(), 0);
    sandbox.write(
        "ostler.toml",
        &format!("[servers.web]\ncommand = \"sleep 1000\"\nport = {port}\nport_check = \"listen\"\n"),
    );
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    sandbox.wait_until("it was launched", |all| all.servers.first().is_some_and(|web| web.pid.is_some()));
    let row = &rows(&sandbox, &[])[0].status;
    assert_eq!((row.state, row.holder.clone()), (PortState::Closed, None));
    // the client's end is closed first, and remains as TIME_WAIT
    client.0.kill().unwrap();
    client.0.wait().unwrap();
    drop(near);
    sandbox.ostler(&["stop", "web"]).ok();
    sandbox.write("ostler.toml", &format!("[servers.web]\n{}", http_on(port)));
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(rows(&sandbox, &[])[0].status.state, PortState::Listening);
}

#[test]
fn a_server_on_ipv6_alone_is_up_and_a_stranger_beside_it_is_told() {
    let Some(python) = need("python3") else { return };
    if TcpListener::bind("[::1]:0").is_err() {
        return eprintln!("left out: this box has no IPv6");
    }
    let port = free_port();
    let keys = format!(
        "command = [\"{python}\", \"-m\", \"http.server\", \"--bind\", \"::1\", \"{port}\"]\nport = {port}"
    );
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(rows(&sandbox, &[])[0].status.holder, None);
    let _beside = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let row = &rows(&sandbox, &[])[0].status;
    assert_eq!(row.state, PortState::Listening);
    assert_eq!(row.holder.as_ref().and_then(|holder| holder.pid), Some(std::process::id()));
    assert!(sandbox.ostler(&["ports"]).ok().out.contains("shared"));
}

#[test]
fn what_the_run_before_left_on_the_port_is_waited_for() {
    let port = free_port();
    // the main process ends at once, the one that has the port a moment later
    let keys = format!(
        "command = \"(trap 'sleep 0.7; kill $!; exit' TERM; $OSTLER_BIN demo-server http & wait) & exec sleep 1000\"\nport = {port}"
    );
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("web").pid;
    for _ in 0..3 {
        sandbox.ostler(&["restart", "web"]).ok();
    }
    let after = sandbox.server("web");
    assert!(after.phase == Phase::Running && after.pid != before && after.restarts == 0, "{after:?}");
    TcpStream::connect(("127.0.0.1", port)).unwrap();
}

#[test]
fn the_name_of_a_stranger_reaches_no_terminal_unescaped() {
    let port = free_port();
    let dir = tempfile::tempdir().unwrap();
    let evil = dir.path().join("a) \u{1b}[2J\n(b");
    symlink(BIN, &evil).unwrap();
    let _stranger = Stranger::http(evil.to_str().unwrap(), port);
    let sandbox = Sandbox::with_servers([("web", http_on(port).as_str())]);
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    let seen = sandbox.wait_until("its holder", |all| one(all, "web").ports[0].holder.is_some());
    let holder = one(&seen, "web").ports[0].holder.clone().unwrap();
    assert_eq!(holder.command.as_deref(), Some("a) \u{1b}[2J\n(b"));
    for args in [&["ports"][..], &["ports", "--json"], &["status"], &["why", "web"], &["events"]] {
        let said = sandbox.ostler(args).ok().out;
        assert!(said.contains("a)") || args == ["status"], "{args:?}: {said}");
        assert!(!said.contains('\u{1b}') && !said.contains("[2J\n(b"), "{args:?}: {said:?}");
    }
    let killed = sandbox.ostler(&["ports", "--kill", &port.to_string()]).ok().out;
    assert!(killed.contains("a)") && !killed.contains('\u{1b}'), "{killed:?}");
}
