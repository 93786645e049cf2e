//! Name resolution with every address checked.

use std::fmt;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{self, Allowed};
use super::{Failure, Settings};

/// Asks the system, and refuses a name as soon as one of its addresses is refused: a name that
/// has a public and a private address is an attempt to be connected to the latter.
pub(super) struct Checked {
    allowed: Allowed,
}

impl Checked {
    pub(super) fn new(settings: &Settings) -> Checked {
        Checked { allowed: Allowed::from(settings) }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed;
        Box::pin(async move {
            let found = lookup(name.as_str(), 0).await?;
            if let Some(kind) = refused(&found, allowed) {
                return Err(Forbidden(kind).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name, for whoever connects without reqwest.
pub(super) async fn resolve(
    name: &str,
    port: u16,
    allowed: Allowed,
) -> Result<Vec<SocketAddr>, Failure> {
    let found = lookup(name, port).await?;
    match refused(&found, allowed) {
        Some(kind) => Err(Forbidden(kind).into()),
        None => Ok(found),
    }
}

async fn lookup(name: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    let found = tokio::net::lookup_host((name, port)).await;
    Ok(found.map_err(|error| Unresolved::of(&error))?.collect())
}

/// Why one of the addresses makes the name unusable.
fn refused(found: &[SocketAddr], allowed: Allowed) -> Option<&'static str> {
    found.iter().find_map(|socket| address::refusal(socket.ip(), allowed))
}

/// The name has an address that must not be connected to.
#[derive(Debug)]
pub(super) struct Forbidden(pub(super) &'static str);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name's address is {} and must not be connected to", self.0)
    }
}

impl std::error::Error for Forbidden {}

/// The name was not resolved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// A name server has said that there is no such name.
    NoSuchName,
    /// Nobody knows: no answer, no network, or this machine is out of something.
    Unknown,
}

impl Unresolved {
    /// What getaddrinfo says reaches us as text only. glibc and musl have these words for `EAI_NONAME`; macOS has one
    /// text for that and for being offline, which therefore does not count.
    fn of(error: &std::io::Error) -> Unresolved {
        const NO_SUCH_NAME: [&str; 2] = ["Name or service not known", "Name does not resolve"];
        let said = error.to_string();
        if error.raw_os_error().is_none() && NO_SUCH_NAME.iter().any(|words| said.contains(words)) {
            return Unresolved::NoSuchName;
        }
        Unresolved::Unknown
    }

    /// Whether the same may go better another time.
    pub(super) fn is_passing(&self) -> bool {
        *self == Unresolved::Unknown
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unresolved::NoSuchName => "there is no such host name",
            Unresolved::Unknown => "the host name cannot be looked up now",
        })
    }
}

impl std::error::Error for Unresolved {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_forbidden_address_among_good_ones_refuses_the_name() {
        let found = ["8.8.8.8:443", "10.0.0.1:443"].map(|addr| addr.parse().unwrap());
        assert_eq!(refused(&found, Allowed::default()), Some("private"));
        assert_eq!(refused(&found[..1], Allowed::default()), None);
    }

    #[test]
    fn only_a_name_server_that_denies_the_name_makes_it_a_wrong_one() {
        let said = |words: &str| {
            let text = format!("failed to lookup address information: {words}");
            Unresolved::of(&std::io::Error::other(text))
        };
        for words in ["Name or service not known", "Name does not resolve"] {
            assert_eq!(said(words), Unresolved::NoSuchName, "{words}");
        }
        for words in [
            "Temporary failure in name resolution",
            "Try again",
            "nodename nor servname provided, or not known",
            "No address associated with hostname",
            "Name has no usable address",
            "Non-recoverable failure in name resolution",
            "System error",
        ] {
            assert_eq!(said(words), Unresolved::Unknown, "{words}");
        }
        // EMFILE
        assert_eq!(Unresolved::of(&std::io::Error::from_raw_os_error(24)), Unresolved::Unknown);
    }

    #[tokio::test]
    async fn a_name_of_the_machine_itself_is_refused() {
        let resolver = Checked { allowed: Allowed::default() };
        let error = resolver.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.downcast_ref::<Forbidden>().is_some(), "{error}");
    }
}
