//! The status JSON is a contract: these keys, these types.

use serde_json::Value;

use crate::support::{Sandbox, ask};

const KEYS: [&str; 31] = [
    "id",
    "project",
    "name",
    "group",
    "phase",
    "since",
    "health",
    "desired",
    "pid",
    "pids",
    "uptime_s",
    "adopted",
    "pending",
    "ports",
    "cpu_percent",
    "memory_bytes",
    "memory_kind",
    "memory_growth_bytes_per_h",
    "restarts",
    "attempt",
    "next_start_at",
    "failed_checks",
    "last_check",
    "version",
    "config_changed",
    "exit",
    "last_error",
    "waiting_for",
    "command",
    "dir",
    "log",
];

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn sorted<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = keys.to_vec();
    keys.sort_unstable();
    keys
}

#[test]
fn status_has_every_key_of_the_contract_whatever_the_phase() {
    let http =
        "command = [\"${OSTLER_BIN}\", \"demo-server\", \"http\"]\nport = \"auto\"\ngroup = \"backend\"";
    let fails = "command = \"exit 3\"\nrestart = \"never\"";
    let sandbox = Sandbox::with_servers([
        ("api", http),
        ("bad", fails),
        ("idle", "command = \"true\"\nautostart = false"),
    ]);
    sandbox.ostler(&["up", "-d"]).exits(1);
    sandbox.wait_until("a measurement", |all| {
        all.servers[0].memory_bytes.is_some()
            && all.servers[0].ports[0].latency_ms.is_some()
            && !all.servers[0].pids.is_empty()
    });
    let text = sandbox.ostler(&["status", "--json"]).ok().out;
    let all: Value = serde_json::from_str(&text).unwrap();
    for key in ["host", "supervisor", "servers"] {
        assert!(all.get(key).is_some(), "no {key}");
    }
    assert_eq!(keys(&all["supervisor"]), ["pid", "uptime_s", "version"]);
    for server in all["servers"].as_array().unwrap() {
        assert_eq!(keys(server), sorted(&KEYS), "{server:#}");
    }
    let api = &all["servers"][0];
    assert_eq!(
        (&api["id"], &api["group"], &api["phase"], &api["desired"]),
        (&"shop/api".into(), &"backend".into(), &"running".into(), &"up".into())
    );
    assert!(api["pid"].is_u64() && api["uptime_s"].is_f64() && api["memory_bytes"].is_u64());
    assert!(
        api["since"].as_str().is_some_and(|at| at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok())
    );
    assert_eq!(api["pids"][0], api["pid"]);
    assert_eq!(api["dir"], sandbox.project().to_str().unwrap());
    assert!(std::path::Path::new(api["log"].as_str().unwrap()).join("current").exists());
    let port = &api["ports"][0];
    assert_eq!(keys(port), ["declared", "holder", "latency_ms", "port", "state"]);
    assert_eq!(
        (&port["declared"], &port["state"], &port["holder"]),
        (&true.into(), &"listening".into(), &Value::Null)
    );
    let exit = &all["servers"][1]["exit"];
    assert_eq!(keys(exit), ["at", "code", "lasted_s", "signal"]);
    assert_eq!((&exit["code"], &exit["signal"]), (&3.into(), &Value::Null));
    assert_eq!(all["servers"][2]["exit"], Value::Null);
}

#[test]
fn the_api_says_the_same_as_the_command() {
    let sandbox = Sandbox::with_servers([("a", "command = \"exec sleep 1000\"")]);
    sandbox.ostler(&["up", "-d"]).ok();
    let socket = sandbox.paths().supervisor_socket();
    let get = |path: &str| {
        let (status, body) = ask(&socket, "GET", path, "", "");
        (status, serde_json::from_str::<Value>(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    };
    let (status, all) = get("/v1/servers");
    assert_eq!((status, &all["servers"][0]["id"]), (200, &"shop/a".into()));
    let (status, one) = get("/v1/servers/shop/a");
    assert_eq!((status, &one["pid"]), (200, &all["servers"][0]["pid"]));
    let (_, version) = get("/v1/version");
    assert_eq!(version["pid"], all["supervisor"]["pid"]);
    for path in ["/v1/servers/shop/nope", "/v1/servers/..%2f..%2fetc/passwd", "/nope"] {
        let (status, problem) = get(path);
        assert!((400..500).contains(&status), "{path}: {status}");
        assert!(problem["kind"].is_string() && problem["message"].is_string(), "{problem}");
    }
}
