//! What is told of the processes of a run, and of how runs ended.

use ostler::api::processes::End;
use ostler::api::{PastExit, Processes};
use ostler::model::Exit;

use crate::support::{Sandbox, ask, look_until};

fn get<T: serde::de::DeserializeOwned>(sandbox: &Sandbox, path: &str) -> T {
    let path = format!("/v1/servers/shop/{path}");
    let (status, answer) = ask(&sandbox.paths().watch_socket(), "GET", &path, "", "");
    assert_eq!(status, 200, "{path}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn the_processes_of_a_run_are_told_with_their_commands_and_what_they_use() {
    let busy = "command = \"sh -c 'while :; do :; done' & sh -c 'sleep 1001; :' & wait\"";
    let sandbox = Sandbox::with_servers([("tree", busy), ("down", "command = \"sleep 1000\"")]);
    sandbox.ostler(&["start", "tree"]).ok();
    let look = || Some(get::<Processes>(&sandbox, "tree/processes")).filter(|seen| seen.total == 4);
    let first = look_until(look).unwrap();
    let main = sandbox.server("tree").pid.unwrap();
    assert_eq!(first.processes[0].pid, main);
    let with = |seen: &Processes, text: &str| {
        let row = seen.processes.iter().find(|row| row.command.starts_with(text));
        row.unwrap_or_else(|| panic!("no {text} in {seen:#?}")).clone()
    };
    let sleeper = with(&first, "sleep 1001");
    let shell = with(&first, "sh -c sleep 1001");
    assert_eq!((sleeper.parent, shell.parent), (shell.pid, main));
    assert!(first.processes.iter().all(|row| row.memory_bytes > 0 && row.uptime_s >= 0.0), "{first:#?}");
    // a tenth of a second of work at least: it never rests
    let worked = || {
        let seen = get::<Processes>(&sandbox, "tree/processes");
        let now = with(&seen, "sh -c while");
        (now.cpu_s > with(&first, "sh -c while").cpu_s + 0.1).then_some(now)
    };
    assert!(look_until(worked).unwrap().uptime_s > 0.0);
    assert_eq!(get::<Processes>(&sandbox, "down/processes"), Processes::default());
}

#[test]
fn how_the_last_runs_ended_is_told_newest_first_also_by_a_new_supervisor() {
    // that which runs has a keeper, which brings a supervisor back
    let kept = "[servers.b]\ncommand = \"exec sleep 1000\"\n";
    let failing = "[servers.a]\ncommand = \"exit 3\"\nrestart = \"never\"\n";
    let sandbox = Sandbox::new(&format!("{failing}{kept}"));
    sandbox.ostler(&["start", "a"]);
    let lasting = "[servers.a]\ncommand = \"exec sleep 1000\"\n";
    sandbox.write("ostler.toml", &format!("{lasting}{kept}"));
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["stop", "a"]).ok();
    let check = || {
        let exits: Vec<PastExit> = get(&sandbox, "a/exits");
        let ends: Vec<_> = exits.iter().map(|exit| exit.end).collect();
        assert_eq!(ends, [End::Stopped, End::Exited], "{exits:#?}");
        assert_eq!(exits[1].exit, Exit::Code(3));
        assert!(exits.iter().all(|exit| exit.lasted_s.is_some()), "{exits:#?}");
    };
    check();
    sandbox.kill_supervisor();
    check();
}
