//! Several logs as one stream of chunks.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::future::select_all;
use tokio::time::{Instant, timeout_at};

use super::tail::Tail;
use super::{Plan, Start};
use crate::api::{LogItem, Problem};
use crate::model::LogLine;
use crate::supervisor::http::answer::Chunk;

/// A bell that was lost costs this long.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Where the stream is.
enum Stage {
    /// In the history, of which so many lines are left to send.
    Past {
        left: usize,
    },
    Live,
    /// A log can't be read any more; what was read before is sent first.
    Broken(Problem),
    Ended,
}

/// One reader's place in all its logs.
pub(super) struct Feed {
    tails: Vec<Tail>,
    follow: bool,
    stage: Stage,
    chunk: Chunk,
    /// When all logs are looked at whether a bell rang or not.
    look_again: Instant,
}

impl Feed {
    pub(super) fn new(tails: Vec<Tail>, plan: Plan) -> Self {
        let left = match plan.from {
            // each tail was placed that many lines before its end
            Start::Last(..) => usize::MAX,
            Start::At(_, lines) => lines,
        };
        Self {
            tails,
            follow: plan.follow,
            stage: Stage::Past { left },
            chunk: Chunk::default(),
            look_again: Instant::now() + LOOK_AGAIN,
        }
    }

    /// What is ready, as one chunk; waits until something is. `None` at the end. An error is the last that comes: the
    /// body that breaks there tells the client, which has its cursors and can ask again.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Problem>> {
        loop {
            let went = match &self.stage {
                Stage::Past { left } => self.past(*left).await,
                Stage::Live => self.live().await,
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

    /// Sends a chunk of the history.
    async fn past(&mut self, mut left: usize) -> Result<(), Problem> {
        while left > 0 && !self.chunk.is_full() {
            self.read_ahead().await?;
            let Some(line) = self.pop() else { break };
            self.chunk.push(&LogItem::Line(line.into()));
            left -= 1;
        }
        self.stage = if self.chunk.is_full() {
            Stage::Past { left }
        } else if self.follow {
            for tail in &self.tails {
                self.chunk.push(&tail.live());
            }
            Stage::Live
        } else {
            Stage::Ended
        };
        Ok(())
    }

    /// Reads until every log has a line ahead or no history left, so that the earliest line is known.
    async fn read_ahead(&mut self) -> Result<(), Problem> {
        for tail in &mut self.tails {
            while tail.is_wanting() {
                if let Some(lagged) = tail.read_history().await? {
                    self.chunk.push(&lagged);
                }
            }
        }
        Ok(())
    }

    /// Sends a chunk of what is new, or waits for that.
    async fn live(&mut self) -> Result<(), Problem> {
        if self.tails.iter().all(|tail| tail.head().is_none()) {
            if self.tails.iter().all(Tail::is_gone) {
                self.stage = Stage::Ended;
                return Ok(());
            }
            if !self.tails.iter().any(Tail::is_stale) {
                self.wait().await;
            }
            for tail in &mut self.tails {
                if let Some(lagged) = tail.read_live().await? {
                    self.chunk.push(&lagged);
                }
            }
        }
        while !self.chunk.is_full() {
            let Some(line) = self.pop() else { break };
            self.chunk.push(&LogItem::Line(line.into()));
        }
        Ok(())
    }

    /// Waits for a bell, for a partial line's time, or for the time to look again.
    async fn wait(&mut self) {
        let partial = self.tails.iter().filter_map(Tail::partial_due).min();
        let until = partial.map_or(self.look_again, |due| due.min(self.look_again));
        let bells = select_all(self.tails.iter_mut().map(|tail| Box::pin(tail.rung())));
        if timeout_at(until, bells).await.is_err() {
            self.tails.iter_mut().for_each(Tail::look_again);
            self.look_again = Instant::now() + LOOK_AGAIN;
        }
    }

    /// The line that began first of those that are read ahead. Each log keeps its own order.
    fn pop(&mut self) -> Option<LogLine> {
        let heads = self.tails.iter_mut().filter_map(|tail| Some((tail.head()?, tail)));
        heads.min_by_key(|(at, _)| *at)?.1.pop()
    }
}
