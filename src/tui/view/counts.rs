//! How many servers are in which state.

use crate::model::{Health, Phase};
use crate::tui::model::Server;
use crate::tui::theme::Token;

/// A kind of state with its word, the same in few letters, its colour, and how many.
pub(super) type Kind = (&'static str, &'static str, Token, usize);

/// Kinds in the order in which they are told.
const KINDS: [(&str, &str, Token); 9] = [
    ("up", "up", Token::Ok),
    ("unhealthy", "sick", Token::Warn),
    ("starting", "start", Token::Pending),
    ("waiting", "wait", Token::Pending),
    ("stopping", "stop", Token::Pending),
    ("in back-off", "back", Token::Warn),
    ("failed", "fail", Token::Fail),
    ("completed", "done", Token::Off),
    ("off", "off", Token::Off),
];

const fn kind(server: &Server) -> usize {
    match (server.status.phase, server.status.health) {
        (Phase::Running, Health::Unknown | Health::Healthy) => 0,
        (Phase::Running, Health::Unhealthy | Health::Hung) => 1,
        (Phase::Starting, _) => 2,
        (Phase::Waiting, _) => 3,
        (Phase::Stopping, _) => 4,
        (Phase::Backoff, _) => 5,
        (Phase::Failed, _) => 6,
        (Phase::Completed, _) => 7,
        (Phase::Stopped, _) => 8,
    }
}

/// Of these servers; what is zero is left out, but for those that are up where nothing else is.
pub(super) fn of<'a>(servers: impl Iterator<Item = &'a Server>) -> Vec<Kind> {
    let mut numbers = [0; KINDS.len()];
    servers.for_each(|server| numbers[kind(server)] += 1);
    let kinds = KINDS.iter().zip(numbers).map(|((word, few, token), number)| (*word, *few, *token, number));
    kinds.filter(|(_, _, _, number)| *number > 0).collect()
}
