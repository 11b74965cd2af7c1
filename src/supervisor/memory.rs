//! What follows from how much memory servers have: limits, leaks, and a past that outlives the supervisor.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::actor::Actor;
use super::monitor::growth::{GrowthBook, WARM_UP, WINDOW, slope_of_leak};
use super::monitor::history::saved::{self, Minute, Past};
use super::monitor::limits::LimitBook;
use crate::lifecycle::Input;
use crate::model::{EventKind, Phase, RunId, ServerId};

/// Events among which is looked for leaks that the supervisor before has told of.
const TOLD_AMONG: u64 = 5000;

/// What is remembered from one pass to the next.
#[derive(Debug, Default)]
pub(super) struct MemoryWatch {
    limits: LimitBook,
    growth: GrowthBook,
    /// The minute in which leaks were last looked for.
    minute: u64,
    /// Since when runs live, in seconds on the history's clock; before this supervisor that is below zero.
    runs: HashMap<ServerId, (RunId, i64)>,
    /// Minutes that are being written.
    saving: Option<JoinHandle<()>>,
}

impl Actor {
    /// Judges what a pass has found.
    pub(super) fn watch_memory(&mut self, now: Instant) {
        let at = self.began.elapsed().as_secs();
        self.save_history(at);
        self.judge_growth(at);
        self.judge_limits(now);
    }

    fn judge_limits(&mut self, now: Instant) {
        let mut over = Vec::new();
        for (id, entry) in &self.entries {
            let up = match entry.machine.phase() {
                Phase::Starting | Phase::Running => true,
                Phase::Stopped
                | Phase::Waiting
                | Phase::Stopping
                | Phase::Backoff
                | Phase::Failed
                | Phase::Completed => false,
            };
            match (entry.current_spec().memory.limit, entry.sample.filter(|_| up)) {
                (Some(limit), Some(sample)) => {
                    let used = sample.memory_bytes;
                    if self.memory.limits.is_over(id, used, limit, now) {
                        over.push((id.clone(), used, limit));
                    }
                }
                (_, _) => self.memory.limits.forget(id),
            }
        }
        for (id, used, limit) in over {
            self.give(&id, Input::OverMemory { used, limit });
        }
    }

    /// Once a minute.
    fn judge_growth(&mut self, at: u64) {
        self.note_runs(at);
        if std::mem::replace(&mut self.memory.minute, at / 60) == at / 60 {
            return;
        }
        let mut new = Vec::new();
        for (id, entry) in &mut self.entries {
            let Some((_, since)) = self.memory.runs.get(id) else { continue };
            let Some(limit) = entry.current_spec().memory.growth else { continue };
            let minutes = at.saturating_add_signed(-since) / 60;
            let minutes = minutes.saturating_sub(WARM_UP).min(WINDOW);
            let found = slope_of_leak(&self.history.lows(id, at, minutes), limit);
            if self.memory.growth.take(id, found) {
                new.extend(found.map(|bytes_per_h| (id.clone(), bytes_per_h)));
            }
            let flagged = self.memory.growth.flagged(id);
            if entry.growth != flagged {
                entry.growth = flagged;
                self.dirty.insert(id.clone());
            }
        }
        for (id, bytes_per_h) in new {
            self.emit(Some(&id), EventKind::Growth { bytes_per_h });
        }
    }

    /// Notes which runs live and since when. A run's age is asked for once: it counts the time in suspend, the history
    /// does not.
    fn note_runs(&mut self, at: u64) {
        let MemoryWatch { runs, growth, limits, .. } = &mut self.memory;
        for (id, entry) in &self.entries {
            match (&entry.run, runs.get(id)) {
                (Some(run), Some((known, _))) if run.id == *known => {}
                (Some(run), known) => {
                    if known.is_some() {
                        growth.forget(id);
                    }
                    let age = entry.uptime_s().unwrap_or_default() as i64;
                    runs.insert(id.clone(), (run.id.clone(), (at as i64).saturating_sub(age)));
                }
                (None, Some(_)) => {
                    runs.remove(id);
                    growth.forget(id);
                }
                (None, None) => {}
            }
        }
        runs.retain(|id, _| {
            let known = self.entries.contains_key(id);
            if !known {
                growth.forget(id);
                limits.forget(id);
            }
            known
        });
    }

    /// Writes the minute that has passed. One that can't be written is lost: it is but a past.
    fn save_history(&mut self, at: u64) {
        let minutes = self.history.finished(at, unix_minute());
        // a disk that hangs holds up one thread, and nobody else
        if minutes.is_empty() || self.memory.saving.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let dir = |(id, minute)| Some((self.entries.get(&id)?.dir.path().to_owned(), minute));
        let batch: Vec<(PathBuf, Minute)> = minutes.into_iter().filter_map(dir).collect();
        self.memory.saving = Some(tokio::task::spawn_blocking(move || {
            let failed = batch.iter().filter_map(|(dir, minute)| saved::write(dir, minute).err());
            let failed: Vec<_> = failed.collect();
            if let Some(error) = failed.first() {
                tracing::warn!(%error, count = failed.len(), "the last minute of some servers is not on disk");
            }
        }));
    }

    /// Takes back what the supervisor before had measured, and which leaks it had told of.
    pub(super) fn restore_pasts(&mut self) {
        let ids: Vec<ServerId> = self.entries.keys().cloned().collect();
        for id in &ids {
            self.restore_past(id);
        }
        let mut told: HashMap<ServerId, f64> = HashMap::new();
        for event in self.events.since(self.events.last().saturating_sub(TOLD_AMONG)) {
            match (event.server, event.kind) {
                (Some(id), EventKind::Growth { bytes_per_h }) => drop(told.insert(id, bytes_per_h)),
                (Some(id), EventKind::Started { .. }) => drop(told.remove(&id)),
                (_, _) => {}
            }
        }
        let alive: HashSet<ServerId> =
            self.entries.iter().filter(|(_, entry)| entry.run.is_some()).map(|(id, _)| id.clone()).collect();
        for (id, bytes_per_h) in told.into_iter().filter(|(id, _)| alive.contains(id)) {
            self.memory.growth.take(&id, Some(bytes_per_h));
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.growth = Some(bytes_per_h);
            }
        }
    }

    /// The same for one server, which has no past yet.
    pub(super) fn restore_past(&mut self, id: &ServerId) {
        let Some(entry) = self.entries.get(id) else { return };
        let at = self.began.elapsed().as_secs();
        match saved::read(entry.dir.path()) {
            Ok(Past::Minutes(minutes)) => self.history.restore(id, at, unix_minute(), &minutes),
            Ok(Past::MovedAside(path)) => {
                self.emit(Some(id), EventKind::StateMovedAside { path: path.display().to_string() });
            }
            Err(error) => tracing::warn!(%id, %error, "its past can't be read"),
        }
    }
}

/// Minutes since the Unix epoch, by the clock on the wall.
fn unix_minute() -> u64 {
    u64::try_from(Timestamp::now().as_second() / 60).unwrap_or(0)
}
