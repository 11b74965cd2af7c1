//! A regular expression over the rotated log of one server, through the API, beside ripgrep on the same files.
//!
//! Wanted: all lines in 1.2 times the time of `rg`, the first one within 100 ms.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ostler::api::LogQuery;
use ostler::model::LogCursor;

use super::{LOG, Size, poured};
use crate::ask::{self, Told};
use crate::bed::Bed;
use crate::pours::{Kind, PATTERNS};
use crate::table::{Table, ms};
use crate::{Result, place};

/// How often each is measured; the fastest counts.
const TURNS: usize = 3;

/// None is begun after so long: what is slow varies little.
const LONG: Duration = Duration::from_secs(2);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    for (kind, what) in [(Kind::Plain, "plain"), (Kind::Coloured, "coloured")] {
        let bed = poured(kind, size.mebibytes)?;
        let files = bed.segments("s000");
        let head =
            format!("{} MiB of {what} log, {} files, {}", size.mebibytes, files.len(), place::shown()?);
        table.figure(head, "first line / all lines");
        for (pattern, meaning) in PATTERNS {
            search(&bed, &files, pattern, meaning, table)?;
        }
    }
    Ok(())
}

fn search(bed: &Bed, files: &[PathBuf], pattern: &str, meaning: &str, table: &mut Table) -> Result<()> {
    let query = |newest_first: bool| LogQuery {
        grep: Some(pattern.to_owned()),
        newest_first,
        // from the beginning without a limit; or from the end, where the default is 200
        from: (!newest_first).then(LogCursor::default),
        lines: newest_first.then_some(u32::MAX as usize),
        ..LogQuery::default()
    };
    // a first time for the cache alone
    rg(files, pattern, &[])?;
    let all = best(|| rg(files, pattern, &[]))?;
    let one = best(|| rg(files, pattern, &["-j1"]))?;
    for (newest_first, order) in [(true, "newest first"), (false, "forwards")] {
        let ours = best(|| Ok(Some(ask::count(&bed.socket(), LOG, &query(newest_first))?)))?;
        let ours = ours.ok_or("no answer")?;
        // a bar would end the cell
        let shown = pattern.replace('|', "\\|");
        let what = format!("search for {meaning}, `{shown}`, {order}, {} lines", ours.lines);
        match (all, one) {
            (Some(all), Some(one)) => {
                let other =
                    if all.lines == ours.lines { String::new() } else { format!(", {} lines", all.lines) };
                let baseline = format!("{}, rg{other}; one thread {}", both(all), both(one));
                table.compared(what, both(ours), baseline, ours.all.as_secs_f64() / all.all.as_secs_f64());
            }
            _ => table.beside(what, both(ours), "rg is not installed".to_owned()),
        }
    }
    Ok(())
}

fn both(told: Told) -> String {
    let first = told.first.map_or_else(|| "-".to_owned(), ms);
    format!("{first} / {}", ms(told.all))
}

fn best(mut run: impl FnMut() -> Result<Option<Told>>) -> Result<Option<Told>> {
    let began = Instant::now();
    let mut best = run()?;
    for _ in 1..TURNS {
        if began.elapsed() > LONG {
            break;
        }
        if let (Some(before), Some(now)) = (best, run()?) {
            best = Some(before.or_better(now));
        }
    }
    Ok(best)
}

/// What ripgrep finds in these files, from its exec to its end; `None` if there is none.
fn rg(files: &[PathBuf], pattern: &str, more: &[&str]) -> Result<Option<Told>> {
    let mut command = Command::new("rg");
    command.args(["--no-config", "--smart-case", "--no-filename", "--text", "--color=never"]).args(more);
    command.args(["-e", pattern, "--"]).args(files).stdin(Stdio::null()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let out = child.stdout.take().ok_or("no output")?;
    let counted = counted(BufReader::with_capacity(64 * 1024, out), began);
    // 1 says that nothing was found
    let status = child.wait()?;
    let told = Told { all: began.elapsed(), ..counted? };
    if status.code().is_some_and(|code| code < 2) {
        Ok(Some(told))
    } else {
        Err(format!("rg: {status}").into())
    }
}

fn counted(mut out: BufReader<impl Read>, began: Instant) -> Result<Told> {
    let mut told = Told { first: None, all: began.elapsed(), lines: 0 };
    loop {
        let bytes = out.fill_buf()?;
        if bytes.is_empty() {
            return Ok(told);
        }
        told.first.get_or_insert_with(|| began.elapsed());
        told.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        let length = bytes.len();
        out.consume(length);
    }
}
