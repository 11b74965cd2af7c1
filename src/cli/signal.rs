//! `ostler signal NAME SIGNAL`

use super::names::{NAME_HINT, SomeNames};
use super::session::{Register, Session};
use super::{Failure, act};
use crate::api::Verb;
use crate::model::Signal;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A server, `project/server`, a glob as in `api*`, or `@group`
    #[arg(value_name = "NAME", value_hint = NAME_HINT)]
    name: String,
    /// A name as in `SIGHUP` or `hup`, or a number
    signal: Signal,
}

/// Sends it; waits for nothing, since a signal may have no effect.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let ids = SomeNames { names: vec![args.name], all: false }.enter(session, Register::IfUnknown).await?;
    act::act(session, Verb::Signal { signal: args.signal }, ids, false).await
}
