//! `vault-export config`: from `config.toml` to the stack's parameters.
//!
//! A setting `sourcetype` of a `splunk_hec` adapter is the parameter `SplunkSourcetype`: the names follow from each
//! other, and the template itself says which exist.

use std::collections::BTreeMap;

use delivery::tools::Tools;
use toml::Value;

use crate::args::General;
use crate::config::{self, Adapter, AdapterType};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

const TEMPLATE: &str = include_str!("../../template.yaml");
const SEVERITIES: [&str; 5] = ["Informational", "Low", "Medium", "High", "Critical"];
const CREDENTIALS: [&str; 3] = ["token_env", "api_key_env", "secret_env"];

/// Prints the parameters, or with `check` only says whether the file is right.
pub(crate) fn run(
    stack: &str,
    check: bool,
    general: &General,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let export = config::load(general)?;
    let tools = Tools::default();
    for adapter in &export.adapters {
        adapter.pipeline(&tools)?;
    }
    let adapters = count(export.adapters.len() as u64, "adapter", "adapters");
    if check {
        talk.note(&format!("the configuration is right: {adapters}"));
        return Ok(Exit::Done);
    }
    let mut stack_of = Parameters::default();
    for adapter in &export.adapters {
        stack_of.add(adapter);
    }
    if !export.source.is_empty() {
        stack_of.notes.push(
            "export.source: the stack has no log; `vault-export ship --follow` sends it".into(),
        );
    }
    for note in &stack_of.notes {
        talk.warn(note);
    }
    talk.data(&stack_of.samconfig(stack));
    Ok(Exit::Done)
}

/// The stack's parameters, and what cannot be one.
#[derive(Debug, Default)]
struct Parameters {
    values: BTreeMap<String, String>,
    kinds: Vec<AdapterType>,
    notes: Vec<String>,
}

impl Parameters {
    fn add(&mut self, adapter: &Adapter) {
        let id = &adapter.id;
        if !adapter.enabled {
            return self.notes.push(format!("{id}: is not enabled and left out"));
        }
        if self.kinds.contains(&adapter.kind) {
            return self.notes.push(format!(
                "{id}: a stack has one destination of each type; deploy a second stack for it"
            ));
        }
        self.kinds.push(adapter.kind);
        let prefix = prefix(adapter.kind);
        for (key, value) in adapter.config.iter().chain(&adapter.filter) {
            if CREDENTIALS.contains(&key.as_str()) {
                let name = value.as_str().unwrap_or_default();
                self.notes.push(format!(
                    "{id}: put the value of {name} into Secrets Manager and its ARN into {prefix}SecretArn"
                ));
                continue;
            }
            self.set(id, prefix, key, text(key, value));
        }
        if let Some(size) = adapter.batch.size {
            self.set(id, prefix, "batch_size", size.to_string());
        }
        match (adapter.batch.flush_interval_secs, adapter.kind) {
            (None, _) => {}
            (Some(seconds), AdapterType::SecurityLake) => {
                let minutes = seconds.div_ceil(60).to_string();
                self.set(id, prefix, "flush_interval_minutes", minutes);
            }
            (Some(seconds), _) => {
                self.set(id, prefix, "flush_interval_seconds", seconds.to_string());
            }
        }
    }

    fn set(&mut self, id: &str, prefix: &str, key: &str, value: String) {
        let key = if key == "kms_key_id" { "kms_key_arn" } else { key };
        let name = format!("{prefix}{}", camel(key));
        if exists(&name) {
            self.values.insert(name, value);
        } else {
            self.notes.push(format!("{id}: `{key}` has no counterpart in the stack"));
        }
    }

    fn samconfig(&self, stack: &str) -> String {
        let pairs: Vec<String> =
            self.values.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        format!(
            "version = 0.1\n\n[default.global.parameters]\nstack_name = {}\n\n[default.build.parameters]\n\
             cached = true\nparallel = true\n\n[default.deploy.parameters]\n\
             capabilities = \"CAPABILITY_IAM CAPABILITY_AUTO_EXPAND\"\nconfirm_changeset = true\n\
             resolve_s3 = true\nparameter_overrides = {}",
            quoted(stack),
            quoted(&pairs.join(" "))
        )
    }
}

fn prefix(kind: AdapterType) -> &'static str {
    match kind {
        AdapterType::SplunkHec => "Splunk",
        AdapterType::Datadog => "Datadog",
        AdapterType::Elastic => "Elastic",
        AdapterType::S3 => "S3",
        AdapterType::SecurityLake => "SecurityLake",
        AdapterType::Webhook => "Webhook",
        AdapterType::Otlp => "Otlp",
    }
}

/// Whether the template has this parameter.
fn exists(name: &str) -> bool {
    let parameters = TEMPLATE.split("\nParameters:\n").nth(1).unwrap_or_default();
    let lines =
        parameters.lines().take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).any(|known| known == name)
}

fn camel(key: &str) -> String {
    let words = key.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    });
    words.collect()
}

/// A value as parameters have it: lists `a,b`, tables `k=v,k=v`.
fn text(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) if key == "min_severity" => {
            let known = SEVERITIES.iter().find(|known| known.eq_ignore_ascii_case(text));
            known.map_or_else(|| text.clone(), |known| (*known).to_owned())
        }
        Value::Integer(number) if key == "min_severity" => {
            let place = usize::try_from(number - 1).ok();
            place
                .and_then(|place| SEVERITIES.get(place))
                .map_or(String::new(), |known| (*known).to_owned())
        }
        // A line break of a template stands between its values; sam would hand it on as two characters.
        Value::String(text) if key == "template" => text.trim().replace(char::is_control, " "),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| text("", value)).collect();
            values.join(",")
        }
        Value::Table(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(name, value)| format!("{name}={}", text("", value))).collect();
            pairs.join(",")
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(on) => on.to_string(),
        Value::Datetime(time) => time.to_string(),
    }
}

/// A JSON string is a TOML string too, and what `sam` takes as a quoted value.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_of_many_lines_is_a_parameter_of_one() {
        let template = Value::String("{\n\t\"a\": \"{{id}}\"\n}\n".to_owned());
        assert_eq!(text("template", &template), r#"{  "a": "{{id}}" }"#);
        assert!(exists(&format!("Webhook{}", camel("template"))));
    }

    #[test]
    fn names_follow_from_keys_and_the_template_knows_them() {
        for (key, name) in [
            ("sourcetype", "SplunkSourcetype"),
            ("max_request_bytes", "SplunkMaxRequestBytes"),
            ("flush_interval_seconds", "SplunkFlushIntervalSeconds"),
        ] {
            assert_eq!(format!("Splunk{}", camel(key)), name);
            assert!(exists(name), "{name}");
        }
        assert!(exists(&format!("Webhook{}", camel("treat_409_as_success"))));
        assert!(!exists("SplunkCaBundle") && !exists("Default"));
    }
}
