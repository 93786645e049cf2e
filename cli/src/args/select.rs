//! Which events: flags that any command may have.

use clap::Args;

use crate::moment::{FORMS, Moment, Zone};

/// Which events are wanted. All that is given must hold.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which events")]
pub(crate) struct SelectArgs {
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, help = format!("From this moment on: {FORMS}"))]
    pub(crate) since: Option<Moment>,
    /// Before this moment; written as --since is
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<Moment>,
    /// The time zone of dates, times and days without an offset: UTC, local, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: Zone,
    /// Only these categories: system, aitl (decision), dispatch, governance, vault, policy, identity
    #[arg(long, value_name = "LIST", value_delimiter = ',', visible_alias = "include-categories")]
    pub(crate) categories: Vec<String>,
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = CLASSES)]
    pub(crate) include_classes: Vec<String>,
    /// None of these classes
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) exclude_classes: Vec<String>,
    /// At least this severity: Informational, Low, Medium, High, Critical, or 1 to 5
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<String>,
    /// Only events with this label; may be repeated, then all must be there
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = super::export::pair)]
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
    "Only these classes: SecretAccess, PolicyViolation, ... (`vault-export help classes`)";
