//! The user's own themes and settings: read and written beside everything else, since a home directory may be far away.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::config::edit::save_theme;
use crate::model::Ground;
use crate::tui::message::{Failure, Message};
use crate::tui::theme::Library;

/// Reads the user's themes.
pub(super) fn read(dir: Option<PathBuf>, named: Vec<String>, messages: mpsc::Sender<Message>) {
    tokio::task::spawn_blocking(move || {
        let library = Library::read(dir.as_deref(), named.iter().map(String::as_str));
        let _ = messages.blocking_send(Message::ThemesRead(library));
    });
}

/// Writes a choice to the user's file, after the one `before`.
pub(super) fn save(
    before: Option<JoinHandle<()>>,
    file: PathBuf,
    name: String,
    half: Option<Ground>,
    messages: mpsc::Sender<Message>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Some(before) = before {
            let _ = before.await;
        }
        let write = move || {
            let result = save_theme(&file, &name, half);
            let result = result
                .map_err(|error| Failure { message: error.to_string(), hint: Some(error.hint().to_owned()) });
            Message::ThemeSaved { name, file, result }
        };
        if let Ok(message) = tokio::task::spawn_blocking(write).await {
            // full only where nobody takes messages any more: then it is saved all the same
            let _ = messages.try_send(message);
        }
    })
}
