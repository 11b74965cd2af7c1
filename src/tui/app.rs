//! The loop: wait for something, take in everything that is there, draw one frame if anything can be seen of it.
//!
//! At rest nothing wakes it: no tick, no frame, no byte.

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal as Unix, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use super::Options;
use super::backend::{Backend, Supervisor};
use super::effect::Effect;
use super::message::Message;
use super::model::{Dirty, Level, Model, Now, Start};
use super::terminal::{Screen, current_size};
use super::theme::{Depth, Glyphs, Theme};
use super::update::update;

/// Messages that may wait; who sends more waits.
const QUEUE: usize = 1024;
/// Messages that are taken in before a frame at most, so that a flood never holds the screen back.
const BATCH: usize = 4096;
/// Between two frames for log lines only.
const LOG_FRAMES: Duration = Duration::from_millis(100);

/// Runs until the user leaves or the terminal goes; the model as it was then.
pub(crate) async fn run(options: Options) -> anyhow::Result<Model> {
    let began = Instant::now();
    let (sender, mut inbox) = mpsc::channel(QUEUE);
    let mut backend = Supervisor::new(options.client.clone(), sender);
    // Asked before anything else, so that the answer is on its way while the first frame is drawn.
    backend.perform(Effect::Connect { start: true });
    tokio::task::yield_now().await;
    let mut signals = Signals::new()?;
    let mut model = first_model(&options, current_size());
    let mut screen = Screen::take()?;
    let mut keys = EventStream::new();
    let mut hangup = watch_for_hangup();
    let mut last_logs = None;
    loop {
        let now = clock(began);
        if draws(&model, last_logs, now.mono) {
            if model.dirty == Dirty::Logs {
                last_logs = Some(now.mono);
            }
            screen.draw(&model)?;
            model.dirty = Dirty::No;
        }
        let message = tokio::select! {
            biased;
            event = keys.next() => match event {
                Some(Ok(event)) => Some(translate(&event)),
                // The terminal is gone.
                Some(Err(_)) | None => break,
            },
            message = inbox.recv() => message.map(Some),
            () = sleep_until(began, wake(&model, last_logs)) => Some(Some(Message::Tick)),
            () = gone(&mut hangup) => break,
            resumed = signals.next() => {
                if !resumed {
                    break;
                }
                screen.retake()?;
                Some(Some(Message::Resumed))
            }
        };
        let mut next = message;
        let mut left = BATCH;
        while let Some(message) = next {
            if let Some(message) = message {
                let effects = update(&mut model, message, clock(began));
                perform(&mut screen, &mut backend, &mut model, effects, began)?;
            }
            left -= 1;
            if left == 0 || model.quitting {
                break;
            }
            next = queued(&mut keys, &mut inbox).await;
        }
        if model.quitting {
            break;
        }
    }
    Ok(model)
}

pub(crate) fn first_model(options: &Options, size: Size) -> Model {
    let env = |name: &str| std::env::var(name).ok();
    let depth = Depth::choose(options.color, env);
    let (theme, problem) = match Theme::load(options.theme.as_deref(), depth) {
        Ok(theme) => (theme, None),
        Err(error) => (Theme::fallback(depth), Some(error.to_string())),
    };
    let mut model = Model::new(Start {
        read_only: options.read_only,
        project: options.current_project.clone(),
        theme,
        glyphs: Glyphs::choose(options.glyphs, env),
        zone: super::zone::here(),
        home: std::env::home_dir(),
        size,
        version: crate::paths::version(),
    });
    model.now.wall = Timestamp::now();
    for (subject, text) in [("theme", problem), ("notice", options.notice.clone())] {
        if let Some(text) = text {
            let text = super::ansi::plain(&text);
            model.toasts.say(Duration::ZERO, Level::Warning, subject, text, None);
        }
    }
    model
}

fn clock(began: Instant) -> Now {
    Now { mono: began.elapsed(), wall: Timestamp::now() }
}

/// Whether a frame is due: at once, but for log lines.
fn draws(model: &Model, last_logs: Option<Duration>, now: Duration) -> bool {
    match model.dirty {
        Dirty::No => false,
        Dirty::Logs => last_logs.is_none_or(|last| now >= last + LOG_FRAMES),
        Dirty::Now => true,
    }
}

