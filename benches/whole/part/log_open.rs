//! Opening a long log: its end, its start, a time in its middle; beside `less` on the same text, and `tail`.
//!
//! Wanted: 20 ms each, with memory that does not depend on the log's size.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ostler::api::LogQuery;
use ostler::model::LogCursor;
use portable_pty::CommandBuilder;

use super::{LOG, Size, mib, poured};
use crate::bed::Bed;
use crate::pours::Kind;
use crate::pty::Terminal;
use crate::stats::Times;
use crate::table::{Table, both};
use crate::{Result, ask, look, place};

/// What a screen shows, and some more.
const LINES: usize = 200;

/// `less` has drawn what it wanted to when nothing came for so long.
const QUIET: Duration = Duration::from_millis(300);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let rounds = (size.rounds * 2 / 5).max(1);
    let bed = poured(Kind::Plain, size.mebibytes)?;
    let supervisor = bed.supervisor()?;
    let before = look::memory(supervisor, "Pss")?;
    let lines = Some(LINES);
    let end = LogQuery { lines, ..LogQuery::default() };
    let start = LogQuery { lines, from: Some(LogCursor::default()), ..LogQuery::default() };
    let middle = LogQuery { since: Some(middle(&bed, &start, &end)?), ..start.clone() };
    let [at_end, at_start, at_time] =
        [&end, &start, &middle].map(|query| times(rounds, || opened(&bed, query)));
    let after = look::memory(supervisor, "Pss")?;
    let command = times(rounds, || {
        let began = Instant::now();
        bed.ostler(&["logs", "s000", "-n", "200"])?;
        Ok(began.elapsed())
    })?;

    let less = less(&bed, rounds)?;
    let what = format!("open the end of {} MiB of log, {LINES} lines, {}", size.mebibytes, place::shown()?);
    beside(table, what, &at_end?, "`less -n +G`", less.as_ref().map(|(end, _)| end));
    beside(table, "jump to its start", &at_start?, "`less -n`, `g`", less.as_ref().map(|(_, start)| start));
    table.figure("jump to a time in its middle", both(&at_time?));
    let newest = bed.segments("s000").pop().ok_or("no log")?;
    table.times("`ostler logs -n 200`", &command, "`tail -n 200` of a file", &tail(rounds, &newest)?);
    table.figure("memory of the supervisor, PSS", format!("before {}, after {}", mib(before), mib(after)));
    Ok(())
}

fn beside(table: &mut Table, what: impl Into<String>, times: &Times, name: &str, baseline: Option<&Times>) {
    match baseline {
        Some(baseline) => table.times(what, times, name, baseline),
        None => table.beside(what, both(times), "less is not installed".to_owned()),
    }
}

fn times(rounds: usize, mut once: impl FnMut() -> Result<Duration>) -> Result<Times> {
    Ok(Times::of((0..rounds).map(|_| once()).collect::<Result<_>>()?))
}

/// Until as many lines have come as a screen wants.
fn opened(bed: &Bed, query: &LogQuery) -> Result<Duration> {
    let told = ask::count(&bed.socket(), LOG, query)?;
    if told.lines == LINES as u64 { Ok(told.all) } else { Err(format!("{} lines came", told.lines).into()) }
}

/// Between the times of the first and the last line.
fn middle(bed: &Bed, start: &LogQuery, end: &LogQuery) -> Result<Timestamp> {
    let time = |query: &LogQuery, at: fn(Vec<Timestamp>) -> Option<Timestamp>| -> Result<i64> {
        let lines = ask::lines(&bed.socket(), LOG, query)?;
        let at = at(lines.into_iter().map(|line| line.at).collect());
        Ok(at.ok_or("an empty log")?.as_microsecond())
    };
    let first = time(start, |times| times.into_iter().min())?;
    let last = time(end, |times| times.into_iter().max())?;
    Ok(Timestamp::from_microsecond(first.midpoint(last))?)
}

/// From exec of `less` to the text's last line, and from a key to its first one; `None` if there is no `less`.
fn less(bed: &Bed, rounds: usize) -> Result<Option<(Times, Times)>> {
    if Command::new("less").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Ok(None);
    }
    let whole = bed.path().join("whole.log");
    let mut file = File::create(&whole)?;
    for segment in bed.segments("s000") {
        io::copy(&mut File::open(segment)?, &mut file)?;
    }
    let (first, last) = ends(&whole)?;
    let (mut to_end, mut to_start) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut command = CommandBuilder::new("less");
        // without `-n` it counts the lines of the whole file first, which takes seconds
        command.args(["-n", "+G"]);
        command.arg(&whole);
        command.env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LESSHISTFILE", "-");
        let mut terminal = Terminal::open(command)?;
        to_end.push(terminal.saw(last.as_bytes())? - terminal.began);
        // its prompt has been drawn
        while terminal.output.recv_timeout(QUIET).is_ok() {}
        let began = Instant::now();
        terminal.keys("g")?;
        to_start.push(terminal.saw(first.as_bytes())? - began);
    }
    fs::remove_file(whole)?;
    Ok(Some((Times::of(to_end), Times::of(to_start))))
}

/// The first and the last line of a file.
fn ends(path: &Path) -> Result<(String, String)> {
    let mut file = File::open(path)?;
    let mut first = String::new();
    BufReader::new(&file).read_line(&mut first)?;
    let mut end = String::new();
    file.seek(SeekFrom::End(-400))?;
    file.read_to_string(&mut end)?;
    let last = end.lines().next_back().ok_or("an empty file")?;
    Ok((first.trim_end().to_owned(), last.to_owned()))
}

fn tail(rounds: usize, file: &PathBuf) -> Result<Times> {
    times(rounds, || {
        let began = Instant::now();
        Command::new("tail").args(["-n", "200"]).arg(file).stdout(Stdio::null()).status()?;
        Ok(began.elapsed())
    })
}
