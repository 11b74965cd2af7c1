//! Does what [`super::update`] wants of the supervisor. Each answer comes back as a [`Message`]. The streams are in
//! [`events`] and [`logs`].

mod events;
mod logs;

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::effect::Effect;
use super::message::{Failure, Message};
use crate::api::{ActRequest, ReloadRequest};
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
}

impl Supervisor {
    /// Answers go to `messages`, which must be bounded: who can't keep up is told so by the supervisor.
    pub(crate) fn new(client: Client, messages: mpsc::Sender<Message>) -> Self {
        let requests = Arc::new(Semaphore::new(REQUESTS));
        Self { client, messages, requests, events: None, log: None, page: None }
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
            Effect::FollowLog { generation, server, from } => {
                self.page = None;
                let followed = logs::follow(client, generation, server, from, messages);
                self.log = Some(Task(tokio::spawn(followed)));
            }
            Effect::PageLog { generation, server, page } => {
                self.page = Some(Task(tokio::spawn(async move {
                    let lines = logs::page(&client, &server, page).await.map_err(|error| failure(&error));
                    let _ = messages.send(Message::LogPage { generation, page, lines }).await;
                })));
            }
            Effect::Request { verb, servers } => {
                let named = servers.clone();
                self.ask(
                    move |client| async move {
                        let request = ActRequest::new(verb, servers);
                        let result = client.act(&request, true).await.map_err(|error| failure(&error));
                        Message::Done { verb, servers: request.servers, result }
                    },
                    move |refused| Message::Done { verb, servers: named, result: Err(refused) },
                );
            }
            Effect::FindFile(server) => {
                let named = server.clone();
                self.ask(
                    move |client| async move {
                        let result = client.project(server.project()).await.map_err(|error| failure(&error));
                        Message::ProjectFile { server, result }
                    },
                    move |refused| Message::ProjectFile { server: named, result: Err(refused) },
                );
            }
            Effect::Reload { edit, apply } => {
                let named = edit.clone();
                self.ask(
                    move |client| async move {
                        let (file, profile) = (edit.file.clone(), edit.profile.clone());
                        let request = ReloadRequest { file, profile, apply, env: None };
                        let result = client.reload(&request, apply).await.map_err(|error| failure(&error));
                        Message::Reloaded { edit, apply, result }
                    },
                    move |refused| Message::Reloaded { edit: named, apply, result: Err(refused) },
                );
            }
            Effect::Why(server) => {
                let named = server.clone();
                self.ask(
                    move |client| async move {
                        let result = client.why(&server).await.map_err(|error| failure(&error));
                        Message::Why { server, result }
                    },
                    move |refused| Message::Why { server: named, result: Err(refused) },
                );
            }
            Effect::History { server, window_s } => self.ask(
                move |client| async move {
                    let result = client.history(&server, window_s).await.map_err(|error| failure(&error));
                    Message::History { window_s, result }
                },
                move |refused| Message::History { window_s, result: Err(refused) },
            ),
            // These are the terminal's.
            Effect::Copy { .. }
            | Effect::Edit(_)
            | Effect::Suspend
            | Effect::Bell
            | Effect::Repaint
            | Effect::Quit => {}
        }
    }
}

fn failure(error: &ClientError) -> Failure {
    Failure { message: error.to_string(), hint: error.hint() }
}
