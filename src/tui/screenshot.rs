//! The dashboard without a terminal: it lives for a while, is given keys, and its last frame becomes a picture, or one
//! in every theme.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Style};
use tokio::sync::mpsc;

use super::Options;
use super::app::first_model;
use super::backend::{Backend, Supervisor};
use super::effect::Effect;
use super::message::Message;
use super::model::{Model, Now};
use super::theme::{DEFAULT_LIGHT, Depth, Library, Theme};
use super::update::update;
use super::{svg, view};
use crate::client::Client;

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

/// A picture and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A theme's name.
    pub name: String,
    /// SVG.
    pub svg: String,
}

/// The same screen in every theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gallery {
    /// One for each theme.
    pub pictures: Vec<Picture>,
    /// All of them on one sheet, each as a small screen; SVG.
    pub sheet: String,
}

/// Columns and rows of a small screen of the sheet, and how many are in a row of it.
const SMALL: ((u16, u16), usize) = ((50, 14), 3);
/// What a light terminal has, for the theme that leaves that to it.
const LIGHT: Style = Style::new().fg(Color::Rgb(36, 41, 46)).bg(Color::Rgb(255, 255, 255));

fn under(name: &str, theme: &Theme) -> Style {
    if name == DEFAULT_LIGHT { LIGHT } else { theme.base() }
}

/// Takes a picture, as SVG. Makes its own runtime: not to be called within one.
pub fn take(options: &Options, shot: &Shot) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut life = Life::new(options, shot);
    runtime.block_on(life.live(shot));
    Ok(svg::render(&life.buffer(), life.model.theme.base()))
}

/// Takes a picture in every shipped theme, in all colours. Makes its own runtime: not to be called within one.
pub fn gallery(options: &Options, shot: &Shot) -> anyhow::Result<Gallery> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut life = Life::new(options, shot);
    runtime.block_on(life.live(shot));
    let library = Library::default();
    let themes = library.names().map(|name| Ok((name, library.load(name, Depth::Rgb)?)));
    let themes: Vec<(&str, Theme)> = themes.collect::<anyhow::Result<_>>()?;
    let pictures = themes.iter().map(|(name, theme)| {
        life.model.theme = theme.clone();
        Picture { name: (*name).to_owned(), svg: svg::render(&life.buffer(), under(name, theme)) }
    });
    let pictures = pictures.collect();
    let ((width, height), columns) = SMALL;
    runtime.block_on(async { life.give(Message::Resize(width, height)) });
    runtime.block_on(life.receive(shot.patience));
    let tiles = themes.into_iter().map(|(name, theme)| {
        let base = under(name, &theme);
        life.model.theme = theme;
        svg::Tile { name: name.to_owned(), buffer: life.buffer(), base }
    });
    let sheet = svg::sheet(&tiles.collect::<Vec<_>>(), columns);
    Ok(Gallery { pictures, sheet })
}

/// A dashboard that nobody sees.
struct Life {
    began: Instant,
    client: Client,
    /// Once it is in a runtime.
    backend: Option<(Supervisor, mpsc::Receiver<Message>)>,
    model: Model,
}

impl Life {
    fn new(options: &Options, shot: &Shot) -> Self {
        let size = Size { width: shot.size.0, height: shot.size.1 };
        let model = first_model(options, size);
        Self { began: Instant::now(), client: options.client.clone(), backend: None, model }
    }

    async fn live(&mut self, shot: &Shot) {
        let (sender, inbox) = mpsc::channel(QUEUE);
        let mut backend = Supervisor::new(self.client.clone(), sender);
        backend.perform(Effect::Connect { start: true });
        self.backend = Some((backend, inbox));
        self.receive(shot.patience).await;
        for key in shot.keys.chars() {
            self.give(Message::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
        }
        self.receive(shot.patience).await;
    }

    /// Takes in what comes for so long.
    async fn receive(&mut self, patience: Duration) {
        let until = tokio::time::Instant::now() + patience;
        while let Some((_, inbox)) = &mut self.backend {
            match tokio::time::timeout_at(until, inbox.recv()).await {
                Ok(Some(message)) => self.give(message),
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn give(&mut self, message: Message) {
        let now = Now { mono: self.began.elapsed(), wall: Timestamp::now() };
        for effect in update(&mut self.model, message, now) {
            match (effect, &mut self.backend) {
                // there is no terminal to give back
                (
                    Effect::Copy { .. }
                    | Effect::Suspend
                    | Effect::Mouse(_)
                    | Effect::Edit(_)
                    | Effect::SaveLog(_)
                    | Effect::Bell
                    | Effect::Repaint
                    | Effect::Quit,
                    _,
                )
                | (_, None) => {}
                (effect, Some((backend, _))) => backend.perform(effect),
            }
        }
    }

    fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        view::draw(&self.model, &mut buffer);
        buffer
    }
}
