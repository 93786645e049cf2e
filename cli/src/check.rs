//! `vault-export check`: would each destination take events?

mod finding;
pub(crate) mod stack;

use delivery::destination::{Destination, Finding as Found, Setup};
use delivery::tools::Tools;
use jiff::Timestamp;
use registry::Type;

use self::finding::{Finding, exit};
use crate::args::General;
use crate::config::{self, Adapter, Export};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};
use crate::runtime::runtime;

/// Asks the adapters with these ids, or all that are enabled; with a time, sends a test event too.
pub(crate) fn run(
    ids: &[String],
    test_event: Option<Timestamp>,
    json: bool,
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
        Err(error) => vec![Found::bad("configuration", error.to_string())],
    };
    let exit = all(&adapters, &ask, json, talk)?;
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
        Err(error) => vec![Found::bad("configuration", error.to_string())],
    };
    all(&adapters, &install, false, talk)
}

/// What of the file is not obeyed.
pub(crate) fn warn(export: &Export, talk: &Talk) {
    if !export.enabled {
        talk.warn("[export] enabled = false: nothing is exported continuously");
    }
    if !export.durability.wal_enabled {
        talk.warn(
            "[export.durability] wal_enabled = false is ignored: the cursor is always kept on disk",
        );
    }
}

/// Does it with one adapter after the other, and says what was found: a line at once, or all as JSON at the end.
fn all(
    adapters: &[&Adapter],
    work: &impl AsyncFn(&Adapter) -> Vec<Found>,
    json: bool,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let mut findings = Vec::new();
    for adapter in adapters {
        for found in runtime.block_on(work(adapter)) {
            let finding = Finding::of(&adapter.id, found);
            if !json {
                report(&finding, talk);
            }
            findings.push(finding);
        }
    }
    if json {
        talk.json(&findings)?;
    }
    Ok(exit(&findings))
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
        return Err(Failure::config("no adapter of the configuration file is enabled")
            .hint("`vault-export init` adds one"));
    }
    Ok(adapters)
}

fn report(finding: &Finding, talk: &Talk) {
    let Finding { destination, level, subject, text, hint } = finding;
    talk.row(&format!("{destination}: {}: {subject}: {text}", level.word()));
    if let Some(hint) = hint {
        talk.hint(hint);
    }
}
