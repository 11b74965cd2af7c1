//! `ostler restart NAME…`

use super::Failure;
use super::act::{self, Waiting};
use super::names::{Names, SomeNames};
use super::session::{Register, Session};
use crate::api::Verb;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    waiting: Waiting,
}

/// Restarts, and by default waits until each is up or has failed.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let ids = SomeNames::from(args.names).enter(session, Register::IfUnknown).await?;
    act::act(session, Verb::Restart, ids, args.waiting.wait()).await
}
