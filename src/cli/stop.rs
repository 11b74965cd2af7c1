//! `ostler stop NAME…`

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
    /// Kill at once, without the time to end by itself
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Stops, and by default waits until nothing of it is left.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let project = session.enter(Register::IfUnknown).await?;
    let names = names::SomeNames::from(args.names);
    let ids = names.resolve(&session.client.snapshot().await?, project.as_deref())?;
    act::act(session, Verb::Stop { now: args.now }, ids, args.waiting.wait()).await
}
