//! Commands that end with success and leave the server behind.

use std::fs;

use ostler::model::{Phase, Signal};

use crate::support::{Process, Sandbox, alive, is_same, kill, need, wait};

/// Forks twice, leaves its session, and goes on as somebody else.
const DAEMON: &str = "\
import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
open('daemon', 'w').write(f'{os.getpid()}\\n')
time.sleep(1000)
";

#[test]
fn what_a_command_leaves_in_the_background_is_the_server() {
    let python = need("python3");
    let script = ("script", "command = 'sleep 1000 & echo $! > left; exit 0'".to_owned());
    let daemon = python.map(|python| ("daemon", format!("command = [{python:?}, \"daemon.py\"]")));
    for (name, command) in [Some(script), daemon].into_iter().flatten() {
        let keys = format!("{command}\nrestart = {{ delay = \"10ms\" }}\nstop = {{ grace = \"1s\" }}");
        let sandbox = Sandbox::with_servers([(name, keys.as_str())]);
        sandbox.write("daemon.py", DAEMON);
        sandbox.ostler(&["up", "-d"]).ok();
        let left = |file: &str| sandbox.read(file).trim().parse::<u32>().unwrap();
        let file = if name == "daemon" { "daemon" } else { "left" };
        let up = sandbox.server(name);
        assert_eq!((up.phase, up.pid, up.restarts), (Phase::Running, Some(left(file)), 0));
        let pid_file = sandbox.paths().server("shop", name).join("server.pid");
        assert_eq!(fs::read_to_string(pid_file).unwrap(), format!("{}\n", left(file)));
        assert_eq!(sandbox.run_of(name).len(), 1);

        // the next supervisor finds it, and its end is known
        let process = Process::find(left(file)).unwrap();
        sandbox.kill_supervisor();
        assert_eq!(sandbox.wait_for(name, Phase::Running).pid, up.pid);
        fs::remove_file(sandbox.project().join(file)).unwrap();
        kill(&process, Signal::KILL);
        sandbox.wait_until("the restart", |all| all.servers[0].restarts == 1);
        let again = sandbox.wait_for(name, Phase::Running);
        assert_eq!(again.exit.unwrap().signal, Some(Signal::KILL));
        sandbox.wait_until("the one that was left", |all| all.servers[0].pid == Some(left(file)));
        let process = Process::find(left(file)).unwrap();
        sandbox.ostler(&["stop", name]).ok();
        assert!(!is_same(&process));
        assert_eq!(sandbox.run_of(name), []);
        assert_eq!(sandbox.server(name).phase, Phase::Stopped);
    }
}

#[test]
fn what_a_server_that_worked_leaves_behind_is_ended() {
    let keys = "command = 'sleep 1000 & echo $! > left; while [ ! -e enough ]; do sleep 0.1; done'";
    let sandbox = Sandbox::with_servers([("a", keys)]);
    sandbox.ostler(&["up", "-d"]).ok();
    let left = Process::find(sandbox.read("left").trim().parse().unwrap()).unwrap();
    // longer than it takes to settle
    sandbox.wait_until("it has run for a while", |all| all.servers[0].uptime_s.is_some_and(|up| up > 4.0));
    sandbox.write("enough", "");
    sandbox.wait_for("a", Phase::Completed);
    wait("its end", || !is_same(&left));
    assert_eq!(sandbox.run_of("a"), []);
}

#[test]
fn a_stop_for_its_group_reaches_what_was_left_in_another_ones() {
    // what a script leaves in the background stays in the group that the script led
    let keys = "command = '(trap \"echo told; exit 0\" TERM; while :; do sleep 0.05; done) & echo $! > left; exit 0'\n\
                stop = { grace = \"20s\", to = \"group\" }";
    let sandbox = Sandbox::with_servers([("a", keys)]);
    for told in 1..=2 {
        sandbox.ostler(&["up", "-d"]).ok();
        let left = sandbox.read("left").trim().parse::<u32>().unwrap();
        assert_eq!(sandbox.server("a").pid, Some(left));
        if told == 2 {
            // one that did not see it begin finds its group, too
            let keeper = sandbox.keeper_of("a");
            kill(&keeper, Signal::KILL);
            sandbox.wait_for_log("a", "keeper killed");
        }
        sandbox.ostler(&["stop", "a"]).ok();
        assert_eq!(sandbox.run_of("a"), []);
        let log = sandbox.log("a");
        assert_eq!(log.lines().filter(|line| *line == "told").count(), told, "{log}");
    }
}

#[test]
fn what_a_command_leaves_that_is_to_complete_is_ended() {
    let helper = "command = 'sleep 1000 & echo $! > NAME; exit 0'";
    let (never, needed) = (helper.replace("NAME", "never"), helper.replace("NAME", "needed"));
    let sandbox = Sandbox::with_servers([
        ("never", format!("{never}\nrestart = \"never\"").as_str()),
        ("needed", needed.as_str()),
        ("needs", "command = 'sleep 1000'\nneeds = [\"needed:completed\"]"),
    ]);
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.wait_for("needs", Phase::Running);
    for name in ["never", "needed"] {
        assert_eq!(sandbox.wait_for(name, Phase::Completed).exit.unwrap().code, Some(0));
        assert!(!alive(sandbox.read(name).trim().parse().unwrap()));
        assert_eq!(sandbox.run_of(name), []);
    }
}
