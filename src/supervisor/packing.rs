//! Compressing what servers have written: closed segments of logs, where the config says so. Whether they run or not.
//!
//! It is done on one thread for all servers, which gets of the CPU what nobody else wants, and which ends when there is
//! nothing to do. Keepers take no part in it: they never wait.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::actor::Actor;
use crate::journal::{Packed, Packer};
use crate::model::{LogPolicy, ServerId};
use crate::os::limits;

/// From the first sight of a server whose log is to be compressed to the first look.
const SOON: Duration = Duration::from_secs(2);

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Packing {
    next: Option<Instant>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// A thread is at work.
    busy: AtomicBool,
    journals: Mutex<HashMap<PathBuf, Journal>>,
}

#[derive(Debug, Default)]
struct Journal {
    packer: Packer,
    /// It was said that it can't be packed.
    failing: bool,
}

/// A log to look at.
#[derive(Debug)]
struct Job {
    id: ServerId,
    dir: PathBuf,
    policy: LogPolicy,
}

impl Packing {
    /// When to look next.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.next
    }
}

impl Actor {
    /// Sees that there is a next look where there may be something to pack, and none where there is not.
    pub(super) fn plan_packing(&mut self) {
        let wanted = self.entries.values().any(|entry| entry.current_spec().log.packs());
        match self.packing.next {
            None if wanted => self.packing.next = Some(Instant::now() + SOON),
            Some(_) if !wanted => self.packing.next = None,
            Some(_) | None => {}
        }
    }

    /// Begins a look, if one is due and the one before has ended.
    pub(super) fn pack_if_due(&mut self, now: Instant) {
        if self.packing.next.is_none_or(|at| at > now) {
            return;
        }
        self.packing.next = Some(now + EVERY);
        if self.packing.shared.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let packing = self.entries.iter().filter(|(_, entry)| entry.current_spec().log.packs());
        let jobs: Vec<Job> = packing
            .map(|(id, entry)| Job { id: id.clone(), dir: entry.dir.log(), policy: entry.current_spec().log })
            .collect();
        let shared = Arc::downgrade(&self.packing.shared);
        let thread = std::thread::Builder::new().name("packing".to_owned());
        if let Err(error) = thread.spawn(move || work(&shared, jobs)) {
            self.packing.shared.busy.store(false, Ordering::Release);
            tracing::warn!(%error, "logs can't be compressed now");
        }
    }
}

/// Packs all there is, a segment of each log in turn. Ends with the actor.
fn work(shared: &Weak<Shared>, mut jobs: Vec<Job>) {
    limits::stand_back();
    // whoever needs the state while this thread is at work is this thread
    let go_on = || shared.strong_count() > 0;
    let mut journals = match shared.upgrade() {
        Some(shared) => std::mem::take(&mut *shared.journals.lock().unwrap_or_else(PoisonError::into_inner)),
        None => return,
    };
    journals.retain(|dir, _| jobs.iter().any(|job| job.dir == *dir));
    for job in &jobs {
        let journal = journals.entry(job.dir.clone()).or_default();
        let tidied = journal.packer.tidy(&job.dir, &job.policy);
        journal.tell(job, tidied.err().as_ref());
    }
    while go_on() && !jobs.is_empty() {
        jobs.retain(|job| journals.get_mut(&job.dir).is_some_and(|journal| journal.step(job, &go_on)));
    }
    if let Some(shared) = shared.upgrade() {
        *shared.journals.lock().unwrap_or_else(PoisonError::into_inner) = journals;
        shared.busy.store(false, Ordering::Release);
    }
}

impl Journal {
    /// Packs one segment; false if there is no more to do for now.
    fn step(&mut self, job: &Job, go_on: &dyn Fn() -> bool) -> bool {
        let outcome = self.packer.next(&job.dir, &job.policy, go_on);
        match &outcome {
            Ok(Some(Packed::Done { segment, before, after })) => {
                self.failing = false;
                tracing::debug!(id = %job.id, segment, before, after, "a log file is compressed");
                true
            }
            Ok(Some(Packed::Left { segment })) => {
                tracing::debug!(id = %job.id, segment, "a log file does not get smaller and is left as it is");
                true
            }
            Ok(Some(Packed::Gone | Packed::Stopped) | None) => false,
            Err(error) => {
                self.tell(job, Some(error));
                false
            }
        }
    }

    fn tell(&mut self, job: &Job, error: Option<&std::io::Error>) {
        if let Some(error) = error
            && !std::mem::replace(&mut self.failing, true)
        {
            tracing::warn!(id = %job.id, %error, "the log can't be compressed now; it stays as it is");
        }
    }
}
