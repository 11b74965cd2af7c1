//! The supervisor's events: one stream, from its first answer to its end; and those of the past.

use tokio::sync::mpsc;

use super::failure;
use crate::api::{EventsQuery, StreamItem};
use crate::client::{Client, ClientError};
use crate::model::Event;
use crate::tui::message::{Failure, Message};
use crate::tui::model::RING_S;
use crate::tui::model::events::Span;

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

/// Follows it and tells what comes, and how it ended.
pub(super) async fn follow(client: Client, start: bool, messages: mpsc::Sender<Message>) {
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
                    let is_whole = matches!(item, StreamItem::Snapshot(_));
                    if messages.send(Message::Stream(item)).await.is_err() {
                        return;
                    }
                    if is_whole {
                        // It is drawn before the past is read, which may be long and be here already.
                        tokio::task::yield_now().await;
                    }
                }
                Some(Err(error)) => break loss(&error),
                None => break Failure { message: "the supervisor said goodbye".to_owned(), hint: None },
            }
        },
    };
    let _ = messages.send(Message::Disconnected(ended)).await;
}

/// Those of the past between these numbers, oldest first.
pub(super) async fn past(client: &Client, (after, before): Span) -> Result<Vec<Event>, ClientError> {
    let query = EventsQuery { since: Some(after), once: true, ..EventsQuery::default() };
    let mut stream = client.events(&query).await?;
    let mut found = Vec::new();
    while let Some(item) = stream.next().await {
        match item? {
            StreamItem::Event(event) if event.seq >= before => break,
            StreamItem::Event(event) => found.push(event),
            _ => {}
        }
    }
    Ok(found)
}
