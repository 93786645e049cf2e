//! Where a receiver is and how it is spoken to.

use std::fmt;
use std::str::FromStr;

use delivery::Endpoint;
use serde::Deserialize;
use url::Url;

/// How a receiver is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// RFC 5425.
    Tls,
    /// RFC 6587.
    Tcp,
    /// RELP within TLS from the first byte, as librelp does it.
    RelpTls,
    /// RELP.
    Relp,
}

impl Transport {
    const ALL: [(&str, Transport); 4] = [
        ("tls://", Transport::Tls),
        ("tcp://", Transport::Tcp),
        ("relp+tls://", Transport::RelpTls),
        ("relp://", Transport::Relp),
    ];

    /// Whether the receiver acknowledges each message.
    pub fn is_relp(self) -> bool {
        matches!(self, Transport::RelpTls | Transport::Relp)
    }

    /// Whether nobody on the way can read the messages.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Transport::Tls | Transport::RelpTls)
    }

    /// What stands before the host.
    fn scheme(self) -> &'static str {
        Transport::ALL.iter().find(|(_, one)| *one == self).map_or("", |(scheme, _)| *scheme)
    }
}

/// The port that IANA has for syslog over TLS.
const TLS_PORT: u16 = 6514;

/// An address such as `tls://siem.example.com:6514`: a way, a host, a port, and nothing else.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address {
    transport: Transport,
    /// `https` for a way within TLS and `http` for the others: what [`delivery::http`] connects by.
    endpoint: Endpoint,
    port: u16,
}

impl Address {
    /// How it is spoken to.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The address to connect to: host, port, and `https` where there is TLS.
    pub fn url(&self) -> &Url {
        self.endpoint.url()
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Address, &'static str> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let found = Transport::ALL.into_iter().find(|(scheme, _)| lower.starts_with(scheme));
        let (scheme, transport) =
            found.ok_or("must begin with tls://, tcp://, relp+tls:// or relp://")?;
        let rest = text.get(scheme.len()..).unwrap_or_default().trim_end_matches('/');
        if rest.contains(['/', '?', '#', '\\']) {
            return Err("must be a host and a port, such as tls://siem.example.com:6514");
        }
        // The default port of a scheme is not told from a missing one, so a port is looked for in the text.
        let has_port = rest.rsplit_once(':').is_some_and(|(_, port)| {
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        });
        let port = match (has_port, transport) {
            (true, _) => String::new(),
            (false, Transport::Tls) => format!(":{TLS_PORT}"),
            (false, _) => return Err("needs a port, such as relp://siem.example.com:2514"),
        };
        let scheme = if transport.is_encrypted() { "https" } else { "http" };
        let endpoint: Endpoint = format!("{scheme}://{rest}{port}").parse().map_err(|problem| {
            if problem == "must be an address such as https://host" {
                "must be a host and a port, such as tls://siem.example.com:6514"
            } else {
                problem
            }
        })?;
        let port = endpoint.port_or_known_default().unwrap_or_default();
        Ok(Address { transport, endpoint, port })
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Address, &'static str> {
        text.parse()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.endpoint.host_str().unwrap_or_default();
        write!(f, "{}{host}:{}", self.transport.scheme(), self.port)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
