//! One `async fn` for each route that is answered once.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::transport::{Ask, WAITING};
use super::{Client, ClientError};
use crate::api::problem::ProblemKind;
use crate::api::request::Window;
use crate::api::routes::{self, Route};
use crate::api::{
    ActRequest, Acted, HistoryQuery, HolderKilled, KillHolder, Orphan, OrphanKilled, PastExit, PortRow,
    Problem, Processes, ProjectInfo, RegisterRequest, Registered, ReloadRequest, Reloaded, Version,
    WaitQuery, Why,
};
use crate::model::server::is_valid_name;
use crate::model::{ServerHistory, ServerId, ServerStatus, Snapshot};

impl Client {
    /// Who answers.
    pub async fn version(&self) -> Result<Version, ClientError> {
        self.json(Ask::new(routes::VERSION, plain(routes::VERSION))).await
    }

    /// Everything at this moment.
    pub async fn snapshot(&self) -> Result<Snapshot, ClientError> {
        self.json(Ask::new(routes::SERVERS, plain(routes::SERVERS))).await
    }

    /// One server.
    pub async fn server(&self, id: &ServerId) -> Result<ServerStatus, ClientError> {
        self.json(Ask::new(routes::SERVER, of_server(routes::SERVER, id))).await
    }

    /// Why it is in its phase.
    pub async fn why(&self, id: &ServerId) -> Result<Why, ClientError> {
        self.json(Ask::new(routes::WHY, of_server(routes::WHY, id))).await
    }

    /// One server's graphs over the last `window_s` seconds.
    pub async fn history(&self, id: &ServerId, window_s: u32) -> Result<ServerHistory, ClientError> {
        let query = HistoryQuery { window: Window(window_s) };
        let path = with_query(of_server(routes::SERVER_HISTORY, id), &query)?;
        self.json(Ask::new(routes::SERVER_HISTORY, path)).await
    }

    /// The processes of one server's run, as of now.
    pub async fn processes(&self, id: &ServerId) -> Result<Processes, ClientError> {
        self.json(Ask::new(routes::PROCESSES, of_server(routes::PROCESSES, id))).await
    }

    /// How one server's last runs ended, newest first.
    pub async fn exits(&self, id: &ServerId) -> Result<Vec<PastExit>, ClientError> {
        self.json(Ask::new(routes::EXITS, of_server(routes::EXITS, id))).await
    }

    /// The graphs of all servers that have a past, over the last `window_s` seconds.
    pub async fn histories(&self, window_s: u32) -> Result<Vec<ServerHistory>, ClientError> {
        let query = HistoryQuery { window: Window(window_s) };
        self.json(Ask::new(routes::HISTORY, with_query(plain(routes::HISTORY), &query)?)).await
    }

    /// One verb for several servers. With `wait`, the answer comes when all have settled. The supervisor, not the
    /// client, limits that: after 10 minutes it answers [`ProblemKind::TimedOut`], and what was asked stays asked.
    pub async fn act(&self, request: &ActRequest, wait: bool) -> Result<Acted, ClientError> {
        let path = with_query(plain(routes::ACTIONS), &WaitQuery { wait })?;
        let mut ask = with_body(Ask::new(routes::ACTIONS, path), request)?;
        if wait {
            ask.patience = Some(WAITING);
        }
        self.json(ask).await
    }

    /// Takes over a project's file; starts nothing.
    pub async fn register(&self, request: &RegisterRequest) -> Result<Registered, ClientError> {
        self.json(with_body(Ask::new(routes::PROJECTS, plain(routes::PROJECTS)), request)?).await
    }

    /// Compares a project's file with what is registered, and applies it if the request says so. With `wait`, the answer
    /// comes when everything has settled, as for [`Self::act`].
    pub async fn reload(&self, request: &ReloadRequest, wait: bool) -> Result<Reloaded, ClientError> {
        let path = with_query(plain(routes::RELOAD), &WaitQuery { wait })?;
        let mut ask = with_body(Ask::new(routes::RELOAD, path), request)?;
        if wait {
            ask.patience = None;
        }
        self.json(ask).await
    }

