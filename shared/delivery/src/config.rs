//! Settings, from a function's environment or from an adapter's table in `config.toml`.
//!
//! Both know the same keys: `VAULT_EXPORT_SOURCETYPE=x` and `sourcetype = "x"` fill the same member
//! of the same struct. A key that nobody knows is refused by name, because a misspelt filter
//! that is silently ignored lets the wrong events out. An empty variable counts as absent: that is
//! what CloudFormation passes for a parameter left at its default.

mod connection;
mod endpoint;
pub mod headers;
mod request;
mod variables;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use transform::filter::Filter;
use transform::format::Format;

pub use self::connection::{Connection, OverHttp};
pub use self::endpoint::Endpoint;
pub use self::headers::Headers;
pub use self::request::request_bytes;
use self::variables::Variables;
use crate::credentials::SecretRef;

/// What every variable's name begins with.
pub const PREFIX: &str = "VAULT_EXPORT_";

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
    /// The queues around a function; empty on the command line.
    pub queues: Queues,
    /// The destination's own settings.
    pub destination: C,
}

/// The queues around a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queues {
    /// Its own queue: visibility, and the undelivered rest of a message.
    pub queue_url: Option<String>,
    /// Its dead-letter queue: rejected records.
    pub dlq_url: Option<String>,
}

/// A setting that is missing or wrong. The text names it and never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// The variable or key.
    pub place: String,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl ConfigError {
    /// A problem with one setting, named by its key (`endpoint`).
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        ConfigError { place: key.into(), problem: problem.into() }
    }
}

const FILTER_KEYS: [&str; 7] = [
    "include_classes",
    "exclude_classes",
    "include_categories",
    "min_severity",
    "labels",
    "actors",
    "resources",
];

/// A function's settings from its environment.
pub fn from_env<C: DeserializeOwned>() -> Result<Export<C>, ConfigError> {
    from_variables(environment())
}

/// The part of the environment that is ours.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then(|| (name, value.to_string_lossy().into_owned()))
    })
}

/// Any settings struct from the environment, for functions that are no destination.
pub fn read<T: DeserializeOwned>(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut values = values(variables);
    values.remove("log_level");
    take(values)
}

/// The log level; `info` when it is not set. It is wanted before the other settings are read.
pub fn log_level() -> String {
    environment()
        .find_map(|(name, value)| (name == "VAULT_EXPORT_LOG_LEVEL").then_some(value))
        .filter(|level| !level.is_empty())
        .unwrap_or_else(|| "info".to_owned())
}

/// Like [`from_env`], from given variables.
pub fn from_variables<C: DeserializeOwned>(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Export<C>, ConfigError> {
    let mut own = values(variables);
    own.remove("log_level");
    let filter = take(split(&mut own, &FILTER_KEYS))?;
    let queues = take(split(&mut own, &["queue_url", "dlq_url"]))?;
    let common: Common = take(split(&mut own, &Common::KEYS))?;
    common.export(filter, queues, None, take(own)?)
}

/// A destination's settings from its adapter's tables in `config.toml`: `config`, `filter`, and
/// `size` of `batch`.
pub fn from_tables<C: DeserializeOwned>(
    mut config: toml::Table,
    filter: toml::Table,
    batch_size: Option<usize>,
) -> Result<Export<C>, ConfigError> {
    let mut common = toml::Table::new();
    for key in Common::KEYS {
        common.extend(config.remove_entry(key));
    }
    let common: Common = table("config", common)?;
    let filter = table("filter", filter)?;
    common.export(filter, Queues::default(), batch_size, table("config", config)?)
}

fn table<T: DeserializeOwned>(name: &str, table: toml::Table) -> Result<T, ConfigError> {
    T::deserialize(table).map_err(|error| ConfigError::new(name, error.message().to_owned()))
}

/// What all destinations know.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Common {
    format: Option<Format>,
    batch_size: Option<usize>,
    secret_arn: Option<String>,
    secret_env: Option<String>,
    token_env: Option<String>,
    api_key_env: Option<String>,
}

impl Common {
    const KEYS: [&str; 6] =
        ["format", "batch_size", "secret_arn", "secret_env", "token_env", "api_key_env"];

    fn export<C>(
        self,
        filter: Filter,
        queues: Queues,
        batch_size: Option<usize>,
        destination: C,
    ) -> Result<Export<C>, ConfigError> {
        let batch_size = self.batch_size.or(batch_size);
        if batch_size == Some(0) {
            return Err(ConfigError::new("batch_size", "must be at least 1"));
        }
        let (format, secret) = (self.format, self.secret()?);
        Ok(Export { format, secret, filter, batch_size, queues, destination })
    }

    fn secret(self) -> Result<Option<SecretRef>, ConfigError> {
        let by_arn = self.secret_arn.map(SecretRef::SecretsManager);
        let by_name = [self.secret_env, self.token_env, self.api_key_env].into_iter().flatten();
        let mut given = by_arn.into_iter().chain(by_name.map(SecretRef::Env));
        match (given.next(), given.next()) {
            (_, Some(_)) => Err(ConfigError::new(
                "secret_arn",
                "more than one of secret_arn, token_env, api_key_env and secret_env is set",
            )),
            (secret, None) => Ok(secret),
        }
    }
}

/// Keys in lower case, without prefix and without empty values.
fn values(variables: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    variables
        .into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .filter_map(|(name, value)| {
            Some((name.strip_prefix(PREFIX)?.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect()
}

fn split(from: &mut BTreeMap<String, String>, keys: &[&str]) -> BTreeMap<String, String> {
    keys.iter().filter_map(|key| from.remove_entry(*key)).collect()
}

fn take<T: DeserializeOwned>(values: BTreeMap<String, String>) -> Result<T, ConfigError> {
    T::deserialize(Variables::new(values))
}

/// Any struct with these keys from flat strings, written as in the environment: lists `a,b`,
/// labels `k=v,k=v`. `place` names the whole in errors. For a variable that holds a flat JSON object.
pub fn from_strings<T: DeserializeOwned>(
    place: &str,
    values: BTreeMap<String, String>,
) -> Result<T, ConfigError> {
    let values = values.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    take(values).map_err(|error| {
        let key = error.place.strip_prefix(PREFIX).unwrap_or(&error.place).to_ascii_lowercase();
        ConfigError::new(format!("{place}.{key}"), error.problem)
    })
}

#[cfg(test)]
mod tests;
