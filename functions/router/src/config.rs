//! The router's settings: its queues, how to read records, and where the routes are.

use std::collections::BTreeMap;

use delivery::config::ConfigError;
use serde::Deserialize;
use transform::source::{Phases, Settings};

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
}

/// `VAULT_EXPORT_*` of the router.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Variables {
    queue_url: Option<String>,
    dlq_url: Option<String>,
    routes_path: Option<String>,
    source_settings: Option<String>,
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

    fn try_from(variables: Variables) -> Result<Config, ConfigError> {
        let routes_path = variables
            .routes_path
            .ok_or_else(|| ConfigError::new("VAULT_EXPORT_ROUTES_PATH", "is required"))?;
        let reading = reading(variables.source_settings.as_deref().unwrap_or_default())?;
        let (queue_url, dlq_url) = (variables.queue_url, variables.dlq_url);
        Ok(Config { queue_url, dlq_url, reading, routes_path })
    }
}

fn reading(text: &str) -> Result<Settings, ConfigError> {
    let source = source_settings(text)?;
    let mut settings = Settings::at(jiff::Timestamp::UNIX_EPOCH);
    settings.instance = source.instance;
    if let PhaseNames::Both = source.phases {
        settings.phases = Phases::Both;
    }
    if let Some(actors) = source.admin_actors {
        settings.human_actors = actors;
    }
    settings.labels = source.labels.into_iter().collect();
    Ok(settings)
}

/// Lines, or the inline form.
fn source_settings(text: &str) -> Result<SourceSettings, ConfigError> {
    const PLACE: &str = "VAULT_EXPORT_SOURCE_SETTINGS";
    #[derive(Deserialize)]
    struct Inline {
        inline: toml::Table,
    }
    let inline = || toml::from_str(&format!("inline = {{ {} }}", text.trim())).ok();
    let table: toml::Table = toml::from_str(text)
        .ok()
        .or_else(|| inline().map(|Inline { inline }| inline))
        .ok_or_else(|| ConfigError::new(PLACE, "invalid TOML"))?;
    SourceSettings::deserialize(table).map_err(|_| {
        let expected =
            "unknown key or invalid value; expected instance, labels, admin_actors, phases";
        ConfigError::new(PLACE, expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = ::tests::variables(pairs);
        delivery::config::read::<Variables>(variables).and_then(Config::try_from)
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
        let config = config(&[("ROUTES_PATH", "/r")]).unwrap();
        assert_eq!(config.reading.phases, Phases::Response);
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let path = ("ROUTES_PATH", "/r");
        for (pairs, place) in [
            (vec![], "VAULT_EXPORT_ROUTES_PATH"),
            (vec![path, ("RUOTES", "canary")], "VAULT_EXPORT_RUOTES"),
            (vec![path, ("SOURCE_SETTINGS", "canary")], "VAULT_EXPORT_SOURCE_SETTINGS"),
            (vec![path, ("SOURCE_SETTINGS", "canary = 1")], "VAULT_EXPORT_SOURCE_SETTINGS"),
            (vec![path, ("SOURCE_SETTINGS", "phases = 'canary'")], "VAULT_EXPORT_SOURCE_SETTINGS"),
        ] {
            let error = config(&pairs).unwrap_err();
            assert_eq!(error.place, place);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
