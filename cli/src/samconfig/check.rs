//! `vault-export config --check --config samconfig.toml`: the settings in a deployment's parameters.

use delivery::config::Given;
use delivery::credentials::SecretRef;
use delivery::settings::Document;
use delivery::tools::Tools;
use registry::Type;
use toml::Table;

use super::convert::{address, prefix};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

/// Stands for a secret that is to be filled in by hand.
const LATER: &str = "to-be-set";

/// Whether this is a samconfig.toml and not a config.toml: it has the parameters of a deployment.
pub(super) fn is_samconfig(text: &str) -> bool {
    toml::from_str::<Table>(text).is_ok_and(|file| environments(&file).next().is_some())
}

/// Checks the settings and filters of every environment of the file.
pub(super) fn run(path: &str, text: &str, talk: &Talk) -> Result<Exit, Failure> {
    let file: Table =
        toml::from_str(text).map_err(|_| Failure::config(format!("{path}: is not valid TOML")))?;
    let mut checked = 0;
    for (env, parameters) in environments(&file) {
        for (kind, find) in destinations(parameters)? {
            let place = |parameter: &str| format!("{path}: {env}: {parameter}");
            destination(kind, &find, &place, talk).map_err(|error| {
                Failure::config(error.to_string()).hint(format!(
                    "`vault-export config --describe {kind}` lists all settings of this type"
                ))
            })?;
            checked += 1;
        }
    }
    talk.note(&format!(
        "the configuration is valid: {}",
        count(checked, "destination", "destinations")
    ));
    Ok(Exit::Done)
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
    talk: &Talk,
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
        talk.warn(&format!("{}: not set yet", place(&name)));
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
