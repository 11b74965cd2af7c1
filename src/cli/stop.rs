//! `ostler stop NAME…`

use super::Failure;
use super::act::{self, Waiting};
use super::names::{Names, SomeNames};
use super::session::{Register, Session};
use crate::api::{ActRequest, Verb};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: Names,
    /// Kill at once, without the time to end by itself, and without waiting for servers that need it; a second `stop`
    /// of what is being stopped already does the same
    #[arg(long)]
    now: bool,
    /// Also those that need one of them, and are up
    #[arg(long)]
    with_dependents: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Stops, those that need others first, and by default waits until nothing of it is left.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let ids = SomeNames::from(args.names).enter(session, Register::IfUnknown).await?;
    let verb = Verb::Stop { now: args.now };
    let request = ActRequest { with_dependents: args.with_dependents, ..ActRequest::new(verb, ids) };
    act::ask(session, request, args.waiting.wait()).await
}
