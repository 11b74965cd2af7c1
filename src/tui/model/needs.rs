//! Who needs whom, as the statuses tell it: for the question before an act. The supervisor decides; this is what it will say.

use std::collections::HashSet;

use super::servers::{Server, Servers};
use super::undo::is_up;
use crate::model::{Phase, ServerId};

/// Names and states that it needs: `db:healthy` is of the same project.
fn needs(server: &Server) -> impl Iterator<Item = (ServerId, &str)> + '_ {
    server.status.needs.iter().filter_map(|need| {
        let (name, state) = need.rsplit_once(':').unwrap_or((need, ""));
        Some((ServerId::new(server.status.id.project(), name).ok()?, state))
    })
}

/// What these need, directly or by others, and is down: a start brings it up along with them.
pub(crate) fn started_along(servers: &Servers, named: &[ServerId]) -> Vec<ServerId> {
    let mut seen: HashSet<ServerId> = named.iter().cloned().collect();
    let mut open: Vec<ServerId> = named.to_vec();
    let mut along = Vec::new();
    while let Some(id) = open.pop() {
        let Some(server) = servers.get(&id) else { continue };
        for (id, state) in needs(server) {
            let Some(other) = servers.get(&id) else { continue };
            let has_completed = state == "completed" && other.status.phase == Phase::Completed;
            if has_completed || !seen.insert(id.clone()) {
                continue;
            }
            if !is_up(&other.status) {
                along.push(id.clone());
            }
            open.push(id);
        }
    }
    along
}

/// Who needs one of these, is up and is none of them: it goes on without.
pub(crate) fn left_without(servers: &Servers, named: &[ServerId]) -> Vec<ServerId> {
    let named: HashSet<&ServerId> = named.iter().collect();
    let is_left = |server: &&Server| {
        is_up(&server.status)
            && !named.contains(&server.status.id)
            && needs(server).any(|(id, _)| named.contains(&id))
    };
    servers.all().iter().filter(is_left).map(|server| server.status.id.clone()).collect()
}
