//! How a destination is reached over HTTP: the settings that all such destinations have.
//!
//! They stand beside a destination's own, under the same keys everywhere, and are split off by name: serde's
//! `flatten` would say neither which key is wrong nor which keys there are.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ConfigError, Settings};
use crate::http;
use crate::settings::{self, Document, Setting};

/// How the server is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Certificates in PEM to trust beside the public ones: of an authority, or exactly the server's own. The secret's
    /// member `ca_bundle` does the same. Default: none.
    pub ca_bundle: Option<String>,
    /// The name that the server's certificate must have. Default: the address's host.
    pub tls_server_name: Option<String>,
    /// Allows `http` and loopback addresses: for tests and demonstrations. Default: false.
    pub allow_insecure: bool,
    /// Allows private addresses, for a receiver within the VPC. Default: false.
    pub allow_private_networks: bool,
}

impl Connection {
    /// Held to the fields by a test.
    pub(super) const KEYS: [&str; 4] =
        ["ca_bundle", "tls_server_name", "allow_insecure", "allow_private_networks"];

    /// What the HTTP client is told.
    pub fn http(&self) -> http::Settings {
        http::Settings {
            ca_bundle: self.ca_bundle.clone(),
            tls_server_name: self.tls_server_name.clone(),
            allow_insecure: self.allow_insecure,
            allow_private_networks: self.allow_private_networks,
            ..http::Settings::default()
        }
    }
}

/// The own settings of a destination that is reached over HTTP.
pub trait Own: DeserializeOwned + JsonSchema {
    /// The key that says where the destination is.
    const ADDRESS: &'static str;
}

/// The settings of a destination that is reached over HTTP: its own, and those of the connection.
#[derive(Clone, Debug, Default)]
pub struct OverHttp<C> {
    /// The destination's own.
    pub own: C,
    /// How it is reached.
    pub connection: Connection,
}

impl<C> Deref for OverHttp<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.own
    }
}

impl<C: Own> Settings for OverHttp<C> {
    const ADDRESS: &'static str = C::ADDRESS;

    fn read(mut document: Document) -> Result<Self, ConfigError> {
        let connection = document.split(&Connection::KEYS).read()?;
        let own = document.read_beside(&Connection::KEYS)?;
        Ok(OverHttp { own, connection })
    }

    fn describe() -> Vec<Setting> {
        let mut all = settings::describe::<C>();
        all.extend(settings::describe::<Connection>());
        all
    }
}
