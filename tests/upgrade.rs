//! Programs of several versions at once: clients, supervisor and keepers. A version is told to a debug build by
//! `OSTLER_TEST_VERSION`; two files of the program are two copies of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use ostler::keeper::handle;
use ostler::model::{Phase, Signal};
use ostler::run_dir::ServerDir;

use crate::support::{BIN, Process, Sandbox, is_same, kill, one, wait};

const SLEEPER: &str = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
const OURS: &str = env!("CARGO_PKG_VERSION");
const OLD: &str = "0.0.9";

fn is_of(sandbox: &mut Sandbox, version: &str) {
    sandbox.set_env("OSTLER_TEST_VERSION", version);
}

/// The keepers of these servers.
fn keepers(sandbox: &Sandbox, names: &[&str]) -> Vec<Process> {
    names.iter().map(|name| sandbox.keeper_of(name)).collect()
}

#[test]
fn old_keepers_serve_a_new_supervisor_and_new_ones_an_old_one() {
    let names = ["a", "b", "c"];
    let restarts = format!("{SLEEPER}\nrestart = {{ delay = \"1ms\" }}");
    let mut sandbox = Sandbox::with_servers(names.map(|name| (name, restarts.as_str())));
    is_of(&mut sandbox, OLD);
    sandbox.ostler(&["up", "-d"]).ok();
    let servers: Vec<Process> = names.iter().flat_map(|name| sandbox.run_of(name)).collect();
    let old_keepers = keepers(&sandbox, &names);

    is_of(&mut sandbox, OURS);
    let said = sandbox.ostler(&["status"]).ok();
    let note =
        format!("ostler: the supervisor is version {OLD}, this is {OURS}: `ostler supervisor restart`\n");
    assert_eq!(said.err, note, "once, though more than one request was made");
    let said = sandbox.ostler(&["supervisor", "restart"]).ok();
    assert!(said.out.contains(&format!("supervisor {OURS}, pid ")), "{said:?}");
    assert!(said.out.contains(&format!("3 keepers of version {OLD}: each is replaced")), "{said:?}");
    assert_eq!(sandbox.ostler(&["status"]).ok().err, "");
    let all = sandbox.status();
    assert_eq!(all.supervisor.version, OURS);
    assert!(all.servers.iter().all(|server| server.phase == Phase::Running && server.adopted));
    assert!(servers.iter().chain(&old_keepers).all(is_same), "0 servers touched");

    // between two runs each gets a keeper of the supervisor's version: by command, and after a crash
    let why = sandbox.ostler(&["why", "a"]).ok().out;
    assert!(
        why.contains(&format!("Its keeper is of version {OLD}; it is replaced when the server")),
        "{why}"
    );
    sandbox.ostler(&["restart", "a"]).ok();
    kill(&servers[1], Signal::KILL);
    sandbox.wait_until("the restart of b", |all| {
        one(all, "b").restarts == 1 && one(all, "b").phase == Phase::Running
    });
    assert!(!sandbox.ostler(&["why", "a"]).ok().out.contains(OLD));
    for (old, now) in old_keepers.iter().zip(keepers(&sandbox, &names)).take(2) {
        assert_ne!(old.pid, now.pid);
        wait("the old keeper's end", || !is_same(old));
    }
    let told = sandbox.ostler(&["supervisor", "status"]).ok().out;
    assert!(told.contains(&format!("1 keeper of version {OLD}: it is replaced")), "{told}");
    assert!(is_same(&servers[2]) && is_same(&old_keepers[2]));

    // and back
    let servers: Vec<Process> = names.iter().flat_map(|name| sandbox.run_of(name)).collect();
    is_of(&mut sandbox, OLD);
    let told = sandbox.ostler(&["supervisor", "restart"]).ok().out;
    assert!(told.contains(&format!("2 keepers of version {OURS}: each is replaced")), "{told}");
    let all = sandbox.status();
    assert!(all.servers.iter().all(|server| server.phase == Phase::Running));
    assert!(servers.iter().all(is_same), "0 servers touched");
    assert_eq!(servers.len(), 3);
}

