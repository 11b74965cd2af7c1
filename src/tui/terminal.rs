//! The terminal: taken over, drawn on, and given back whole whatever happens.
//!
//! Frames are made by hand from two buffers instead of ratatui's `Terminal`: its `clear` asks for the cursor's place,
//! a round trip that eats input, and it writes bytes for a frame in which nothing changed.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::model::Model;
use super::view;

/// The terminal is ours. Process-wide, since a panic or a signal knows no owner.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Largest screen that is drawn, in columns and rows; a terminal that says more is taken at this.
const LARGEST: Size = Size { width: 1000, height: 500 };

/// Gives the terminal back. May be called at any time, any number of times; a terminal that is gone is no error.
pub(crate) fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ =
            execute!(out, EndSynchronizedUpdate, SetAttribute(Attribute::Reset), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// Rings its bell. Between two frames, so that it is in none of their sequences.
pub(crate) fn ring() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"\x07")?;
    out.flush()
}

/// A panic gives the terminal back before it is reported.
pub(crate) fn restore_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        report(info);
    }));
}

/// How large the terminal is; 80x24 where it does not say.
pub(crate) fn current_size() -> Size {
    let (width, height) = size().ok().filter(|(w, h)| *w > 0 && *h > 0).unwrap_or((80, 24));
    Size { width: width.min(LARGEST.width), height: height.min(LARGEST.height) }
}

/// The screen as it is, and the one that comes.
#[derive(Debug)]
pub(crate) struct Screen {
    shown: Buffer,
    next: Buffer,
    /// What the terminal shows is not what `shown` says.
    stale: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(crate) fn take() -> io::Result<Self> {
        // The theme decides about NO_COLOR: left to itself, crossterm would also drop reverse video.
        crossterm::style::force_color_output(true);
        let mut screen = Self::unseen();
        screen.retake()?;
        Ok(screen)
    }

    /// On no terminal: for its frames alone.
    pub(crate) fn unseen() -> Self {
        Self { shown: Buffer::empty(Rect::ZERO), next: Buffer::empty(Rect::ZERO), stale: true }
    }

    /// Takes it over again, after it was given back or somebody else used it.
    pub(crate) fn retake(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        self.stale = true;
        execute!(io::stdout(), EnterAlternateScreen, Hide)
    }

    /// The next frame draws every cell.
    pub(crate) fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Draws what changed since the last frame; writes nothing where nothing did.
    pub(crate) fn draw(&mut self, model: &Model) -> io::Result<()> {
        let bytes = self.frame(model)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    /// The bytes of the next frame.
    pub(crate) fn frame(&mut self, model: &Model) -> io::Result<Vec<u8>> {
        let area =
            Rect::new(0, 0, model.size.width.min(LARGEST.width), model.size.height.min(LARGEST.height));
        let resized = self.next.area != area;
        if resized {
            self.next = Buffer::empty(area);
        }
        self.next.reset();
        view::draw(model, &mut self.next);
        let mut bytes = Vec::new();
        let whole = resized || self.stale;
        if whole {
            self.shown = Buffer::empty(area);
        }
        let changes = self.shown.diff(&self.next);
        if changes.is_empty() && !whole {
            return Ok(bytes);
        }
        // tmux 3.7a loses a clear within a synchronized update.
        if whole {
            queue!(bytes, SetAttribute(Attribute::Reset), Clear(ClearType::All), MoveTo(0, 0))?;
        } else {
            queue!(bytes, BeginSynchronizedUpdate)?;
        }
        CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
        if !whole {
            queue!(bytes, EndSynchronizedUpdate)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        if self.next.area != area {
            self.next = Buffer::empty(area);
        }
        self.stale = false;
        Ok(bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::StreamItem;
    use crate::tui::message::Message;
    use crate::tui::tests::fixture::{Stage, samples, wall};

    const BEGIN: &[u8] = b"\x1b[?2026h";
    const END: &[u8] = b"\x1b[?2026l";

    #[test]
    fn a_frame_in_which_nothing_changed_has_no_bytes() {
        let stage = Stage::at((80, 24));
        let mut screen = Screen::unseen();
        assert!(!screen.frame(&stage.model).unwrap().is_empty());
        assert!(screen.frame(&stage.model).unwrap().is_empty());
        screen.invalidate();
        assert!(!screen.frame(&stage.model).unwrap().is_empty());
    }

    #[test]
    fn a_change_is_one_synchronized_update_but_not_after_a_resize() {
        let mut stage = Stage::at((80, 24));
        let mut screen = Screen::unseen();
        screen.frame(&stage.model).unwrap();
        stage.keys("j");
        let bytes = screen.frame(&stage.model).unwrap();
        assert!(bytes.starts_with(BEGIN) && bytes.ends_with(END));
        stage.send(Message::Resize(100, 30));
        let bytes = screen.frame(&stage.model).unwrap();
        assert!(!bytes.windows(BEGIN.len()).any(|part| part == BEGIN));
        assert!(bytes.windows(4).any(|part| part == b"\x1b[2J"));
    }

    #[test]
    fn a_second_of_twenty_servers_costs_less_than_3_kb() {
        let mut stage = Stage::at((120, 40));
        let mut snapshot = crate::tui::tests::fixture::snapshot();
        let pattern = snapshot.servers.clone();
        for number in 0..12 {
            let mut server = pattern[number % 3].clone();
            let id = format!("more/server-{number}").parse::<crate::model::ServerId>().unwrap();
            (server.project, server.name, server.id) = ("more".into(), id.name().into(), id);
            snapshot.servers.push(server);
        }
        let names: Vec<_> = snapshot.servers.iter().map(|server| server.id.clone()).collect();
        stage.send(Message::Stream(StreamItem::Snapshot(snapshot)));
        let mut screen = Screen::unseen();
        screen.frame(&stage.model).unwrap();
        let mut total = 0;
        for second in 1..=60_u64 {
            stage.mono += std::time::Duration::from_secs(1);
            let at = wall().checked_add(stage.mono).unwrap();
            let mut item = samples(at);
            if let StreamItem::Samples { samples, .. } = &mut item {
                let first = samples[0].clone();
                *samples = names
                    .iter()
                    .enumerate()
                    .map(|(n, id)| {
                        // Restless: every figure changes each second.
                        let noise = (second * 7 + n as u64 * 13) % 50;
                        let mut sample = first.clone();
                        sample.id = id.clone();
                        sample.cpu = noise as f32 * 1.7;
                        sample.mem = (100 + noise) << 20;
                        sample.up = (second + 3000) as f64;
                        sample
                    })
                    .collect();
            }
            stage.send(Message::Stream(item));
            total += screen.frame(&stage.model).unwrap().len();
        }
        assert!(total / 60 < 3000, "{} bytes/s", total / 60);
    }
}
