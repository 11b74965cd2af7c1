//! Copies of a server: names, numbers, ports, and what siblings know of them.

use ostler::model::Phase;

use crate::support::{Sandbox, one};

const CONFIG: &str = r#"
project = "shop"
[servers.web]
command = 'echo "I am $OSTLER_NAME, number $OSTLER_REPLICA on $PORT"; exec sleep 600'
port = "auto"
port_check = "off"
replicas = 2
group = "front"
[servers.api]
command = 'echo "web is $OSTLER_PORT_WEB and $OSTLER_PORT_WEB_1"; exec sleep 600'
"#;

#[test]
fn copies_are_servers_of_their_own_with_one_name_for_all() {
    let sandbox = Sandbox::new(CONFIG);
    sandbox.ostler(&["up", "-d"]).ok();
    let all = sandbox.status();
    let port = |name: &str| one(&all, name).ports[0].port;
    assert_ne!(port("web.1"), port("web.2"));
    assert_eq!(one(&all, "web.2").replica_of.as_deref(), Some("web"));
    let said = |name: &str| sandbox.ostler(&["logs", name]).ok().out;
    assert!(said("web.2").contains(&format!("I am web.2, number 2 on {}", port("web.2"))));
    let known = format!("web is {0} and {0}", port("web.1"));
    assert!(said("api").contains(&known), "{}", said("api"));
    sandbox.ostler(&["stop", "web"]).ok();
    let phases = |all: &ostler::model::Snapshot| ["web.1", "web.2", "api"].map(|name| one(all, name).phase);
    assert_eq!(phases(&sandbox.status()), [Phase::Stopped, Phase::Stopped, Phase::Running]);
    sandbox.ostler(&["start", "web.2"]).ok();
    assert_eq!(phases(&sandbox.status()), [Phase::Stopped, Phase::Running, Phase::Running]);
    sandbox.ostler(&["start", "@front"]).ok();
    assert_eq!(phases(&sandbox.status()), [Phase::Running; 3]);
}
