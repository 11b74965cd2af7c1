//! The loop: wait for something, take in everything that is there, draw one frame if anything can be seen of it.
//!
//! At rest nothing wakes it: no tick, no frame, no byte. Nothing in it blocks: a terminal that takes no bytes gets no
//! frames, and keys and signals act all the same.
//!
//! [`signals`]: what the system tells. [`frames`]: when a frame is due. [`first`]: the model at the start.

mod first;
mod frames;
mod signals;

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Signal as Unix, kill_current_process_group};
use tokio::sync::mpsc;

use super::Options;
use super::backend::{Backend as _, Supervisor};
use super::clipboard::{Clipboard, Outcome};
use super::editor;
use super::effect::Effect;
use super::input::{Input, Reader};
use super::message::{Failure, Message};
use super::model::{Dirty, Model, Now};
use super::terminal::{Line, Screen, current_size, is_gone};
use super::update::update;
pub(crate) use first::first_model;
use frames::Frames;
use signals::{Signals, Told};

/// Messages that may wait; who sends more waits.
const QUEUE: usize = 1024;
/// Messages that are taken in before a frame at most, so that a flood never holds the screen back.
const BATCH: usize = 4096;
/// How long an answer of the terminal that is on its way is waited for on the way out: it would be typed into the shell.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Runs until the user leaves or the terminal goes; the model as it was then.
pub(crate) async fn run(options: Options) -> anyhow::Result<Model> {
    let began = Instant::now();
    let (sender, inbox) = mpsc::channel(QUEUE);
    let mut backend = Supervisor::new(options.client.clone(), sender);
    // Asked before anything else, so that the answer is on its way while the first frame is drawn.
    backend.perform(Effect::Connect { start: true });
    tokio::task::yield_now().await;
    let signals = Signals::new()?;
    let model = first_model(&options, current_size());
    let mut screen = Screen::take(model.mouse.on)?;
    let line = Line::open()?;
    let mut reader = Reader::default();
    let questions = first::asks(&options);
    if !questions.is_empty() {
        // Before the first frame, which clears what a terminal shows that does not understand them.
        screen.write(&questions)?;
        reader.expect(began.elapsed());
    }
    let clipboard = Clipboard::new(options.client.paths().clipboard(), first::env);
    let frames = Frames::default();
    let mut dashboard =
        Dashboard { began, model, screen, line, reader, backend, clipboard, frames, inbox, signals };
    let ended = dashboard.live().await;
    dashboard.backend.finish().await;
    match ended {
        Err(error) if !is_gone(&error) => Err(error.into()),
        _ => Ok(dashboard.model),
    }
}

/// What the loop was woken by.
enum Woken {
    Told(Told),
    /// The terminal has something to say, or has taken everything: nothing is to be done but to look.
    Terminal,
    Copied(Outcome),
    Message(Option<Message>),
    Time,
}

struct Dashboard {
    began: Instant,
    model: Model,
    screen: Screen,
    line: Line,
    reader: Reader,
    backend: Supervisor,
    clipboard: Clipboard,
    frames: Frames,
    inbox: mpsc::Receiver<Message>,
    signals: Signals,
}

impl Dashboard {
    async fn live(&mut self) -> io::Result<()> {
        loop {
            self.draw()?;
            match self.woken().await? {
                Woken::Told(Told::End) => return Ok(()),
                Woken::Told(Told::GoesOn) => self.goes_on()?,
                Woken::Told(Told::Resized) => self.resized()?,
                Woken::Terminal => {}
                Woken::Copied(outcome) => self.copied(outcome)?,
                Woken::Message(message) => message.map_or(Ok(()), |message| self.take(message))?,
                Woken::Time => {
                    self.reader.tick(self.began.elapsed());
                    self.take(Message::Tick)?;
                }
            }
            for _ in 0..BATCH {
                if self.model.quitting {
                    return self.last_words().await;
                }
                let Some(message) = self.queued()? else { break };
                self.take(message)?;
            }
        }
    }

    /// Draws if it is time to, and the terminal has taken what was drawn before.
    fn draw(&mut self) -> io::Result<()> {
        let now = self.began.elapsed();
        if !self.screen.is_busy() && self.frames.due(self.model.dirty).is_some_and(|due| due <= now) {
            self.frames.drawn(self.model.dirty, now);
            self.model.dirty = Dirty::No;
            self.screen.draw(&self.model)?;
        }
        Ok(())
    }

