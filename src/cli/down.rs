//! `ostler down [NAME…]`

use super::names::{SomeNames, need_a_project};
use super::session::{Register, Session};
use super::{Failure, act};
use crate::api::Verb;
use crate::client::ClientError;
use crate::model::{Phase, ServerId, ServerStatus, Snapshot};
use crate::paths::Paths;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: SomeNames,
    /// Also unregister: the project here, every one with `--all`, or those of which every server is named, as in
    /// `ostler down 'shop/*' --forget`
    #[arg(long)]
    forget: bool,
}

/// Stops and waits. Starts no supervisor, unless servers are left that only a supervisor can stop.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    match session.client.version().await {
        Ok(_) => {}
        Err(ClientError::NoSupervisor) if !args.forget && !has_keepers(session.client.paths()) => {
            return session.out.line("nothing is running");
        }
        Err(ClientError::NoSupervisor) => session.client.ensure_supervisor().await?,
        Err(error) => return Err(error.into()),
    }
    let project = args.names.register(session, Register::IfUnknown).await?;
    need_a_project(&args.names, project.as_deref())?;
    let snapshot = session.client.snapshot().await?;
    let ids = args.names.resolve(&snapshot, project.as_deref())?;
    let forgotten = if args.forget { projects(&snapshot, &args.names, &ids, project)? } else { Vec::new() };
    let up = those_up(&snapshot, &ids);
    if up.is_empty() {
        session.out.line("nothing is running")?;
    } else {
        act::act(session, Verb::Stop { now: false }, up, true).await?;
    }
    for project in forgotten {
        session.client.forget(&project).await?;
        session.out.line(&format!("{project}: forgotten"))?;
    }
    Ok(())
}

/// Whether keepers may be alive, which live on without a supervisor. A socket that was left behind costs no more than
/// the start of a supervisor.
fn has_keepers(paths: &Paths) -> bool {
    std::fs::read_dir(paths.keeper_sockets()).is_ok_and(|mut entries| entries.next().is_some())
}

/// Of these servers, those that there is something to stop of.
fn those_up(snapshot: &Snapshot, ids: &[ServerId]) -> Vec<ServerId> {
    let up = |phase| match phase {
        Phase::Waiting | Phase::Starting | Phase::Running | Phase::Stopping | Phase::Backoff => true,
        Phase::Stopped | Phase::Failed | Phase::Completed => false,
    };
    let servers = snapshot.servers.iter();
    servers
        .filter(|server| up(server.phase) && ids.contains(&server.id))
        .map(|server| server.id.clone())
        .collect()
}

/// The projects to forget. One of which only some servers are named is no one of them.
fn projects(
    snapshot: &Snapshot,
    names: &SomeNames,
    ids: &[ServerId],
    here: Option<String>,
) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(here.into_iter().collect());
    }
    let mut projects: Vec<String> = ids.iter().map(|id| id.project().to_owned()).collect();
    if names.all {
        projects.extend(here);
    }
    projects.sort_unstable();
    projects.dedup();
    let left = |server: &&ServerStatus| projects.contains(&server.project) && !ids.contains(&server.id);
    match snapshot.servers.iter().find(left) {
        None => Ok(projects),
        Some(server) => {
            let what = format!("only a whole project can be forgotten, and {} is not named", server.id);
            let hint = format!("`ostler down '{}/*' --forget` names all of it", server.project);
            Err(Failure::usage(what).with_hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SupervisorInfo;

    #[test]
    fn only_what_is_up_is_stopped() {
        let servers = Phase::ALL.map(|phase| {
            let mut status = ServerStatus::blank(ServerId::new("shop", phase.word()).unwrap());
            status.phase = phase;
            status
        });
        let supervisor = SupervisorInfo { pid: 1, version: "0".into(), uptime_s: 0.0 };
        let snapshot = Snapshot { seq: 0, host: "box".into(), supervisor, servers: servers.to_vec() };
        let all: Vec<ServerId> = snapshot.servers.iter().map(|server| server.id.clone()).collect();
        let up: Vec<String> = those_up(&snapshot, &all).iter().map(|id| id.name().to_owned()).collect();
        assert_eq!(up, ["waiting", "starting", "running", "stopping", "backoff"]);
        assert_eq!(those_up(&snapshot, &all[..1]), []);
    }

    #[test]
    fn only_whole_projects_are_forgotten() {
        let servers = ["shop/api", "shop/web", "blog/api"];
        let servers = servers.map(|id| ServerStatus::blank(id.parse().unwrap())).to_vec();
        let supervisor = SupervisorInfo { pid: 1, version: "0".into(), uptime_s: 0.0 };
        let snapshot = Snapshot { seq: 0, host: "box".into(), supervisor, servers };
        let forgotten = |names: &[&str], all: bool| {
            let names = SomeNames { names: names.iter().map(ToString::to_string).collect(), all };
            let ids = names.resolve(&snapshot, Some("shop")).unwrap();
            projects(&snapshot, &names, &ids, Some("new".into())).ok()
        };
        let those = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(forgotten(&[], true), those(&["blog", "new", "shop"]));
        assert_eq!(forgotten(&[], false), those(&["new"]));
        assert_eq!(forgotten(&["blog/*"], false), those(&["blog"]));
        assert_eq!(forgotten(&["api", "web"], false), those(&["shop"]));
        assert_eq!(forgotten(&["shop/api"], false), None);
    }

    #[test]
    fn a_keeper_s_socket_says_that_something_may_be_up() {
        let home = tempfile::TempDir::new().unwrap();
        let paths = Paths::at(home.path().to_owned());
        assert!(!has_keepers(&paths));
        std::fs::create_dir_all(paths.keeper_sockets()).unwrap();
        assert!(!has_keepers(&paths));
        std::fs::write(paths.keeper_sockets().join("1.sock"), "").unwrap();
        assert!(has_keepers(&paths));
    }
}
