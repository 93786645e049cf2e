//! The configuration file `~/.sanctum/config.toml`: the export section that SanctumAI's guide describes.
//!
//! The vault keeps its own settings in the same file; they are passed over. Within `[export]` an unknown key is
//! refused by name, because a misspelt filter that is silently ignored lets the wrong events out.

use std::path::{Path, PathBuf};

use delivery::config::Given;
use delivery::settings::{Document, Entries};
use registry::Type;
use serde::{Deserialize, Deserializer};

use crate::args::General;
use crate::exit::Failure;

/// Where a vault's own audit log is looked for below `~/.sanctum`, in this order.
pub(crate) const OWN_LOGS: [&str; 6] =
    ["audit.jsonl", "audit.ndjson", "audit.log", "logs/audit.jsonl", "logs/audit.log", "audit"];

/// The file.
#[derive(Debug, Default, Deserialize)]
struct File {
    /// Everything here.
    #[serde(default)]
    export: Export,
}

/// `[export]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Export {
    /// Whether events are exported continuously; `export` and `ship` are asked for by hand and do not look at it.
    pub(crate) enabled: bool,
    /// The vault's audit log: a file or folder, or a list of them. What `export` and `ship` read without a path.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) source: Vec<PathBuf>,
    /// `[export.durability]`.
    pub(crate) durability: Durability,
    /// `[[export.adapters]]`.
    pub(crate) adapters: Vec<Adapter>,
}

impl Default for Export {
    fn default() -> Export {
        Export {
            enabled: true,
            source: Vec::new(),
            durability: Durability::default(),
            adapters: Vec::new(),
        }
    }
}

/// `[export.durability]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Durability {
    /// Whether places in the log are remembered on disk. They always are; `false` is not obeyed.
    pub(crate) wal_enabled: bool,
}

impl Default for Durability {
    fn default() -> Durability {
        Durability { wal_enabled: true }
    }
}

/// One of `[[export.adapters]]`: a destination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adapter {
    /// Its name.
    pub(crate) id: String,
    /// Which kind of destination.
    #[serde(rename = "type")]
    pub(crate) kind: Type,
    /// Whether it is in use.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// The destination's own settings.
    #[serde(default)]
    pub(crate) config: Entries,
    /// How many events go out together, and after how long.
    #[serde(default)]
    pub(crate) batch: Batch,
    /// Which events it wants.
    #[serde(default)]
    pub(crate) filter: Entries,
    /// The two, with their places in the file.
    #[serde(skip)]
    pub(crate) given: Given,
}

/// `[export.adapters.batch]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Batch {
    /// Events in a request.
    pub(crate) size: Option<usize>,
    /// Seconds after which a request goes out though it is not full; 0: at once.
    pub(crate) flush_interval_secs: Option<u64>,
}

fn yes() -> bool {
    true
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a path or a list of paths")]
    enum Paths {
        One(PathBuf),
        Many(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(deserializer)? {
        Paths::One(path) => vec![path],
        Paths::Many(paths) => paths,
    })
}

/// Reads the configuration for a command that cannot do without one.
///
/// # Errors
/// There is no file, or it is wrong.
pub(crate) fn load(general: &General) -> Result<Export, Failure> {
    load_if_there(general)?.ok_or_else(|| {
        let place = path(general)
            .map_or("~/.sanctum/config.toml".into(), |path| path.display().to_string());
        Failure::config(format!("{place}: no configuration file")).hint(
            "`vault-export init` writes one; --config FILE or VAULT_EXPORT_CONFIG names another",
        )
    })
}

/// Reads the configuration for a command that can do without it; a file that was named must be there.
pub(crate) fn load_if_there(general: &General) -> Result<Option<Export>, Failure> {
    match path(general) {
        Some(path) if general.config.is_some() || path.is_file() => {
            parse(&path, &read(&path)?).map(Some)
        }
        _ => Ok(None),
    }
}

/// Where the configuration file is, or would be.
pub(crate) fn path(general: &General) -> Option<PathBuf> {
    general.config.clone().or_else(|| home().map(|home| home.join(".sanctum/config.toml")))
}

pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::config(format!("{}: {error}", path.display())))
}

/// Reads the text of the file at this path.
///
/// # Errors
/// It is not TOML, has an unknown key within `[export]`, or two adapters of one id.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Export, Failure> {
    let file: File = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or(String::new(), |span| place(text, span.start));
        let problem = error.message().trim_end();
        Failure::config(format!("{}{place}: {problem}", path.display()))
            .hint("docs/cli/config.md has every key of [export]; other sections are not looked at")
    })?;
    let mut export = file.export;
    let base = path.parent().unwrap_or(Path::new(""));
    for source in &mut export.source {
        *source = expanded(source, base);
    }
    let name = path.display().to_string();
    for adapter in &mut export.adapters {
        let config = Document::of_file(&name, text, adapter.config.clone());
        let filter = Document::of_file(&name, text, adapter.filter.clone());
        adapter.given = Given { config, filter, ..Given::default() };
    }
    check(path, &export)?;
    Ok(export)
}

/// `:12:3`: line and column.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{line}:{column}")
}

