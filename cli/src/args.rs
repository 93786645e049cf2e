//! The command line: what `--help` says and what the parser takes.

pub(crate) mod config;
pub(crate) mod deliver;
pub(crate) mod dlq;
pub(crate) mod export;
pub(crate) mod init;
#[cfg(test)]
mod mentioned;
pub(crate) mod replay;
pub(crate) mod select;
pub(crate) mod ship;
pub(crate) mod stack;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub(crate) use self::config::ConfigArgs;
pub(crate) use self::deliver::DeliverArgs;
pub(crate) use self::dlq::{DlqCommand, RedriveArgs, WhichArgs};
pub(crate) use self::export::{Bulk, ExportArgs, Shape};
pub(crate) use self::init::InitArgs;
pub(crate) use self::replay::ReplayArgs;
pub(crate) use self::select::SelectArgs;
pub(crate) use self::ship::{ShipArgs, Unreadable};
pub(crate) use self::stack::{Owner, StackArgs};
use crate::exit::Exit;

/// Delivers a vault's audit events to the tools that a security team uses.
///
/// Data goes to standard output, messages to standard error. Every command has examples: `vault-export help <command>`.
#[derive(Debug, Parser)]
#[command(name = "vault-export", version, after_help = after_help(), propagate_version = true, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) general: General,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct General {
    /// The configuration file [default: ~/.sanctum/config.toml, if it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "VAULT_EXPORT_CONFIG",
        help_heading = "General"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Say nothing but warnings and errors
    #[arg(long, short, global = true, help_heading = "General")]
    pub(crate) quiet: bool,
    /// Say more: -v what is done, -vv in detail, -vvv everything; `RUST_LOG` chooses by part of the program
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "General")]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a configuration file with the first destination, or add one more
    Init(Box<InitArgs>),
    /// Write past events in any format, to standard output or a file
    Export(Box<ExportArgs>),
    /// The same as `export`, under the name that Syncropel's users know
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Send events to the ingest queue of the stack
    Ship(Box<ShipArgs>),
    /// Deliver events straight to the destinations of the configuration file, without AWS
    Deliver(Box<DeliverArgs>),
    /// Check each destination: settings, address, credential, permission
    ///
    /// Without --stack the adapters of the configuration file are checked, from this machine. With --stack each function
    /// of a deployed stack is asked to check itself, from where it runs, with its role, its network and its secret.
    #[command(after_help = "\
Examples:
  vault-export check
  vault-export check splunk-prod --config staging.toml
  vault-export check splunk-prod --test-event
  vault-export check --json | jq '.[] | select(.level == \"failed\")'
  vault-export check --stack vault-export
  vault-export check --stack vault-export --destination splunk --test-event")]
    Check {
        /// Only these adapters, by id, enabled or not
        #[arg(value_name = "ID", conflicts_with = "stack")]
        ids: Vec<String>,
        #[command(flatten)]
        stack: StackArgs,
        /// Send one event too, marked as a test; it stays at the destination
        #[arg(long)]
        test_event: bool,
        /// Write the findings as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Put a range of time of the archive in S3 back on a destination's queue
    Replay(Box<ReplayArgs>),
    /// Turn the configuration file into a samconfig.toml for the stack, or check either of them
    Config(ConfigArgs),
    /// Install what a destination needs before the first event
    Setup {
        #[command(subcommand)]
        command: SetupCommand,
    },
    /// Look into a dead-letter queue, send its messages on their way again, or throw them away
    Dlq {
        #[command(subcommand)]
        command: DlqCommand,
    },
    /// Print what a shell needs to complete commands, flags and their values
    #[command(after_help = "\
The shell then asks this program: adapters are completed from the configuration file, and a new version needs no new \
script.

Examples:
  echo 'source <(vault-export completions bash)' >> ~/.bashrc
  vault-export completions zsh > ~/.zfunc/_vault-export
  vault-export completions fish > ~/.config/fish/completions/vault-export.fish")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    #[command(after_help = "\
Examples:
  vault-export man > vault-export.1
  vault-export man --output /usr/local/share/man/man1")]
    Man {
        /// Write the page of every command into this folder [default: the program's own page, to standard output]
        #[arg(long, short, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Show the help of a command, or a topic: classes, categories, severities, times, exit-codes
    Help {
        /// A command and those below it, or a topic
        #[arg(value_name = "COMMAND|TOPIC")]
        words: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Write past events as JSON lines; takes every flag of `export`
    Export(Box<ExportArgs>),
}

/// Destinations that need something installed.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// Elasticsearch and OpenSearch: templates, life cycle and pipeline of the adapter's index
    #[command(after_help = "\
The adapter's credential must be allowed to do it; deliveries need less.

Examples:
  vault-export setup elastic --dry-run
  vault-export setup elastic --adapter elastic")]
    Elastic {
        /// Only this adapter, by id, enabled or not; may be repeated [default: all of the type that are enabled]
        #[arg(long = "adapter", value_name = "ID")]
        adapters: Vec<String>,
        /// Only say what would be installed
        #[arg(long)]
        dry_run: bool,
    },
}

fn after_help() -> String {
    format!(
        "Topics: `vault-export help classes`, categories, severities, times, exit-codes.\n\n{}",
        Exit::table()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
