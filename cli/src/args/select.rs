//! Which events: flags that any command may have.

use clap::Args;

use crate::moment::Moment;

/// Which events are wanted. All that is given must hold.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which events")]
pub(crate) struct SelectArgs {
    /// From this moment on: 65m, 24h, 7d, 2w, 2026-02-01 (midnight UTC), RFC 3339, Unix seconds
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) since: Option<Moment>,
    /// Before this moment; written as --since is
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<Moment>,
    /// Only these categories: system, aitl (decision), dispatch, governance, vault, policy, identity
    #[arg(long, value_name = "LIST", value_delimiter = ',', visible_alias = "include-categories")]
    pub(crate) categories: Vec<String>,
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = CLASSES)]
    pub(crate) include_classes: Vec<String>,
    /// None of these classes
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) exclude_classes: Vec<String>,
    /// At least this bad: Informational, Low, Medium, High, Critical, or 1 to 5
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<String>,
    /// Only events with this label; may be repeated, then all must be there
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// Only events of this actor, by id; may be repeated, then any of them
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) actor: Vec<String>,
    /// Only events upon this resource, by path; may be repeated, then any of them
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub(crate) resource: Vec<String>,
    /// Only records of this Syncropel thread; may be repeated, then any of them
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) thread: Vec<String>,
}

const CLASSES: &str =
    "Only these classes: SecretAccess, PolicyViolation, ...; SanctumAI's kind names work too";

fn label(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected key=value"),
    }
}
