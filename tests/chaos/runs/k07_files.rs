//! K7: state files are cut at any byte, zeroed, deleted, swapped; sockets and run directories deleted; while a supervisor
//! is up and while none is. No server is lost, none is there twice, and what did not parse is moved aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ostler::model::{Phase, Signal};

use super::Context;
use crate::bed::{Answer, Bed, Spec, phase};
use crate::clock::{ms, until};
use crate::observer::names;
use crate::report::Outcome;
use crate::rng::Rng;
use crate::support::{freeze, kill};
use crate::{api, checks};

/// When it counts as never.
const NEVER: Duration = Duration::from_secs(20);

/// What is done to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Cut,
    Zeroed,
    Deleted,
    /// It holds what another file holds.
    Swapped,
    Garbage,
}

const DAMAGES: [Damage; 5] = [Damage::Cut, Damage::Zeroed, Damage::Deleted, Damage::Swapped, Damage::Garbage];

/// Which file, below the state directory; `*` stands for what is there.
const FILES: [&str; 8] = [
    "registry.json",
    "events/*",
    "servers/shop/a/keeper.json",
    "servers/shop/a/server.pid",
    "servers/shop/a/runs/*/child.json",
    "servers/shop/a/runs/*/spec.json",
    "servers/shop/b/runs/*/exit.json",
    "servers/shop/b/log/*",
];

/// What is deleted whole.
const FOLDERS: [&str; 3] = ["servers/shop/b/runs", "servers/shop/b", "events"];

pub(super) fn act(context: &mut Context) -> Outcome {
    let mut bed = Bed::up(vec![
        Spec::new("a", "writer 50", "").protected(),
        Spec::new("b", "sleep", ""),
        Spec::new("c", "sleep", "").protected(),
    ]);
    bed.spoiled.push("b".to_owned());
    let held = bed.hold();
    let mut rng = context.rng.fork();
    for pass in 0..context.times(1, 1, 20) {
        for file in FILES {
            for damage in DAMAGES {
                let up = rng.within(0, 2) == 0;
                round(&bed, up, &format!("{damage:?} {file}, pass {pass}"), || {
                    spoil(&bed, file, damage, &mut rng);
                });
                context.outcome.rounds += 1;
                context.outcome.faults += 1;
                bed.still(&held);
            }
        }
        for folder in FOLDERS {
            let path = bed.sandbox.paths().home().join(folder);
            round(&bed, rng.within(0, 2) == 0, &format!("deleted {folder}"), || {
                drop(fs::remove_dir_all(&path));
            });
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
            bed.still(&held);
        }
        for cut in cuts(&bed, context.scale == super::Scale::Long, &mut rng) {
            let registry = bed.sandbox.paths().registry();
            round(&bed, true, &format!("registry.json cut at {cut}"), || shorten(&registry, cut));
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
            bed.still(&held);
        }
    }
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// Where the registry is cut: in the long run at every byte.
fn cuts(bed: &Bed, all: bool, rng: &mut Rng) -> Vec<u64> {
    let length = fs::metadata(bed.sandbox.paths().registry()).map_or(1, |data| data.len().max(1));
    if all { (0..length).collect() } else { (0..6).map(|_| rng.within(0, length)).collect() }
}

/// Damages something with a supervisor up, which is killed then, or with none; looks what the next one makes of it.
fn round(bed: &Bed, up: bool, what: &str, damage: impl FnOnce()) {
    if up {
        let Some(supervisor) = bed.supervisor() else {
            return bed.broken(format!("{what}: no supervisor before"));
        };
        freeze(&supervisor);
        damage();
        kill(&supervisor, Signal::KILL);
        // a command that connects to a dying one is told so
        until(NEVER, ms(2), || !crate::support::is_same(&supervisor));
    } else {
        let said = bed.sandbox.ostler(&["supervisor", "stop"]);
        if said.code != Some(0) {
            bed.broken(format!("{what}: {said:?}"));
        }
        damage();
    }
    // what the registry has lost comes back with the next `up`, as it would by hand
    let mut said = bed.sandbox.ostler(&["up", "-d"]);
    if said.code == Some(3) {
        // it came upon a supervisor whose last thread was not gone yet, and says so
        said = bed.sandbox.ostler(&["up", "-d"]);
    }
    if said.code != Some(0) {
        bed.broken(format!("{what}, then `up` (supervisor killed: {up}): {said:?}"));
    }
    let back = until(NEVER, ms(20), || {
        let all = api::snapshot(&bed.socket());
        all.is_some_and(|all| ["a", "b", "c"].iter().all(|name| phase(&all, name) == Some(Phase::Running)))
    });
    if back.is_none() {
        bed.broken(format!("{what}: not all run again"));
    }
    for verb in ["stop", "start"] {
        let answer = bed.ask_with("b", verb, "?wait=true");
        if !matches!(answer, Answer::Accepted(_)) {
            bed.broken(format!("{what}: {verb}: {answer:?}"));
        }
    }
}

fn spoil(bed: &Bed, pattern: &str, damage: Damage, rng: &mut Rng) {
    let found = matches(bed.sandbox.paths().home(), pattern);
    if found.is_empty() {
        return;
    }
    let path = rng.pick(&found);
    let length = fs::metadata(path).map_or(0, |data| data.len());
    let result = match damage {
        Damage::Cut => {
            shorten(path, rng.within(0, length.max(1)));
            Ok(())
        }
        Damage::Zeroed => fs::write(path, vec![0; length as usize]),
        Damage::Deleted => fs::remove_file(path),
        Damage::Swapped => {
            let other =
                if path.ends_with("registry.json") { "servers/shop/a/keeper.json" } else { "registry.json" };
            fs::copy(bed.sandbox.paths().home().join(other), path).map(drop)
        }
        Damage::Garbage => fs::write(path, b"\0\xff{ not json"),
    };
    // it may have gone by itself
    drop(result);
}

fn shorten(path: &Path, length: u64) {
    if let Ok(file) = fs::OpenOptions::new().write(true).open(path) {
        let _ = file.set_len(length);
    }
}

/// Files below `dir` that fit.
fn matches(dir: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for part in pattern.split('/') {
        found = match part {
            "*" => found.iter().flat_map(|dir| names(dir).into_iter().map(|name| dir.join(name))).collect(),
            _ => found.into_iter().map(|dir| dir.join(part)).collect(),
        };
    }
    found.retain(|path| path.is_file() && !path.is_symlink());
    found
}
