//! The router's settings: its queues, how to read records, and where the routes are.

use std::collections::BTreeMap;

use delivery::config::{ConfigError, Queues, Variables};
use delivery::credentials::SecretRef;
use delivery::settings::Document;
use serde::Deserialize;
use transform::source::{Phases, Settings};

/// What the settings' text is called in errors: by the parameter that users know.
const SOURCE_SETTINGS: &str = "SourceSettings";

/// What the router works by.
#[derive(Clone, Debug)]
pub struct Config {
    /// The ingest queue itself: visibility, and the rest of messages.
    pub queue_url: Option<String>,
    /// The ingest dead-letter queue.
    pub dlq_url: Option<String>,
    /// How records are read; `now` is set anew for each invocation.
    pub reading: Settings,
    /// Where the routes are in SSM: `/vault-export/<core>/routes`.
    pub routes_path: String,
    /// The secret with the key of pseudonyms.
    pub pseudonym_key: Option<SecretRef>,
}

/// `VAULT_EXPORT_SOURCE_SETTINGS`: how records are read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SourceSettings {
    /// The vault's name in events that do not tell it.
    instance: Option<String>,
    /// Labels of every event.
    labels: BTreeMap<String, String>,
    /// Who is a human administrator.
    admin_actors: Option<Vec<String>>,
    /// Names typed at failed log-ons are kept as they were typed. Default: false, they become pseudonyms.
    clear_names: bool,
    /// `hashicorp_vault` or `openbao`, for audit lines that do not show which one wrote them.
    product: Option<String>,
    /// Which records of a request and its response become events.
    phases: PhaseNames,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseNames {
    #[default]
    Response,
    Both,
}

impl TryFrom<Variables> for Config {
    type Error = ConfigError;

    fn try_from(mut variables: Variables) -> Result<Config, ConfigError> {
        let Queues { queue_url, dlq_url } = variables.queues();
        let routes_path = variables.require("routes_path")?;
        let reading = reading(&variables.take("source_settings").unwrap_or_default())?;
        let pseudonym_key = variables.take("pseudonym_secret_arn").map(SecretRef::SecretsManager);
        variables.end()?;
        Ok(Config { queue_url, dlq_url, reading, routes_path, pseudonym_key })
    }
}

fn reading(text: &str) -> Result<Settings, ConfigError> {
    let source: SourceSettings = Document::parse(SOURCE_SETTINGS, text)?.read()?;
    let mut settings = Settings::at(jiff::Timestamp::UNIX_EPOCH);
    settings.instance = source.instance;
    settings.product = source.product;
    settings.clear_names = source.clear_names;
    if let PhaseNames::Both = source.phases {
        settings.phases = Phases::Both;
    }
    if let Some(actors) = source.admin_actors {
        settings.human_actors = actors;
    }
    settings.labels = source.labels.into_iter().collect();
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let named =
            |(name, value): &(&str, &str)| (format!("VAULT_EXPORT_{name}"), (*value).to_owned());
        Config::try_from(Variables::of(pairs.iter().map(named)))
    }

    #[test]
    fn settings_are_read() {
        for text in [
            "instance = \"vault-1\"\nphases = \"both\"\nadmin_actors = [\"agent:root\"]\nlabels = { env = \"production\", team = \"platform\" }",
            "instance = \"vault-1\", phases = \"both\", admin_actors = [\"agent:root\"], labels = { env = \"production\", team = \"platform\" }",
        ] {
            let config = config(&[
                ("ROUTES_PATH", "/vault-export/core/routes"),
                ("SOURCE_SETTINGS", text),
                ("QUEUE_URL", "https://q"),
                ("LOG_LEVEL", "debug"),
            ])
            .unwrap();
            assert_eq!(config.routes_path, "/vault-export/core/routes");
            assert_eq!(config.queue_url.as_deref(), Some("https://q"));
            let reading = config.reading;
            assert_eq!(reading.instance.as_deref(), Some("vault-1"));
            assert_eq!(reading.labels[0], ("env".to_owned(), "production".to_owned()));
            assert_eq!(reading.human_actors, ["agent:root"]);
            assert_eq!(reading.phases, Phases::Both);
        }
        let config = config(&[("ROUTES_PATH", "/r"), ("PSEUDONYM_SECRET_ARN", "arn:s")]).unwrap();
        assert_eq!(config.reading.phases, Phases::Response);
        assert_eq!(config.pseudonym_key, Some(SecretRef::SecretsManager("arn:s".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let path = ("ROUTES_PATH", "/r");
        for (pairs, place) in [
            (vec![], "VAULT_EXPORT_ROUTES_PATH"),
            (vec![path, ("RUOTES", "canary")], "VAULT_EXPORT_RUOTES"),
            (vec![path, ("SOURCE_SETTINGS", "canary")], "SourceSettings"),
            (vec![path, ("SOURCE_SETTINGS", "labels = 'canary'")], "SourceSettings"),
            (vec![path, ("SOURCE_SETTINGS", "phases = 'canary'")], "SourceSettings"),
        ] {
            let error = config(&pairs).unwrap_err();
            assert!(error.place.starts_with(place), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
