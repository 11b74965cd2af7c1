//! One call of a search: which stretches are looked at, by how many threads, and when it is enough.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use crate::model::{LogCursor, LogLine, ServerId};

use super::super::filter::Filter;
use super::super::lines::Forward;
use super::super::reader::{Budget, Lost};
use super::super::walk::{self, View};
use super::THREADS_MAX;
use super::join::Join;
use super::range::{cut, seek, step_back};
use super::runs::Runs;
use super::stretch::{Found, Hit, Keep, Stretch, Worker};

/// Bytes between two looks at whether it is enough, at most.
const WINDOW_MAX: u64 = 64 * 1024 * 1024;
/// Up to so many stretches one thread does alone: to start another one takes a fraction of what a stretch does.
const ALONE: usize = 1;
/// Bytes after the last record in time in which lines that were begun before may end.
const ENDING: u64 = 1024 * 1024;

/// A search in a journal.
pub(in crate::journal) struct Search<'a, 'v> {
    view: &'v mut View<'a>,
    server: &'a ServerId,
    filter: &'a Filter,
    /// Bytes of a stretch at most. So many are looked at first, often that is enough; then four times as many, and so
    /// on.
    stretch: u64,
    workers: Vec<Worker<'a>>,
}

/// What a call found.
#[derive(Debug)]
pub(in crate::journal) struct Sought {
    /// In the order in which they ended.
    pub(in crate::journal) lines: Vec<LogLine>,
    /// Up to where it looked; backwards, down to where.
    pub(in crate::journal) place: LogCursor,
    /// The lines that are open there, if that is known.
    pub(in crate::journal) slots: Option<[Forward; 3]>,
    pub(in crate::journal) at_end: bool,
    /// Whole lines that are not wanted.
    pub(in crate::journal) hidden: u64,
    /// What is lost before the lines, by rotation or damage; backwards, the newest damage.
    pub(in crate::journal) lost: Option<Lost>,
}

impl<'a, 'v> Search<'a, 'v> {
    pub(in crate::journal) const fn new(
        view: &'v mut View<'a>,
        server: &'a ServerId,
        filter: &'a Filter,
        stretch: u64,
    ) -> Self {
        Self { view, server, filter, stretch, workers: Vec::new() }
    }

