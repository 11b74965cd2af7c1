//! How the rest of the supervisor talks to its actor: a cloneable handle over a bounded queue.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::api::{
    ActRequest, Acted, HolderKilled, KillHolder, Orphan, OrphanKilled, PastExit, PortRow, Problem,
    ProblemKind, Processes, ProjectInfo, RegisterRequest, Registered, ReloadRequest, Reloaded, StreamItem,
    Version, Why,
};
use crate::model::{Asker, ServerHistory, ServerId, ServerStatus, Snapshot};

/// Commands that may wait for the actor; a caller waits for a place beyond that.
const QUEUE: usize = 256;

/// Stream items that a slow reader may be behind before it is `Lagged`.
const BACKLOG: usize = 1024;

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<T>;

/// What the actor is asked.
#[derive(Debug)]
pub enum Command {
    /// Everything at this moment.
    Snapshot(Reply<Snapshot>),
    /// Who answers.
    Version(Reply<Version>),
    /// One server.
    Status(ServerId, Reply<Result<ServerStatus, Problem>>),
    /// Why is it in its phase?
    Why(ServerId, Reply<Result<Why, Problem>>),
    /// The processes of a server's run, as of now.
    Processes(ServerId, Reply<Result<Processes, Problem>>),
    /// How a server's last runs ended.
    Exits(ServerId, Reply<Result<Vec<PastExit>, Problem>>),
    /// Do something; with `wait`, answer when settled.
    Act {
        /// What and with whom.
        request: ActRequest,
        /// Who asks.
        by: Asker,
        /// Answer when settled.
        wait: bool,
        /// Where to.
        reply: Reply<Result<Acted, Problem>>,
    },
    /// Take over a project's file.
    Register {
        /// Which.
        request: RegisterRequest,
        /// Who asks.
        by: Asker,
        /// Where to.
        reply: Reply<Result<Registered, Problem>>,
    },
    /// Compare a project's file with what is registered, and apply it.
    Reload {
        /// Which, and whether.
        request: ReloadRequest,
        /// Who asks.
        by: Asker,
        /// Answer when settled.
        wait: bool,
        /// Where to.
        reply: Reply<Result<Reloaded, Problem>>,
    },
    /// Where a project comes from.
    Project(String, Reply<Result<ProjectInfo, Problem>>),
    /// Forget a project.
    Forget {
        /// Which.
        project: String,
        /// Who asks.
        by: Asker,
        /// Where to.
        reply: Reply<Result<(), Problem>>,
    },
    /// The past of one server, or of all.
    History {
        /// `None`: all that have a past.
        server: Option<ServerId>,
        /// How far back, in seconds.
        window_s: u32,
        /// Where to.
        reply: Reply<Result<Vec<ServerHistory>, Problem>>,
    },
    /// Events, statuses and samples from now on.
    Subscribe {
        /// Whether a dashboard looks: samples each second.
        viewer: bool,
        /// Also the kept events after this one.
        since: Option<u64>,
        /// Where to.
        reply: Reply<Subscription>,
    },
    /// Where a server's log is, and its bell.
    Log(ServerId, Reply<Result<LogSource, Problem>>),
    /// The ports of all servers, as of now.
    Ports(Reply<Result<Vec<PortRow>, Problem>>),
    /// A signal to the stranger that holds this port.
    KillHolder {
        /// The port.
        port: u16,
        /// With which signal, and whom.
        how: KillHolder,
        /// Who asks.
        by: Asker,
        /// Where to.
        reply: Reply<Result<HolderKilled, Problem>>,
    },
    /// Look for orphans, and list them.
    Orphans(Reply<Result<Vec<Orphan>, Problem>>),
    /// End every process of one.
    KillOrphan {
        /// Which.
        id: String,
        /// Who asks.
        by: Asker,
        /// Where to.
        reply: Reply<Result<OrphanKilled, Problem>>,
    },
    /// Make one its server's run again.
    AdoptOrphan {
        /// Which.
        id: String,
        /// Who asks.
        by: Asker,
        /// Where to.
        reply: Reply<Result<(), Problem>>,
    },
    /// Write the registry anew: its file is gone.
    Save(Reply<()>),
    /// Say goodbye and end; servers live on.
    Shutdown(Reply<()>),
}

/// A reader's place in the stream.
#[derive(Debug)]
pub struct Subscription {
    /// As of the moment at which `items` begins.
    pub snapshot: Snapshot,
    /// Kept events that were asked for; all are counted in the snapshot.
    pub past: Vec<crate::model::Event>,
    /// What comes. `Samples` too; whoever did not ask for graphs passes over them.
    pub items: broadcast::Receiver<Arc<StreamItem>>,
    /// Counts as a viewer until dropped.
    pub viewer: Option<ViewerGuard>,
}

/// While one of these lives, samples are taken each second.
#[derive(Clone, Debug)]
pub struct ViewerGuard(#[allow(dead_code, reason = "it is counted, not read")] pub Arc<()>);

/// What a log follower needs.
#[derive(Clone, Debug)]
pub struct LogSource {
    /// Directory of the journal.
    pub dir: PathBuf,
    /// Changes whenever something was appended; closed when the server is forgotten. While a receiver lives, the
    /// keeper rings.
    pub bell: watch::Receiver<u64>,
}

/// Talks to the actor. A call fails with `Unavailable` when the supervisor is going.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
}

