//! One `GET`, on a connection of its own that is closed afterwards. Redirects are answers, they are not followed.

use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;

use super::{Bad, milliseconds, open};
use crate::model::Expect;

/// How much of a body is searched for the expected text.
const BODY: usize = 64 * 1024;

/// The answer in words; `Err` if it is not as expected.
pub(super) async fn get(url: &str, expect: &Expect, started: Instant) -> Result<String, Bad> {
    let uri = parse(url)?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = open((host, uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let request = request(&uri)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        judge(response, expect, started).await
    };
    tokio::pin!(exchange);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // the server has closed: what it had sent before is still to be read
        _ = connection => exchange.await,
    }
}

fn parse(url: &str) -> Result<Uri, String> {
    let bad = || format!("`{}` is no http:// URL", url.escape_debug());
    let uri: Uri = url.parse().map_err(|_| bad())?;
    match uri.scheme_str() {
        Some("http") if has_address(&uri) => Ok(uri),
        Some("https") => Err("https is not supported by checks: use http:// or tcp".to_owned()),
        Some(_) | None => Err(bad()),
    }
}

/// A host, and a port that is one if it has any: hyper takes the default for one that is not.
fn has_address(uri: &Uri) -> bool {
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else { return false };
    let has_port = host_and_port(uri).len() > host.len();
    !has_port || uri.port_u16().is_some_and(|port| port > 0)
}

/// The authority without a user and password: those are not for the Host header.
fn host_and_port(uri: &Uri) -> &str {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    authority.rsplit('@').next().unwrap_or(authority)
}

fn request(uri: &Uri) -> Result<Request<Empty<Bytes>>, String> {
    Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, host_and_port(uri))
        .header(USER_AGENT, concat!("ostler/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Empty::new())
        .map_err(|error| error.to_string())
}

async fn judge(response: Response<Incoming>, expect: &Expect, started: Instant) -> Result<String, Bad> {
    let status = response.status().as_u16();
    let answer = || format!("{status} in {}", milliseconds(started.elapsed()));
    let accepted = match expect.status.as_slice() {
        [] => (200..400).contains(&status),
        some => some.contains(&status),
    };
    if !accepted {
        return Err(answer().into());
    }
    match &expect.body {
        Some(text) if !contains(response.into_body(), text.as_bytes()).await? => {
            Err(format!("{}, without the expected text", answer()).into())
        }
        Some(_) | None => Ok(answer()),
    }
}

async fn contains(mut body: Incoming, text: &[u8]) -> Result<bool, String> {
    let mut read = Vec::new();
    while read.len() < BODY {
        let Some(frame) = body.frame().await else { break };
        if let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() {
            read.extend_from_slice(&data);
        }
    }
    read.truncate(BODY);
    Ok(memchr::memmem::find(&read, text).is_some())
}

fn broken(error: &hyper::Error) -> String {
    let what = if error.is_parse() { "answered, but not in HTTP" } else { "closed the connection early" };
    what.to_owned()
}
