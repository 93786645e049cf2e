//! An adapter of `config.toml` as parameters of the stack.
//!
//! The first adapter of a type becomes parameters of the core stack, `SplunkEndpoint` and so on; each further one becomes
//! a stack of its own beside it, made from the same template of a destination.

use registry::Type;
use toml::{Table, Value};

use crate::config::{Adapter, Export};

/// The most characters of a stack's name and a destination's, as `infra/destination.yaml` has them.
const LONGEST_NAME: usize = 20;

/// What EventBridge Scheduler can do for a Security Lake, in seconds.
const LAKE_INTERVALS: [u64; 10] = [300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/// Keys that have a parameter of their own, and its name.
const OWN_PARAMETERS: [(&str, &str); 3] =
    [("role_arn", "RoleArn"), ("external_id", "ExternalId"), ("kms_key_id", "KmsKeyArn")];

/// Keys that name an environment variable with the credential.
const CREDENTIALS: [&str; 3] = ["token_env", "api_key_env", "secret_env"];

/// What is deployed: the core, and the destinations beside it.
#[derive(Debug, Default)]
pub(super) struct Deployment {
    /// The core stack's name.
    pub(super) core: String,
    /// The core stack's parameters.
    pub(super) parameters: Parameters,
    /// Destinations with a stack of their own.
    pub(super) instances: Vec<Instance>,
    /// What has no counterpart in the stack, or is left to be done by hand.
    pub(super) notes: Vec<String>,
}

/// A destination with a stack of its own.
#[derive(Debug)]
pub(super) struct Instance {
    /// Its name, that of its `--config-env` too.
    pub(super) name: String,
    /// Whose build is deployed.
    pub(super) prefix: &'static str,
    pub(super) parameters: Parameters,
}

/// Parameters in the order of the template, and what has to be filled in by hand, as comments.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) values: Vec<(String, String)>,
    pub(super) comments: Vec<String>,
}

/// The prefix of a type's parameters in the core stack.
pub(super) const fn prefix(kind: Type) -> &'static str {
    match kind {
        Type::SplunkHec => "Splunk",
        Type::Datadog => "Datadog",
        Type::Elastic => "Elastic",
        Type::S3 => "S3",
        Type::SecurityLake => "SecurityLake",
        Type::Webhook => "Webhook",
        Type::Otlp => "Otlp",
        Type::Syslog => "Syslog",
    }
}

/// The parameter of the core stack with a type's address; a webhook's address is in its secret.
pub(super) const fn address(kind: Type) -> Option<&'static str> {
    match kind {
        Type::SplunkHec => Some("SplunkEndpoint"),
        Type::Datadog => Some("DatadogSite"),
        Type::Elastic => Some("ElasticEndpoint"),
        Type::S3 => Some("S3Bucket"),
        Type::SecurityLake => Some("SecurityLakeBucket"),
        Type::Webhook => None,
        Type::Otlp => Some("OtlpEndpoint"),
        Type::Syslog => Some("SyslogEndpoint"),
    }
}

/// All that the file says, as far as a stack knows it.
pub(super) fn deployment(core: &str, export: &Export) -> Deployment {
    let mut made = Deployment { core: core.to_owned(), ..Deployment::default() };
    let mut taken = Vec::new();
    for adapter in &export.adapters {
        if !adapter.enabled {
            made.notes.push(format!("adapter `{}` is not enabled and was left out", adapter.id));
        } else if taken.contains(&adapter.kind) {
            made.add_instance(adapter);
        } else {
            taken.push(adapter.kind);
            made.add_to_core(adapter);
        }
    }
    if !export.source.is_empty() {
        made.notes.push(
            "`source` was left out: a stack reads no files; `vault-export ship --follow` sends them".to_owned(),
        );
    }
    made
}

impl Deployment {
    fn add_to_core(&mut self, adapter: &Adapter) {
        let prefix = prefix(adapter.kind);
        let name = |parameter: &str| match parameter {
            "Address" => address(adapter.kind).unwrap_or_default().to_owned(),
            "SecretArn" if adapter.kind == Type::Webhook => "WebhookUrlSecretArn".to_owned(),
            parameter => format!("{prefix}{parameter}"),
        };
        let secret = format!("{}/{}", self.core, adapter.kind.as_str().replace('_', "-"));
        let made = parameters(adapter, &secret, name, &mut self.notes);
        self.parameters.values.extend(made.values);
        self.parameters.comments.extend(made.comments);
    }

    fn add_instance(&mut self, adapter: &Adapter) {
        let name = instance_name(&adapter.id);
        if name != adapter.id {
            self.notes.push(format!("adapter `{}` is called {name} in the stack", adapter.id));
        }
        let secret = format!("{}/{name}", self.core);
        let mut made = Parameters::default();
        made.set("Core", &self.core);
        made.set("Name", &name);
        made.set("Type", adapter.kind.as_str());
        let own = parameters(adapter, &secret, str::to_owned, &mut self.notes);
        made.values.extend(own.values);
        made.comments = own.comments;
        let prefix = prefix(adapter.kind);
        self.instances.push(Instance { name, prefix, parameters: made });
    }
}

impl Parameters {
    fn set(&mut self, name: &str, value: &str) {
        self.values.push((name.to_owned(), value.to_owned()));
    }
}