fn check(path: &Path, export: &Export) -> Result<(), Failure> {
    let mut ids: Vec<&str> = Vec::new();
    for adapter in &export.adapters {
        let path = path.display();
        if adapter.id.is_empty() {
            return Err(Failure::config(format!("{path}: an adapter's `id` is empty")));
        }
        if ids.contains(&adapter.id.as_str()) {
            let id = &adapter.id;
            return Err(Failure::config(format!("{path}: two adapters have the id `{id}`"))
                .hint("the id names the adapter's place in the log and its dead letters; give each its own"));
        }
        ids.push(&adapter.id);
    }
    Ok(())
}

/// A path of the file: `~` is the home folder, a relative one begins at the file's own folder.
fn expanded(path: &Path, base: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    }
}

/// The home folder.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// What is read: what the command line names, else the source of the configuration file, else the vault's own log.
pub(crate) fn paths(given: &[PathBuf], general: &General) -> Result<Vec<PathBuf>, Failure> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    if let Some(export) = load_if_there(general)?
        && !export.source.is_empty()
    {
        return Ok(export.source);
    }
    own_log().map(|path| vec![path]).ok_or_else(|| {
        let folder = home().unwrap_or_default().join(".sanctum");
        Failure::usage(format!(
            "nothing to read: no path was given, the configuration file names no source, and there is no audit log in {}",
            folder.display()
        ))
        .hint("name the vault's audit log (`vault-export export /path/to/audit.log`), pipe it in (`… | vault-export export -`), or set `source` in [export] of the configuration file")
    })
}

/// The vault's own log below `~/.sanctum`, if there is one.
pub(crate) fn own_log() -> Option<PathBuf> {
    let folder = home()?.join(".sanctum");
    OWN_LOGS.iter().map(|name| folder.join(name)).find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use registry::Type::{Datadog, Elastic, Otlp, S3, SplunkHec, Webhook};

    const GUIDE: &str = r#"
[vault]
path = "~/.sanctum/vault.db"

[export]
enabled = true

[export.durability]
wal_enabled = true

[[export.adapters]]
id = "splunk-prod"
type = "splunk_hec"
enabled = true

[export.adapters.config]
endpoint = "https://splunk.corp.example.com:8088"
token_env = "SANCTUM_SPLUNK_TOKEN"
index = "sanctum_events"
format = "ocsf"

[export.adapters.batch]
size = 100
flush_interval_secs = 5

[[export.adapters]]
id = "slack-alerts"
type = "webhook"

[export.adapters.config]
url = "https://hooks.slack.com/services/T00/B00/xxx"

[export.adapters.filter]
include_classes = ["PolicyViolation", "CredentialRotation"]
min_severity = "High"
labels = { env = "production" }

[[export.adapters]]
id = "datadog"
type = "datadog"
[export.adapters.config]
site = "datadoghq.com"

[[export.adapters]]
id = "elastic"
type = "elastic"

[[export.adapters]]
id = "security-lake"
type = "s3"

[[export.adapters]]
id = "otel"
type = "otlp"
enabled = false
"#;

    fn parsed(text: &str) -> Result<Export, Failure> {
        parse(Path::new("/etc/x/config.toml"), text)
    }

    #[test]
    fn the_guides_file_is_read_and_the_vaults_own_settings_are_passed_over() {
        let export = parsed(GUIDE).unwrap();
        assert!(export.enabled && export.durability.wal_enabled);
        let kinds: Vec<Type> = export.adapters.iter().map(|adapter| adapter.kind).collect();
        assert_eq!(kinds, [SplunkHec, Webhook, Datadog, Elastic, S3, Otlp]);
        let splunk = &export.adapters[0];
        assert_eq!(splunk.config["token_env"].get_ref().as_str(), Some("SANCTUM_SPLUNK_TOKEN"));
        assert_eq!((splunk.batch.size, splunk.batch.flush_interval_secs), (Some(100), Some(5)));
        assert_eq!(export.adapters[1].filter["min_severity"].get_ref().as_str(), Some("High"));
        assert!(!export.adapters[5].enabled);
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../../docs/cli/config.md");
        let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        let export = parsed(example.unwrap()).unwrap();
        assert_eq!(export.source, [PathBuf::from("/var/log/sanctum/audit.jsonl")]);
        assert_eq!(export.adapters[0].kind, SplunkHec);
    }

    #[test]
    fn the_librarys_type_names_are_aliases() {
        let export = parsed("[[export.adapters]]\nid = \"s\"\ntype = \"splunk\"\n").unwrap();
        assert_eq!(export.adapters[0].kind, SplunkHec);
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_place() {
        let failure = parsed("[export]\nenabled = true\nsorce = \"x\"\n").unwrap_err();
        assert_eq!(failure.exit, crate::exit::Exit::Config);
        assert!(
            failure.message.starts_with("/etc/x/config.toml:3:1: unknown field `sorce`"),
            "{failure}"
        );
    }

    #[test]
    fn an_id_is_given_once() {
        let twice = "[[export.adapters]]\nid = \"a\"\ntype = \"s3\"\n";
        let failure = parsed(&twice.repeat(2)).unwrap_err();
        assert!(failure.message.contains("two adapters have the id `a`"), "{failure}");
    }

    #[test]
    fn the_source_is_one_path_or_several_and_begins_at_the_files_folder() {
        let export = parsed("[export]\nsource = \"logs/audit.log\"\n").unwrap();
        assert_eq!(export.source, [PathBuf::from("/etc/x/logs/audit.log")]);
        let export = parsed("[export]\nsource = [\"/a\", \"b\"]\n").unwrap();
        assert_eq!(export.source, [PathBuf::from("/a"), PathBuf::from("/etc/x/b")]);
    }
}
