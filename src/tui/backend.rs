//! Does what [`super::update`] wants of the supervisor. Each answer comes back as a [`Message`].

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::effect::Effect;
use super::message::{Failure, Message};
use super::model::RING_S;
use super::model::log_view::{PAGE, Page};
use crate::api::{ActRequest, EventsQuery, LogItem, LogQuery};
use crate::client::{Client, ClientError};
use crate::model::{LogCursor, LogLine, ServerId};

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
                self.events = Some(Task(tokio::spawn(follow_events(client, start, messages))));
            }
            Effect::FollowLog { generation, server, from } => {
                self.page = None;
                let followed = follow_log(client, generation, server, from, messages);
                self.log = Some(Task(tokio::spawn(followed)));
            }
            Effect::PageLog { generation, server, page } => {
                self.page = Some(Task(tokio::spawn(async move {
                    let lines = read_page(&client, &server, page).await.map_err(|error| failure(&error));
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
            Effect::Suspend | Effect::Bell | Effect::Repaint | Effect::Quit => {}
        }
    }
}

fn failure(error: &ClientError) -> Failure {
    Failure { message: error.to_string(), hint: error.hint() }
}

/// Why the stream was lost. With a hint only where somebody has to do something: the dashboard tries again by itself.
fn loss(error: &ClientError) -> Failure {
    let hint = match error {
        ClientError::TimedOut(_) | ClientError::Broken(_) => None,
        ClientError::NoSupervisor
        | ClientError::Connect { .. }
        | ClientError::Boot(_)
        | ClientError::Problem(_)
        | ClientError::Stopped { .. }
        | ClientError::OtherProtocol { .. }
        | ClientError::Protocol(_) => error.hint(),
    };
    Failure { hint, ..failure(error) }
}

async fn follow_events(client: Client, start: bool, messages: mpsc::Sender<Message>) {
    let query = EventsQuery { graphs: Some(RING_S), ..EventsQuery::default() };
    let mut stream = client.events(&query).await;
    if start && matches!(stream, Err(ClientError::NoSupervisor)) {
        stream = match client.ensure_supervisor().await {
            Ok(()) => client.events(&query).await,
            Err(error) => Err(error),
        };
    }
    let ended = match stream {
        Err(error) => loss(&error),
        Ok(mut stream) => loop {
            match stream.next().await {
                Some(Ok(item)) => {
                    if messages.send(Message::Stream(item)).await.is_err() {
                        return;
                    }
                }
                Some(Err(error)) => break loss(&error),
                None => break Failure { message: "the supervisor said goodbye".to_owned(), hint: None },
            }
        },
    };
    let _ = messages.send(Message::Disconnected(ended)).await;
}

async fn follow_log(
    client: Client,
    generation: u64,
    server: ServerId,
    from: Option<LogCursor>,
    messages: mpsc::Sender<Message>,
) {
    let lines = if from.is_none() { Some(PAGE) } else { None };
    let query = LogQuery { from, lines, follow: true, ..LogQuery::default() };
    let error = match client.log(&server, &query).await {
        Err(error) => Some(failure(&error)),
        Ok(mut stream) => loop {
            match stream.next().await {
                Some(Ok(item)) => {
                    if messages.send(Message::Log { generation, item }).await.is_err() {
                        return;
                    }
                }
                Some(Err(error)) => break Some(failure(&error)),
                None => break None,
            }
        },
    };
    let _ = messages.send(Message::LogEnded { generation, error }).await;
}

async fn read_page(client: &Client, server: &ServerId, page: Page) -> Result<Vec<LogLine>, ClientError> {
    let mut query = LogQuery { lines: Some(PAGE), ..LogQuery::default() };
    match page {
        Page::Before(cursor) => query.back = Some(cursor),
        Page::From(cursor) => query.from = Some(cursor),
    }
    let mut stream = client.log(server, &query).await?;
    let mut lines = Vec::new();
    while let Some(item) = stream.next().await {
        match item? {
            LogItem::Line(wire) if lines.len() < PAGE => lines.push(LogLine::from(wire)),
            LogItem::Line(_)
            | LogItem::Context(_)
            | LogItem::Break
            | LogItem::Progress { .. }
            | LogItem::Live { .. }
            | LogItem::Lagged { .. }
            | LogItem::Other => {}
        }
    }
    Ok(lines)
}
