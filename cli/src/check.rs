//! `vault-export check`: would each destination take events?

pub(crate) mod stack;

use delivery::destination::{Destination, Finding, Level, Setup};
use delivery::tools::Tools;
use jiff::Timestamp;
use registry::Type;

use crate::args::General;
use crate::config::{self, Adapter, Export};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};
use crate::runtime::runtime;

/// Asks the adapters with these ids, or all that are enabled; with a time, sends a test event too.
pub(crate) fn run(
    ids: &[String],
    test_event: Option<Timestamp>,
    general: &General,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let export = config::load(general)?;
    let adapters = chosen(&export, ids)?;
    warn(&export, talk);
    let tools = Tools::default();
    let ask = async |adapter: &Adapter| match adapter.build(&tools) {
        Ok(Setup { destination, .. }) => {
            let mut findings = destination.check().await;
            if let Some(now) = test_event {
                findings.extend(destination.test_event(now).await);
            }
            findings
        }
        Err(error) => vec![Finding::bad("configuration", error.to_string())],
    };
    let exit = all(&adapters, &ask, talk)?;
    talk.note(&format!("{} asked", count(adapters.len() as u64, "adapter", "adapters")));
    Ok(exit)
}

/// Installs what the adapters with these ids need, or all of the type that are enabled.
pub(crate) fn setup(
    ids: &[String],
    dry_run: bool,
    general: &General,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let export = config::load(general)?;
    let mut adapters = chosen(&export, ids)?;
    if ids.is_empty() {
        adapters.retain(|adapter| adapter.kind == Type::Elastic);
    }
    if adapters.is_empty() {
        return Err(Failure::config(
            "the configuration file has no adapter of type elastic that is enabled",
        )
        .hint("--adapter ID names one that is not enabled"));
    }
    if let Some(other) = adapters.iter().find(|adapter| adapter.kind != Type::Elastic) {
        return Err(Failure::usage(format!("adapter `{}` is not of type elastic", other.id)));
    }
    let tools = Tools::default();
    let install = async |adapter: &Adapter| match adapter.build(&tools) {
        Ok(Setup { destination, .. }) => destination.setup(dry_run).await.unwrap_or_default(),
        Err(error) => vec![Finding::bad("configuration", error.to_string())],
    };
    all(&adapters, &install, talk)
}

/// What of the file is not obeyed.
pub(crate) fn warn(export: &Export, talk: &Talk) {
    if !export.enabled {
        talk.warn("[export] is not enabled: nothing is exported continuously");
    }
    if !export.durability.wal_enabled {
        talk.warn("[export.durability] wal_enabled = false is not obeyed: places in the log are always kept on disk");
    }
}

/// Does it with one adapter after the other, and says what was found.
fn all(
    adapters: &[&Adapter],
    work: &impl AsyncFn(&Adapter) -> Vec<Finding>,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let mut exit = Exit::Done;
    for adapter in adapters {
        for finding in runtime.block_on(work(adapter)) {
            exit = worse(exit, &finding);
            report(adapter, &finding, talk);
        }
    }
    Ok(exit)
}

/// The adapters with these ids, or all that are enabled.
pub(crate) fn chosen<'e>(export: &'e Export, ids: &[String]) -> Result<Vec<&'e Adapter>, Failure> {
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

fn worse(exit: Exit, finding: &Finding) -> Exit {
    match (finding.level, finding.subject) {
        (Level::Bad, "credential" | "permission") => Exit::Credentials,
        (Level::Bad, _) if exit == Exit::Done => Exit::Config,
        _ => exit,
    }
}

fn report(adapter: &Adapter, finding: &Finding, talk: &Talk) {
    let level = finding.level.as_str();
    talk.row(&format!("{}: {level}: {}: {}", adapter.id, finding.subject, finding.text));
    if let Some(hint) = &finding.hint {
        talk.hint(hint);
    }
}
