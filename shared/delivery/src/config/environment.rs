//! The environment of a function: the only module that reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{BY_VARIABLE, ConfigError, Given, Queues, SecretRef};
use crate::settings::Document;

/// What every variable's name begins with.
const PREFIX: &str = "VAULT_EXPORT_";

/// What the settings' text is called in errors: by the parameter that users know.
const SETTINGS: &str = "Settings";
const FILTER: &str = "Filter";

/// A destination's function, as its environment describes it.
#[derive(Clone, Debug)]
pub struct Function {
    /// The type of destination, `splunk_hec`.
    pub kind: String,
    /// The destination's name within the stack, `splunk` or `splunk-2`.
    pub name: String,
    /// Its settings.
    pub given: Given,
    /// The queues around it.
    pub queues: Queues,
}

/// The variables that are ours, by their name without prefix in lower case.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

/// The part of the environment that is ours.
pub fn environment() -> Variables {
    let ours = std::env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    Variables::of(ours)
}

/// The log level; `info` when it is not set. It is wanted before the other settings are read.
pub fn log_level() -> String {
    environment().take("log_level").unwrap_or_else(|| "info".to_owned())
}

/// The file of certificates to trust beside the public ones in calls to AWS, by the variable that the AWS CLI and most
/// SDKs know: for a proxy that opens TLS, or an AWS of one's own.
pub(crate) fn aws_ca_bundle() -> Option<PathBuf> {
    std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

impl Variables {
    /// Those among these that are ours and not empty.
    pub fn of(all: impl IntoIterator<Item = (String, String)>) -> Variables {
        let ours = all.into_iter().filter_map(|(name, value)| {
            let (name, value) = (name.strip_prefix(PREFIX)?, value.trim());
            (!value.is_empty()).then(|| (name.to_ascii_lowercase(), value.to_owned()))
        });
        Variables(ours.collect())
    }

    /// A variable, left where it is.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a variable out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes a variable out that must be there.
    pub fn require(&mut self, name: &str) -> Result<String, ConfigError> {
        self.take(name).ok_or_else(|| ConfigError::new(variable(name), "is required"))
    }

    /// The destination's name within the stack; without one it is that of its type.
    pub fn name(&self) -> String {
        let kind = || self.get("type").unwrap_or_default().replace('_', "-");
        self.get("name").map_or_else(kind, str::to_owned)
    }

    /// Takes the queues' addresses out.
    pub fn queues(&mut self) -> Queues {
        Queues { queue_url: self.take("queue_url"), dlq_url: self.take("dlq_url") }
    }

    /// Refuses what nobody took: a misspelt variable would be a setting that is silently not obeyed.
    pub fn end(mut self) -> Result<(), ConfigError> {
        self.take("log_level");
        match self.0.keys().next() {
            Some(name) => Err(ConfigError::new(variable(name), "unknown variable")),
            None => Ok(()),
        }
    }

    /// A destination's function.
    pub fn function(mut self) -> Result<Function, ConfigError> {
        let name = self.name();
        self.take("name");
        let kind = self.require("type")?;
        let queues = self.queues();
        let given = self.given()?;
        self.end()?;
        Ok(Function { kind, name, given, queues })
    }

    fn given(&mut self) -> Result<Given, ConfigError> {
        let settings = self.take("settings").unwrap_or_default();
        let filter = self.take("filter").unwrap_or_default();
        routable(&filter)?;
        let mut config = Document::parse(SETTINGS, &settings)?;
        let filter = Document::parse(FILTER, &filter)?;
        for key in BY_VARIABLE {
            config.refuse(key, "is not known in a stack; set the parameter SecretArn instead")?;
        }
        config.refuse("secret_arn", "has a parameter of its own; set SecretArn instead")?;
        for key in ["role_arn", "external_id", "kms_key_id"] {
            if let Some(value) = self.take(key) {
                config.set(key, &value)?;
            }
        }
        let (address, secret) = (self.take("address"), self.take("secret_arn"));
        let secret = secret.map(SecretRef::SecretsManager);
        Ok(Given { config, filter, address, batch_size: None, secret })
    }
}

/// The filter is a part of the route, a TOML text between `'''` in a parameter of Systems Manager, which takes no `{{`.
fn routable(filter: &str) -> Result<(), ConfigError> {
    for mark in ["'''", "{{"] {
        if filter.contains(mark) {
            return Err(ConfigError::new(FILTER, format!("must not contain {mark}")));
        }
    }
    Ok(())
}

fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}
