//! `ostler up [NAME…]`

use super::names::{NAME_HINT, SomeNames};
use super::output::{clean, is_interactive};
use super::session::{Register, Session};
use super::{DashboardRequest, Failure, Outcome, act};
use crate::api::{ActRequest, Registered, Verb};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A server, `project/server`, a glob as in `api*`, or `@group`; without any: those of the project that start by
    /// themselves
    #[arg(value_name = "NAME", value_hint = NAME_HINT)]
    names: Vec<String>,
    /// Open no dashboard: return when each server is running, completed or failed, or waits for a port
    #[arg(short, long)]
    detach: bool,
}

/// Reads the project's file again, starts, and opens the dashboard or waits.
pub async fn run(session: &Session, args: Args) -> Result<Outcome, Failure> {
    if args.names.is_empty() && session.project_file()?.is_none() {
        return Err(no_project());
    }
    session.client.ensure_supervisor().await?;
    let registered = session.register(Register::Anew).await?;
    let project = registered.as_ref().map(|registered| registered.project.clone());
    let ids = match (&registered, args.names.is_empty()) {
        (Some(registered), true) => registered.autostart.clone(),
        (None, true) => return Err(no_project()),
        (_, false) => {
            let names = SomeNames { names: args.names, all: false };
            names.resolve(&session.client.snapshot().await?, project.as_deref())?
        }
    };
    if is_interactive() && !args.detach {
        if !ids.is_empty() {
            session.client.act(&ActRequest::new(Verb::Start, ids), false).await?;
        }
        return Ok(Outcome::Dashboard(Box::new(DashboardRequest::new(session, project, false)?)));
    }
    for line in registered.iter().flat_map(changes) {
        session.out.line(&line)?;
    }
    if ids.is_empty() {
        session.out.line("nothing to start: no server here has `autostart`")?;
    } else {
        act::act(session, Verb::Start, ids, true).await?;
    }
    Ok(Outcome::Done)
}

/// There is nothing here that could be acted on.
pub(super) fn no_project() -> Failure {
    Failure::usage("there is no ostler.toml here or in a directory above")
        .with_hint("`ostler init` writes one; `-c FILE` names another")
}

/// What reading the file again brought that the user may not expect.
fn changes(registered: &Registered) -> Vec<String> {
    let told = |ids: &[crate::model::ServerId], what: &str| -> Vec<String> {
        ids.iter().map(|id| format!("{}: {what}", clean(&id.to_string()))).collect()
    };
    let mut lines = told(&registered.changed, "config changed: restart to apply");
    lines.extend(told(&registered.removed, "not in the file any more"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_and_news_are_not() {
        let registered = Registered {
            project: "shop".into(),
            servers: Vec::new(),
            autostart: Vec::new(),
            added: vec!["shop/new".parse().unwrap()],
            removed: vec!["shop/old".parse().unwrap()],
            changed: vec!["shop/api".parse().unwrap()],
        };
        assert_eq!(
            changes(&registered),
            ["shop/api: config changed: restart to apply", "shop/old: not in the file any more"]
        );
    }
}