    /// Searches on from `at`, where the lines of `slots` are open; `lost` is what was lost before. It ends before what
    /// is damaged, unless that begins there.
    pub(in crate::journal) fn forward(
        mut self,
        mut at: LogCursor,
        slots: [Forward; 3],
        budget: Budget,
        mut lost: Option<Lost>,
    ) -> io::Result<Sought> {
        let most = budget.lines.max(1);
        let mut begin = at;
        let end = self.view.end()?.unwrap_or(at);
        let stop = self.stop()?;
        let mut join = self.join(at, slots)?;
        let (mut window, mut left) = (self.stretch, budget.bytes.max(1));
        let at_end = 'all: loop {
            let limit = match stop {
                Some(stop) if at < stop => stop.min(end),
                Some(_) if !self.has_open(&join) => break true,
                Some(_) | None => end,
            };
            let (stretches, reached) = self.cut(at, limit, window.min(left.max(1)))?;
            // one that was cut off meanwhile may end before what its index told of
            if stretches.is_empty() && (limit == end || reached == at) {
                break true;
            }
            if left == 0 {
                break false;
            }
            for found in self.look(&stretches, Keep::First(most - join.hits.len()), &join)? {
                match found.lost {
                    Some(hole) if lost.is_some() || hole.0 != begin => {
                        at = hole.0;
                        break 'all false;
                    }
                    Some(hole) => (begin, lost) = (hole.1, Some(hole)),
                    None => {}
                }
                join.add(found);
                if most <= join.hits.len() {
                    return Ok(Sought { lost, ..first(join.hits, most) });
                }
            }
            left -= bytes_of(&stretches);
            at = reached;
            window = window.saturating_mul(4).min(WINDOW_MAX);
        };
        let hidden = join.ended - join.hits.len() as u64;
        let partial = if at_end && budget.partial { join.partial() } else { Vec::new() };
        let lines = join.hits.into_iter().map(|hit| hit.line).chain(partial).collect();
        Ok(Sought { lines, place: at, slots: Some(join.slots), at_end, hidden, lost })
    }

    /// Searches backwards from `to`: the last lines that end there or before. It ends at the second piece that is lost.
    pub(in crate::journal) fn back(mut self, to: LogCursor, budget: Budget) -> io::Result<Sought> {
        let most = budget.lines.max(1);
        let oldest = LogCursor { segment: self.view.numbers().first().copied().unwrap_or(0), offset: 0 };
        let lowest = match self.filter.since() {
            Some(since) => {
                seek(self.view, since.as_microsecond())?.unwrap_or(to).clamp(oldest, to.max(oldest))
            }
            None => oldest,
        };
        let mut place = self.latest(to)?;
        let (mut window, mut left) = (self.stretch, budget.bytes.max(1));
        let (mut parts, mut count, mut hidden, mut lost) = (Vec::new(), 0, 0, None);
        while lowest < place && left > 0 && count < most {
            let mut from = step_back(self.view, place, window.min(left))?.max(lowest);
            let (stretches, _) = self.cut(from, place, u64::MAX)?;
            let mut join = self.join(from, Default::default())?;
            if self.filter.level().is_some() {
                join.slots = self.open_at(from)?;
            }
            // one more: so it is seen that there are more
            let mut founds = self.look(&stretches, Keep::Last((most - count).saturating_add(1)), &join)?;
            let second = after_second_loss(&mut founds, lost.is_some());
            if let Some(second) = second {
                from = second;
                join = self.join(from, Default::default())?;
            }
            // without the end of a line, none of those that are open matters
            if founds.iter().any(|found| found.heads.iter().any(Option::is_some)) {
                join.slots = self.open_at(from)?;
            }
            lost = lost.or(founds.iter().rev().find_map(|found| found.lost));
            for found in founds {
                join.add(found);
            }
            let Join { mut hits, ended, .. } = join;
            place = from;
            let mut passed = 0;
            let over = hits.len().saturating_sub(most - count);
            if over > 0 {
                hits.drain(..over);
                let Hit { line, nth } = &hits[0];
                place = LogCursor { offset: line.cursor.offset - 1, ..line.cursor };
                passed = nth - 1;
                // what is further back is told when it is reached
                lost = lost.filter(|(from, _)| place <= *from);
            }
            hidden += ended - passed - hits.len() as u64;
            count += hits.len();
            parts.push(hits);
            if second.is_some() {
                break;
            }
            left -= bytes_of(&stretches).min(left);
            window = window.saturating_mul(4).min(WINDOW_MAX);
        }
        let lines = parts.into_iter().rev().flatten().map(|hit| hit.line).collect();
        Ok(Sought { lines, place, slots: None, at_end: place <= lowest, hidden, lost })
    }

    /// What has come of the lines that are open at `place`.
    pub(in crate::journal) fn partial(mut self, place: LogCursor) -> io::Result<Vec<LogLine>> {
        let slots = self.open_at(place)?;
        Ok(self.join(place, slots)?.partial())
    }

    /// The first place whose records are all too late, if that is not the end.
    fn stop(&mut self) -> io::Result<Option<LogCursor>> {
        match self.filter.until() {
            Some(until) => seek(self.view, until.as_microsecond()),
            None => Ok(None),
        }
    }

    /// The place at or before `to` after which no line ends that began in time.
    fn latest(&mut self, to: LogCursor) -> io::Result<LogCursor> {
        let Some(stop) = self.stop()?.filter(|stop| *stop < to) else { return Ok(to) };
        let slots = self.open_at(stop)?;
        let mut join = self.join(stop, slots)?;
        let (mut at, mut left) = (stop, ENDING);
        while self.has_open(&join) {
            let (stretches, reached) = self.cut(at, to, self.stretch.min(left))?;
            if stretches.is_empty() || left == 0 {
                return Ok(to);
            }
            let founds = self.look(&stretches, Keep::Last(0), &join)?;
            for found in founds {
                join.add(found);
            }
            (at, left) = (reached, left - bytes_of(&stretches));
        }
        Ok(at)
    }

    /// Whether a line is open that began in time.
    fn has_open(&self, join: &Join<'_>) -> bool {
        let until = self.filter.until().map_or(i64::MAX, Timestamp::as_microsecond);
        join.slots.iter().filter_map(Forward::pending).any(|piece| piece.at_us() < until)
    }

    fn cut(&mut self, from: LogCursor, to: LogCursor, bytes: u64) -> io::Result<(Vec<Stretch>, LogCursor)> {
        cut(self.view, from, to, bytes, self.stretch)
    }

    fn open_at(&mut self, at: LogCursor) -> io::Result<[Forward; 3]> {
        walk::open_at(self.view, self.server, at)
    }

    /// A join from `at` on, where the lines of `slots` are open.
    fn join(&mut self, at: LogCursor, slots: [Forward; 3]) -> io::Result<Join<'a>> {
        let level = self.filter.level();
        let runs = level.map(|_| Runs::before(self.view, self.server, at)).transpose()?;
        Ok(Join::new(self.server, self.filter, slots, runs))
    }

    /// Searches `stretches`, which follow on `join`: what each holds, in order; up to the first that was left with
    /// enough.
    fn look(&mut self, stretches: &[Stretch], keep: Keep, join: &Join<'_>) -> io::Result<Vec<Found>> {
        let before = join.before();
        // levels are those of lines in a row
        let alone = stretches.len() <= ALONE || before.is_some();
        let most = if alone { 1 } else { threads() };
        for thread in self.workers.len()..most {
            let matcher = self.filter.pattern().and_then(|pattern| pattern.blocks(thread));
            self.workers.push(Worker::new(self.view.again(), self.server, self.filter, matcher));
        }
        let workers = &mut self.workers[..most];
        match before {
            Some(before) => in_turn(&mut workers[0], stretches, keep, before),
            None => at_once(workers, stretches, keep),
        }
    }
}

