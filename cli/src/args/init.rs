//! `vault-export init`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::kind::Kind;

/// The first destination, or one more.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArgs {
    /// The type of destination; asked for if it is not given
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(Kind::names()))]
    pub(crate) kind: Option<String>,
    /// A name for it [default: the type's]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Where the destination is: its URL, bucket or site
    #[arg(long, value_name = "ADDRESS", visible_aliases = ["url", "endpoint", "bucket", "site"])]
    pub(crate) address: Option<String>,
    /// The environment variable with the credential; for slack and teams that is the webhook's URL
    #[arg(long, value_name = "VARIABLE", visible_aliases = ["url-env", "token-env", "api-key-env"])]
    pub(crate) secret_env: Option<String>,
    /// Another setting of the destination; may be repeated. `vault-export config --describe TYPE` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = super::export::pair)]
    pub(crate) settings: Vec<(String, String)>,
    /// The vault's audit log [default: the vault's own below ~/.sanctum]
    #[arg(long, value_name = "PATH")]
    pub(crate) source: Option<PathBuf>,
    /// Write the text to standard output, and no file
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const EXAMPLES: &str = "\
Writes ~/.sanctum/config.toml, or the file that --config names, with every setting as a comment. If the file exists, \
adds the destination at its end and changes nothing else. Never asks for a credential: the file names the environment \
variable that holds it.

Examples:
  vault-export init
  vault-export init --type slack --url-env SLACK_WEBHOOK_URL --source audit.log
  vault-export init --type splunk_hec --token-env SPLUNK_HEC_TOKEN \\
    --address https://splunk.example.com:8088 --set index=vault
  vault-export init --type s3 --bucket archive --config vault-export.toml";
