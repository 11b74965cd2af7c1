//! What is done to servers and to their project's file.

use super::{Supervisor, failure};
use crate::api::{ActRequest, KillHolder, ReloadRequest};
use crate::tui::effect::Effect;
use crate::tui::message::Message;

/// Asks; the answer comes as a message.
pub(super) fn perform(supervisor: &Supervisor, effect: Effect) {
    match effect {
        Effect::Request { verb, servers } => {
            let named = servers.clone();
            supervisor.ask(
                move |client| async move {
                    let request = ActRequest::new(verb, servers);
                    let result = client.act(&request, true).await.map_err(|error| failure(&error));
                    Message::Done { verb, servers: request.servers, result }
                },
                move |refused| Message::Done { verb, servers: named, result: Err(refused) },
            );
        }
        Effect::KillHolder { server, port, pid, now } => {
            let named = server.clone();
            supervisor.ask(
                move |client| async move {
                    let result = client.kill_holder(port, KillHolder { now, pid }).await;
                    let result = result.map_err(|error| failure(&error));
                    Message::HolderKilled { server, port, result }
                },
                move |refused| Message::HolderKilled { server: named, port, result: Err(refused) },
            );
        }
        Effect::FindFile(server) => {
            let named = server.clone();
            supervisor.ask(
                move |client| async move {
                    let result = client.project(server.project()).await.map_err(|error| failure(&error));
                    Message::ProjectFile { server, result }
                },
                move |refused| Message::ProjectFile { server: named, result: Err(refused) },
            );
        }
        Effect::Reload { edit, apply } => {
            let named = edit.clone();
            supervisor.ask(
                move |client| async move {
                    let (file, profile) = (edit.file.clone(), edit.profile.clone());
                    let request = ReloadRequest { file, profile, apply, env: None };
                    let result = client.reload(&request, apply).await.map_err(|error| failure(&error));
                    Message::Reloaded { edit, apply, result }
                },
                move |refused| Message::Reloaded { edit: named, apply, result: Err(refused) },
            );
        }
        _ => {}
    }
}
