//! The logs of several servers as one, by time.

use super::{follow_from, search};
use crate::model::ServerId;
use crate::tui::effect::Effect;
use crate::tui::model::log_wanted::MERGED_MAX;
use crate::tui::model::{Level, Model, Pane};

/// One log of the marked servers, or of all that are shown.
pub(in crate::tui::update) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let mut servers: Vec<ServerId> = model.servers.marked().into_iter().cloned().collect();
    if servers.is_empty() {
        servers = model.servers.shown().map(|server| server.status.id.clone()).collect();
    }
    let all = servers.len();
    if all == 0 {
        return;
    }
    if all > MERGED_MAX {
        servers.truncate(MERGED_MAX);
        let text =
            format!("the logs of the first {MERGED_MAX} of {all} servers; a filter or marks choose others");
        model.toasts.say(model.now.mono, Level::Warning, "logs", text, None);
    }
    model.focus = Pane::Logs;
    model.zoomed = false;
    if model.log.merged != servers {
        turn(model, servers, effects);
    }
}

/// Back to the selected server's log; whether there were several.
pub(in crate::tui::update) fn split(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let were_several = !model.log.merged.is_empty();
    if were_several {
        turn(model, Vec::new(), effects);
    }
    were_several
}

/// Servers that are gone have no log to be asked for.
pub(super) fn forget_removed(model: &mut Model, effects: &mut Vec<Effect>) {
    let left: Vec<ServerId> =
        model.log.merged.iter().filter(|id| model.servers.get(id).is_some()).cloned().collect();
    if left.len() != model.log.merged.len() {
        turn(model, left, effects);
    }
}

fn turn(model: &mut Model, servers: Vec<ServerId>, effects: &mut Vec<Effect>) {
    let begin = model.log.merge(servers);
    follow_from(model, begin, effects);
    search::again(model, effects);
}