/// An adapter's parameters, under the names that `name` gives them.
fn parameters(
    adapter: &Adapter,
    secret: &str,
    name: impl Fn(&str) -> String,
    notes: &mut Vec<String>,
) -> Parameters {
    let mut made = Parameters::default();
    let mut settings = Table::new();
    let entries = adapter.config.iter().map(|(key, value)| (key.as_str(), value.get_ref()));
    for (key, value) in entries {
        let own = OWN_PARAMETERS.iter().find(|(own, _)| *own == key);
        if CREDENTIALS.contains(&key) {
            let variable = value.as_str().unwrap_or_default();
            made.comments.push(secret_comment(
                &name("SecretArn"),
                secret,
                &format!("\"${variable}\""),
            ));
            notes.push(format!("adapter `{}`: put the value of {variable} into Secrets Manager and its ARN into {}", adapter.id, name("SecretArn")));
        } else if key == "secret_arn" {
            made.set(&name("SecretArn"), value.as_str().unwrap_or_default());
        } else if key == adapter.kind.address_key() && adapter.kind == Type::Webhook {
            let command = "file://secret.json # {\"url\": \"https://…\"}";
            made.comments.push(secret_comment(&name("SecretArn"), secret, command));
            notes.push(format!("adapter `{}`: put its url into Secrets Manager and the ARN into {}: a webhook's address is a credential", adapter.id, name("SecretArn")));
        } else if key == adapter.kind.address_key() {
            made.set(&name("Address"), value.as_str().unwrap_or_default());
        } else if let Some((_, parameter)) = own {
            made.set(&name(parameter), value.as_str().unwrap_or_default());
        } else {
            settings.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(size) = adapter.batch.size.and_then(|size| i64::try_from(size).ok()) {
        settings.entry("batch_size").or_insert(Value::Integer(size));
    }
    let filter = adapter.filter.iter().map(|(key, value)| (key.clone(), value.get_ref().clone()));
    let filter: Table = filter.collect();
    for (parameter, table) in [("Settings", settings), ("Filter", filter)] {
        if !table.is_empty() {
            made.set(&name(parameter), &table.to_string());
        }
    }
    if let Some(seconds) = adapter.batch.flush_interval_secs {
        let seconds = interval(adapter, seconds, notes);
        made.set(&name("FlushIntervalSeconds"), &seconds.to_string());
    }
    made
}

/// What the stack can do of a flush interval: Lambda gathers for five minutes at most.
fn interval(adapter: &Adapter, seconds: u64, notes: &mut Vec<String>) -> u64 {
    let possible = match adapter.kind {
        Type::SecurityLake => {
            LAKE_INTERVALS.into_iter().find(|known| *known >= seconds).unwrap_or(86400)
        }
        _ => seconds.min(300),
    };
    if possible != seconds {
        notes.push(format!(
            "adapter `{}`: flush_interval_secs is {possible} in the stack",
            adapter.id
        ));
    }
    possible
}

fn secret_comment(parameter: &str, secret: &str, value: &str) -> String {
    format!(
        "{parameter} = \"arn:…\" # of: aws secretsmanager create-secret --name {secret} --secret-string {value}"
    )
}

/// An id as a destination's name in the stack: lower case, digits and hyphens.
fn instance_name(id: &str) -> String {
    let letters = id.to_ascii_lowercase();
    let letters = letters.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' });
    let name: String = letters.take(LONGEST_NAME).collect();
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../template.yaml");
    const INSTANCE: &str = include_str!("../../../infra/destination.yaml");

    fn has(template: &str, parameter: &str) -> bool {
        let parameters = template.split("\nParameters:\n").nth(1).unwrap_or_default();
        parameters.contains(&format!("\n  {parameter}:\n"))
            || parameters.starts_with(&format!("  {parameter}:\n"))
    }

    #[test]
    fn every_parameter_that_is_written_exists() {
        for kind in Type::ALL {
            let mut names = vec!["Settings", "Filter", "FlushIntervalSeconds"];
            match kind {
                Type::S3 => names.extend(["RoleArn", "ExternalId", "KmsKeyArn"]),
                Type::SecurityLake => names.extend(["RoleArn", "ExternalId"]),
                Type::Webhook => names.push("UrlSecretArn"),
                _ => names.push("SecretArn"),
            }
            for name in names {
                let name = format!("{}{name}", prefix(*kind));
                assert!(has(TEMPLATE, &name), "{name}");
            }
            assert!(address(*kind).is_none_or(|name| has(TEMPLATE, name)), "{kind}");
        }
        for name in [
            "Core",
            "Name",
            "Type",
            "Address",
            "SecretArn",
            "Settings",
            "Filter",
            "FlushIntervalSeconds",
            "RoleArn",
            "ExternalId",
        ] {
            assert!(has(INSTANCE, name), "{name}");
        }
        assert!(!has(TEMPLATE, "SplunkNonsense"));
    }

    #[test]
    fn an_id_becomes_a_name_that_the_stack_takes() {
        assert_eq!(instance_name("Splunk EU_2"), "splunk-eu-2");
        assert_eq!(instance_name("a-very-long-name-of-an-adapter"), "a-very-long-name-of");
    }
}
