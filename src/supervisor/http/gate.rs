//! What every request has to pass before its handler, whatever its route.
//!
//! That the peer is the owner proves little where `ssh -L` has put the socket behind a port of another box: there
//! a web page may reach it. So whatever looks like a browser's is refused: an `Origin`, a `Sec-Fetch-Site`, and a
//! `Host` other than the two that are given away: [`HOST`], which ostler's own client sends, and `localhost` without
//! a port, which is what `curl --unix-socket … http://localhost/v1/servers` sends.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, HOST as HOST_HEADER, HeaderMap, HeaderName, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{App, answer};
use crate::api::{HOST, PROTOCOL, PROTOCOL_HEADER, Problem, ProblemKind, VERSION_HEADER};
use crate::paths;

/// Fetch Metadata: sent by browsers, and no page can leave it out.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks the request, gives its handler the time it has, and says in the head of any answer who answers.
pub(super) async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = pass(app, request, next).await;
    let headers = response.headers_mut();
    if let Ok(version) = HeaderValue::from_str(paths::version()) {
        headers.insert(VERSION_HEADER, version);
    }
    headers.insert(PROTOCOL_HEADER, PROTOCOL.into());
    response
}

async fn pass(app: App, request: Request, next: Next) -> Response {
    if let Err(problem) = check(&request, app.limits.body) {
        return problem.into_response();
    }
    let waits = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "wait=true"));
    let limit = if waits { app.limits.settle_time } else { app.limits.answer_time };
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) if waits => {
            Problem::new(ProblemKind::TimedOut, format!("it did not settle within {} s", limit.as_secs()))
                .with_hint("what was asked stays asked: `ostler why NAME` tells what it waits for")
                .into_response()
        }
        Err(_) => Problem::new(ProblemKind::TimedOut, format!("no answer within {} s", limit.as_secs()))
            .with_hint("the supervisor is busy: ask again")
            .into_response(),
    }
}

fn check(request: &Request, body_limit: usize) -> Result<(), Problem> {
    let headers = request.headers();
    for name in [ORIGIN, SEC_FETCH_SITE] {
        if headers.contains_key(&name) {
            return Err(refuse(format!("a request with the header `{name}` comes from a browser")));
        }
    }
    if !is_for_us(headers) || request.uri().authority().is_some_and(|host| !is_our_name(host.as_str())) {
        return Err(refuse("the request is for another host".to_owned()));
    }
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match declared {
        Some(length) if body_limit < length => Err(answer::too_large(body_limit)),
        Some(_) | None => Ok(()),
    }
}

/// Whether there is exactly one `Host`, and it is ours.
fn is_for_us(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST_HEADER).iter();
    let first = hosts.next().and_then(|host| host.to_str().ok());
    first.is_some_and(is_our_name) && hosts.next().is_none()
}

fn is_our_name(host: &str) -> bool {
    host == HOST || host == "localhost"
}

fn refuse(message: String) -> Problem {
    Problem::new(ProblemKind::Refused, message)
        .with_hint(format!("send `Host: {HOST}` or `Host: localhost`, and neither Origin nor Sec-Fetch-Site"))
}
