//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::ConfigError;
use delivery::config::Settings;
use delivery::destination::Goals;
use delivery::settings::{Document, Setting};
use s3::config::{check_bucket, check_owner, is_account};
use schemars::JsonSchema;
use serde::Deserialize;

/// Stands for the source's name in `role_arn`: Security Lake makes a role for every source.
pub const SOURCE: &str = "{source}";

/// `AmazonSecurityLake-Provider-{source}-{region}` must stay a role's name, of 64 characters; so
/// `CreateCustomLogSource` takes no longer names.
const LONGEST_SOURCE: usize = 20;

/// How the source of each class is called, behind the prefix.
const SUFFIXES: [(u16, &str); 10] = [
    (1008, "log"),
    (2003, "comply"),
    (2004, "find"),
    (3001, "account"),
    (3002, "auth"),
    (3003, "session"),
    (3004, "entity"),
    (3005, "access"),
    (6002, "app"),
    (6003, "api"),
];

/// The settings of this destination.
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The lake's bucket, `aws-security-data-lake-{region}-{id}`.
    pub bucket: String,
    /// The bucket's region, which is also in every key: where it is uploaded to, not where it happened. Default: the
    /// one that the AWS configuration names.
    pub region: Option<String>,
    /// The account that the events belong to: twelve digits, or `external` or `external_…` for what
    /// is not in AWS. Default: `external`.
    #[serde(default = "external")]
    pub account_id: String,
    /// What the sources' names begin with. Default: `vault-`, which gives `vault-api` and so on.
    #[serde(default = "prefix")]
    pub source_prefix: String,
    /// Names of single classes' sources, by `class_uid`: `{ 3002 = "logins", 2004 = "alerts" }`; the others keep theirs.
    /// Default: none.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// The role that is assumed for writing; `{source}` in it stands for the source's name.
    /// Default: none, our own credentials.
    pub role_arn: Option<String>,
    /// The external id that the sources were registered with. Needed with `role_arn`.
    pub external_id: Option<String>,
    /// The account that must own the bucket, or nothing is written. Default: not checked.
    pub expected_bucket_owner: Option<String>,
    /// Bytes of queued messages that a drain gathers before it writes. Default: 24 MiB, for which a
    /// function needs 256 MB.
    #[serde(default = "max_bytes")]
    pub max_bytes: usize,
    /// Events that a drain gathers before it writes, and at most in an object. Default: 40000.
    #[serde(default = "max_records")]
    pub max_records: usize,
    /// Seconds that a drain receives at most. Default: 240.
    #[serde(default = "max_seconds")]
    pub max_seconds: u64,
}

impl Settings for Config {
    const ADDRESS: &'static str = "bucket";

    fn read(document: Document) -> Result<Config, ConfigError> {
        document.read()
    }

    fn describe() -> Vec<Setting> {
        delivery::settings::describe::<Config>()
    }
}

fn external() -> String {
    "external".to_owned()
}

fn prefix() -> String {
    "vault-".to_owned()
}

fn max_bytes() -> usize {
    24 * 1024 * 1024
}

fn max_records() -> usize {
    40_000
}

fn max_seconds() -> u64 {
    240
}

impl Config {
    /// Refuses what would only be refused by AWS, or make a table that cannot be read.
    pub fn checked(self) -> Result<Config, ConfigError> {
        check_bucket(&self.bucket)?;
        check_owner(self.expected_bucket_owner.as_deref())?;
        if self.role_arn.is_some() != self.external_id.is_some() {
            let problem = "role_arn and external_id are set together or not at all; Security Lake's \
                           roles can only be assumed with the id given at registration";
            return Err(ConfigError::new("external_id", problem));
        }
        let outside = self.account_id.strip_prefix("external");
        let is_outside = outside
            .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('_').is_some_and(is_plain));
        if !is_outside && !is_account(&self.account_id) {
            let problem = "must be twelve digits, external or external_<id>";
            return Err(ConfigError::new("account_id", problem));
        }
        for (key, goal) in [("max_bytes", self.max_bytes), ("max_records", self.max_records)] {
            if goal == 0 {
                return Err(ConfigError::new(key, "must be at least 1"));
            }
        }
        self.check_sources()?;
        Ok(self)
    }

    /// The name of the class's source.
    pub fn source(&self, class: u16) -> String {
        if let Some(name) = self.sources.get(&class.to_string()) {
            return name.clone();
        }
        match SUFFIXES.iter().find(|(uid, _)| *uid == class) {
            Some((_, suffix)) => format!("{}{suffix}", self.source_prefix),
            None => format!("{}{class}", self.source_prefix),
        }
    }

    /// The role that writes to this source.
    pub fn role(&self, source: &str) -> Option<String> {
        self.role_arn.as_ref().map(|arn| arn.replace(SOURCE, source))
    }

    /// When a drain writes.
    pub fn goals(&self) -> Goals {
        let time = Duration::from_secs(self.max_seconds);
        Goals { bytes: self.max_bytes, records: self.max_records, time }
    }

    /// One source has one class, or its table mixes schemas.
    fn check_sources(&self) -> Result<(), ConfigError> {
        let is_class = |key: &String| SUFFIXES.iter().any(|(uid, _)| *key == uid.to_string());
        if let Some(key) = self.sources.keys().find(|key| !is_class(key)) {
            let known: Vec<String> = SUFFIXES.iter().map(|(uid, _)| uid.to_string()).collect();
            let problem = format!("`{key}` is none of the classes {}", known.join(", "));
            return Err(ConfigError::new("sources", problem));
        }
        let mut names: Vec<(String, u16)> =
            SUFFIXES.iter().map(|(uid, _)| (self.source(*uid), *uid)).collect();
        let fits = |name: &str| name.len() <= LONGEST_SOURCE && is_plain(name);
        if let Some((_, class)) = names.iter().find(|(name, _)| !fits(name)) {
            let problem = format!(
                "the name of class {class}'s source must be 1 to {LONGEST_SOURCE} letters, digits, dots, hyphens and underscores"
            );
            return Err(ConfigError::new("source_prefix", problem));
        }
        names.sort();
        match names.array_windows().find(|[(one, _), (other, _)]| one == other) {
            Some([(_, one), (_, other)]) => {
                let problem =
                    format!("classes {one} and {other} share a source; a source has one class");
                Err(ConfigError::new("sources", problem))
            }
            None => Ok(()),
        }
    }
}

/// A part of a key that needs no escaping anywhere.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests;
