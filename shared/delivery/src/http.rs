//! The one way to a vendor over HTTP.
//!
//! Addresses come from users, and a function's loopback carries credentials and control planes.
//! So: `https` only, names resolved by us and every address checked before it is connected to
//! (a name that changes its address between check and use gains nothing), no redirects, no proxies
//! from the environment, no cookies, an answer read up to 64 KiB. See [`address`] for what is
//! refused. The roots are compiled in: reading the system's costs tens of milliseconds on every
//! cold start.

pub mod address;
mod aws;
mod classify;
mod gzip;
mod resolver;
mod stranger;
mod stream;
mod tls;

use std::sync::Mutex;
use std::time::Duration;

use ::http::{HeaderMap, Method, StatusCode};
use bytes::{Bytes, BytesMut};
use secrecy::SecretString;
use tokio::time::Instant;
use url::{Host, Url};

pub use self::aws::aws;
pub use self::classify::{Failure, is_untrusted, retry_after, verdict_of};
pub use self::gzip::gzip;
use self::resolver::Checked;
pub use self::stranger::{is_page, stranger};
pub use self::stream::{Connector, Stream};
use crate::settings::ConfigError;

/// How much of an answer is read. No vendor's answer that we act on is longer.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// What every request says of its sender.
pub const USER_AGENT: &str = concat!("vault-export/", env!("CARGO_PKG_VERSION"));

/// A connection that lay idle longer may have been cut while the function was frozen.
pub const IDLE: Duration = Duration::from_secs(1);

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Lets `http` and loopback addresses through: for tests and demonstrations.
    pub allow_insecure: bool,
    /// Lets private addresses through, for receivers within the VPC. Loopback and link-local
    /// addresses stay refused.
    pub allow_private_networks: bool,
    /// Where `http` may go without [`allow_insecure`](Settings::allow_insecure).
    pub plaintext: Plaintext,
    /// Ports that may be connected to; empty: any.
    pub ports: Vec<u16>,
    /// Certificates in PEM to trust beside the public ones: of authorities, or exactly a server's own.
    pub ca_bundle: Option<String>,
    /// The name that the server's certificate must have, if not the address's host.
    pub tls_server_name: Option<String>,
    /// Certificate chain and key in PEM, for receivers that ask for one.
    pub identity: Option<Identity>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take, with its answer.
    pub timeout: Duration,
}

/// Where a receiver without TLS may be, for protocols in which that is common within a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plaintext {
    /// `https` only.
    #[default]
    Nowhere,
    /// On private networks: a public address is then refused, whatever the scheme.
    PrivateNetworks,
    /// Wherever addresses are allowed.
    Anywhere,
}

/// A client certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The chain, in PEM.
    pub certificate: String,
    /// The key, in PEM.
    pub key: SecretString,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            allow_insecure: false,
            allow_private_networks: false,
            plaintext: Plaintext::Nowhere,
            ports: Vec::new(),
            ca_bundle: None,
            tls_server_name: None,
            identity: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
        }
    }
}

impl Settings {
    fn permit(&self, url: &Url) -> Result<(), ConfigError> {
        let refuse = |problem: String| Err(ConfigError::new("endpoint", problem));
        let plaintext = self.allow_insecure || self.plaintext != Plaintext::Nowhere;
        if url.scheme() != "https" && !(url.scheme() == "http" && plaintext) {
            return refuse(format!("{} is not https", shown(url)));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.ports.is_empty() && !self.ports.contains(&port) {
            return refuse(format!("port {port} is not among the allowed ports"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return refuse("it has no host".to_owned()),
        };
        match address::refusal(literal, address::Allowed::from(self)) {
            Some(kind) => refuse(format!("{literal} is {kind} and must not be connected to")),
            None => Ok(()),
        }
    }
}

/// A request, built by a destination.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST` nearly always.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// All headers but `user-agent`. Mark credentials as sensitive.
    pub headers: HeaderMap,
    /// The bytes to send.
    pub body: Bytes,
}

impl Request {
    /// A `POST` of this body.
    pub fn post(url: Url, headers: HeaderMap, body: impl Into<Bytes>) -> Request {
        Request { method: Method::POST, url, headers, body: body.into() }
    }

    /// A `GET`.
    pub fn get(url: Url, headers: HeaderMap) -> Request {
        Request { method: Method::GET, url, headers, body: Bytes::new() }
    }
}

/// What a server answered, whatever the status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// At most the first [`ANSWER_LIMIT`] bytes of the body. It may reflect what we sent: never log it.
    pub body: Bytes,
    /// Whether the body was longer.
    pub truncated: bool,
}

impl Response {
    /// How long the server asks us to wait: `Retry-After` in seconds or as a date, at most `cap`.
    pub fn retry_after(&self, cap: Duration) -> Option<Duration> {
        retry_after(&self.headers, cap)
    }
}

/// A client; built once for a process, it keeps its connections.
#[derive(Debug)]
pub struct Client {
    inner: reqwest::Client,
    settings: Settings,
    /// When the last request ended.
    last_use: Mutex<Option<Instant>>,
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: Settings) -> Result<Client, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the place that sets it all")]
        let inner = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&settings)?)
            .dns_resolver(Checked::new(&settings))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .tcp_nodelay(true)
            .pool_idle_timeout(Duration::from_secs(50))
            .build()
            .map_err(|_| ConfigError::new("http", "the HTTP client cannot be built"))?;
        Ok(Client { inner, settings, last_use: Mutex::new(None) })
    }

    /// Whether this client would connect to the address at all, as far as can be told without
    /// resolving its name. Destinations ask at start, so that a wrong address is a start error.
    pub fn permits(&self, url: &Url) -> Result<(), ConfigError> {
        self.settings.permit(url)
    }

    /// Connections under the same rules, for protocols that are more than a request and an answer.
    /// `protocols` are offered by ALPN.
    pub fn connector(&self, protocols: &[&str]) -> Result<Connector, ConfigError> {
        Connector::new(self.settings.clone(), protocols)
    }

    /// Sends the request and reads the answer, whatever its status.
    ///
    /// A connection that broke after the function had been frozen is tried once more at once: the
    /// server closed it long ago.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        self.permits(&request.url).map_err(|error| Failure::config(error.problem))?;
        let thawed = self.thawed();
        let mut sent = self.once(&request).await;
        if thawed && sent.as_ref().is_err_and(classify::is_broken_connection) {
            tracing::debug!("an idle connection was gone; sending again on a new one");
            sent = self.once(&request).await;
        }
        if let Ok(mut last_use) = self.last_use.lock() {
            *last_use = Some(Instant::now());
        }
        sent.map_err(|error| classify::failure(&error, &self.settings))
    }

    async fn once(&self, request: &Request) -> Result<Response, reqwest::Error> {
        let mut answer = self
            .inner
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await?;
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT {
                break;
            }
        }
        let truncated = body.len() > ANSWER_LIMIT;
        body.truncate(ANSWER_LIMIT);
        Ok(Response { status, headers, body: body.freeze(), truncated })
    }

    fn thawed(&self) -> bool {
        let last_use = self.last_use.lock().map(|last| *last).unwrap_or_default();
        last_use.is_some_and(|last| last.elapsed() > IDLE)
    }
}

/// Scheme, host and port of an address: what may be logged of it.
pub fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
