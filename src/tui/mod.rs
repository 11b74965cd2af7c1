//! The dashboard: a client of the supervisor and nothing else. Closing it, losing it or killing it touches no server.
//!
//! One cycle, as in the supervisor: a [`message`] comes, [`update`] changes the [`model`] and says which [`effect`]s
//! are wanted, [`app`] does them and lets [`view`] draw. `update` is pure, `view` takes `&Model`; no clock, no I/O in
//! either. What a key does stands in [`crate::model::action`] and, from key to action, in [`keymap`].
//!
//! The terminal's two directions are [`input`] and [`terminal`]; [`backend`] asks the supervisor; [`layout`] says where
//! things stand, [`theme`] how they look.
//!
//! Start with [`run`], then read [`update`].

mod ansi;
mod app;
mod backend;
#[doc(hidden)]
pub mod bench;
mod clipboard;
mod editor;
mod effect;
mod format;
mod input;
mod keymap;
mod layout;
mod log_time;
mod message;
mod model;
pub mod screenshot;
pub mod svg;
mod terminal;
pub mod theme;
mod update;
mod view;
mod zone;

#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;

pub use theme::{ColorChoice, Depth, Glyphs};

use crate::client::Client;
use crate::model::ThemeChoice;
use crate::model::action::Bindings;
use crate::text::human;

/// What the dashboard is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whom it asks; for a read-only dashboard a client of the socket that only serves reads.
    pub client: Client,
    /// Acting keys do not exist.
    pub read_only: bool,
    /// Its servers come first.
    pub current_project: Option<String>,
    /// A theme's name, or the path of a file that ends in `.toml`; or a pair of them.
    pub theme: Option<ThemeChoice>,
    /// The project's file, where it names a theme.
    pub theme_project: Option<PathBuf>,
    /// Its file.
    pub current_file: Option<PathBuf>,
    /// The user's own keys.
    pub keys: Bindings,
    /// Whether colours are wanted.
    pub color: ColorChoice,
    /// Which signs; `None`: as the locale and the terminal can.
    pub glyphs: Option<Glyphs>,
    /// Something to say at the start; need not be sanitized.
    pub notice: Option<String>,
}

/// Shows the dashboard until the user leaves or the terminal goes; then gives the terminal back and says how many
/// servers run on. Makes its own runtime: not to be called within one.
pub fn run(options: Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    terminal::restore_on_panic();
    let ended = runtime.block_on(app::run(options));
    // Before any word: what is written to the alternate screen is lost.
    terminal::restore();
    // A request that still waits for its answer must not hold the shell back.
    runtime.shutdown_background();
    let model = ended?;
    terminal::say(&still_running_line(&model));
    Ok(())
}

/// What is said on the way out: `8 servers still running`.
fn still_running_line(model: &model::Model) -> String {
    match model.servers.alive() {
        0 if model.is_lost() => "not connected: servers run on as they were".to_owned(),
        0 => "no server is running".to_owned(),
        some => format!("{} still running", human::plural(some, "server")),
    }
}
