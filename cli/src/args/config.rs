//! `vault-export config`.

use std::path::PathBuf;

use clap::Args;

/// What to make of the configuration file.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConfigArgs {
    /// With --check: the file to check, as with --config
    #[arg(value_name = "FILE", requires = "check", conflicts_with = "config")]
    pub(crate) file: Option<PathBuf>,
    /// The name of the stack
    #[arg(long, value_name = "NAME", default_value = "vault-export")]
    pub(crate) stack_name: String,
    /// Only check the file: a config.toml, or the settings in a samconfig.toml
    #[arg(long)]
    pub(crate) check: bool,
    /// List the settings of a type of destination, or those of `filter`
    #[arg(long, value_name = "TYPE", conflicts_with = "check")]
    pub(crate) describe: Option<String>,
    /// With --check or --describe: write the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
What has no counterpart in the stack is said on standard error.

Examples:
  vault-export config --check
  vault-export config --check samconfig.toml --json
  vault-export config --describe splunk_hec
  vault-export config --stack-name vault-export > samconfig.toml";
