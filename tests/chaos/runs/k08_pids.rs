//! K8: PIDs that are used again. In a PID namespace of its own, where the next PID can be chosen, processes get the PIDs
//! of those that were known before: none of them is taken for the other, and none gets its signals.

use std::fs;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use ostler::model::{Phase, Signal};
use ostler::os::identity::{Found, Identity};
use ostler::os::pidfd;

use super::{Context, INSIDE, Scale};
use crate::bed::{Bed, Spec, phase};
use crate::clock::{ms, pause, until};
use crate::report::Outcome;
use crate::support::{alive, kill};
use crate::{api, checks, tools};

/// Processes whose PIDs are used again at once.
const BATCH: u64 = 25;

/// Longer than a tick of the clock by which processes are told apart.
const TICK: Duration = Duration::from_millis(25);

/// What the inner program says of its rounds, and of what is broken.
const ROUNDS: &str = "rounds ";
const BROKEN: &str = "broken ";

pub(super) fn act(context: &mut Context) -> Outcome {
    let unshare = match tools::tool("unshare") {
        Ok(unshare) => unshare,
        Err(left_out) => return left_out,
    };
    let scale = match context.scale {
        Scale::Quick => "quick",
        Scale::Ci => "ci",
        Scale::Long => "long",
    };
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new(unshare);
    if tools::superuser().is_err() {
        // in a user namespace of its own everybody may choose PIDs
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--pid", "--fork", "--kill-child", "--mount-proc"]).arg(this);
    command.args([INSIDE, "first", scale, &context.rng.next().to_string()]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some(count) = line.strip_prefix(ROUNDS) {
            context.outcome.rounds += count.parse::<u64>().unwrap();
        } else if let Some(what) = line.strip_prefix(BROKEN) {
            context.outcome.broken.push(what.to_owned());
        } else {
            context.outcome.note(line);
        }
    }
    context.outcome.faults = context.outcome.rounds;
    if !output.status.success() || context.outcome.rounds == 0 {
        context.outcome.broken.push(format!("the program in the namespace ended: {}", output.status));
    }
    context.done()
}

/// What is done in the namespace.
pub(super) fn inside(words: &[String]) -> ExitCode {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["first", scale, seed] => first(scale, seed),
        ["second", scale, seed] => {
            let scale = match scale {
                "quick" => Scale::Quick,
                "ci" => Scale::Ci,
                _ => Scale::Long,
            };
            let mut context = Context::new(seed.parse().unwrap(), scale, String::new());
            identities(&mut context);
            whole(&mut context);
            println!("{ROUNDS}{}", context.outcome.rounds);
            for what in &context.outcome.broken {
                println!("{BROKEN}{}", what.replace('\n', " "));
            }
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(2),
    }
}

/// The first process of the namespace: it has to reap whoever lost his parent.
#[allow(clippy::zombie_processes, reason = "it reaps every process there is")]
fn first(scale: &str, seed: &str) -> ExitCode {
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).args([INSIDE, "second", scale, seed]).spawn().unwrap();
    loop {
        let ended = rustix::process::wait(rustix::process::WaitOptions::empty());
        if let Ok(Some((pid, status))) = ended
            && pid.as_raw_nonzero().get() as u32 == child.id()
        {
            return ExitCode::from(u8::from(status.exit_status() != Some(0)));
        }
    }
}

/// The next process gets this PID.
fn next_pid(pid: u32) {
    fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
}

fn sleeper() -> Child {
    Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn().unwrap()
}

/// Identities of processes that have gone, with others in their place.
fn identities(context: &mut Context) {
    let mut again = 0;
    for _ in 0..context.times(100, 1000, 100_000) / BATCH {
        let mut before: Vec<Child> = (0..BATCH).map(|_| sleeper()).collect();
        let known: Vec<Identity> = before.iter().map(|child| Identity::of(child.id()).unwrap()).collect();
        pause(TICK);
        for child in &mut before {
            let _ = child.kill();
            let _ = child.wait();
        }
        let mut others: Vec<Child> = Vec::new();
        for identity in &known {
            next_pid(identity.pid);
            others.push(sleeper());
        }
        for (identity, other) in known.iter().zip(&mut others) {
            context.outcome.rounds += 1;
            again += u64::from(other.id() == identity.pid);
            if let Found::Match(pidfd) = identity.find() {
                context.outcome.broken.push(format!("I3: {} was taken for the one before it", identity.pid));
                let _ = pidfd::send(&pidfd, Signal::TERM);
            }
            if other.try_wait().unwrap().is_some() {
                context
                    .outcome
                    .broken
                    .push(format!("I3: {} got a signal of the one before it", identity.pid));
            }
            let _ = other.kill();
            let _ = other.wait();
        }
    }
    println!("{again} PIDs used again");
    if again * 2 < context.outcome.rounds {
        context.outcome.broken.push("PIDs were not used again, nothing was shown".to_owned());
    }
}

/// The whole program: supervisor, keeper and server die, strangers get all three PIDs, and a stop is asked for.
fn whole(context: &mut Context) {
    for _ in 0..context.times(1, 3, 50) {
        let bed = Bed::up(vec![
            Spec::new("a", "sleep", "restart = \"never\""),
            Spec::new("b", "sleep", "").protected(),
        ]);
        let (Some(main), Some(keeper), Some(supervisor)) = (bed.main("a"), bed.keeper("a"), bed.supervisor())
        else {
            context.outcome.broken.push("not everything is there".to_owned());
            return;
        };
        pause(TICK);
        let dead = [supervisor, keeper, main];
        for process in &dead {
            kill(process, Signal::KILL);
        }
        let mut strangers: Vec<Child> = Vec::new();
        for process in &dead {
            until(Duration::from_secs(5), ms(1), || {
                !fs::exists(format!("/proc/{}", process.pid)).unwrap_or(true)
            });
            next_pid(process.pid);
            strangers.push(sleeper());
        }
        let reused = dead.iter().zip(&strangers).filter(|(old, new)| old.pid == new.id()).count();
        println!("{reused} of 3 PIDs taken by strangers");
        let seen = until(Duration::from_secs(20), ms(20), || {
            let all = api::snapshot(&bed.socket());
            // it can't be known how it ended; that it did must be
            all.is_some_and(|all| phase(&all, "a").is_some_and(|phase| phase != Phase::Running))
        });
        if seen.is_none() {
            bed.broken("a stranger is taken for the server");
        }
        bed.ask("a", "stop");
        until(Duration::from_secs(5), ms(20), || {
            api::snapshot(&bed.socket()).is_some_and(|all| phase(&all, "a") == Some(Phase::Stopped))
        });
        for (stranger, old) in strangers.iter_mut().zip(&dead) {
            if stranger.try_wait().unwrap().is_some() || !alive(stranger.id()) {
                bed.broken(format!("I3: a stranger got a signal that was meant for {}", old.name));
            }
            let _ = stranger.kill();
            let _ = stranger.wait();
        }
        context.outcome.rounds += 1;
        checks::finish(bed, &mut context.outcome);
    }
}
