//! `vault-export ship`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::export::ReadingArgs;

/// What to send, and which queue it goes to.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShipArgs {
    /// Files, folders, or - for standard input; plain, .gz or .zst. Without any: as `export`
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The ingest queue: the stack's output `IngestQueueUrl`
    #[arg(long, value_name = "URL", env = "VAULT_EXPORT_INGEST_QUEUE_URL")]
    pub(crate) queue_url: Option<String>,
    /// The stack whose ingest queue it is, by the name given to `sam deploy`; goes before --queue-url
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// Follow the log across rotation until SIGTERM or SIGINT; wait for it if it does not exist; needs --cursor
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Remember in this file what the queue has taken, so that a restart neither loses nor repeats
    #[arg(long, value_name = "FILE")]
    pub(crate) cursor: Option<PathBuf>,
    /// Send the vault's own lines, for the router to map and redact; secrets in them are in the queue until then
    #[arg(long)]
    pub(crate) raw: bool,
    /// What becomes of records that cannot be read here
    #[arg(long, value_name = "WHAT", default_value = "send")]
    pub(crate) unreadable: Unreadable,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Give up after this many seconds of a queue that cannot take anything; --follow never does
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) retry_for: u64,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What becomes of records that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unreadable {
    /// Send them too, redacted: the router sends them to the ingest DLQ with the reason, and an alarm fires
    Send,
    /// Left out; named by file and line on standard error, and with --cursor in FILE.rejected.ndjson
    Skip,
}

const EXAMPLES: &str = "\
Maps and redacts records before they are sent, so that no secret of a log line gets into the queue. Uses the \
credentials of the AWS SDK: environment, profile, or the machine's role. Needs sqs:SendMessage on the queue, which \
the stack's managed policy grants.

Examples:
  vault-export ship /var/log/vault/audit.log --stack vault-export --instance v1
  vault-export ship /var/log/vault/audit.log --follow --cursor ship.cursor \\
    --queue-url https://sqs.eu-west-1.amazonaws.com/123456789012/ingest
  spl audit export --since 65m | vault-export ship -
  vault-export ship archive/ --dry-run";