    /// Where a project comes from.
    pub async fn project(&self, project: &str) -> Result<ProjectInfo, ClientError> {
        self.json(Ask::new(routes::PROJECT_INFO, of_project(routes::PROJECT_INFO, project)?)).await
    }

    /// Forgets a project; refused while a server of it is alive.
    pub async fn forget(&self, project: &str) -> Result<(), ClientError> {
        self.nothing(Ask::new(routes::PROJECT, of_project(routes::PROJECT, project)?)).await
    }

    /// The supervisor says goodbye and ends; servers live on.
    pub async fn shutdown(&self) -> Result<(), ClientError> {
        self.nothing(Ask::new(routes::SHUTDOWN, plain(routes::SHUTDOWN))).await
    }

    /// The ports of all servers, as of now.
    pub async fn ports(&self) -> Result<Vec<PortRow>, ClientError> {
        self.json(Ask::new(routes::PORTS, plain(routes::PORTS))).await
    }

    /// A signal to the stranger that holds this port.
    pub async fn kill_holder(&self, port: u16, how: KillHolder) -> Result<HolderKilled, ClientError> {
        let path = routes::KILL_HOLDER.path.replace("{port}", &port.to_string());
        self.json(with_body(Ask::new(routes::KILL_HOLDER, path), &how)?).await
    }

    /// Processes of earlier runs that nobody tracks, as of now.
    pub async fn orphans(&self) -> Result<Vec<Orphan>, ClientError> {
        self.json(Ask::new(routes::ORPHANS, plain(routes::ORPHANS))).await
    }

    /// Ends every process of an orphan; the answer comes when none is left.
    pub async fn kill_orphan(&self, id: &str) -> Result<OrphanKilled, ClientError> {
        self.json(Ask::new(routes::KILL_ORPHAN, of_orphan(routes::KILL_ORPHAN, id)?)).await
    }

    /// Makes an orphan its server's run again.
    pub async fn adopt_orphan(&self, id: &str) -> Result<(), ClientError> {
        self.nothing(Ask::new(routes::ADOPT_ORPHAN, of_orphan(routes::ADOPT_ORPHAN, id)?)).await
    }

    async fn json<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, ClientError> {
        let body = self.whole(ask).await?;
        serde_json::from_slice(&body).map_err(|error| ClientError::Protocol(error.to_string()))
    }

    /// For an answer whose body says nothing.
    async fn nothing(&self, ask: Ask) -> Result<(), ClientError> {
        self.whole(ask).await.map(|_| ())
    }
}

fn plain(route: Route) -> String {
    route.path.to_owned()
}

/// Both parts of an id are safe in a path, see [`ServerId`].
pub(super) fn of_server(route: Route, id: &ServerId) -> String {
    route.path.replace("{project}", id.project()).replace("{name}", id.name())
}

/// Whatever is no id is not asked for: it could be another path.
fn of_project(route: Route, project: &str) -> Result<String, ClientError> {
    if is_valid_name(project) {
        return Ok(route.path.replace("{project}", project));
    }
    let message = format!("there is no project `{}`", project.escape_debug());
    Err(Problem::new(ProblemKind::NotFound, message).into())
}

fn of_orphan(route: Route, id: &str) -> Result<String, ClientError> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        let message = format!("there is no orphan `{}`", id.escape_debug());
        let hint = "`ostler orphans` lists them with their ids";
        return Err(Problem::new(ProblemKind::NotFound, message).with_hint(hint).into());
    }
    Ok(route.path.replace("{id}", id))
}

pub(super) fn with_query(path: String, query: &impl Serialize) -> Result<String, ClientError> {
    let query =
        serde_urlencoded::to_string(query).map_err(|error| ClientError::Protocol(error.to_string()))?;
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

fn with_body(mut ask: Ask, body: &impl Serialize) -> Result<Ask, ClientError> {
    ask.body = Some(serde_json::to_vec(body).map_err(|error| ClientError::Protocol(error.to_string()))?);
    Ok(ask)
}