/// One after the other, as each begins where the one before ended.
fn in_turn(
    worker: &mut Worker<'_>,
    stretches: &[Stretch],
    keep: Keep,
    mut before: ([Forward; 3], Runs),
) -> io::Result<Vec<Found>> {
    let mut all: Vec<Found> = Vec::new();
    for stretch in stretches {
        let found = worker.search(*stretch, keep, Some(before))?;
        before = (found.tails.clone(), found.runs.unwrap_or_default());
        let stopped = found.stopped;
        all.push(found);
        if stopped {
            break;
        }
    }
    Ok(all)
}

/// Each by the next worker that has nothing to do.
fn at_once(workers: &mut [Worker<'_>], stretches: &[Stretch], keep: Keep) -> io::Result<Vec<Found>> {
    let (next, stop) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let work = |worker: &mut Worker<'_>| -> io::Result<Vec<(usize, Found)>> {
        let mut all = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(stretch) = stretches.get(number).filter(|_| number <= stop.load(Ordering::Relaxed))
            else {
                return Ok(all);
            };
            let found = worker.search(*stretch, keep, None)?;
            if found.stopped {
                stop.fetch_min(number, Ordering::Relaxed);
            }
            all.push((number, found));
        }
    };
    let Some((own, others)) = workers.split_first_mut() else { return Ok(Vec::new()) };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = others.iter_mut().map(|worker| scope.spawn(|| work(worker))).collect();
        let mut all = work(own)?;
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        io::Result::Ok(all)
    })?;
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, found)| found).collect())
}

/// Leaves only what is after the last but one piece that is lost, or after the last if one `is_told` already: where that
/// ends, if there is one. A page tells of one piece.
fn after_second_loss(founds: &mut Vec<Found>, is_told: bool) -> Option<LogCursor> {
    let mut losses = founds.iter().enumerate().rev().filter_map(|(at, found)| Some((at, found.lost?.1)));
    let (at, end) = losses.nth(usize::from(!is_told))?;
    founds.drain(..=at);
    Some(end)
}

/// The first `most` of `hits`, which has as many.
fn first(mut hits: Vec<Hit>, most: usize) -> Sought {
    hits.truncate(most);
    let (place, hidden) =
        hits.last().map_or((LogCursor::default(), 0), |hit| (hit.line.cursor, hit.nth - hits.len() as u64));
    let lines = hits.into_iter().map(|hit| hit.line).collect();
    Sought { lines, place, slots: None, at_end: false, hidden, lost: None }
}

fn bytes_of(stretches: &[Stretch]) -> u64 {
    stretches.iter().map(|stretch| stretch.end - stretch.start).sum()
}

/// How many threads a large search takes.
fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get().min(THREADS_MAX)))
}
