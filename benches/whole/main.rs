//! The whole program measured from outside, each figure beside a baseline of the same run; prints a Markdown table.
//!
//! ```text
//! cargo bench                              everything
//! cargo bench -- log --bytes 256           one of them, with 256 MiB
//! cargo bench -- start --servers 500
//! ```
//!
//! Nothing is asserted: how long things take depends on the box, so read the ratios. Every part has a state directory
//! of its own below the temporary one (`TMPDIR`: a disk is noisy, `/dev/shm` is not) and ends what it started, by process id;
//! so does the program when it is told to stop.
//!
//! * [`bed`]: a state directory, a project in it, and the processes that belong to it.
//! * [`part`]: what is measured, one file each. [`roles`]: what this binary does as a server.
//!   [`pours`]: what it writes where that matters. [`numbers`]: whether numbered lines came through.
//! * [`ask`]: a log over the API. [`pty`]: a program on a terminal. [`place`]: where files lie.
//! * [`stats`]: percentiles. [`table`]: the result. [`look`]: what `/proc` says.

mod ask;
mod bed;
mod look;
mod numbers;
mod part;
mod place;
mod pours;
mod pty;
mod roles;
mod stats;
mod table;

use std::process::ExitCode;

use part::{PARTS, Size};
use place::Place;
use table::Table;

/// What any part may fail with; the text is all that anybody wants of it.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|word| word == roles::WORD) {
        return told(roles::run(&args[1..]));
    }
    // added by cargo
    args.retain(|arg| arg != "--bench");
    told(measure(&args))
}

fn told(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("whole: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &[String]) -> Result<()> {
    let (wanted, size) = parse(args)?;
    let _place = Place::new()?;
    let mut table = Table::default();
    let mut failed = Vec::new();
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.contains(&name) {
            eprintln!("{name} …");
            if let Err(error) = run(size, &mut table) {
                failed.push(format!("{name}: {error}"));
            }
        }
    }
    // what was measured before is worth as much
    println!("{table}");
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// Names of parts, and how large they are made.
fn parse(args: &[String]) -> Result<(Vec<&str>, Size)> {
    let mut size = Size::default();
    let mut wanted = Vec::new();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word.starts_with("--") {
            let value = words.next().ok_or_else(|| format!("{word} needs a number"))?.parse()?;
            match word {
                "--servers" => size.servers = value,
                "--rounds" => size.rounds = value,
                "--bytes" => size.mebibytes = value,
                "--seconds" => size.seconds = value,
                _ => return Err(format!("{word}: unknown; --servers, --rounds, --bytes, --seconds N").into()),
            }
        } else if PARTS.iter().any(|(name, _)| *name == word) {
            wanted.push(word);
        } else {
            let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
            return Err(format!("{word}: no such part; there are {}", names.join(", ")).into());
        }
    }
    Ok((wanted, size))
}
