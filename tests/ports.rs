//! Ports that somebody else holds, and ports that are chosen.

use std::net::{TcpListener, TcpStream};

use ostler::model::{EventKind, Health, Phase, PortState, Signal};

use crate::support::{Process, Sandbox, free_port, kill, one};

#[test]
fn a_server_whose_port_is_held_waits_names_the_holder_and_starts_when_it_is_free() {
    let port = free_port();
    let foreign = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let keys = format!("command = [\"${{OSTLER_BIN}}\", \"demo-server\", \"http\"]\nport = {port}");
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    let up = sandbox.ostler(&["up", "-d"]).fails(1, &format!("waiting for port {port}"));
    assert!(up.err.contains("hint: `ostler why shop/web`"), "{up:?}");
    let seen = sandbox.status();
    let waiting = one(&seen, "web");
    assert_eq!((waiting.phase, waiting.pid, waiting.waiting_for.len()), (Phase::Waiting, None, 1));
    let own = std::process::id();
    let told = &waiting.waiting_for[0];
    assert!(told.contains(&port.to_string()) && told.contains(&format!("pid {own}")), "{told}");
    let why = sandbox.ostler(&["why", "web"]).ok().out;
    assert!(why.contains(&format!("pid {own}")) && why.contains("integration"), "{why}");
    assert_eq!(waiting.ports[0].state, PortState::Foreign);
    let holder = waiting.ports[0].holder.clone().unwrap();
    assert_eq!((holder.pid, holder.ours), (Some(own), None));
    assert!(holder.command.unwrap().contains("integration"));
    drop(foreign);
    sandbox.wait_for("web", Phase::Running);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let events = sandbox.events(Some("web"));
    // a test beside this one that forks at this moment has a copy of the socket, and nobody sees whose it is
    let waited = |kind: &EventKind| matches!(kind, EventKind::Waiting { port: held, holder: Some(holder) } if *held == port && holder.pid == Some(own));
    assert_eq!(events.iter().filter(|event| waited(&event.kind)).count(), 1, "{events:#?}");
}

#[test]
fn a_server_that_waits_can_be_stopped() {
    let port = free_port();
    let _foreign = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let keys = format!("command = [\"${{OSTLER_BIN}}\", \"demo-server\", \"http\"]\nport = {port}");
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    sandbox.ostler(&["start", "web", "--no-wait"]).ok();
    sandbox.wait_for("web", Phase::Waiting);
    sandbox.ostler(&["stop", "web"]).ok();
    assert_eq!(sandbox.server("web").phase, Phase::Stopped);
}

#[test]
fn a_port_that_was_chosen_stays_and_siblings_know_it() {
    let http = "command = [\"${OSTLER_BIN}\", \"demo-server\", \"http\"]\nport = \"auto\"";
    let teller = "command = \"echo $OSTLER_PORT_ONE $OSTLER_PORT_NO_TWO > told; exec sleep 1000\"";
    let sandbox = Sandbox::with_servers([("one", http), ("no-two", http), ("teller", teller)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let all = sandbox.status();
    let port = |name: &str| one(&all, name).ports[0].port;
    assert_ne!(port("one"), port("no-two"));
    assert_eq!(sandbox.read("told"), format!("{} {}\n", port("one"), port("no-two")));
    sandbox.ostler(&["restart", "one"]).ok();
    sandbox.kill_supervisor();
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(one(&sandbox.status(), "one").ports[0].port, port("one"));
    TcpStream::connect(("127.0.0.1", port("one"))).unwrap();
}

#[test]
fn a_declared_port_that_is_closed_while_its_server_runs_makes_it_unhealthy() {
    let keys = format!(
        "command = '\"$OSTLER_BIN\" demo-server http & echo $! > child; while :; do sleep 1; done'\nport = {}",
        free_port()
    );
    let sandbox = Sandbox::with_servers([("web", keys.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let healthy = sandbox.wait_until("it is healthy", |all| one(all, "web").health == Health::Healthy);
    let child = Process::find(sandbox.read("child").trim().parse().unwrap()).unwrap();
    kill(&child, Signal::KILL);
    let ill = sandbox.wait_until("it is unhealthy", |all| one(all, "web").health == Health::Unhealthy);
    let (was, is) = (one(&healthy, "web"), one(&ill, "web"));
    assert_eq!((is.phase, is.pid, is.restarts), (Phase::Running, was.pid, 0), "the main process is alive");
    assert_eq!(is.ports[0].state, PortState::Closed);
}
