//! What is asked for the detail pane and the page of events.

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
        _ => {}
    }
}
