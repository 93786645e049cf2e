//! The address of a destination.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use url::Url;

/// An `https` address with a host and without user info. `http` can be written too; the HTTP client
/// then refuses it unless `allow_insecure` is set, because only it knows that.
///
/// Shown as scheme and host only: the path of a webhook's address often is its secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

impl Endpoint {
    /// The whole address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address with this path put behind its own, whether or not it ends in `/`.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let joined =
            format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/'));
        url.set_path(&joined);
        url
    }
}

impl Deref for Endpoint {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for Endpoint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Endpoint, &'static str> {
        text.as_str().parse()
    }
}

impl std::str::FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Endpoint, &'static str> {
        let url = Url::parse(text.trim()).map_err(|_| "must be an address such as https://host")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("has no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or password; put the credential in the secret");
        }
        Ok(Endpoint(url))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::http::shown(&self.0))
    }
}
