//! `ostler down [NAME…]`

use super::names::{SomeNames, need_a_project};
use super::session::{Register, Session};
use super::{Failure, act};
use crate::api::Verb;
use crate::client::ClientError;
use crate::model::{Phase, ServerId, Snapshot};
use crate::paths::Paths;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    names: SomeNames,
    /// Also unregister: the project here, or every one with `--all`
    #[arg(long, conflicts_with = "names")]
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
    let project = session.register(Register::IfUnknown).await?.map(|registered| registered.project);
    need_a_project(&args.names, project.as_deref())?;
    let snapshot = session.client.snapshot().await?;
    let ids = args.names.resolve(&snapshot, project.as_deref())?;
    let up = those_up(&snapshot, &ids);
    if up.is_empty() {
        session.out.line("nothing is running")?;
    } else {
        act::act(session, Verb::Stop { now: false }, up, true).await?;
    }
    if args.forget {
        for project in projects(&snapshot, &args.names, project) {
            session.client.forget(&project).await?;
            session.out.line(&format!("{project}: forgotten"))?;
        }
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

fn projects(snapshot: &Snapshot, names: &SomeNames, here: Option<String>) -> Vec<String> {
    if !names.all {
        return here.into_iter().collect();
    }
    let mut projects: Vec<String> = snapshot.servers.iter().map(|server| server.project.clone()).collect();
    projects.extend(here);
    projects.sort_unstable();
    projects.dedup();
    projects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ServerStatus, SupervisorInfo};

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
        let everything = SomeNames { names: Vec::new(), all: true };
        assert_eq!(projects(&snapshot, &everything, Some("blog".into())), ["blog", "shop"]);
        assert_eq!(projects(&snapshot, &SomeNames::default(), Some("blog".into())), ["blog"]);
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
