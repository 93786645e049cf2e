//! `vault-export check`: would each destination take events?

use delivery::config::{self as settings, ConfigError};
use delivery::destination::{Destination, Finding, Level};
use delivery::tools::Tools;
use s3::S3;
use splunk_hec::SplunkHec;
use webhook::Webhook;

use crate::args::General;
use crate::config::{self, Adapter, AdapterType, Export};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

/// Asks the adapters with these ids, or all that are enabled.
pub(crate) fn run(ids: &[String], general: &General, talk: &Talk) -> Result<Exit, Failure> {
    let export = config::load(general)?;
    let adapters = chosen(&export, ids)?;
    if !export.enabled {
        talk.warn("[export] is not enabled: nothing is exported continuously");
    }
    if !export.durability.wal_enabled {
        talk.warn("[export.durability] wal_enabled = false is not obeyed: places in the log are always kept on disk");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::bug(format!("the runtime cannot start: {error}")))?;
    let tools = Tools::default();
    let mut exit = Exit::Done;
    for adapter in &adapters {
        let findings = runtime
            .block_on(ask(adapter, &tools))
            .unwrap_or_else(|error| vec![Finding::bad("configuration", error.to_string())]);
        for finding in findings {
            exit = worse(exit, &finding);
            report(adapter, &finding, talk);
        }
    }
    talk.note(&format!("{} asked", count(adapters.len() as u64, "adapter", "adapters")));
    Ok(exit)
}

fn chosen<'e>(export: &'e Export, ids: &[String]) -> Result<Vec<&'e Adapter>, Failure> {
    let known = || {
        let ids: Vec<&str> = export.adapters.iter().map(|adapter| adapter.id.as_str()).collect();
        if ids.is_empty() { "there is none".to_owned() } else { ids.join(", ") }
    };
    if let Some(id) = ids.iter().find(|id| export.adapters.iter().all(|one| one.id != **id)) {
        return Err(Failure::usage(format!("the configuration file has no adapter `{id}`"))
            .hint(format!("its adapters: {}", known())));
    }
    let adapters: Vec<&Adapter> = export
        .adapters
        .iter()
        .filter(|adapter| if ids.is_empty() { adapter.enabled } else { ids.contains(&adapter.id) })
        .collect();
    if adapters.is_empty() {
        return Err(Failure::config("the configuration file has no adapter that is enabled").hint(
            "[[export.adapters]] with id, type and config; docs/cli/config.md has an example",
        ));
    }
    Ok(adapters)
}

/// The one place of the command line that knows the destinations.
async fn ask(adapter: &Adapter, tools: &Tools) -> Result<Vec<Finding>, ConfigError> {
    Ok(match adapter.kind {
        AdapterType::SplunkHec => SplunkHec::new(tables(adapter)?, tools)?.check().await,
        AdapterType::S3 => S3::new(tables(adapter)?, tools)?.check().await,
        AdapterType::Webhook => Webhook::new(tables(adapter)?, tools)?.check().await,
        AdapterType::Datadog
        | AdapterType::Elastic
        | AdapterType::SecurityLake
        | AdapterType::Otlp => vec![
            Finding::doubtful("type", "this version has no destination of this type")
                .with_hint("export --bulk-format writes request bodies for datadog and elastic"),
        ],
    })
}

fn tables<C: serde::de::DeserializeOwned>(
    adapter: &Adapter,
) -> Result<settings::Export<C>, ConfigError> {
    settings::from_tables(adapter.config.clone(), adapter.filter.clone(), adapter.batch.size)
}

fn worse(exit: Exit, finding: &Finding) -> Exit {
    match (finding.level, finding.subject) {
        (Level::Bad, "credential" | "permission") => Exit::Credentials,
        (Level::Bad, _) if exit == Exit::Done => Exit::Config,
        _ => exit,
    }
}

fn report(adapter: &Adapter, finding: &Finding, talk: &Talk) {
    let level = match finding.level {
        Level::Good => "good",
        Level::Doubtful => "doubtful",
        Level::Bad => "bad",
    };
    talk.data(&format!("{}: {level}: {}: {}", adapter.id, finding.subject, finding.text));
    if let Some(hint) = &finding.hint {
        talk.hint(hint);
    }
}
