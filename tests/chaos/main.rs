//! The proof of the promises: servers under load, faults at random moments, and an observer outside of ostler that
//! knows what must be true whatever happens.
//!
//! ```text
//! just chaos                       what the gate runs, at most 8 minutes
//! just chaos-long                  what is to be shown once, hours
//! just chaos K1 K3 --seed 17       single runs, with this seed
//! just chaos K2 --only save.       parts of a run, by their name
//! cargo test                       a few of each, within half a minute
//! ```
//!
//! The invariants I1 to I16 and the faults K1 to K16 have their names from the project's page of promises; each run says
//! in its own file what it does and what must hold. A run prints its seed. One that failed goes into `seeds.txt` and
//! stays a case of its own. What a debug build on a shared box can't hold is the time: figures are printed beside what is
//! promised, and outside of the long scale they may be ten times as long.
//!
//! * `runs`: one file for each fault. `load`: the servers, clients and followers under which they happen.
//! * `bed`: a sandbox that is observed. `observer`: what it saw of `/proc`. `checks`: what must hold in the end.
//! * `serve`: what this binary does as a server. `flow` is what it writes, `journal` the check of that in the log.
#![allow(clippy::unwrap_used, reason = "a failed run reports it")]

mod api;
mod bed;
mod checks;
mod clock;
mod flow;
mod journal;
mod load;
mod look;
mod observer;
mod report;
mod rng;
mod runs;
mod serve;
#[path = "../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the integration tests use the rest of it")]
mod support;
mod tools;

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use report::{Outcome, Row};
use runs::{Context, RUNS, Run, Scale};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == serve::WORD || word == serve::CHILD) {
        return serve::run(&words);
    }
    if words.first().is_some_and(|word| word == runs::INSIDE) {
        return runs::inside(&words[1..]);
    }
    match Wish::read(&words) {
        Ok(wish) => wish.fulfil(),
        Err(what) => {
            eprintln!(
                "chaos: {what}\n  hint: chaos [K1 K3 …] [--seed N] [--scale ci|long] [--only PART] [--list]"
            );
            ExitCode::from(2)
        }
    }
}

/// What was typed.
struct Wish {
    runs: Vec<&'static Run>,
    seed: Option<u64>,
    scale: Scale,
    /// By `cargo test`, which gives every target the same words: a filter that means no run of these is no mistake.
    by_cargo_test: bool,
    list: bool,
    only: String,
}

impl Wish {
    fn read(words: &[String]) -> Result<Self, String> {
        let by_cargo_test = !words.iter().any(|word| word == "--scale");
        let mut wish = Self {
            runs: Vec::new(),
            seed: None,
            scale: Scale::Quick,
            by_cargo_test,
            list: false,
            only: String::new(),
        };
        let mut filtered = false;
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--list" => wish.list = true,
                "--seed" => {
                    let seed = words.next().and_then(|seed| seed.parse().ok());
                    wish.seed = Some(seed.ok_or("--seed needs a number")?);
                }
                "--only" => words.next().unwrap_or_default().clone_into(&mut wish.only),
                "--scale" => {
                    wish.scale = match words.next() {
                        Some("ci") => Scale::Ci,
                        Some("long") => Scale::Long,
                        Some("quick") => Scale::Quick,
                        _ => return Err("--scale is quick, ci or long".to_owned()),
                    }
                }
                _ => match RUNS.iter().find(|run| run.name == word) {
                    Some(run) => wish.runs.push(run),
                    None if by_cargo_test => filtered |= !word.starts_with('-'),
                    None => return Err(format!("there is no run {word}")),
                },
            }
        }
        if wish.runs.is_empty() && !filtered {
            wish.runs = RUNS.iter().filter(|run| run.is_part_of(wish.scale)).collect();
        }
        Ok(wish)
    }

    fn fulfil(self) -> ExitCode {
        if self.list {
            for run in &RUNS {
                println!("{:<4} {}", run.name, run.what);
            }
            return ExitCode::SUCCESS;
        }
        if self.runs.is_empty() && self.by_cargo_test {
            println!("chaos: none of its runs was named; `chaos --list` shows them");
            return ExitCode::SUCCESS;
        }
        let rows = self.all();
        report::print(&rows);
        let ran = rows.iter().filter(|row| row.outcome.left_out.is_none()).count();
        let broken: Vec<&Row> = rows.iter().filter(|row| !row.outcome.broken.is_empty()).collect();
        for Row { run, seed, outcome, .. } in &broken {
            println!("\n{run} is BROKEN; again: just chaos {run} --seed {seed}");
            outcome.broken.iter().take(20).for_each(|what| println!("  {what}"));
            if outcome.broken.len() > 20 {
                println!("  and {} more", outcome.broken.len() - 20);
            }
        }
        if ran == 0 {
            println!("chaos: nothing ran");
        }
        if ran > 0 && broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// The runs, and those whose seed once failed.
    fn all(&self) -> Vec<Row> {
        // outside of the long scale, where figures count, those that mostly wait do it beside the others
        let is_aside = |run: &&&'static Run| run.aside && self.scale != Scale::Long;
        let (aside, main): (Vec<_>, Vec<_>) = self.runs.iter().partition(is_aside);
        let lane = |runs: Vec<&'static Run>| -> Vec<Row> {
            runs.into_iter().flat_map(|run| self.each(run)).collect()
        };
        let mut rows = thread::scope(|scope| {
            let beside = scope.spawn(|| lane(aside));
            let mut rows = lane(main);
            rows.extend(beside.join().unwrap());
            rows
        });
        rows.sort_by_key(|row| RUNS.iter().position(|run| run.name == row.run));
        rows
    }

    /// One run, with every seed that it is to have.
    fn each(&self, run: &'static Run) -> Vec<Row> {
        let known = if self.seed.is_none() { failed_seeds(run.name) } else { Vec::new() };
        let fresh = self.seed.unwrap_or_else(|| clock::now_us() % 1_000_000_000);
        let seeds = known.into_iter().chain([fresh]);
        seeds.map(|seed| one(run, seed, self.scale, self.only.clone())).collect()
    }
}

fn one(run: &'static Run, seed: u64, scale: Scale, only: String) -> Row {
    println!("{} {}: seed {seed} …", run.name, run.what);
    let begun = Instant::now();
    let act = run.act;
    let done = thread::spawn(move || act(&mut Context::new(seed, scale, only))).join();
    let mut outcome = done.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let what = format!("the run did not get to its end: {}", text.unwrap_or_default());
        Outcome::broken(what)
    });
    outcome.judge_times(scale.slack());
    let took = begun.elapsed();
    println!("{} {} after {:.1} s", run.name, outcome.verdict(), took.as_secs_f64());
    Row { run: run.name, what: run.what, seed, took, outcome }
}

/// Lines `K3 4711` and what went wrong.
fn failed_seeds(run: &str) -> Vec<u64> {
    let lines = include_str!("seeds.txt").lines().filter(|line| !line.starts_with('#'));
    let seed = |line: &str| line.strip_prefix(run)?.strip_prefix(' ')?.split(' ').next()?.parse().ok();
    lines.filter_map(seed).collect()
}
