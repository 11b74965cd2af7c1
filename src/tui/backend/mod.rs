//! Does what [`super::update`] wants of the supervisor. Each answer comes back as a [`Message`]. The streams are in
//! [`events`] and [`logs`], what is done to servers in [`acts`], searches in [`searches`], what only pages over the table
//! show in [`look`]; the user's own files are read and written in [`themes`], logs saved in [`save`].

mod acts;
mod events;
mod logs;
mod look;
mod save;
mod searches;
mod themes;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::effect::Effect;
use super::message::{Failure, Message, SaveNews};
use super::model::saving::SaveJob;
use crate::client::{Client, ClientError};

/// Requests that may be under way at once.
const REQUESTS: usize = 64;

/// What performs effects. The real one asks a supervisor; a test's one writes down what was wanted.
pub(crate) trait Backend {
    /// Begins with it; returns at once.
    fn perform(&mut self, effect: Effect);
}

/// A task that ends with its owner.
#[derive(Debug)]
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Asks a supervisor.
#[derive(Debug)]
pub(crate) struct Supervisor {
    client: Client,
    messages: mpsc::Sender<Message>,
    requests: Arc<Semaphore>,
    events: Option<Task>,
    log: Option<Task>,
    page: Option<Task>,
    search: Option<Task>,
    seek: Option<Task>,
    save: Option<Task>,
    places: Vec<PathBuf>,
    /// Not ended with the dashboard: what was chosen is written.
    saving: Option<JoinHandle<()>>,
}

/// How long the way out waits for a file that is being written.
const SAVING: Duration = Duration::from_secs(2);

impl Supervisor {
    /// Answers go to `messages`, which must be bounded: who can't keep up is told so by the supervisor.
    pub(crate) fn new(client: Client, messages: mpsc::Sender<Message>) -> Self {
        let requests = Arc::new(Semaphore::new(REQUESTS));
        // Where the dashboard was started, else where there is surely room for files of its user.
        let places = [std::env::current_dir().ok(), Some(client.paths().home().into()), std::env::home_dir()];
        let places = places.into_iter().flatten().collect();
        let (events, log, page, search, seek, save, saving) = (None, None, None, None, None, None, None);
        Self { client, messages, requests, events, log, page, search, seek, save, places, saving }
    }

    /// What is read of logs: a new task of a kind ends the one before.
    fn read_log(&mut self, effect: Effect) {
        let (client, messages) = (self.client.clone(), self.messages.clone());
        match effect {
            Effect::FollowLog { generation, reading, begin } => {
                (self.page, self.seek) = (None, None);
                let followed = logs::follow(client, generation, reading, begin, messages);
                self.log = Some(Task(tokio::spawn(followed)));
            }
            Effect::PageLog { generation, reading, page } => {
                self.page = Some(Task(tokio::spawn(async move {
                    let items = logs::page(&client, &reading, page.clone()).await;
                    let items = items.map_err(|error| failure(&error));
                    let _ = messages.send(Message::LogPage { generation, page, items }).await;
                })));
            }
            Effect::SearchLog { number, reading, pattern } => {
                let searched = searches::run(client, number, reading, pattern, messages);
                self.search = Some(Task(tokio::spawn(searched)));
            }
            Effect::EndSearch => (self.search, self.seek) = (None, None),
            Effect::SeekLog { generation, reading, seek } => {
                self.seek = Some(Task(tokio::spawn(async move {
                    let result = searches::seek(&client, &reading, &seek).await;
                    let result = result.map_err(|error| failure(&error));
                    let _ = messages.send(Message::Sought { generation, seek, result }).await;
                })));
            }
            _ => {}
        }
    }

    /// One log at a time: two would only wait for the same disk.
    fn save_log(&mut self, client: Client, job: SaveJob) {
        if self.save.as_ref().is_some_and(|task| !task.0.is_finished()) {
            let message = "another one is being saved".to_owned();
            let news = SaveNews::Ended(Err(Failure { message, hint: Some("wait for it".to_owned()) }));
            let _ = self.messages.try_send(Message::Saving { name: job.name, news });
            return;
        }
        let saved = save::save(client, job, self.places.clone(), self.messages.clone());
        self.save = Some(Task(tokio::spawn(saved)));
    }

    /// Waits for what must not be left half done.
    pub(crate) async fn finish(&mut self) {
        if let Some(saving) = self.saving.take() {
            let _ = tokio::time::timeout(SAVING, saving).await;
        }
    }

    /// Asks once, beside everything else.
    fn ask<F>(&self, what: impl FnOnce(Client) -> F, refused: impl FnOnce(Failure) -> Message)
    where
        F: Future<Output = Message> + Send + 'static,
    {
        let messages = self.messages.clone();
        let Ok(permit) = Arc::clone(&self.requests).try_acquire_owned() else {
            let message = "too many requests are under way".to_owned();
            let _ = messages.try_send(refused(Failure { message, hint: None }));
            return;
        };
        let answer = what(self.client.clone());
        tokio::spawn(async move {
            let answer = answer.await;
            let _ = messages.send(answer).await;
            drop(permit);
        });
    }
}

impl Backend for Supervisor {
    fn perform(&mut self, effect: Effect) {
        let (client, messages) = (self.client.clone(), self.messages.clone());
        match effect {
            Effect::Connect { start } => {
                self.events = Some(Task(tokio::spawn(events::follow(client, start, messages))));
            }
            Effect::Access { read_only } => self.client = self.client.reading_only(read_only),
            Effect::FollowLog { .. }
            | Effect::PageLog { .. }
            | Effect::SearchLog { .. }
            | Effect::EndSearch
            | Effect::SeekLog { .. } => self.read_log(effect),
            Effect::Request { .. }
            | Effect::KillHolder { .. }
            | Effect::FindFile(_)
            | Effect::Reload { .. } => acts::perform(self, effect),
            Effect::SaveLog(job) => self.save_log(client, job),
            Effect::Why(_)
            | Effect::History { .. }
            | Effect::Processes(_)
            | Effect::Exits(_)
            | Effect::Events(_) => look::perform(self, effect),
            Effect::ReadThemes { dir, named } => themes::read(dir, named, messages),
            Effect::SaveTheme { file, name, half } => {
                self.saving = Some(themes::save(self.saving.take(), file, name, half, messages));
            }
            // These are the terminal's.
            Effect::Copy { .. }
            | Effect::Edit(_)
            | Effect::Suspend
            | Effect::Mouse(_)
            | Effect::Bell
            | Effect::Repaint
            | Effect::Quit => {}
        }
    }
}

fn failure(error: &ClientError) -> Failure {
    Failure { message: error.to_string(), hint: error.hint() }
}
