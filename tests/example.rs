//! The example config does what it shows.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use ostler::model::Phase;

use crate::support::{Sandbox, one};

#[test]
fn the_example_comes_up_as_it_stands() {
    let sandbox = Sandbox::new(include_str!("../config.example.toml"));
    sandbox.ostler(&["check"]).ok();
    let said = sandbox.ostler(&["up", "-d"]).ok().out;
    let all = sandbox.status();
    assert_eq!(all.servers.len(), 10);
    for server in &all.servers {
        match server.name.as_str() {
            "report" => assert_eq!(server.phase, Phase::Stopped),
            "migrate" => assert_eq!(server.phase, Phase::Completed),
            // it crashes for show, and on a slow machine it may have done so by now
            "payments" => assert!(said.contains("example/payments: running")),
            _ => assert_eq!(server.phase, Phase::Running, "{server:#?}"),
        }
    }
    let health = get(one(&all, "api").ports[0].port, "/health");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    assert!(one(&all, "web").ports[0].port != one(&all, "search").ports[0].port);
    sandbox.wait_until("the tree's three processes", |all| one(all, "mailer").pids.len() >= 3);
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
