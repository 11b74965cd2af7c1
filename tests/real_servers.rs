//! Servers that people really run.

use std::fs;
use std::net::TcpStream;

use ostler::model::{Phase, PortState};

use crate::support::{Sandbox, alive, need};

/// Start by port, crash, restart by policy, stop: with nothing left of it.
fn live_and_die(sandbox: &Sandbox, name: &str) {
    sandbox.ostler(&["up", "-d"]).ok();
    let up = sandbox.server(name);
    assert_eq!(up.phase, Phase::Running);
    let port = up.ports[0].port;
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let listens = sandbox.wait_until("its port is seen", |all| {
        all.servers[0].ports.iter().any(|seen| seen.port == port && seen.state == PortState::Listening)
    });
    assert_eq!(listens.servers[0].ports[0].holder, None);

    sandbox.ostler(&["signal", name, "SIGKILL"]).ok();
    sandbox.wait_until("the restart", |all| all.servers[0].restarts >= 1);
    let again = sandbox.wait_for(name, Phase::Running);
    assert_ne!(again.pid, up.pid);
    assert!(!alive(up.pid.unwrap()));
    TcpStream::connect(("127.0.0.1", port)).unwrap();

    sandbox.ostler(&["stop", name]).ok();
    assert_eq!(sandbox.run_of(name), []);
    TcpStream::connect(("127.0.0.1", port)).unwrap_err();
}

#[test]
fn a_python_http_server_on_a_port_that_was_chosen() {
    let Some(python) = need("python3") else { return };
    let keys = format!(
        "command = [{python:?}, \"-u\", \"-m\", \"http.server\", \"--bind\", \"127.0.0.1\", \"${{port}}\"]\n\
         port = \"auto\"\nrestart = {{ delay = \"10ms\" }}"
    );
    live_and_die(&Sandbox::with_servers([("files", keys.as_str())]), "files");
}

#[test]
fn nginx_with_its_workers() {
    let Some(nginx) = need("nginx") else { return };
    let port = crate::support::free_port();
    let keys = format!(
        "command = [{nginx:?}, \"-p\", \"${{dir}}\", \"-c\", \"nginx.conf\", \"-e\", \"stderr\"]\n\
         port = {port}\nrestart = {{ delay = \"10ms\" }}\nstop = \"SIGQUIT\""
    );
    let sandbox = Sandbox::with_servers([("front", keys.as_str())]);
    fs::create_dir(sandbox.project().join("tmp")).unwrap();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path tmp/{kind};\n"))
        .concat();
    // its workers outlive a master that was killed, and hold the port: ostler has to end them first
    sandbox.write(
        "nginx.conf",
        &format!(
            "daemon off;\nworker_processes 2;\npid nginx.pid;\nevents {{ worker_connections 64; }}\n\
             http {{\naccess_log off;\n{temporary}\
             server {{ listen 127.0.0.1:{port}; return 200 \"ok\"; }}\n}}\n"
        ),
    );
    live_and_die(&sandbox, "front");
}

#[test]
fn redis() {
    let Some(redis) = need("redis-server") else { return };
    let port = crate::support::free_port();
    let keys = format!(
        "command = [{redis:?}, \"--port\", \"${{port}}\", \"--bind\", \"127.0.0.1\", \"--save\", \"\"]\n\
         port = {port}\nrestart = {{ delay = \"10ms\" }}"
    );
    live_and_die(&Sandbox::with_servers([("cache", keys.as_str())]), "cache");
}
