//! One `POST` of JSON, by http or https, on a connection of its own. Redirects are not followed.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::tls::{self, Trust};

/// From looking up the name to the head of the answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Why it was not delivered, in words without its address, which may hold a token.
pub(super) async fn post(url: &str, json: &[u8]) -> Result<(), String> {
    post_within(LIMIT, &Trust::Box, url, json).await
}

async fn post_within(limit: Duration, trust: &Trust, url: &str, json: &[u8]) -> Result<(), String> {
    let answer = tokio::time::timeout(limit, exchange(trust, url, json)).await;
    let status = answer.map_err(|_| format!("no answer within {} s", limit.as_secs_f64()))??;
    if (200..300).contains(&status) { Ok(()) } else { Err(format!("it answered {status}")) }
}

async fn exchange(trust: &Trust, url: &str, json: &[u8]) -> Result<u16, String> {
    let uri: Uri = url.parse().map_err(|_| "its address is no URL")?;
    let (is_tls, port) = match uri.scheme_str() {
        Some("http") => (false, 80),
        Some("https") => (true, 443),
        _ => return Err("its address is no http:// or https:// URL".to_owned()),
    };
    let host = uri.host().ok_or("its address has no host")?.trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(port))).await;
    let stream = stream.map_err(|error| error.kind().to_string())?;
    if is_tls {
        ask(tls::connect(host, stream, trust).await?, &uri, json).await
    } else {
        ask(stream, &uri, json).await
    }
}

async fn ask<S>(stream: S, uri: &Uri, json: &[u8]) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority.rsplit('@').next().unwrap_or(authority))
        .header(USER_AGENT, concat!("ostler/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header(CONNECTION, "close")
        .body(Full::new(Bytes::copy_from_slice(json)))
        .map_err(|_| "its address can't be asked for")?;
    let answer = sender.send_request(request);
    tokio::pin!(answer);
    let response = tokio::select! {
        biased;
        response = &mut answer => response,
        // the other side has closed: what it had sent before is still to be read
        _ = connection => answer.await,
    };
    Ok(response.map_err(|error| broken(&error))?.status().as_u16())
}

fn broken(error: &hyper::Error) -> String {
    let what = if error.is_parse() { "it does not answer in HTTP" } else { "it closed the connection early" };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    use tokio_rustls::rustls::{RootCertStore, ServerConfig};

    use super::*;

    /// What is said of a server that answers with this, and what it got.
    async fn tell(answer: &'static str) -> (Result<(), String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://me:secret@{}/hook/token?a=b", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut got = Vec::new();
            while !got.ends_with(b"{\"a\":1}") {
                got.push(stream.read_u8().await.unwrap());
            }
            let _ = stream.write_all(answer.as_bytes()).await;
            String::from_utf8(got).unwrap()
        });
        let result = post(&url, b"{\"a\":1}").await;
        (result, server.await.unwrap())
    }

    #[tokio::test]
    async fn it_is_a_post_of_json() {
        let (result, got) = tell("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(result, Ok(()));
        assert!(got.starts_with("POST /hook/token?a=b HTTP/1.1\r\n"), "{got}");
        for part in ["content-type: application/json\r\n", "host: 127.0.0.1:", "content-length: 7\r\n"] {
            assert!(got.contains(part), "{got}");
        }
        assert!(!got.contains("secret"), "{got}");
    }

    #[tokio::test]
    async fn whatever_is_no_success_is_told_without_the_address() {
        for (answer, words) in [
            ("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", "it answered 500"),
            ("HTTP/1.1 302 Away\r\nlocation: /\r\n\r\n", "it answered 302"),
            ("SSH-2.0\r\n", "it does not answer in HTTP"),
            ("", "it closed the connection early"),
        ] {
            assert_eq!(tell(answer).await.0, Err(words.to_owned()), "{answer}");
        }
        let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let refused = post(&format!("http://{dead}/token"), b"{}").await;
        assert_eq!(refused, Err("connection refused".to_owned()));
        for url in ["ftp://127.0.0.1/token", "token", ""] {
            assert!(post(url, b"{}").await.is_err_and(|why| !why.contains("token")), "{url}");
        }
    }

    #[tokio::test]
    async fn one_that_hangs_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let hung = post_within(Duration::from_millis(50), &Trust::Box, &url, b"{}").await;
        assert_eq!(hung, Err("no answer within 0.05 s".to_owned()));
    }

    /// What is said of a server with a certificate for `name`, by somebody who trusts that one or another.
    async fn tell_by_tls(name: &str, trusted: bool) -> Result<(), String> {
        let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let (theirs, other) = (made(name), made(name));
        let mut roots = RootCertStore::empty();
        roots.add(if trusted { &theirs } else { &other }.cert.der().clone()).unwrap();
        let key = PrivateKeyDer::try_from(theirs.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![theirs.cert.der().clone()], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/hook/token", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
            let mut got = Vec::new();
            while !got.ends_with(b"{}") {
                got.push(stream.read_u8().await?);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
            stream.flush().await
        });
        let result = post_within(LIMIT, &Trust::Only(roots), &url, b"{}").await;
        let _ = server.await.unwrap();
        result
    }

    #[tokio::test]
    async fn https_is_spoken_with_whom_the_box_trusts() {
        assert_eq!(tell_by_tls("localhost", true).await, Ok(()));
        let distrusted = Err("its certificate is not one that this box trusts".to_owned());
        assert_eq!(tell_by_tls("localhost", false).await, distrusted);
        assert_eq!(tell_by_tls("other.example", true).await, distrusted);
    }

    #[tokio::test]
    async fn who_answers_https_without_tls_is_told_so() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/token", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        });
        let told = post_within(LIMIT, &Trust::Only(RootCertStore::empty()), &url, b"{}").await;
        assert_eq!(told, Err("it does not answer in TLS".to_owned()));
        server.await.unwrap();
    }
}
