//! The task that tells of one project in one way: one notice after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{Failure, Notice, QUEUE, Way, command, webhook};
use crate::supervisor::actor::Note;

/// Before it is tried once more.
const AGAIN: Duration = Duration::from_secs(1);

/// Without anything to tell for so long, the task ends.
const IDLE: Duration = Duration::from_mins(1);

/// Starts one; failures come back as notes.
pub(super) fn start(way: Way, notes: mpsc::Sender<Note>) -> mpsc::Sender<Arc<Notice>> {
    let (sender, notices) = mpsc::channel(QUEUE);
    tokio::spawn(work(way, notices, notes));
    sender
}

async fn work(way: Way, mut notices: mpsc::Receiver<Arc<Notice>>, notes: mpsc::Sender<Note>) {
    loop {
        let notice = if let Ok(notice) = tokio::time::timeout(IDLE, notices.recv()).await {
            notice
        } else {
            notices.close();
            // one that came at the last moment
            notices.recv().await
        };
        let Some(notice) = notice else { return };
        let mut told = tell(way, &notice).await;
        if told.is_err() {
            tokio::time::sleep(AGAIN).await;
            told = tell(way, &notice).await;
        }
        if let Err(why) = told {
            let project = notice.server.project().to_owned();
            let _ = notes.send(Note::Untold(Failure { project, way, why })).await;
        }
    }
}

async fn tell(way: Way, notice: &Notice) -> Result<(), String> {
    match (way, &notice.policy.webhook, &notice.policy.command) {
        (Way::Webhook, Some(url), _) => webhook::post(url, &notice.json).await,
        (Way::Command, _, Some(line)) => command::run(line, notice).await,
        (Way::Webhook, None, _) | (Way::Command, _, None) => Ok(()),
    }
}