/// When to wake if nothing happens.
fn wake(model: &Model, last_logs: Option<Duration>) -> Option<Duration> {
    let frame = match model.dirty {
        Dirty::Logs => last_logs.map(|last| last + LOG_FRAMES),
        Dirty::No | Dirty::Now => None,
    };
    [frame, model.next_wake()].into_iter().flatten().min()
}

async fn sleep_until(began: Instant, at: Option<Duration>) {
    match at {
        Some(at) => tokio::time::sleep_until((began + at).into()).await,
        None => std::future::pending().await,
    }
}

fn translate(event: &Event) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key(*key)),
        Event::Resize(width, height) => Some(Message::Resize(*width, *height)),
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => None,
    }
}

/// What is there already; the outer `None`: nothing.
async fn queued(keys: &mut EventStream, inbox: &mut mpsc::Receiver<Message>) -> Option<Option<Message>> {
    // Polled with this task's own waker: the stream remembers the first one that it sees.
    let event = std::future::poll_fn(|context| {
        std::task::Poll::Ready(match keys.poll_next_unpin(context) {
            std::task::Poll::Ready(Some(Ok(event))) => Some(event),
            std::task::Poll::Ready(_) | std::task::Poll::Pending => None,
        })
    })
    .await;
    match event {
        Some(event) => Some(translate(&event)),
        None => inbox.try_recv().ok().map(Some),
    }
}

fn perform(
    screen: &mut Screen,
    backend: &mut impl Backend,
    model: &mut Model,
    effects: Vec<Effect>,
    began: Instant,
) -> io::Result<()> {
    for effect in effects {
        match effect {
            Effect::Suspend => {
                super::terminal::restore();
                // Returns when the shell continues the job.
                let _ = kill_current_process_group(Unix::TSTP);
                screen.retake()?;
                let size = current_size();
                let resize = Message::Resize(size.width, size.height);
                let more = update(model, resize, clock(began));
                for effect in more {
                    backend.perform(effect);
                }
            }
            Effect::Bell => super::terminal::ring()?,
            Effect::Repaint => {
                screen.invalidate();
                model.touch(Dirty::Now);
            }
            Effect::Quit => model.quitting = true,
            Effect::Copy { .. } => {}
            Effect::Connect { .. }
            | Effect::Request { .. }
            | Effect::FollowLog { .. }
            | Effect::PageLog { .. }
            | Effect::Why(_)
            | Effect::History { .. } => backend.perform(effect),
        }
    }
    Ok(())
}

/// Signals that end the dashboard, and the one that says it goes on.
struct Signals {
    ends: [Signal; 3],
    goes_on: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            ends: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
            ],
            goes_on: signal(SignalKind::from_raw(Unix::CONT.as_raw()))?,
        })
    }

    /// Whether to go on.
    async fn next(&mut self) -> bool {
        let [terminate, hangup, interrupt] = &mut self.ends;
        tokio::select! {
            _ = terminate.recv() => false,
            _ = hangup.recv() => false,
            _ = interrupt.recv() => false,
            _ = self.goes_on.recv() => true,
        }
    }
}

/// Tells when the terminal is gone, even where no signal comes: crossterm's reader turns round at the end of its input
/// without end. A thread, since it waits for a hang-up alone, while the reader takes the input.
fn watch_for_hangup() -> oneshot::Receiver<()> {
    let (gone, told) = oneshot::channel();
    let watch = move || {
        let input = io::stdin();
        loop {
            // Nothing is asked for: a hang-up and an error are reported all the same.
            let mut waits = [PollFd::new(&input, PollFlags::empty())];
            match poll(&mut waits, None) {
                Ok(_) => break,
                Err(error) if error == rustix::io::Errno::INTR => {}
                // It can't be watched: then the signal has to do.
                Err(_) => return,
            }
        }
        let _ = gone.send(());
    };
    // Without the thread the receiver is told at once that its sender is gone, which `run` takes for silence.
    drop(std::thread::Builder::new().name("hang-up".to_owned()).spawn(watch));
    told
}

/// Returns when the terminal is gone, and never where that can't be told.
async fn gone(told: &mut oneshot::Receiver<()>) {
    if told.is_terminated() || told.await.is_err() {
        std::future::pending::<()>().await;
    }
}
