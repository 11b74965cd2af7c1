//! Every route, and whether it may be used on a connection that can only read.

/// Request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts.
    Post,
    /// Forgets.
    Delete,
}

/// What a route needs. A route that is not declared a read is a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing: served on `watch.sock` too.
    Read,
    /// Refused on `watch.sock`.
    #[default]
    Write,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path; `{…}` stands for one segment.
    pub path: &'static str,
    /// What it needs.
    pub access: Access,
}

const fn read(path: &'static str) -> Route {
    Route { method: Method::Get, path, access: Access::Read }
}

const fn write(method: Method, path: &'static str) -> Route {
    Route { method, path, access: Access::Write }
}

/// `GET`: who answers.
pub const VERSION: Route = read("/v1/version");
/// `GET`: the same, for monitors.
pub const HEALTHZ: Route = read("/healthz");
/// `GET`: a Snapshot.
pub const SERVERS: Route = read("/v1/servers");
/// `GET`: one `ServerStatus`.
pub const SERVER: Route = read("/v1/servers/{project}/{name}");
/// `GET`: a `Why`.
pub const WHY: Route = read("/v1/servers/{project}/{name}/why");
/// `GET`: one `ServerHistory`.
pub const SERVER_HISTORY: Route = read("/v1/servers/{project}/{name}/history");
/// `GET`: the `Processes` of its run, as of now.
pub const PROCESSES: Route = read("/v1/servers/{project}/{name}/processes");
/// `GET`: `PastExit`s, newest first.
pub const EXITS: Route = read("/v1/servers/{project}/{name}/exits");
/// `GET`: `LogItem`s as NDJSON.
pub const LOG: Route = read("/v1/servers/{project}/{name}/log");
/// `GET`: the same of several servers.
pub const LOGS: Route = read("/v1/logs");
/// `GET`: `StreamItem`s as NDJSON.
pub const EVENTS: Route = read("/v1/events");
/// `GET`: all servers' history.
pub const HISTORY: Route = read("/v1/history");
/// `POST`: no body, `?wait`.
pub const START: Route = write(Method::Post, "/v1/servers/{project}/{name}/start");
/// `POST`: `{"now": bool}` or no body, `?wait`.
pub const STOP: Route = write(Method::Post, "/v1/servers/{project}/{name}/stop");
/// `POST`: no body, `?wait`.
pub const RESTART: Route = write(Method::Post, "/v1/servers/{project}/{name}/restart");
/// `POST`: `{"signal": "SIGHUP"}`
pub const SIGNAL: Route = write(Method::Post, "/v1/servers/{project}/{name}/signal");
/// `POST`: `ActRequest`, `?wait`.
pub const ACTIONS: Route = write(Method::Post, "/v1/actions");
/// `POST`: `RegisterRequest`
pub const PROJECTS: Route = write(Method::Post, "/v1/projects");
/// `GET`: a `ProjectInfo`.
pub const PROJECT_INFO: Route = read("/v1/projects/{project}");
/// `DELETE`: forgets a project; refused while a server of it is alive.
pub const PROJECT: Route = write(Method::Delete, "/v1/projects/{project}");
/// `POST`: `ReloadRequest`, `?wait`: a `Reloaded`.
pub const RELOAD: Route = write(Method::Post, "/v1/reload");
/// `POST`: the supervisor says goodbye and ends; servers live on.
pub const SHUTDOWN: Route = write(Method::Post, "/v1/shutdown");
/// `GET`: `PortRow`s of all servers, as of now.
pub const PORTS: Route = read("/v1/ports");
/// `POST`: `KillHolder` or no body: a stranger that holds a declared port is sent a signal.
pub const KILL_HOLDER: Route = write(Method::Post, "/v1/ports/{port}/kill");
/// `GET`: `Orphan`s, as of now.
pub const ORPHANS: Route = read("/v1/orphans");
/// `POST`: no body; answered when no process of it is left.
pub const KILL_ORPHAN: Route = write(Method::Post, "/v1/orphans/{id}/kill");
/// `POST`: no body; it becomes its server's run again.
pub const ADOPT_ORPHAN: Route = write(Method::Post, "/v1/orphans/{id}/adopt");

/// All of them.
pub const ALL: [Route; 27] = [
    VERSION,
    HEALTHZ,
    SERVERS,
    SERVER,
    WHY,
    SERVER_HISTORY,
    LOG,
    LOGS,
    EVENTS,
    HISTORY,
    START,
    STOP,
    RESTART,
    SIGNAL,
    ACTIONS,
    PROJECTS,
    PROJECT_INFO,
    PROJECT,
    SHUTDOWN,
    PORTS,
    KILL_HOLDER,
    ORPHANS,
    KILL_ORPHAN,
    ADOPT_ORPHAN,
    RELOAD,
    PROCESSES,
    EXITS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_no_get_is_a_write() {
        for route in ALL {
            assert_eq!(route.access == Access::Read, route.method == Method::Get, "{}", route.path);
        }
    }

    #[test]
    fn no_route_stands_twice() {
        for (i, a) in ALL.iter().enumerate() {
            assert!(ALL[i + 1..].iter().all(|b| (a.method, a.path) != (b.method, b.path)), "{}", a.path);
        }
    }
}
