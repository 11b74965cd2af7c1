//! Start-up and health checks against real servers: what they find, what they lead to, and that nothing of them stays.

use ostler::model::{EventKind, Health, Phase, PortState, ServerStatus, Signal};

use crate::support::{Process, Sandbox, freeze, is_same, kill, need, processes_with, wait};

/// Waits until this server is like this.
#[track_caller]
fn until(sandbox: &Sandbox, name: &str, what: &str, is: impl Fn(&ServerStatus) -> bool) -> ServerStatus {
    let all =
        sandbox.wait_until(what, |all| all.servers.iter().any(|server| server.name == name && is(server)));
    all.servers.into_iter().find(|server| server.name == name).unwrap()
}

fn kinds(sandbox: &Sandbox, name: &str) -> Vec<&'static str> {
    sandbox.events(Some(name)).iter().map(|event| event.kind.word()).collect()
}

const HTTP: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "http", "--unhealthy-while", "sick"]
port = "auto"
startup = { http = "http://127.0.0.1:${port}/" }
restart = { delay = "10ms" }
health = { http = "http://127.0.0.1:${port}/health", interval = "100ms", retries = 3, on_failure = "#;

#[test]
fn failed_checks_are_counted_and_shown_and_a_pass_makes_it_well_again() {
    let sandbox = Sandbox::with_servers([("api", format!("{HTTP}\"mark\" }}").as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    assert_eq!(sandbox.server("api").ports[0].state, PortState::Listening, "its check has just connected");
    let well = until(&sandbox, "api", "healthy", |server| server.health == Health::Healthy);
    assert!(well.last_check.unwrap().starts_with("200 in "));
    sandbox.write("sick", "");
    let sick = until(&sandbox, "api", "unhealthy", |server| server.health == Health::Unhealthy);
    assert!(sick.failed_checks >= 3 && sick.last_check.unwrap().starts_with("503 in "));
    let why = sandbox.ostler(&["why", "api"]).ok().out;
    assert!(why.contains("Its health check fails: 503 in ") && why.contains("it is only marked"), "{why}");
    std::fs::remove_file(sandbox.project().join("sick")).unwrap();
    let again = until(&sandbox, "api", "well again", |server| server.health == Health::Healthy);
    assert_eq!((again.pid, again.restarts, again.failed_checks), (well.pid, 0, 0));
    let events = sandbox.events(Some("api"));
    let healthy: Vec<bool> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Healthy { recovered, .. } => Some(recovered),
            _ => None,
        })
        .collect();
    assert_eq!(healthy, [false, true]);
}

#[test]
fn an_unhealthy_server_is_restarted_and_under_never_it_has_failed() {
    let restart = format!("{HTTP}\"restart\" }}");
    let never = restart.replace("restart = { delay = \"10ms\" }", "restart = \"never\"");
    let sandbox = Sandbox::with_servers([("api", restart.as_str()), ("once", never.as_str())]);
    sandbox.ostler(&["up", "-d"]).ok();
    let before = sandbox.server("api").pid;
    sandbox.write("sick", "");
    let failed = sandbox.wait_for("once", Phase::Failed);
    let reason = failed.last_error.unwrap();
    assert!(reason.starts_with("unhealthy: 503 in ") && reason.ends_with(", 3 times in a row"), "{reason}");
    until(&sandbox, "api", "a restart", |server| server.restarts > 0);
    std::fs::remove_file(sandbox.project().join("sick")).unwrap();
    let after = until(&sandbox, "api", "healthy again", |server| server.health == Health::Healthy);
    assert!(after.pid.is_some() && after.pid != before);
    let told = kinds(&sandbox, "api");
    let life = ["unhealthy", "exited", "backoff", "started"];
    assert!(told.windows(4).any(|part| part == life), "{told:?}");
    let crashes = sandbox.ostler(&["events", "--server", "api", "--kind", "crashed"]).ok().out;
    assert!(
        crashes.contains("ended by ostler after ") && crashes.contains("unhealthy: 503 in "),
        "{crashes}"
    );
    assert!(!crashes.contains("by itself"), "{crashes}");
    sandbox.ostler(&["events", "--server", "nope"]).fails(1, "no server matches `nope`");
}

#[test]
fn a_unix_socket_a_command_and_a_line_show_that_a_server_is_up() {
    let unix = r#"command = ["${OSTLER_BIN}", "demo-server", "unix", "--path", "api.sock"]
startup = { unix = "api.sock" }
health = { unix = "api.sock", interval = "100ms" }"#;
    let exec = r#"command = "sleep 1000"
env = { WORD = "opened" }
startup = { exec = "echo not yet; test -e $WORD" }
health = { exec = ["test", "-e", "${dir}/opened"], interval = "100ms", on_failure = "mark" }
version = { exec = "echo 'v1.2 \\033[31mred'; echo more" }"#;
    let log = r#"command = "echo not this; test -e go || sleep 1000; echo listening on 80; sleep 1000"
startup = { log = 'listening on \d+$' }"#;
    let sandbox = Sandbox::with_servers([("unix", unix), ("exec", exec), ("log", log)]);
    sandbox.ostler(&["start", "--no-wait", "unix", "exec", "log"]).ok();
    let up = until(&sandbox, "unix", "healthy", |server| server.health == Health::Healthy);
    assert!(up.last_check.unwrap().starts_with("accepted in "));
    let closed = until(&sandbox, "exec", "its answer", |server| {
        server.last_check.as_ref().is_some_and(|answer| answer.ends_with("ms: not yet"))
    });
    assert_eq!(closed.phase, Phase::Starting);
    sandbox.write("opened", "");
    let opened = until(&sandbox, "exec", "its version", |server| server.version.is_some());
    assert_eq!((opened.phase, opened.version.unwrap().as_str()), (Phase::Running, "v1.2 red"));
    let waits = until(&sandbox, "log", "no line", |server| server.last_check.is_some());
    assert_eq!(waits.last_check.unwrap(), "no line matches yet");

    // lines of earlier runs don't count
    sandbox.write("go", "");
    sandbox.ostler(&["restart", "log"]).ok();
    assert_eq!(sandbox.server("log").phase, Phase::Running);
    std::fs::remove_file(sandbox.project().join("go")).unwrap();
    sandbox.ostler(&["restart", "--no-wait", "log"]).ok();
    sandbox.wait_for_log("log", "not this\nended");
    let waits = until(&sandbox, "log", "a new run", |server| {
        server.phase == Phase::Starting && server.last_check.is_some()
    });
    assert_eq!(waits.last_check.unwrap(), "no line matches yet");
    // nor does a supervisor that was not there when the line came miss it
    let process = Process::find(waits.pid.unwrap()).unwrap();
    sandbox.kill_supervisor();
    until(&sandbox, "log", "adopted", |server| server.adopted && server.last_check.is_some());
    assert_eq!(sandbox.server("log").phase, Phase::Starting);
    assert!(is_same(&process));
}

#[test]
fn a_slow_start_is_waited_for_where_the_file_says_so() {
    let keys = r#"command = "sleep 1000"
startup = { exec = "test -e opened", timeout = "100ms", on_timeout = "wait" }"#;
    let sandbox = Sandbox::with_servers([("slow", keys)]);
    sandbox.ostler(&["start", "--no-wait", "slow"]).ok();
    let late = until(&sandbox, "slow", "too slow", |server| server.last_error.is_some());
    assert_eq!(late.phase, Phase::Starting);
    assert!(late.last_error.unwrap().starts_with("was not up within 0.1 s"));
    sandbox.write("opened", "");
    let up = sandbox.wait_for("slow", Phase::Running);
    assert_eq!((up.pid, up.last_error), (late.pid, None));
}

#[test]
fn a_server_says_itself_that_it_is_up_and_alive() {
    let keys = r#"command = ["${OSTLER_BIN}", "demo-server", "notify", "--every", "100ms", "--mute-while", "mute"]
startup = { notify = true }
health = { notify = true, interval = "1s", on_failure = "mark" }"#;
    let restarted = keys.replace("\"mark\"", "\"restart\"").replace("\"mute\"", "\"mute-2\"");
    let slow = r#"command = ["${OSTLER_BIN}", "demo-server", "notify", "--ready", "60m"]
startup = { notify = true }"#;
    let plain = "command = \"echo socket=$NOTIFY_SOCKET usec=$WATCHDOG_USEC; sleep 1000\"";
    let usec = plain.replace("$NOTIFY_SOCKET", "");
    let usec = format!("{usec}\nhealth = {{ notify = true, interval = \"90s\" }}");
    let mut sandbox = Sandbox::with_servers([
        ("a", keys),
        ("b", restarted.as_str()),
        ("slow", slow),
        ("plain", plain),
        ("usec", usec.as_str()),
    ]);
    // those of whoever typed `ostler up` are not for its servers
    sandbox.set_env("NOTIFY_SOCKET", "/run/systemd/notify");
    sandbox.set_env("WATCHDOG_USEC", "7");
    sandbox.ostler(&["up", "-d", "a", "b", "plain", "usec"]).ok();
    sandbox.ostler(&["start", "--no-wait", "slow"]).ok();
    sandbox.wait_for_log("plain", "socket= usec=\n");
    sandbox.wait_for_log("usec", "socket= usec=90000000\n");
    let well = until(&sandbox, "a", "heartbeats", |server| server.health == Health::Healthy);
    assert_eq!(well.last_check.unwrap(), "heartbeat; at your service");
    let loads = until(&sandbox, "slow", "its status", |server| server.last_check.is_some());
    assert_eq!((loads.phase, loads.last_check.unwrap().as_str()), (Phase::Starting, "loading the index"));

    sandbox.write("mute", "");
    until(&sandbox, "a", "hung", |server| server.health == Health::Hung);
    // another supervisor listens at the same place
    sandbox.kill_supervisor();
    std::fs::remove_file(sandbox.project().join("mute")).unwrap();
    let again = until(&sandbox, "a", "heard again", |server| server.health == Health::Healthy);
    assert_eq!((again.pid, again.restarts), (well.pid, 0));

    until(&sandbox, "b", "heartbeats", |server| server.health == Health::Healthy);
    sandbox.write("mute-2", "");
    until(&sandbox, "b", "a restart", |server| server.restarts > 0);
    let told = kinds(&sandbox, "b");
    assert!(told.windows(3).any(|part| part == ["hung", "exited", "backoff"]), "{told:?}");
}

#[test]
fn a_python_service_notifies_from_a_child_and_a_stranger_is_not_heard() {
    let Some(python) = need("python3") else { return };
    let script = r#"
import os, socket, time
def say(text):
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(text, os.environ["NOTIFY_SOCKET"])
    open("said", "w").write(os.environ["NOTIFY_SOCKET"] + "\n")
if os.fork() == 0:
    os.setsid()
    for file, text in (("go-1", b"STATUS=own"), ("go-2", b"READY=1")):
        while not os.path.exists(file): time.sleep(0.01)
        say(text)
time.sleep(1000)
"#;
    let keys = format!("command = [{python:?}, \"service.py\"]\nstartup = {{ notify = true }}");
    let sandbox = Sandbox::with_servers([("py", keys.as_str())]);
    sandbox.write("service.py", script);
    sandbox.ostler(&["start", "--no-wait", "py"]).ok();
    let started = until(&sandbox, "py", "its process", |server| server.pid.is_some());
    // this process is not of the run
    let environ = std::fs::read(format!("/proc/{}/environ", started.pid.unwrap())).unwrap();
    let path = environ.split(|byte| *byte == 0).find_map(|pair| pair.strip_prefix(b"NOTIFY_SOCKET="));
    let path = std::str::from_utf8(path.unwrap()).unwrap().to_owned();
    let stranger = std::os::unix::net::UnixDatagram::unbound().unwrap();
    stranger.send_to(b"STATUS=hello\nREADY=1", &path).unwrap();
    // what comes after it is heard
    sandbox.write("go-1", "");
    let heard = until(&sandbox, "py", "its own word", |server| server.last_check.is_some());
    assert_eq!((heard.phase, heard.last_check.unwrap().as_str()), (Phase::Starting, "own"));
    // a socket that somebody deleted comes back
    std::fs::remove_file(&path).unwrap();
    wait("the socket", || std::path::Path::new(&path).exists());
    sandbox.write("go-2", "");
    let up = sandbox.wait_for("py", Phase::Running);
    assert_eq!(up.last_check.unwrap(), "READY=1");
    sandbox.ostler(&["stop", "py"]).ok();
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn nothing_of_a_check_outlives_its_server_or_its_supervisor() {
    // each check has a child in a session of its own, and never ends
    let keys = r#"command = "sleep 1000"
health = { exec = "setsid sleep 2000 & sleep 2000", interval = "100ms", timeout = "1m", on_failure = "mark" }"#;
    let sandbox = Sandbox::with_servers([("a", keys)]);
    let checks = || -> Vec<Process> {
        let ours = processes_with(&format!("OSTLER_HOME={}", sandbox.paths().home().display()));
        ours.into_iter().filter(|process| process.command == "sleep 2000").collect()
    };
    sandbox.ostler(&["up", "-d"]).ok();
    wait("a check", || checks().len() == 2);
    let first = checks();
    let supervisor = sandbox.kill_supervisor();
    wait("the end of the check of the one that was killed", || !first.iter().any(is_same));
    // the next one asks too
    wait("another check", || checks().len() == 2);
    let second = checks();
    sandbox.ostler(&["stop", "a"]).ok();
    wait("the end of the check with its server", || !second.iter().any(is_same));
    assert!(is_same(&supervisor));

    sandbox.ostler(&["start", "a"]).ok();
    wait("a check", || checks().len() == 2);
    sandbox.ostler(&["supervisor", "stop"]).ok();
    wait("the end of the check at a goodbye", || checks().is_empty());
}

#[test]
fn a_supervisor_that_was_stopped_blames_no_server() {
    let http = format!("{HTTP}\"restart\" }}").replace("\"100ms\"", "\"100ms\", timeout = \"200ms\"");
    let notify = r#"command = ["${OSTLER_BIN}", "demo-server", "notify", "--every", "50ms"]
startup = { notify = true }
health = { notify = true, interval = "500ms" }"#;
    let sandbox = Sandbox::with_servers([
        ("api", http.replace("retries = 3", "retries = 1").as_str()),
        ("beats", notify),
    ]);
    sandbox.ostler(&["up", "-d"]).ok();
    for name in ["api", "beats"] {
        until(&sandbox, name, "healthy", |server| server.health == Health::Healthy);
    }
    for _ in 0..3 {
        let supervisor = sandbox.supervisor();
        freeze(&supervisor);
        // nothing can be waited for while it is stopped but time: that of its timers
        let until_when = std::time::Instant::now() + std::time::Duration::from_millis(1500);
        wait("the time", || std::time::Instant::now() > until_when);
        kill(&supervisor, Signal::CONT);
        for name in ["api", "beats"] {
            until(&sandbox, name, "healthy", |server| server.health == Health::Healthy);
        }
    }
    for name in ["api", "beats"] {
        let told = kinds(&sandbox, name);
        assert!(!told.iter().any(|kind| ["unhealthy", "hung", "exited"].contains(kind)), "{name}: {told:?}");
    }
}
