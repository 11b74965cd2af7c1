//! `ostler stop NAME…`

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
    /// Kill at once, without the time to end by itself
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Stops, and by default waits until nothing of it is left.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let ids = SomeNames::from(args.names).enter(session, Register::IfUnknown).await?;
    act::act(session, Verb::Stop { now: args.now }, ids, args.waiting.wait()).await
}
