//! `vault-export dlq`.

use clap::{Args, Subcommand};

use super::StackArgs;

/// What to do with dead letters.
#[derive(Clone, Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum DlqCommand {
    /// Count the messages by destination, kind of error and reason; with --stack alone, the messages of every dead-letter
    /// queue and of queues that removed destinations left behind
    List {
        #[command(flatten)]
        which: WhichArgs,
        /// Write the counts as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print the messages as JSON lines: what the stack said of each, and its body
    Show(WhichArgs),
    /// Send the messages to a queue again, and delete those that it took
    Redrive(RedriveArgs),
    /// Delete the messages
    Purge {
        #[command(flatten)]
        which: WhichArgs,
        /// Really delete; without it the messages are only counted
        #[arg(long)]
        yes: bool,
    },
}

/// Which queue, and which of its messages. All that is given must hold.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhichArgs {
    /// The dead-letter queue: one of the stack's outputs
    #[arg(long, value_name = "URL", env = "VAULT_EXPORT_DLQ_URL")]
    pub(crate) queue_url: Option<String>,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Only messages whose reason contains this text, in any case
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Only messages with this kind of error: unreadable, format, refused, ...
    #[arg(long, value_name = "CLASS")]
    pub(crate) error_class: Option<String>,
    /// No more than so many messages
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<u64>,
}

/// Where the messages go, and how fast.
#[derive(Clone, Debug, Args)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// The queue to send to: the destination's own, or the ingest queue [default with --stack: the
    /// queue of the destination]
    #[arg(long, value_name = "URL", required_unless_present = "stack")]
    pub(crate) to: Option<String>,
    /// Take the messages of this queue instead: one that a removed destination or an older stack left behind
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// No more than so many messages a second
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Only count what would be sent
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const EXAMPLES: &str = "\
Looking does not change the queue: messages that are not sent or deleted are handed back at the end. --stack \
overrides --queue-url and VAULT_EXPORT_DLQ_URL.

Examples:
  vault-export dlq list --stack vault-export
  vault-export dlq list --stack vault-export --json | jq 'map(.messages) | add'
  vault-export dlq list --stack vault-export --destination splunk
  vault-export dlq redrive --stack vault-export --destination splunk --dry-run
  vault-export dlq redrive --from \"$OLD_QUEUE_URL\" --stack vault-export \\
    --destination splunk

  export VAULT_EXPORT_DLQ_URL=https://sqs.eu-west-1.amazonaws.com/1/splunk-dlq
  vault-export dlq list
  vault-export dlq show --error-class refused --limit 3
  vault-export dlq redrive --reason 'index' --to \"$QUEUE_URL\" --dry-run
  vault-export dlq purge --error-class unreadable --yes";
