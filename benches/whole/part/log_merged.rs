//! `ostler logs -f --all` over many servers that write at the same time: whether every line comes, and what it costs.
//!
//! Wanted: no line lost, 25 % of a core in the client.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::log_load::numbered;
use super::{Size, of_a_core};
use crate::bed::Bed;
use crate::numbers::{Faults, Tally};
use crate::table::Table;
use crate::{Result, look, place};

const SERVERS: usize = 50;

/// Lines a second of each: 20,000 of all.
const RATE: usize = 400;

/// They write so much longer than is looked at.
const SLACK: usize = 20;

/// By then the client has caught up with what was written before it came.
const SETTLED: Duration = Duration::from_secs(3);

/// Nothing more comes once nothing came for so long.
const SILENCE: Duration = Duration::from_secs(5);

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    let bed = Bed::new()?;
    let count = RATE * (size.seconds + SLACK);
    bed.set_servers(SERVERS, &numbered(count, RATE))?;
    bed.ostler(&["up", "--detach"])?;
    let mut client = Client::start(&bed, count)?;
    std::thread::sleep(SETTLED);
    let (supervisor, keepers) = (bed.supervisor()?, bed.keepers()?);
    let used = || -> Result<[Duration; 3]> {
        Ok([
            look::cpu_of_all(client.child.id())?,
            look::cpu_of_all(supervisor)?,
            look::cpu_of_each(&keepers)?,
        ])
    };
    let (began, lines_before, before) = (Instant::now(), client.lines(), used()?);
    std::thread::sleep(Duration::from_secs(size.seconds as u64));
    let after = used().map_err(|error| format!("a server ended too early: {error}"))?;
    let (looked, lines) = (began.elapsed(), client.lines() - lines_before);

    bed.wait(Duration::from_millis(100), Bed::has_completed)?;
    client.wait_for_silence();
    let faults = client.end()?;
    let share = |at: usize| of_a_core(after[at].saturating_sub(before[at]), looked);
    let rate = lines as f64 / looked.as_secs_f64();
    table.figure(
        format!(
            "`ostler logs -f --all`, {SERVERS} servers of {RATE} lines/s, {} s, {}",
            size.seconds,
            place::shown()?
        ),
        format!("{}; {rate:.0} lines/s", faults.shown()),
    );
    table.figure(
        "its CPU, of a core",
        format!("client {}, supervisor {}, keepers {}", share(0), share(1), share(2)),
    );
    Ok(())
}

/// `ostler logs`, and a thread that counts what it prints. Ended when dropped.
struct Client {
    child: Child,
    seen: Arc<AtomicU64>,
    reader: Option<JoinHandle<HashMap<String, Tally>>>,
}

impl Client {
    fn start(bed: &Bed, count: usize) -> Result<Self> {
        let mut command = bed.command(&["logs", "--follow", "--all", "--lines", "1000000"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take();
        let seen = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&seen);
        let reader = out.map(|out| std::thread::spawn(move || tallies(out, count, &counted)));
        Ok(Self { child, seen, reader })
    }

    fn lines(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    fn wait_for_silence(&self) {
        let (mut lines, mut since) = (self.lines(), Instant::now());
        while since.elapsed() < SILENCE {
            std::thread::sleep(Duration::from_millis(100));
            if self.lines() != lines {
                (lines, since) = (self.lines(), Instant::now());
            }
        }
    }

    fn end(&mut self) -> Result<Faults> {
        self.child.kill()?;
        let tallies = self.reader.take().and_then(|reader| reader.join().ok()).ok_or("nothing was read")?;
        if tallies.len() != SERVERS {
            return Err(format!("lines of {} servers came", tallies.len()).into());
        }
        let mut faults = Faults::default();
        for tally in tallies.values() {
            faults.add(tally);
        }
        Ok(faults)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Of each server, until the end. A line is `name | text`.
fn tallies(out: ChildStdout, count: usize, seen: &AtomicU64) -> HashMap<String, Tally> {
    let mut tallies = HashMap::new();
    for line in BufReader::with_capacity(64 * 1024, out).lines().map_while(std::result::Result::ok) {
        if let Some((name, text)) = line.split_once(" | ") {
            if !tallies.contains_key(name) {
                tallies.insert(name.to_owned(), Tally::new(count));
            }
            if let Some(tally) = tallies.get_mut(name) {
                tally.line(text);
            }
        }
        seen.fetch_add(1, Ordering::Relaxed);
    }
    tallies
}
