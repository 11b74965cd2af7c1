//! What is asked for the detail pane, the page of events and the one of reasons.

use super::{Supervisor, events, failure};
use crate::tui::effect::Effect;
use crate::tui::message::Message;

/// Asks; other effects are not of this file.
pub(super) fn perform(supervisor: &Supervisor, effect: Effect) {
    match effect {
        Effect::Processes(server) => {
            let named = server.clone();
            supervisor.ask(
                move |client| async move {
                    let result = client.processes(&server).await.map_err(|error| failure(&error));
                    Message::Processes { server, result }
                },
                move |refused| Message::Processes { server: named, result: Err(refused) },
            );
        }
        Effect::Why(server) => {
            let named = server.clone();
            supervisor.ask(
                move |client| async move {
                    let result = client.why(&server).await.map_err(|error| failure(&error));
                    Message::Why { server, result }
                },
                move |refused| Message::Why { server: named, result: Err(refused) },
            );
        }
        Effect::Exits(server) => {
            let named = server.clone();
            supervisor.ask(
                move |client| async move {
                    let result = client.exits(&server).await.map_err(|error| failure(&error));
                    Message::Exits { server, result }
                },
                move |refused| Message::Exits { server: named, result: Err(refused) },
            );
        }
        Effect::Events(span) => supervisor.ask(
            move |client| async move {
                let result = events::past(&client, span).await.map_err(|error| failure(&error));
                Message::Events { span, result }
            },
            move |refused| Message::Events { span, result: Err(refused) },
        ),
        Effect::History { server, window_s } => supervisor.ask(
            move |client| async move {
                let result = client.history(&server, window_s).await.map_err(|error| failure(&error));
                Message::History { window_s, result }
            },
            move |refused| Message::History { window_s, result: Err(refused) },
        ),
        _ => {}
    }
}
