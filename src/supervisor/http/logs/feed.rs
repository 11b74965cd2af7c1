//! Several logs as one stream of chunks: which of them comes next, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::future::select_all;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::past::{PAGE_BYTES, SEARCH_BYTES, STEP, Wish};
use super::progress::Progress;
use super::query::{Plan, Start};
use super::tail::{Round, Tail};
use super::{HOLD, KEPT, PACE};
use crate::api::{Problem, ProblemKind};
use crate::model::LogCursor;
use crate::supervisor::http::answer::Chunk;

/// A bell that was lost costs this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Bytes of all logs that are read in one round of what is live, about.
const ROUND_BYTES: u64 = 8 * 1024 * 1024;

/// Where the stream is.
enum Stage {
    Past,
    Live {
        /// Some of what was read is still to be sent.
        releasing: bool,
    },
    /// A log can't be read any more; what was read before is sent first.
    Broken(Problem),
    Ended,
}

/// One reader's place in all its logs.
pub(super) struct Feed {
    tails: Vec<Tail>,
    searches: Arc<Semaphore>,
    newest_first: bool,
    follow: bool,
    stage: Stage,
    chunk: Chunk,
    /// Which log the last line was of.
    last: usize,
    /// Something was sent, or had been before the stream was cut.
    has_begun: bool,
    /// Only where there is a filter.
    progress: Option<Progress>,
    /// When the logs were looked at last.
    round: Instant,
    /// When all logs are looked at whether a bell rang or not.
    look_again: Instant,
}

impl Feed {
    /// Places each of `tails`, which are those of the plan in their order, where its history begins.
    pub(super) async fn begin(
        tails: Vec<Tail>,
        plan: &Plan,
        searches: Arc<Semaphore>,
    ) -> Result<Self, Problem> {
        let is_resumed = |start: &Start| match start {
            Start::At(from, _) => *from > LogCursor::default(),
            Start::Last(..) => false,
        };
        let now = Instant::now();
        let mut feed = Self {
            tails,
            searches,
            newest_first: plan.newest_first,
            follow: plan.follow,
            stage: Stage::Past,
            chunk: Chunk::default(),
            last: 0,
            has_begun: plan.servers.iter().any(|(_, start)| is_resumed(start)),
            progress: plan.filter.is_some().then(Progress::new),
            round: now,
            look_again: now + LOOK_AGAIN,
        };
        let starts: Vec<Start> = plan.servers.iter().map(|(_, start)| *start).collect();
        let several = starts.len() > 1;
        let wish = Wish {
            start: Start::Last(0, None),
            newest_first: plan.newest_first,
            follow: plan.follow,
            since: plan.since,
            // one cut through all logs, so far back that what was written before it is in their files
            cut: (plan.follow && several).then(|| Timestamp::now() - HOLD),
            kept: KEPT / starts.len().max(1),
            most: (SEARCH_BYTES / starts.len().max(1) as u64).max(PAGE_BYTES),
        };
        let begin = move |tails: &mut [Tail]| {
            let mut all = tails.iter_mut().zip(starts);
            all.try_for_each(|(tail, start)| tail.begin(Wish { start, ..wish }))
        };
        feed.on_thread(begin).await?;
        Ok(feed)
    }

