//! The dashboard without a terminal: it lives for a while, is given keys, and its last frame becomes a picture.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use tokio::sync::mpsc;

use super::Options;
use super::app::first_model;
use super::backend::{Backend, Supervisor};
use super::effect::Effect;
use super::message::Message;
use super::model::{Model, Now};
use super::update::update;
use super::{svg, view};

/// Messages that may wait; who sends more waits.
const QUEUE: usize = 1024;

/// What to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Characters that are typed, each as its key, once there is something to see.
    pub keys: String,
    /// How long it lives before, and again after the keys.
    pub patience: Duration,
}

/// Takes a picture, as SVG. Makes its own runtime: not to be called within one.
pub fn take(options: &Options, shot: &Shot) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(live(options, shot)))
}

async fn live(options: &Options, shot: &Shot) -> String {
    let began = Instant::now();
    let (sender, mut inbox) = mpsc::channel(QUEUE);
    let mut backend = Supervisor::new(options.client.clone(), sender);
    let size = Size { width: shot.size.0, height: shot.size.1 };
    let mut model = first_model(options, size);
    backend.perform(Effect::Connect { start: true });
    let mut keys = shot.keys.chars();
    for patience in [shot.patience, shot.patience] {
        let until = tokio::time::Instant::now() + patience;
        while let Ok(Some(message)) = tokio::time::timeout_at(until, inbox.recv()).await {
            give(&mut model, &mut backend, message, began);
        }
        for key in keys.by_ref() {
            let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
            give(&mut model, &mut backend, Message::Key(key), began);
        }
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.width, size.height));
    view::draw(&model, &mut buffer);
    svg::render(&buffer)
}

fn give(model: &mut Model, backend: &mut Supervisor, message: Message, began: Instant) {
    let now = Now { mono: began.elapsed(), wall: Timestamp::now() };
    for effect in update(model, message, now) {
        match effect {
            // there is no terminal to give back
            Effect::Copy { .. }
            | Effect::Edit(_)
            | Effect::Suspend
            | Effect::Bell
            | Effect::Repaint
            | Effect::Quit => {}
            Effect::Connect { .. }
            | Effect::Access { .. }
            | Effect::FindFile(_)
            | Effect::Reload { .. }
            | Effect::Request { .. }
            | Effect::FollowLog { .. }
            | Effect::PageLog { .. }
            | Effect::Why(_)
            | Effect::History { .. } => backend.perform(effect),
        }
    }
}
