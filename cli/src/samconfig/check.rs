//! `vault-export config --check`: the adapters of a `config.toml`, or the settings in the parameters of a `samconfig.toml`.

use delivery::config::Given;
use delivery::credentials::SecretRef;
use delivery::settings::Document;
use delivery::tools::Tools;
use registry::Type;
use serde::Serialize;
use toml::Table;

use super::convert::{address, prefix};
use crate::args::General;
use crate::config::{self, Export};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

/// Stands for a secret that is to be filled in by hand.
const LATER: &str = "to-be-set";

/// What `--check --json` writes.
#[derive(Debug, Default, Serialize)]
struct Report {
    valid: bool,
    /// The adapters of a config.toml or the destinations of a samconfig.toml that are right.
    destinations: u64,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Checks the file that `--config` names or the usual one: a `config.toml`, or a `samconfig.toml`.
pub(super) fn run(json: bool, general: &General, talk: &Talk) -> Result<Exit, Failure> {
    let mut report = Report::default();
    let checked = file(general, &mut report);
    if json {
        report.valid = checked.is_ok();
        if let Err(failure) = &checked {
            report.error = Some(failure.message.clone());
            report.hint.clone_from(&failure.hint);
        }
        talk.json(&report)?;
        return Ok(checked.map_or_else(|failure| failure.exit, |()| Exit::Done));
    }
    report.warnings.iter().for_each(|warning| talk.warn(warning));
    checked?;
    let destinations = count(report.destinations, "destination", "destinations");
    talk.note(&format!("the configuration is valid: {destinations}"));
    Ok(Exit::Done)
}

fn file(general: &General, report: &mut Report) -> Result<(), Failure> {
    if let Some(path) = &general.config {
        let text = config::read(path)?;
        if is_samconfig(&text) {
            return samconfig(&path.display().to_string(), &text, report);
        }
    }
    let export = config::load(general)?;
    adapters(&export)?;
    report.destinations = export.adapters.len() as u64;
    Ok(())
}

/// Whether every adapter of the file can be built.
pub(super) fn adapters(export: &Export) -> Result<(), Failure> {
    let tools = Tools::default();
    export.adapters.iter().try_for_each(|adapter| adapter.pipeline(&tools).map(drop))
}

/// Whether this is a samconfig.toml and not a config.toml: it has the parameters of a deployment.
fn is_samconfig(text: &str) -> bool {
    toml::from_str::<Table>(text).is_ok_and(|file| environments(&file).next().is_some())
}

/// Checks the settings and filters of every environment of the file.
fn samconfig(path: &str, text: &str, report: &mut Report) -> Result<(), Failure> {
    let file: Table =
        toml::from_str(text).map_err(|_| Failure::config(format!("{path}: not valid TOML")))?;
    for (env, parameters) in environments(&file) {
        for (kind, find) in destinations(parameters)? {
            let place = |parameter: &str| format!("{path}: {env}: {parameter}");
            destination(kind, &find, &place, &mut report.warnings).map_err(|error| {
                Failure::config(error.to_string()).hint(format!(
                    "`vault-export config --describe {kind}` lists all settings of this type"
                ))
            })?;
            report.destinations += 1;
        }
    }
    Ok(())
}

fn environments(file: &Table) -> impl Iterator<Item = (&str, &Table)> {
    file.iter().filter_map(|(env, table)| {
        let overrides = table.get("deploy")?.get("parameters")?.get("parameter_overrides")?;
        Some((env.as_str(), overrides.as_table()?))
    })
}

/// How a destination's parameter is found: by its name in `destination.yaml`.
type Find<'a> = Box<dyn Fn(&str) -> (String, Option<&'a str>) + 'a>;

/// The destinations of one environment: those of the core stack, or the only one of a stack of its own.
fn destinations(parameters: &Table) -> Result<Vec<(Type, Find<'_>)>, Failure> {
    let text = |name: &str| parameters.get(name)?.as_str().filter(|text| !text.is_empty());
    if let Some(kind) = text("Type") {
        let kind: Type =
            kind.parse().map_err(|problem| Failure::config(format!("Type: {problem}")))?;
        let find: Find<'_> = Box::new(move |name| (name.to_owned(), text(name)));
        return Ok(vec![(kind, find)]);
    }
    let of_core = Type::ALL.iter().filter_map(move |kind| {
        let named = move |name: &str| match name {
            "Address" => address(*kind).unwrap_or_default().to_owned(),
            "SecretArn" if *kind == Type::Webhook => "WebhookUrlSecretArn".to_owned(),
            name => format!("{}{name}", prefix(*kind)),
        };
        let find: Find<'_> = Box::new(move |name| {
            let name = named(name);
            let value = text(&name);
            (name, value)
        });
        let is_there = ["Address", "SecretArn", "Settings", "Filter"]
            .iter()
            .any(|name| find(name).1.is_some());
        is_there.then_some((*kind, find))
    });
    Ok(of_core.collect())
}

fn destination(
    kind: Type,
    find: &Find<'_>,
    place: &dyn Fn(&str) -> String,
    warnings: &mut Vec<String>,
) -> Result<(), delivery::ConfigError> {
    let document = |parameter: &str| match find(parameter) {
        (name, Some(text)) => Document::parse(&place(&name), text),
        (_, None) => Ok(Document::default()),
    };
    let mut config = document("Settings")?;
    for (key, parameter) in [("role_arn", "RoleArn"), ("external_id", "ExternalId")] {
        if let (_, Some(value)) = find(parameter) {
            config.set(key, value)?;
        }
    }
    let (name, secret) = find("SecretArn");
    if secret.is_none() && kind.is_http() {
        warnings.push(format!("{}: not set yet", place(&name)));
    }
    let secret = secret.map(str::to_owned).or_else(|| kind.is_http().then(|| LATER.to_owned()));
    let given = Given {
        config,
        filter: document("Filter")?,
        address: find("Address").1.map(str::to_owned),
        batch_size: None,
        secret: secret.map(SecretRef::SecretsManager),
    };
    kind.build(given, &Tools::default()).map(drop)
}