#[test]
fn a_program_that_was_replaced_is_taken_up_under_running_servers() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    let program = sandbox.project().join("ostler");
    let fresh = |name: &str| -> PathBuf {
        let path = sandbox.project().join(name);
        fs::copy(BIN, &path).unwrap();
        path
    };
    fresh("ostler");
    sandbox.ostler_of(&program, &["up", "-d"]).ok();
    let exe = |pid: u32| fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    let old = sandbox.supervisor();
    assert_eq!(exe(old.pid), program);
    let servers: Vec<Process> = ["a", "b"].iter().flat_map(|name| sandbox.run_of(name)).collect();
    // as an installer does it
    fs::rename(fresh("ostler.new"), &program).unwrap();
    assert!(exe(old.pid).to_string_lossy().ends_with(" (deleted)"));
    sandbox.ostler_of(&program, &["supervisor", "restart"]).ok();
    let new = sandbox.supervisor();
    assert_ne!(new.pid, old.pid);
    assert_eq!(exe(new.pid), program);
    assert!(servers.iter().all(is_same));
    // a keeper that is older than the file brings back the new program
    kill(&new, Signal::KILL);
    sandbox.wait_until("it is back", |all| all.supervisor.pid != new.pid);
    assert_eq!(exe(sandbox.supervisor().pid), program);
    sandbox.ostler_of(&program, &["restart", "a"]).ok();
    assert!(is_same(&servers[1]));
}

/// Something that holds the lock of a server and speaks an unknown protocol. Ends when dropped.
struct Stranger {
    heard: Arc<Mutex<Vec<String>>>,
    socket: PathBuf,
    _lock: ostler::os::lock::Lock,
}

impl Stranger {
    fn of(sandbox: &Sandbox, name: &str) -> Self {
        let dir = ServerDir::new(sandbox.paths().server("shop", name));
        dir.create().unwrap();
        let lock = dir.take_lock().unwrap().unwrap();
        let socket = handle::socket_path(sandbox.paths(), &format!("shop/{name}"));
        let listener = UnixListener::bind(&socket).unwrap();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let writes = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                converse(stream, &writes);
            }
        });
        Self { heard, socket, _lock: lock }
    }
}

/// Answers a hello, and writes down what comes.
fn converse(mut stream: UnixStream, heard: &Mutex<Vec<String>>) {
    let identity = r#"{"boot_id":"x","pid":1,"start_ticks":1}"#;
    let hello = format!(
        r#"{{"hello":{{"protocol":99,"version":"9.9.9","identity":{identity},"run":null,"last":null,"memo":null}}}}"#
    );
    for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
        heard.lock().unwrap().push(line);
        if writeln!(stream, "{hello}").is_err() {
            return;
        }
    }
}

#[test]
fn a_keeper_of_an_unknown_protocol_is_shown_and_left_alone() {
    let sandbox = Sandbox::with_servers([("a", SLEEPER), ("b", SLEEPER)]);
    sandbox.ostler(&["up", "-d", "b"]).ok();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    let stranger = Stranger::of(&sandbox, "a");
    sandbox.ostler(&["events"]).ok();
    let shown = sandbox.server("a");
    let reason =
        format!("version 9.9.9 and speaks protocol 99, which this supervisor of version {OURS} does not");
    assert!(shown.last_error.as_ref().is_some_and(|error| error.contains(&reason)), "{shown:?}");
    assert!(sandbox.ostler(&["why", "a"]).ok().out.contains(&reason));
    let told = sandbox.ostler(&["supervisor", "status"]).ok().out;
    assert!(told.contains("1 keeper of version 9.9.9: left alone"), "{told}");
    for verb in ["start", "stop", "restart"] {
        sandbox.ostler(&[verb, "a"]).fails(1, &reason);
    }
    sandbox.ostler(&["logs", "a"]).ok();
    assert_eq!(sandbox.server("b").phase, Phase::Running);
    let heard = stranger.heard.lock().unwrap().clone();
    assert!(heard.iter().all(|line| line.starts_with(r#"{"hello":"#)), "{heard:?}");
    // a goodbye it is told: otherwise it would bring a supervisor of its own
    sandbox.ostler(&["supervisor", "stop"]).ok();
    wait("the goodbye", || stranger.heard.lock().unwrap().iter().any(|line| line == r#""goodbye""#));
    fs::remove_file(&stranger.socket).unwrap();
    drop(stranger);
    sandbox.ostler(&["start", "a"]).ok();
    assert_eq!(sandbox.server("a").phase, Phase::Running);
}
