//! What a destination is told: its own settings, those that all have, its filter and its credential.
//!
//! The same keys come from an adapter's tables in `config.toml` and from a function's environment, whose
//! `VAULT_EXPORT_SETTINGS` and `VAULT_EXPORT_FILTER` are texts in the [settings language](crate::settings). An empty
//! variable counts as absent: that is what CloudFormation passes for a parameter left at its default.

mod connection;
mod endpoint;
mod environment;
pub mod headers;
mod request;
mod secret_ref;

use schemars::JsonSchema;
use serde::Deserialize;
use transform::filter::Filter;
use transform::format::Format;

pub use self::connection::{Connection, OverHttp, Own};
pub use self::endpoint::Endpoint;
pub(crate) use self::environment::aws_ca_bundle;
pub use self::environment::{Function, Variables, environment, log_level};
pub use self::headers::Headers;
pub use self::request::request_bytes;
pub use self::secret_ref::SecretRef;
pub use crate::settings::ConfigError;
use crate::settings::{self, Document, Setting};

/// The settings of one destination: those that all have, and its own.
#[derive(Clone, Debug)]
pub struct Export<C> {
    /// The format of the events; a destination has its own default.
    pub format: Option<Format>,
    /// Where the credential is.
    pub secret: Option<SecretRef>,
    /// Which events it wants.
    pub filter: Filter,
    /// Records in a request, if fewer than the vendor's limit are wanted.
    pub batch_size: Option<usize>,
    /// The destination's own settings.
    pub destination: C,
}

/// The queues around a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Its own queue: visibility, and the undelivered rest of a message.
    pub queue_url: Option<String>,
    /// Its dead-letter queue: rejected records.
    pub dlq_url: Option<String>,
}

/// The settings of a type of destination.
pub trait Settings: Sized {
    /// The key that says where the destination is, as `endpoint`: what the stack's address parameter fills.
    const ADDRESS: &'static str;

    /// Reads what is left when the settings that all destinations have are taken out.
    fn read(document: Document) -> Result<Self, ConfigError>;

    /// All keys that it reads, with what their fields' documentation says of them.
    fn describe() -> Vec<Setting>;
}

/// The settings of a destination whose type is not looked at yet.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `[export.adapters.config]`, or a function's settings.
    pub config: Document,
    /// `[export.adapters.filter]`, or a function's filter.
    pub filter: Document,
    /// Where it is, if a parameter of its own says so.
    pub address: Option<String>,
    /// Records in a request, if the settings do not say.
    pub batch_size: Option<usize>,
    /// The credential, if a parameter of its own says where it is.
    pub secret: Option<SecretRef>,
}

impl Given {
    /// Reads the settings as those of a type of destination.
    pub fn export<C: Settings>(mut self) -> Result<Export<C>, ConfigError> {
        if let Some(address) = &self.address {
            self.config.set(C::ADDRESS, address)?;
        }
        let common = self.config.split(&Common::KEYS);
        let common: Common = common.read()?;
        let batch_size = common.batch_size.or(self.batch_size);
        if batch_size == Some(0) {
            return Err(ConfigError::new("batch_size", "must be at least 1"));
        }
        let (format, secret) = (common.format, common.secret(self.secret)?);
        let (filter, destination) = (self.filter.read()?, C::read(self.config)?);
        Ok(Export { format, secret, filter, batch_size, destination })
    }
}

/// A destination's settings from its adapter's tables in `config.toml`: `config`, `filter`, and
/// `size` of `batch`.
pub fn from_tables<C: Settings>(
    config: toml::Table,
    filter: toml::Table,
    batch_size: Option<usize>,
) -> Result<Export<C>, ConfigError> {
    let (config, filter) = (config.into(), filter.into());
    Given { config, filter, batch_size, ..Given::default() }.export()
}

/// A destination's settings from a text in the settings language.
pub fn from_text<C: Settings>(text: &str) -> Result<Export<C>, ConfigError> {
    Given { config: Document::parse("", text)?, ..Given::default() }.export()
}

/// All settings of a type of destination: its own, and those that all types have.
pub fn describe<C: Settings>() -> Vec<Setting> {
    let mut all = C::describe();
    all.extend(settings::describe::<Common>());
    all
}

/// What all destinations know.
#[derive(Debug, Default, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Common {
    /// The format of the events; each type has its own default.
    #[schemars(with = "Option<String>")]
    format: Option<Format>,
    /// Records in a request, at most. Default: the vendor's limit.
    batch_size: Option<usize>,
    /// The secret in Secrets Manager with the credential.
    secret_arn: Option<String>,
    /// The environment variable with the credential; not in a stack.
    secret_env: Option<String>,
    /// The same as `secret_env`.
    token_env: Option<String>,
    /// The same as `secret_env`.
    api_key_env: Option<String>,
}

/// The keys of [`Common`] that name a variable; in a function nobody could set it.
const BY_VARIABLE: [&str; 3] = ["secret_env", "token_env", "api_key_env"];

impl Common {
    const KEYS: [&str; 6] =
        ["format", "batch_size", "secret_arn", "secret_env", "token_env", "api_key_env"];

    /// The one credential, if there is any.
    fn secret(self, given: Option<SecretRef>) -> Result<Option<SecretRef>, ConfigError> {
        let by_arn = self.secret_arn.map(SecretRef::SecretsManager);
        let by_name = [self.secret_env, self.token_env, self.api_key_env].into_iter().flatten();
        let mut all = given.into_iter().chain(by_arn).chain(by_name.map(SecretRef::Env));
        match (all.next(), all.next()) {
            (_, Some(_)) => Err(ConfigError::new(
                "secret_arn",
                "more than one of secret_arn, token_env, api_key_env and secret_env is set",
            )),
            (secret, None) => Ok(secret),
        }
    }
}

#[cfg(test)]
mod tests;
