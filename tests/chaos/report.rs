//! What a run found, and the table of all of them.

use std::fmt;
use std::time::Duration;

/// A measured time, with what is promised.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    name: &'static str,
    times: Vec<Duration>,
    /// At most so long for 99 of 100.
    promised: Option<Duration>,
}

/// What a run found.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) rounds: u64,
    pub(crate) faults: u64,
    pub(crate) broken: Vec<String>,
    /// Why it was left out.
    pub(crate) left_out: Option<String>,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

impl Outcome {
    pub(crate) fn left_out(why: impl Into<String>) -> Self {
        Self { left_out: Some(why.into()), ..Self::default() }
    }

    pub(crate) fn broken(what: String) -> Self {
        Self { broken: vec![what], ..Self::default() }
    }

    /// Counts a time; `promised` is the 99th percentile that the page of promises names.
    pub(crate) fn time(&mut self, name: &'static str, time: Duration, promised: Option<Duration>) {
        match self.figures.iter_mut().find(|figure| figure.name == name) {
            Some(figure) => figure.times.push(time),
            None => self.figures.push(Figure { name, times: vec![time], promised }),
        }
    }

    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }

    /// Promised times that were not kept, where they may be `slack` times as long: what is built for tests is slow, and
    /// may share the box.
    pub(crate) fn judge_times(&mut self, slack: u32) {
        for figure in &self.figures {
            if let Some(promised) = figure.promised
                && figure.percentile(99) > promised * slack
            {
                self.broken.push(format!("{figure}, promised {} ms", promised.as_millis()));
            }
        }
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match (&self.left_out, self.broken.is_empty()) {
            (Some(_), _) => "left out",
            (None, true) => "kept",
            (None, false) => "BROKEN",
        }
    }
}

impl Figure {
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        write!(f, "{} {:.1} / {:.1} ms", self.name, ms(50), ms(99))
    }
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) run: &'static str,
    pub(crate) what: &'static str,
    pub(crate) seed: u64,
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

/// Prints the table; times are p50 / p99.
pub(crate) fn print(rows: &[Row]) {
    println!("| run | fault | seed | rounds | faults | p50 / p99, and what was seen | s | verdict |");
    println!("|---|---|---|---|---|---|---|---|");
    for Row { run, what, seed, took, outcome } in rows {
        let mut seen: Vec<String> = outcome.figures.iter().map(ToString::to_string).collect();
        seen.extend(outcome.notes.iter().cloned());
        seen.extend(outcome.left_out.clone());
        let (rounds, faults, verdict) = (outcome.rounds, outcome.faults, outcome.verdict());
        let (seen, took) = (seen.join("; "), took.as_secs());
        println!("| {run} | {what} | {seed} | {rounds} | {faults} | {seen} | {took} | {verdict} |");
    }
}
