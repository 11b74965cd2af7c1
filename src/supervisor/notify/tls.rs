//! TLS to a webhook: rustls, with the certificates that this box trusts.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

/// Whose certificates are believed.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// What the box trusts, read anew each time: telling is rare, and holding them takes memory.
    Box,
    /// These alone.
    #[cfg(test)]
    Only(RootCertStore),
}

/// Speaks TLS on `stream`, if the other side proves to be `host`.
pub(super) async fn connect(
    host: &str,
    stream: TcpStream,
    trust: &Trust,
) -> Result<TlsStream<TcpStream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| "its host is no name for a certificate")?;
    let roots = match trust {
        Trust::Box => {
            tokio::task::spawn_blocking(of_this_box).await.map_err(|_| "the supervisor is ending")??
        }
        #[cfg(test)]
        Trust::Only(roots) => roots.clone(),
    };
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    connected.map_err(|error| {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        match cause {
            Some(Error::InvalidCertificate(_)) => {
                "its certificate is not one that this box trusts".to_owned()
            }
            Some(_) => "it does not answer in TLS".to_owned(),
            None => error.kind().to_string(),
        }
    })
}

fn of_this_box() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err("this box has no certificates to trust; install `ca-certificates`".to_owned());
    }
    Ok(roots)
}
