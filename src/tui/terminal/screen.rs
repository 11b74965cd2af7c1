//! Frames, made by hand from two buffers instead of ratatui's `Terminal`: its `clear` asks for the cursor's place,
//! a round trip that eats input, and it writes bytes for a frame in which nothing changed.
//!
//! The terminal takes what it can; the rest waits, and until it is gone no frame is made. A terminal that is slow gets
//! fewer frames, each of them of the newest state.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::sync::atomic::Ordering;

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ENTER, LARGEST, Line, MIDWAY, MOUSE_OFF, MOUSE_ON, TAKEN, restore, tty};
use crate::tui::model::Model;
use crate::tui::view;

/// Bytes besides a frame that may wait for a terminal which takes none: a clipboard's text fits.
const WAITING: usize = 256 << 10;

/// The screen as it is, and the one that comes.
#[derive(Debug)]
pub(crate) struct Screen {
    shown: Buffer,
    next: Buffer,
    /// What the terminal shows is not what `shown` says.
    stale: bool,
    /// Clicks are reported.
    mouse: bool,
    /// Where it goes; `None` in tests.
    tty: Option<&'static File>,
    /// What the terminal has not taken yet, from `sent` on.
    waiting: Vec<u8>,
    sent: usize,
}

impl Screen {
    /// Takes the terminal over.
    pub(crate) fn take(mouse: bool) -> io::Result<Self> {
        // The theme decides about NO_COLOR: left to itself, crossterm would also drop reverse video.
        crossterm::style::force_color_output(true);
        let mut screen = Self::unseen();
        (screen.tty, screen.mouse) = (Some(tty::open()?), mouse);
        screen.retake()?;
        Ok(screen)
    }

    /// On no terminal: for its frames alone.
    pub(crate) fn unseen() -> Self {
        Self {
            shown: Buffer::empty(Rect::ZERO),
            next: Buffer::empty(Rect::ZERO),
            stale: true,
            mouse: false,
            tty: None,
            waiting: Vec::new(),
            sent: 0,
        }
    }

    /// Takes it over again, after it was given back or somebody else used it.
    pub(crate) fn retake(&mut self) -> io::Result<()> {
        // Whatever a shell made of it meanwhile: raw mode that is thought to be on is not set again.
        disable_raw_mode()?;
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        self.stale = true;
        // What was under way belonged to a screen that is no more.
        self.waiting.clear();
        self.sent = 0;
        self.write(ENTER)?;
        self.write(if self.mouse { MOUSE_ON } else { b"" })
    }

    /// Has clicks reported, or not any more.
    pub(crate) fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.write(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Writes this between two frames; an error where too much waits already.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_busy() && self.waiting.len() + bytes.len() > WAITING {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.waiting.extend_from_slice(bytes);
        match self.push() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            pushed => pushed,
        }
    }

    /// Rings the bell; not on a terminal that takes nothing.
    pub(crate) fn ring(&mut self) -> io::Result<()> {
        if self.is_busy() { Ok(()) } else { self.write(b"\x07") }
    }

    /// Whether the terminal has not taken all of the last frame.
    pub(crate) fn is_busy(&self) -> bool {
        self.sent < self.waiting.len()
    }

    /// Waits until the terminal has taken everything.
    pub(crate) async fn flush(&mut self, line: &Line) -> io::Result<()> {
        line.write(|| self.push()).await
    }

    fn push(&mut self) -> io::Result<()> {
        let Some(mut tty) = self.tty else { return Ok(()) };
        while self.is_busy() {
            MIDWAY.store(true, Ordering::SeqCst);
            match tty.write(&self.waiting[self.sent..]) {
                Ok(0) => return Err(ErrorKind::BrokenPipe.into()),
                Ok(taken) => self.sent += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        MIDWAY.store(false, Ordering::SeqCst);
        self.waiting.clear();
        self.sent = 0;
        Ok(())
    }

    /// The next frame draws every cell.
    pub(crate) fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Draws what changed since the last frame; writes nothing where nothing did. Not while it [is
    /// busy](Self::is_busy): the frame would be an old one when its turn comes.
    pub(crate) fn draw(&mut self, model: &Model) -> io::Result<()> {
        let bytes = self.frame(model)?;
        if bytes.is_empty() { Ok(()) } else { self.write(&bytes) }
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