/// The actor's end.
#[derive(Debug)]
pub struct Inbox {
    /// What is asked.
    pub commands: mpsc::Receiver<Command>,
    /// What everyone is told.
    pub stream: broadcast::Sender<Arc<StreamItem>>,
}

/// A handle and its actor's end.
pub fn channel() -> (Handle, Inbox) {
    let (commands, received) = mpsc::channel(QUEUE);
    let (stream, _) = broadcast::channel(BACKLOG);
    (Handle { commands }, Inbox { commands: received, stream })
}

fn going() -> Problem {
    Problem::new(ProblemKind::Unavailable, "the supervisor is going")
        .with_hint("servers live on; ask again, the next command starts a supervisor")
}

impl Handle {
    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| going())?;
        answer.await.map_err(|_| going())
    }

    /// Everything at this moment.
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        self.ask(Command::Snapshot).await
    }

    /// Who answers.
    pub async fn version(&self) -> Result<Version, Problem> {
        self.ask(Command::Version).await
    }

    /// One server.
    pub async fn status(&self, id: ServerId) -> Result<ServerStatus, Problem> {
        self.ask(|reply| Command::Status(id, reply)).await?
    }

    /// Why it is in its phase.
    pub async fn why(&self, id: ServerId) -> Result<Why, Problem> {
        self.ask(|reply| Command::Why(id, reply)).await?
    }

    /// The processes of its run, as of now.
    pub async fn processes(&self, id: ServerId) -> Result<Processes, Problem> {
        self.ask(|reply| Command::Processes(id, reply)).await?
    }

    /// How its last runs ended, newest first.
    pub async fn exits(&self, id: ServerId) -> Result<Vec<PastExit>, Problem> {
        self.ask(|reply| Command::Exits(id, reply)).await?
    }

    /// Does something; with `wait`, returns when settled.
    pub async fn act(&self, request: ActRequest, by: Asker, wait: bool) -> Result<Acted, Problem> {
        self.ask(|reply| Command::Act { request, by, wait, reply }).await?
    }

    /// Takes over a project's file.
    pub async fn register(&self, request: RegisterRequest, by: Asker) -> Result<Registered, Problem> {
        self.ask(|reply| Command::Register { request, by, reply }).await?
    }

    /// Compares a project's file with what is registered, and applies it.
    pub async fn reload(&self, request: ReloadRequest, by: Asker, wait: bool) -> Result<Reloaded, Problem> {
        self.ask(|reply| Command::Reload { request, by, wait, reply }).await?
    }

    /// Where a project comes from.
    pub async fn project(&self, project: String) -> Result<ProjectInfo, Problem> {
        self.ask(|reply| Command::Project(project, reply)).await?
    }

    /// Forgets a project.
    pub async fn forget(&self, project: String, by: Asker) -> Result<(), Problem> {
        self.ask(|reply| Command::Forget { project, by, reply }).await?
    }

    /// The past of one server, or of all.
    pub async fn history(
        &self,
        server: Option<ServerId>,
        window_s: u32,
    ) -> Result<Vec<ServerHistory>, Problem> {
        self.ask(|reply| Command::History { server, window_s, reply }).await?
    }

    /// Events, statuses and samples from now on.
    pub async fn subscribe(&self, viewer: bool, since: Option<u64>) -> Result<Subscription, Problem> {
        self.ask(|reply| Command::Subscribe { viewer, since, reply }).await
    }

    /// Where a server's log is, and its bell.
    pub async fn log(&self, id: ServerId) -> Result<LogSource, Problem> {
        self.ask(|reply| Command::Log(id, reply)).await?
    }

    /// The ports of all servers, as of now.
    pub async fn ports(&self) -> Result<Vec<PortRow>, Problem> {
        self.ask(Command::Ports).await?
    }

    /// A signal to the stranger that holds this port.
    pub async fn kill_holder(&self, port: u16, how: KillHolder, by: Asker) -> Result<HolderKilled, Problem> {
        self.ask(|reply| Command::KillHolder { port, how, by, reply }).await?
    }

    /// Looks for orphans, and lists them.
    pub async fn orphans(&self) -> Result<Vec<Orphan>, Problem> {
        self.ask(Command::Orphans).await?
    }

    /// Ends every process of one.
    pub async fn kill_orphan(&self, id: String, by: Asker) -> Result<OrphanKilled, Problem> {
        self.ask(|reply| Command::KillOrphan { id, by, reply }).await?
    }

    /// Makes one its server's run again.
    pub async fn adopt_orphan(&self, id: String, by: Asker) -> Result<(), Problem> {
        self.ask(|reply| Command::AdoptOrphan { id, by, reply }).await?
    }

    /// Writes the registry anew.
    pub async fn save(&self) -> Result<(), Problem> {
        self.ask(Command::Save).await
    }

    /// Says goodbye and ends.
    pub async fn shutdown(&self) -> Result<(), Problem> {
        self.ask(Command::Shutdown).await
    }
}
