//! K16: another version of the program takes over from the one that started everything, and back. No server is touched.
//!
//! `OSTLER_OTHER` names the other program, an older or newer build; without it a copy of this one stands in for it, which
//! in a debug build says that it is of another version.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Context;
use crate::bed::Bed;
use crate::checks;
use crate::clock::{ms, until};
use crate::load::{self, Size};
use crate::report::Outcome;
use crate::support::{self, run};

pub(super) fn act(context: &mut Context) -> Outcome {
    let other = std::env::var_os("OSTLER_OTHER").map(PathBuf::from);
    let copies = tempfile::tempdir().unwrap();
    let program = other.clone().unwrap_or_else(|| {
        let copy = copies.path().join("ostler");
        std::fs::copy(support::BIN, &copy).unwrap();
        copy
    });
    let bed = Bed::up(load::servers(Size::of(context.scale)));
    let held = bed.hold();
    for _ in 0..context.times(1, 1, 20) {
        for program in [program.as_path(), Path::new(support::BIN)] {
            swap(&bed, program);
            bed.still(&held);
            context.outcome.rounds += 1;
            context.outcome.faults += 1;
        }
    }
    let what = if other.is_some() { "another version" } else { "a copy of this version" };
    context.outcome.note(what);
    checks::finish(bed, &mut context.outcome);
    context.done()
}

/// `supervisor restart` by that program: its supervisor runs then, and every server as before.
fn swap(bed: &Bed, program: &Path) {
    let model = bed.sandbox.command(&["supervisor", "restart"]);
    let mut command = Command::new(program);
    command.args(model.get_args()).env_clear();
    command.envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if program != Path::new(support::BIN) && std::env::var_os("OSTLER_OTHER").is_none() {
        command.env("OSTLER_TEST_VERSION", "0.0.9");
    }
    if let Some(dir) = model.get_current_dir() {
        command.current_dir(dir);
    }
    let said = run(command, "supervisor restart");
    if said.code != Some(0) {
        bed.broken(format!("{}: {said:?}", program.display()));
    }
    let adopted = until(std::time::Duration::from_secs(20), ms(20), || {
        let all = crate::api::snapshot(&bed.socket());
        let names = bed.protected();
        all.is_some_and(|all| {
            let of = all.servers.iter().filter(|server| names.contains(&server.name));
            of.clone().count() == names.len()
                && of.clone().all(|server| server.adopted && server.restarts == 0)
        })
    });
    if adopted.is_none() {
        bed.broken(format!("{} has not adopted all servers", program.display()));
    }
}
