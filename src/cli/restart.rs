//! `ostler restart NAME…`

use super::Failure;
use super::act::{self, Waiting};
use super::names::{Names, SomeNames};
use super::session::{Register, Session};
use crate::api::{ActRequest, Verb};
use crate::model::ServerId;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: Names,
    /// One after the other: the next only when the last is up and, with a health check, healthy; end at the first that
    /// is not
    #[arg(long, conflicts_with = "no_wait")]
    rolling: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Restarts, and by default waits until each is up or has failed. What others need goes down after them and comes up
/// before them.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let ids = SomeNames::from(args.names).enter(session, Register::IfUnknown).await?;
    if args.rolling {
        return rolling(session, &ids).await;
    }
    act::act(session, Verb::Restart, ids, args.waiting.wait()).await
}

async fn rolling(session: &Session, ids: &[ServerId]) -> Result<(), Failure> {
    for (index, id) in ids.iter().enumerate() {
        let request = ActRequest { until_healthy: true, ..ActRequest::new(Verb::Restart, vec![id.clone()]) };
        act::ask(session, request, true).await.map_err(|failure| ended_at(failure, &ids[index + 1..]))?;
    }
    Ok(())
}

/// A failure after which these were not restarted.
fn ended_at(failure: Failure, rest: &[ServerId]) -> Failure {
    let names: Vec<String> = rest.iter().map(ToString::to_string).collect();
    match failure {
        Failure::Told { what, hint, code } if !names.is_empty() => {
            Failure::Told { what: format!("{what}; left alone: {}", names.join(", ")), hint, code }
        }
        other @ (Failure::Told { .. } | Failure::ClosedPipe) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_who_was_left_alone() {
        let rest: Vec<ServerId> = ["shop/b", "shop/c"].map(|id| id.parse().unwrap()).to_vec();
        let told = |rest: &[ServerId]| match ended_at(Failure::new("shop/a failed").with_hint("look"), rest) {
            Failure::Told { what, hint: Some(_), code: 1 } => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&rest), "shop/a failed; left alone: shop/b, shop/c");
        assert_eq!(told(&[]), "shop/a failed");
    }
}
