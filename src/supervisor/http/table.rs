//! Each row of [`crate::api::routes`] with its handler.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};

use super::{App, events, gate, history, logs, meta, orphans, ports, projects, servers};
use crate::api::routes::{self, Access, Method, Route};
use crate::api::{Problem, ProblemKind};

/// The whole API as this connection may use it.
pub(super) fn router(app: App) -> Router {
    let rows = Rows { access: app.access, router: Router::new() };
    rows.row(routes::VERSION, meta::version)
        .row(routes::HEALTHZ, meta::version)
        .row(routes::SHUTDOWN, meta::shutdown)
        .row(routes::SERVERS, servers::all)
        .row(routes::SERVER, servers::one)
        .row(routes::WHY, servers::why)
        .row(routes::PROCESSES, servers::processes)
        .row(routes::EXITS, servers::exits)
        .row(routes::START, servers::start)
        .row(routes::STOP, servers::stop)
        .row(routes::RESTART, servers::restart)
        .row(routes::SIGNAL, servers::signal)
        .row(routes::ACTIONS, servers::several)
        .row(routes::PROJECTS, projects::register)
        .row(routes::PROJECT_INFO, projects::info)
        .row(routes::PROJECT, projects::forget)
        .row(routes::RELOAD, projects::reload)
        .row(routes::SERVER_HISTORY, history::one)
        .row(routes::HISTORY, history::all)
        .row(routes::LOG, logs::one)
        .row(routes::LOGS, logs::several)
        .row(routes::EVENTS, events::events)
        .row(routes::PORTS, ports::all)
        .row(routes::KILL_HOLDER, ports::kill)
        .row(routes::ORPHANS, orphans::all)
        .row(routes::KILL_ORPHAN, orphans::kill)
        .row(routes::ADOPT_ORPHAN, orphans::adopt)
        .router
        .method_not_allowed_fallback(unknown)
        .fallback(unknown)
        .layer(from_fn_with_state(app.clone(), gate::gate))
        .with_state(app)
}

struct Rows {
    access: Access,
    router: Router<App>,
}

impl Rows {
    /// Adds a route. On a connection that may only read, the handler of a write is left out.
    fn row<H, T>(mut self, route: Route, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let method = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Delete => MethodFilter::DELETE,
        };
        let handler = match (self.access, route.access) {
            (Access::Write, Access::Read | Access::Write) | (Access::Read, Access::Read) => {
                on(method, handler)
            }
            (Access::Read, Access::Write) => on(method, || async { refused() }),
        };
        self.router = self.router.route(route.path, handler);
        self
    }
}

fn refused() -> Problem {
    Problem::new(ProblemKind::Refused, "this connection may only read").with_hint(
        "it goes through watch.sock or `dial-stdio --watch`; use the supervisor's own socket to act",
    )
}

/// No such path, or not with this method.
async fn unknown(State(app): State<App>, request: Request) -> Problem {
    let method = request.method();
    match app.access {
        Access::Read if !method.is_safe() => refused(),
        Access::Read | Access::Write => {
            let path = request.uri().path().escape_debug().to_string();
            Problem::new(ProblemKind::NotFound, format!("there is no `{method} {path}`"))
                .with_hint("a newer ostler may know it: `ostler supervisor restart` after an update")
        }
    }
}
