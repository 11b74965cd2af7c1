//! Logs: the stream that is followed, and pages of what is stored.

use tokio::sync::mpsc;

use super::failure;
use crate::api::{LogItem, LogQuery};
use crate::client::{Client, ClientError};
use crate::model::{LogCursor, LogLine, ServerId};
use crate::tui::message::Message;
use crate::tui::model::log_view::{PAGE, Page};

/// Follows a log from a place, or from its last lines on.
pub(super) async fn follow(
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

/// Reads a page.
pub(super) async fn page(
    client: &Client,
    server: &ServerId,
    page: Page,
) -> Result<Vec<LogLine>, ClientError> {
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
