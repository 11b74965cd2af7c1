//! The dashboard before its first message.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::layout::Size;

use crate::tui::Options;
use crate::tui::ansi;
use crate::tui::model::{Level, Model, Start, Themes};
use crate::tui::terminal::questions;
use crate::tui::theme::{Depth, Glyphs, Library};

/// A variable of the environment, where it is text.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What the terminal is asked.
pub(super) fn asks(options: &Options) -> Vec<u8> {
    questions::questions(Depth::choose(options.color, env), env)
}

/// As the options and the environment have it.
pub(crate) fn first_model(options: &Options, size: Size) -> Model {
    let depth = Depth::choose(options.color, env);
    let mut themes = Themes::shipped(depth);
    themes.choice.clone_from(&options.theme);
    themes.project.clone_from(&options.theme_project);
    (themes.dir, themes.config) = (crate::paths::user_themes(), crate::paths::user_config());
    themes.library = Library::read(themes.dir.as_deref(), themes.chosen().iter().map(String::as_str));
    let problem = themes.theme().err().map(|error| error.to_string());
    let mut model = Model::new(Start {
        read_only: options.read_only,
        project: options.current_project.clone(),
        file: options.current_file.clone(),
        keys: options.keys.clone(),
        themes,
        glyphs: Glyphs::choose(options.glyphs, env),
        zone: crate::tui::zone::here(),
        home: std::env::home_dir(),
        size,
        version: crate::paths::version(),
    });
    model.now.wall = Timestamp::now();
    // Over SSH a terminal's own selection is what copies to the user's box.
    model.mouse.on = env("SSH_CONNECTION").is_none_or(|value| value.is_empty());
    for (subject, text) in [("theme", problem), ("notice", options.notice.clone())] {
        if let Some(text) = text {
            let text = ansi::plain(&text);
            model.toasts.say(Duration::ZERO, Level::Warning, subject, text, None);
        }
    }
    model
}
