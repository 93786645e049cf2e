//! Bare connections, for protocols that are more than a request and an answer: gRPC, syslog.
//!
//! Names, addresses, certificates and time-outs are those of [`Client`](super::Client): what it would not connect
//! to, this does not connect to either.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::address::Allowed;
use super::{Failure, Settings, classify, resolver, tls};
use crate::outcome::{ErrorClass, Reason};
use crate::settings::ConfigError;

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {
    /// The connection beneath. Within TLS its end comes after TLS's own, and tells more: a server that closes with bytes
    /// unread resets it.
    fn tcp(&mut self) -> &mut TcpStream;
}

impl Duplex for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl Duplex for TlsStream<TcpStream> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

/// A connection, encrypted or not.
pub type Stream = Box<dyn Duplex>;

/// Opens connections.
#[derive(Clone)]
pub struct Connector {
    settings: Settings,
    tls: TlsConnector,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl Connector {
    pub(super) fn new(settings: Settings, protocols: &[&str]) -> Result<Connector, ConfigError> {
        let tls = TlsConnector::from(Arc::new(tls::config_for(&settings, protocols)?));
        Ok(Connector { settings, tls })
    }

    /// How long a request may take.
    pub fn timeout(&self) -> std::time::Duration {
        self.settings.timeout
    }

    /// A connection to the address's host and port: TLS for `https`, none for `http`.
    pub async fn connect(&self, url: &Url) -> Result<Stream, Failure> {
        self.settings.permit(url).map_err(|error| Failure::config(error.problem))?;
        let open = self.open(url);
        tokio::time::timeout(self.settings.connect_timeout, open).await.unwrap_or_else(|_| {
            let text = "the server could not be connected to in time";
            Err(Failure::Retry(Reason::new(ErrorClass::Network, text)))
        })
    }

    /// What an error of a connection means that was open: TLS 1.3 lets a client write before the server has looked at its
    /// certificate, and says what it thinks of it in an alert that only a read sees.
    pub fn failure(&self, error: &std::io::Error) -> Failure {
        classify::broken(error, &self.settings)
    }

    async fn open(&self, url: &Url) -> Result<Stream, Failure> {
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(Failure::config("the address has no host")),
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let found = resolver::resolve(&host, port, Allowed::from(&self.settings)).await?;
        let failed = |error: std::io::Error| classify::connection(&error, &self.settings);
        let stream = TcpStream::connect(&found[..]).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        if url.scheme() == "http" {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host)
            .map_err(|_| Failure::config("the address has no host that a certificate can name"))?;
        Ok(Box::new(self.tls.connect(name, stream).await.map_err(failed)?))
    }
}
