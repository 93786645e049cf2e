//! `vault-export export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use transform::format::Format;

use super::SelectArgs;

/// What to export, in which form, and where to.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Files, folders, - for standard input, or `s3://bucket/prefix` for an archive; plain, .gz or .zst. Without any: the
    /// source of the configuration file, else the vault's own log below ~/.sanctum
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How an event is written [default: json; jsonl for `audit export`, with --bulk-format, and with --cursor into a file]
    #[arg(long, value_name = "FORMAT", help_heading = "Form")]
    pub(crate) format: Option<Shape>,
    /// Wrap events for an intake, ready for curl --data-binary @-
    #[arg(long, value_name = "INTAKE", help_heading = "Form")]
    pub(crate) bulk_format: Option<Bulk>,
    /// With --bulk-format elastic or splunk: the index, written beside each event
    #[arg(long, value_name = "NAME", requires = "bulk_format", help_heading = "Form")]
    pub(crate) index: Option<String>,
    /// With --bulk-format splunk: the sourcetype [default: _json; cef for --format cef]
    #[arg(long, value_name = "NAME", requires = "bulk_format", help_heading = "Form")]
    pub(crate) sourcetype: Option<String>,
    /// Write into this file, whole or not at all; .gz and .zst compress. With --cursor each pull is added to it
    #[arg(long, short, value_name = "FILE", help_heading = "Where to and from where on")]
    pub(crate) output: Option<PathBuf>,
    /// Remember in this file how far this pull came, and go on from there: no gap, no overlap
    #[arg(long, value_name = "FILE", help_heading = "Where to and from where on")]
    pub(crate) cursor: Option<PathBuf>,
    /// Write nothing if any record cannot be read (with --output), and stop at the first
    #[arg(long, help_heading = "Where to and from where on")]
    pub(crate) strict: bool,
    /// Read a dead-letter queue, and leave it as it is: its address, or with --stack a destination, as splunk
    #[arg(long, value_name = "QUEUE", help_heading = "Where to and from where on")]
    pub(crate) dlq: Option<String>,
    /// With --dlq: the stack of the destination
    #[arg(
        long,
        value_name = "NAME",
        requires = "dlq",
        help_heading = "Where to and from where on"
    )]
    pub(crate) stack: Option<String>,
    /// The region of the archive's bucket [default: `AWS_REGION`, or the profile's]
    #[arg(long, value_name = "REGION", help_heading = "Where to and from where on")]
    pub(crate) region: Option<String>,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What the reader is told that the records do not say.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// The vault's name, for records that do not say it
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// Which lines of a HashiCorp Vault or OpenBao log count: answers, or requests too
    #[arg(long, value_name = "WHICH", default_value = "response")]
    pub(crate) phases: PhaseArg,
    /// Which product wrote a HashiCorp Vault or OpenBao log, where its lines do not show it
    #[arg(long, value_name = "PRODUCT", value_parser = ["hashicorp_vault", "openbao"])]
    pub(crate) product: Option<String>,
    /// A SanctumAI actor that is a person; may be repeated [default: admin]
    #[arg(long = "admin-actor", value_name = "NAME")]
    pub(crate) admin_actors: Vec<String>,
    /// Show names typed at failed log-ons as they are; people type passwords there
    #[arg(long, env = "VAULT_EXPORT_CLEAR_NAMES")]
    pub(crate) clear_names: bool,
    /// Put this label on every event that does not carry it; may be repeated
    #[arg(long = "add-label", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) add_labels: Vec<(String, String)>,
}

/// Which lines of a HashiCorp Vault or OpenBao log count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PhaseArg {
    /// Answers only; each request has one unless the vault died under it
    #[default]
    Response,
    /// Requests too, as pending
    Both,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// One JSON array of contract events
    Json,
    /// A contract event a line
    #[value(alias = "ndjson")]
    Jsonl,
    /// OCSF 1.3, an event a line
    Ocsf,
    /// Common Event Format, an event a line
    Cef,
    /// IBM's Log Event Extended Format 2.0, an event a line
    Leef,
    /// The same in version 1.0
    Leef1,
    /// One object of scalars a line
    #[value(name = "flat_json", alias = "flat-json")]
    FlatJson,
    /// An OpenTelemetry log record a line
    #[value(name = "otlp_logs", alias = "otlp-logs")]
    OtlpLogs,
}

impl Shape {
    /// The format of the single event.
    pub(crate) fn format(self) -> Format {
        match self {
            Shape::Json | Shape::Jsonl => Format::Json,
            Shape::Ocsf => Format::Ocsf,
            Shape::Cef => Format::Cef,
            Shape::Leef => Format::Leef,
            Shape::Leef1 => Format::Leef1,
            Shape::FlatJson => Format::FlatJson,
            Shape::OtlpLogs => Format::OtlpLogs,
        }
    }
}

/// The intake whose request body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bulk {
    /// Elasticsearch and OpenSearch `_bulk`: `create` with the event's id, then the event
    Elastic,
    /// Splunk HEC: envelopes, one a line
    Splunk,
    /// Datadog logs: arrays within its limits, one a line
    Datadog,
}

pub(super) fn pair(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected key=value"),
    }
}

const EXAMPLES: &str = "\
Examples:
  vault-export export --format ocsf --since \"2026-02-01\" --output events.json
  vault-export export --format cef | tee /var/log/sanctum.cef
  vault-export export --format json | jq '.[] | select(.action == \"retrieve\")'

  vault-export export audit.log --since 65m --bulk-format elastic |
    curl -s -X POST https://elastic.example.com:9200/vault-audit/_bulk \\
      -H 'Content-Type: application/x-ndjson' \\
      -H \"Authorization: ApiKey $ELASTIC_API_KEY\" --data-binary @-

  vault-export audit export --since 65m --categories aitl,governance
  vault-export export --since yesterday --until today --timezone Europe/Berlin
  vault-export export /var/log/vault --cursor /var/lib/vault-export/cursor \\
    --output pull.jsonl.zst
  vault-export export s3://audit-archive/vault-audit/ --since 2026-02-01 \\
    --until 2026-02-02 --format ocsf
  vault-export export --dlq splunk --stack vault-export --format jsonl
  zcat old.log.gz | vault-export export - --min-severity High --format cef";