    /// What is ready, as one chunk; waits until something is. `None` at the end. An error is the last that comes: the
    /// body that breaks there tells the client, which has its cursors and can ask again.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Problem>> {
        loop {
            let went = match &self.stage {
                Stage::Past => self.past().await,
                Stage::Live { releasing } => self.live(*releasing).await,
                Stage::Broken(problem) => {
                    let problem = problem.clone();
                    self.stage = Stage::Ended;
                    return Some(Err(problem));
                }
                Stage::Ended => return None,
            };
            if let Err(problem) = went {
                tracing::warn!(%problem, "a log stream ends early");
                self.stage = Stage::Broken(problem);
            }
            if let Some(bytes) = self.chunk.take() {
                return Some(Ok(bytes));
            }
        }
    }

    /// Works on the logs on a thread for that. A search waits for a place each time, so that one that nobody reads keeps
    /// none; the place is given back when the work is done, whether the client is still there or not.
    async fn on_thread(
        &mut self,
        work: impl FnOnce(&mut [Tail]) -> Result<(), Problem> + Send + 'static,
    ) -> Result<(), Problem> {
        let is_search = self.progress.is_some() && matches!(self.stage, Stage::Past);
        let place = if is_search {
            Some(self.searches.clone().acquire_owned().await.map_err(internal)?)
        } else {
            None
        };
        let mut tails = std::mem::take(&mut self.tails);
        let thread = spawn_blocking(move || {
            let done = work(&mut tails);
            drop(place);
            (tails, done)
        });
        let (tails, done) = thread.await.map_err(internal)?;
        self.tails = tails;
        done
    }

    /// Sends some of the history. A search does one step at a time: what that found goes out at once.
    async fn past(&mut self) -> Result<(), Problem> {
        loop {
            if self.tails.iter().any(Tail::is_wanting) {
                let (newest_first, several) = (self.newest_first, self.tails.len() > 1);
                self.on_thread(move |tails| step(tails, newest_first, several)).await?;
            }
            if self.newest_first {
                self.send_newest();
            } else {
                self.send_in_order(Tail::past_head, Tail::is_wanting, |_| true);
            }
            if self.chunk.is_full() {
                return Ok(());
            }
            if !self.tails.iter().any(Tail::is_wanting) {
                self.end_past();
                return Ok(());
            }
            if let Some(progress) = &mut self.progress {
                progress.searching(self.tails.iter().map(Tail::counts).sum(), &mut self.chunk);
                return Ok(());
            }
        }
    }

    /// Adds to the chunk what comes next, the newest first, as far as that is known.
    fn send_newest(&mut self) {
        while !self.chunk.is_full() {
            let heads = self.tails.iter().enumerate();
            let heads = heads.filter_map(|(index, tail)| Some((tail.past_head()?, index)));
            let Some((at, index)) = heads.max() else { return };
            let is_older =
                |tail: &Tail| !tail.is_wanting() || tail.frontier().is_some_and(|frontier| frontier <= at);
            if !self.tails.iter().all(is_older) {
                return;
            }
            self.send(index);
        }
    }

    /// Adds to the chunk what comes next of what `head` gives the time of, until a log `is_open`: then it is not known
    /// what comes next; or until what comes next is not `ready`. True if the chunk was full before that.
    fn send_in_order(
        &mut self,
        head: impl Fn(&Tail) -> Option<Timestamp>,
        is_open: impl Fn(&Tail) -> bool,
        ready: impl Fn(&Tail) -> bool,
    ) -> bool {
        if self.tails.iter().any(&is_open) {
            return false;
        }
        let key = |tail: &Tail, index, last| head(tail).map(|at| Reverse((at, index != last, index)));
        let all = self.tails.iter().enumerate();
        let mut heads: BinaryHeap<_> = all.filter_map(|(index, tail)| key(tail, index, self.last)).collect();
        while !self.chunk.is_full() {
            let Some(Reverse((_, _, index))) =
                heads.pop().filter(|Reverse((.., index))| ready(&self.tails[*index]))
            else {
                return false;
            };
            self.send(index);
            let tail = &self.tails[index];
            if is_open(tail) {
                return false;
            }
            heads.extend(key(tail, index, index));
        }
        true
    }

    fn end_past(&mut self) {
        if let Some(progress) = &mut self.progress {
            progress.done(self.tails.iter().map(Tail::counts).sum(), &mut self.chunk);
        }
        self.stage = if self.follow {
            let round = self.begin_round();
            for tail in &mut self.tails {
                self.chunk.push(&tail.start_live(round));
            }
            Stage::Live { releasing: false }
        } else {
            Stage::Ended
        };
    }

    /// Sends a chunk of what is new, or waits for that.
    async fn live(&mut self, releasing: bool) -> Result<(), Problem> {
        if !releasing {
            if self.tails.iter().all(Tail::is_over) {
                self.stage = Stage::Ended;
                return Ok(());
            }
            self.wait().await;
            let round = self.begin_round();
            self.tails.iter_mut().for_each(Tail::look);
            if self.tails.iter().any(Tail::is_due) {
                self.on_thread(move |tails| {
                    tails.iter_mut().filter(|tail| tail.is_due()).try_for_each(|tail| tail.read_live(round))
                })
                .await?;
            }
        }
        let round = self.round;
        let head = |tail: &Tail| tail.head().map(|(at, _)| at);
        let has_waited = move |tail: &Tail| tail.head().is_some_and(|(_, due)| due <= round);
        let releasing = self.send_in_order(head, Tail::is_unknown, has_waited);
        self.stage = Stage::Live { releasing };
        if let Some(progress) = &mut self.progress {
            progress.live(self.tails.iter().map(Tail::counts).sum(), &mut self.chunk);
        }
        Ok(())
    }

    fn begin_round(&mut self) -> Round {
        let bytes = (ROUND_BYTES / self.tails.len().max(1) as u64).max(PAGE_BYTES / 4);
        let bytes = if self.progress.is_some() { bytes } else { bytes.min(PAGE_BYTES) };
        let round = Round::new(self.paced(HOLD), bytes);
        self.round = round.now;
        round
    }

    /// How long something waits: one log alone is in order whenever it is read.
    fn paced(&self, time: Duration) -> Duration {
        if self.tails.len() > 1 { time } else { Duration::ZERO }
    }

    /// Adds the first entry of this log to the chunk.
    fn send(&mut self, index: usize) {
        let Some(entry) = self.tails[index].pop() else { return };
        if entry.gap && self.has_begun {
            self.chunk.push(&crate::api::LogItem::Break);
        }
        self.chunk.push(&entry.into_item());
        self.has_begun = true;
        self.last = index;
    }

    /// Waits until it is time for another round: a bell, something that has waited long enough, a partial line's time, or
    /// the time to look again.
    async fn wait(&mut self) {
        if self.tails.iter().any(Tail::has_more) {
            return;
        }
        let next_round = self.round + self.paced(PACE);
        let partials = self.tails.iter().filter_map(Tail::partial_due);
        let progress = self.progress.as_ref().and_then(Progress::live_due);
        let until = partials.chain(progress).chain([self.look_again]).min().unwrap_or(self.look_again);
        let held = self.tails.iter().filter_map(|tail| Some(tail.head()?.1)).min();
        if let Some(due) = held {
            sleep_until(due.min(until).max(next_round)).await;
        } else if !self.tails.iter().any(Tail::is_unknown) {
            let bells = select_all(self.tails.iter_mut().map(|tail| Box::pin(tail.rung())));
            if timeout_at(until, bells).await.is_ok() {
                sleep_until(next_round).await;
            }
        }
        if self.look_again <= Instant::now() {
            self.tails.iter_mut().for_each(Tail::look_again);
            self.look_again = Instant::now() + LOOK_AGAIN;
        }
    }
}