    async fn woken(&mut self) -> io::Result<Woken> {
        let began = self.began;
        let frame = self.frames.due(self.model.dirty).filter(|_| !self.screen.is_busy());
        let wake = [frame, self.model.next_wake(), self.reader.wake()].into_iter().flatten().min();
        let Self { screen, line, reader, clipboard, inbox, signals, .. } = self;
        Ok(tokio::select! {
            biased;
            told = signals.next() => Woken::Told(told),
            read = reader.read(line, || began.elapsed()) => { read?; Woken::Terminal }
            taken = screen.flush(line), if screen.is_busy() => { taken?; Woken::Terminal }
            outcome = clipboard.next() => Woken::Copied(outcome),
            message = inbox.recv() => Woken::Message(message),
            () = sleep_until(began, wake) => Woken::Time,
        })
    }

    /// What is there already.
    fn queued(&mut self) -> io::Result<Option<Message>> {
        let began = self.began;
        Ok(match self.reader.next(&self.line, || began.elapsed())? {
            Some(Input::Key(key)) => Some(Message::Key(key)),
            Some(Input::Mouse(event)) => Some(Message::Mouse(event)),
            Some(Input::Paste(text)) => Some(Message::Paste(text)),
            Some(Input::Said(answer)) => Some(Message::TerminalSaid(answer)),
            None => self.inbox.try_recv().ok(),
        })
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        let now = Now { mono: self.began.elapsed(), wall: Timestamp::now() };
        for effect in update(&mut self.model, message, now) {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Suspend => {
                super::terminal::restore();
                // Returns when the shell continues the job.
                let _ = kill_current_process_group(Unix::TSTP);
                self.goes_on()?;
            }
            Effect::Edit(edit) => {
                let result = editor::run(&edit, &mut self.screen)?;
                self.signals.forget_interrupts();
                self.resized()?;
                self.take(Message::Edited { edit, result })?;
            }
            Effect::Bell => self.screen.ring()?,
            Effect::Mouse(on) => self.screen.set_mouse(on)?,
            Effect::Repaint => {
                assert!(!crate::paths::panics(), "a test wanted it");
                self.screen.invalidate();
                self.model.touch(Dirty::Now);
            }
            Effect::Quit => self.model.quitting = true,
            Effect::Copy { what, text } => self.clipboard.copy(what, text),
            effect => self.backend.perform(effect),
        }
        Ok(())
    }

    fn goes_on(&mut self) -> io::Result<()> {
        self.screen.retake()?;
        self.take(Message::Resumed)?;
        self.resized()
    }

    fn resized(&mut self) -> io::Result<()> {
        let size = current_size();
        if size != self.model.size {
            self.frames.resized(self.began.elapsed());
            self.take(Message::Resize(size.width, size.height))?;
        }
        Ok(())
    }

    fn copied(&mut self, outcome: Outcome) -> io::Result<()> {
        let message = match outcome {
            Outcome::Done(message) => message,
            Outcome::Write(bytes, message) => match (self.screen.write(&bytes), message) {
                (Err(error), Message::Copied { what, .. }) if error.kind() == io::ErrorKind::WouldBlock => {
                    let message = "the terminal takes nothing".to_owned();
                    Message::Copied { what, result: Err(Failure { message, hint: None }) }
                }
                (written, message) => {
                    written?;
                    message
                }
            },
        };
        self.take(message)
    }

    /// Swallows answers to questions that were asked a moment ago.
    async fn last_words(&mut self) -> io::Result<()> {
        let began = self.began;
        while self.reader.is_asked_lately(began.elapsed()) {
            let read = self.reader.read(&self.line, || began.elapsed());
            let Ok(read) = tokio::time::timeout(LAST_WORDS, read).await else { break };
            read?;
        }
        Ok(())
    }
}

async fn sleep_until(began: Instant, at: Option<Duration>) {
    match at {
        Some(at) => tokio::time::sleep_until((began + at).into()).await,
        None => std::future::pending().await,
    }
}
