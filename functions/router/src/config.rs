//! The router's settings: how to read records, and one route for each destination that exists.

use std::collections::BTreeMap;

use delivery::config::{ConfigError, from_strings};
use serde::Deserialize;
use transform::filter::Filter;
use transform::source::{Phases, Settings};

/// Records in a message when a route does not say.
const BATCH_SIZE: usize = 100;

/// What the router works by.
#[derive(Clone, Debug)]
pub struct Config {
    /// The ingest queue itself: visibility, and the rest of messages.
    pub queue_url: Option<String>,
    /// The ingest dead-letter queue.
    pub dlq_url: Option<String>,
    /// How records are read; `now` is set anew for each invocation.
    pub reading: Settings,
    /// The destinations that exist.
    pub routes: Vec<Route>,
}

/// Where a destination's events go, and which they are.
#[derive(Clone, Debug)]
pub struct Route {
    /// The destination's name.
    pub name: &'static str,
    /// Its queue.
    pub queue_url: String,
    /// Events in a message.
    pub batch_size: usize,
    /// Which events it wants.
    pub filter: Filter,
}

/// `VAULT_EXPORT_*` of the router. A route is a flat JSON object of strings in one variable, because
/// Lambda's environment is 4 KB in all: `{"queue_url":"…","min_severity":"High"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Variables {
    queue_url: Option<String>,
    dlq_url: Option<String>,
    source_instance: Option<String>,
    phases: Option<PhaseNames>,
    admin_actors: Option<Vec<String>>,
    add_labels: BTreeMap<String, String>,
    route_splunk: Option<String>,
    route_datadog: Option<String>,
    route_elastic: Option<String>,
    route_s3: Option<String>,
    route_security_lake: Option<String>,
    route_webhook: Option<String>,
    route_otlp: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseNames {
    Response,
    Both,
}

impl TryFrom<Variables> for Config {
    type Error = ConfigError;

    fn try_from(variables: Variables) -> Result<Config, ConfigError> {
        let routes = [
            ("splunk-hec", "VAULT_EXPORT_ROUTE_SPLUNK", &variables.route_splunk),
            ("datadog", "VAULT_EXPORT_ROUTE_DATADOG", &variables.route_datadog),
            ("elastic", "VAULT_EXPORT_ROUTE_ELASTIC", &variables.route_elastic),
            ("s3", "VAULT_EXPORT_ROUTE_S3", &variables.route_s3),
            ("security-lake", "VAULT_EXPORT_ROUTE_SECURITY_LAKE", &variables.route_security_lake),
            ("webhook", "VAULT_EXPORT_ROUTE_WEBHOOK", &variables.route_webhook),
            ("otlp", "VAULT_EXPORT_ROUTE_OTLP", &variables.route_otlp),
        ];
        let routes = routes
            .into_iter()
            .filter_map(|(name, variable, text)| Some(route(name, variable, text.as_deref()?)))
            .collect::<Result<_, _>>()?;
        let reading = reading(&variables);
        let (queue_url, dlq_url) = (variables.queue_url, variables.dlq_url);
        Ok(Config { queue_url, dlq_url, reading, routes })
    }
}

fn reading(variables: &Variables) -> Settings {
    let mut settings = Settings::at(jiff::Timestamp::UNIX_EPOCH);
    settings.instance.clone_from(&variables.source_instance);
    if let Some(PhaseNames::Both) = variables.phases {
        settings.phases = Phases::Both;
    }
    if let Some(actors) = &variables.admin_actors {
        settings.human_actors.clone_from(actors);
    }
    settings.labels = variables.add_labels.clone().into_iter().collect();
    settings
}

fn route(name: &'static str, variable: &str, text: &str) -> Result<Route, ConfigError> {
    let wrong = || ConfigError::new(variable, "must be a flat JSON object of strings");
    let mut keys: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| wrong())?;
    let queue_url = keys.remove("queue_url").filter(|url| !url.is_empty());
    let queue_url =
        queue_url.ok_or_else(|| ConfigError::new(format!("{variable}.queue_url"), "is not set"))?;
    let batch_size = match keys.remove("batch_size").filter(|size| !size.is_empty()) {
        None => BATCH_SIZE,
        Some(size) => size.parse().ok().filter(|size| *size > 0).ok_or_else(|| {
            ConfigError::new(format!("{variable}.batch_size"), "must be a number of at least 1")
        })?,
    };
    let filter = from_strings(variable, keys)?;
    Ok(Route { name, queue_url, batch_size, filter })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = pairs.iter();
        let variables: Vec<_> = pairs
            .map(|(key, value)| (format!("VAULT_EXPORT_{key}"), (*value).to_owned()))
            .collect();
        delivery::config::read::<Variables>(variables).and_then(Config::try_from)
    }

    #[test]
    fn a_route_exists_when_its_variable_is_set() {
        let config = config(&[
            ("ROUTE_SPLUNK", r#"{"queue_url":"https://q/1","batch_size":"250"}"#),
            ("ROUTE_S3", r#"{"queue_url":"https://q/2","batch_size":""}"#),
            ("ROUTE_OTLP", ""),
            ("LOG_LEVEL", "debug"),
            ("ADD_LABELS", "env=production,team=platform"),
            ("PHASES", "both"),
        ])
        .unwrap();
        let routes: Vec<_> =
            config.routes.iter().map(|route| (route.name, route.batch_size)).collect();
        assert_eq!(routes, [("splunk-hec", 250), ("s3", 100)]);
        assert_eq!(config.reading.labels[0], ("env".to_owned(), "production".to_owned()));
        assert_eq!(config.reading.phases, Phases::Both);
    }

    #[test]
    fn what_is_wrong_in_a_route_is_named() {
        let error = config(&[("ROUTE_S3", "{}")]).unwrap_err();
        assert_eq!(error.place, "VAULT_EXPORT_ROUTE_S3.queue_url");
        let route = r#"{"queue_url":"https://q","min_sevrity":"High"}"#;
        let error = config(&[("ROUTE_S3", route)]).unwrap_err();
        assert_eq!(error.place, "VAULT_EXPORT_ROUTE_S3.min_sevrity");
        let error = config(&[("ROUTE_S4", "{}")]).unwrap_err();
        assert_eq!(error.place, "VAULT_EXPORT_ROUTE_S4");
    }
}
