//! `ostler supervisor run | status | stop | restart`

use std::time::Duration;

use clap::Subcommand;

use super::session::Session;
use super::{Failure, Outcome, act};
use crate::api::{KeeperCount, Verb};
use crate::client::{Client, ClientError};
use crate::model::{ServerId, Snapshot};
use crate::text::human::{age, plural};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Run it in the foreground, as for a systemd unit
    Run(RunArgs),
    /// Tell whether one runs
    Status,
    /// End it; servers live on
    Stop {
        /// Stop all servers first
        #[arg(long)]
        with_servers: bool,
    },
    /// End it and start this version; servers live on
    Restart,
}

/// How a supervisor came to be run; told by whoever starts one in the background.
#[derive(clap::Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunArgs {
    /// Its standard input is the start lock.
    #[arg(long, hide = true)]
    pub started_with_lock: bool,
    /// A keeper started it, since the one before died.
    #[arg(long, hide = true)]
    pub revived: bool,
    /// The one before was asked to end for this one.
    #[arg(skip)]
    pub takes_over: bool,
}

/// How long a supervisor may take to be gone after its goodbye.
const GOODBYE: Duration = Duration::from_secs(10);

/// Does it. `run` is done by `main`.
pub async fn run(session: &Session, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Run(args) => return Ok(Outcome::Supervisor(take_over(session, args).await?)),
        Command::Status => status(session).await?,
        Command::Stop { with_servers } => stop(session, with_servers).await?,
        Command::Restart => restart(session).await?,
    }
    Ok(Outcome::Done)
}

/// One in the foreground takes the place of one that a keeper brought back: that is what systemd finds when it starts
/// its unit again. One that somebody started is left, and the start fails.
async fn take_over(session: &Session, args: RunArgs) -> Result<RunArgs, Failure> {
    if args.started_with_lock || !session.client.version().await.is_ok_and(|version| version.revived) {
        return Ok(args);
    }
    goodbye(&session.client).await?;
    Ok(RunArgs { takes_over: true, ..args })
}

async fn status(session: &Session) -> Result<(), Failure> {
    let snapshot = session.client.snapshot().await?;
    let version = session.client.version().await?;
    session.out.print(&render(&snapshot, &version.keepers, session))
}

fn render(snapshot: &Snapshot, keepers: &[KeeperCount], session: &Session) -> String {
    let info = &snapshot.supervisor;
    let others = keepers.iter().filter(|keepers| keepers.version != info.version || !keepers.spoken);
    format!(
        "supervisor {}, pid {}, up {}\n{} of {} up\n{}state in {}\n",
        super::output::clean(&info.version),
        info.pid,
        age(info.uptime_s),
        those_up(snapshot).len(),
        plural(snapshot.servers.len(), "server"),
        others.map(of_another_version).collect::<String>(),
        session.client.paths().home().display(),
    )
}

/// A line on keepers of another version.
fn of_another_version(keepers: &KeeperCount) -> String {
    let version = super::output::clean(&keepers.version);
    let what = match (keepers.spoken, keepers.count) {
        (true, 1) => "it is replaced when its server starts again",
        (true, _) => "each is replaced when its server starts again",
        (false, _) => "left alone, since this supervisor does not speak its protocol",
    };
    format!("{} of version {version}: {what}\n", plural(keepers.count, "keeper"))
}

async fn stop(session: &Session, with_servers: bool) -> Result<(), Failure> {
    let snapshot = match session.client.snapshot().await {
        Ok(snapshot) => snapshot,
        Err(ClientError::NoSupervisor) => return session.out.line("no supervisor is running"),
        Err(error) => return Err(error.into()),
    };
    let mut up = those_up(&snapshot);
    if with_servers && !snapshot.servers.is_empty() {
        let all = snapshot.servers.iter().map(|server| server.id.clone()).collect();
        act::act(session, Verb::Stop { now: false }, all, true).await?;
        up.clear();
    }
    goodbye(&session.client).await?;
    session.out.line(&match up.len() {
        0 => "the supervisor has ended".to_owned(),
        1 => "the supervisor has ended; 1 server lives on".to_owned(),
        count => format!("the supervisor has ended; {count} servers live on"),
    })
}

async fn restart(session: &Session) -> Result<(), Failure> {
    match goodbye(&session.client).await {
        Ok(()) | Err(ClientError::NoSupervisor) => {}
        Err(error) => return Err(error.into()),
    }
    session.client.ensure_supervisor().await?;
    status(session).await
}

/// Asks it to end and returns when nobody answers any more.
async fn goodbye(client: &Client) -> Result<(), ClientError> {
    let pid = client.version().await?.pid;
    client.shutdown().await?;
    let gone = async {
        // another one may be up at once: a client's or a keeper's
        while client.version().await.is_ok_and(|version| version.pid == pid) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(GOODBYE, gone).await.map_err(|_| ClientError::TimedOut(GOODBYE))
}

fn those_up(snapshot: &Snapshot) -> Vec<ServerId> {
    let up = snapshot.servers.iter().filter(|server| server.phase.is_alive());
    up.map(|server| server.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Global;
    use crate::model::{Phase, ServerStatus, SupervisorInfo};
    use crate::paths::Paths;

    #[test]
    fn status_says_who_runs_since_when_and_what_is_up() {
        let mut api = ServerStatus::blank("shop/api".parse().unwrap());
        api.phase = Phase::Running;
        let snapshot = Snapshot {
            seq: 1,
            host: "box".into(),
            supervisor: SupervisorInfo { pid: 811, version: "0.1.0".into(), uptime_s: 8040.2 },
            servers: vec![api, ServerStatus::blank("shop/web".parse().unwrap())],
        };
        let session = Session::new(Global::default(), Paths::at("/tmp/home".into()));
        assert_eq!(
            render(&snapshot, &[], &session),
            "supervisor 0.1.0, pid 811, up 2h14m\n1 of 2 servers up\nstate in /tmp/home\n"
        );
        let of = |version: &str, count| KeeperCount { version: version.into(), count, spoken: true };
        let told = render(&snapshot, &[of("0.1.0", 4), of("0.0.9", 3)], &session);
        let line = "3 keepers of version 0.0.9: each is replaced when its server starts again";
        assert_eq!(told.lines().collect::<Vec<_>>()[2..], [line, "state in /tmp/home"]);
    }
}
