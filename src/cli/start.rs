//! `ostler start NAME…`

use super::act::{self, Waiting};
use super::names::Names;
use super::session::{Register, Session};
use super::{Failure, names};
use crate::api::Verb;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    waiting: Waiting,
}

/// Starts, and by default waits until each is up or has failed.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let project = session.enter(Register::WithEnvironment).await?;
    let names = names::SomeNames::from(args.names);
    let ids = names.resolve(&session.client.snapshot().await?, project.as_deref())?;
    act::act(session, Verb::Start, ids, args.waiting.wait()).await
}