/// Reads on in the logs whose next line is not known, for a short time.
fn step(tails: &mut [Tail], newest_first: bool, several: bool) -> Result<(), Problem> {
    let began = Instant::now();
    loop {
        let mut wanting = tails.iter_mut().filter(|tail| tail.is_wanting());
        let tail = if newest_first {
            wanting.max_by_key(|tail| tail.frontier().unwrap_or(Timestamp::MAX))
        } else {
            wanting.next()
        };
        let Some(tail) = tail else { return Ok(()) };
        tail.step(several)?;
        if began.elapsed() >= STEP {
            return Ok(());
        }
    }
}

fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Writer;
    use crate::model::{LogPolicy, Stream};
    use crate::supervisor::handle::LogSource;

    #[tokio::test]
    async fn a_line_that_is_still_held_is_not_overtaken_by_a_later_one() {
        let dir = tempfile::tempdir().unwrap();
        let at = Timestamp::now();
        let tails = [("first", 0), ("second", 1)].map(|(name, later)| {
            let log = dir.path().join(name);
            let at_us = u64::try_from(at.as_microsecond()).unwrap() + later;
            let mut writer = Writer::open(&log, LogPolicy::default()).unwrap();
            writer.append(at_us, Stream::Stdout, format!("{name}\n").as_bytes()).unwrap();
            let (_, bell) = tokio::sync::watch::channel(0);
            Tail::new(format!("shop/{name}").parse().unwrap(), LogSource { dir: log, bell }, None, 0)
        });
        let now = Instant::now();
        let mut feed = Feed {
            tails: tails.into(),
            searches: Arc::new(Semaphore::new(1)),
            newest_first: false,
            follow: true,
            stage: Stage::Live { releasing: true },
            chunk: Chunk::default(),
            last: 0,
            has_begun: false,
            progress: None,
            round: now,
            look_again: now + LOOK_AGAIN,
        };
        let round = Round::new(Duration::from_hours(1), 1000);
        feed.tails[0].read_live(round).unwrap();
        feed.tails[1].read_live(Round { hold: Duration::ZERO, ..round }).unwrap();
        feed.round = Instant::now();
        feed.live(true).await.unwrap();
        assert_eq!(feed.chunk.take(), None);
        feed.round += Duration::from_hours(2);
        feed.live(true).await.unwrap();
        let sent = feed.chunk.take().unwrap();
        let sent = std::str::from_utf8(&sent).unwrap();
        assert!(sent.find("shop/first") < sent.find("shop/second"), "{sent}");
    }
}
