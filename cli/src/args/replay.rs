//! `vault-export replay`.

use clap::Args;

use super::StackArgs;
use crate::moment::{FORMS, Moment, Zone};

/// What to take from the archive, and which queue to put it on.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// The archive's bucket
    #[arg(long, value_name = "NAME")]
    pub(crate) bucket: String,
    /// The prefix in `S3Settings` [default: none, as there]
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, help = format!("Events from this moment on: {FORMS}"))]
    pub(crate) since: Moment,
    /// Events before this moment; written as --since is [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<Moment>,
    /// The time zone of dates, times and days without an offset: UTC, local, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: Zone,
    /// The region of the bucket [default: `AWS_REGION`, or the profile's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The destination's own queue: one of the stack's outputs
    #[arg(long, value_name = "URL", required_unless_present = "stack", conflicts_with = "stack")]
    pub(crate) queue_url: Option<String>,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// No more than so many messages a second
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Only count what would be sent
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const EXAMPLES: &str = "\
Only an archive in the format `json` (`format` in S3Settings) can be replayed; objects in other formats are named and \
skipped. The destination's function applies its filter again. Ids stay the same, so that destinations that deduplicate \
store nothing twice.

Examples:
  vault-export replay --bucket archive --since 24h --rate 20 \\
    --stack vault-export --destination splunk
  vault-export replay --bucket archive --since 2026-02-01 --until 2026-02-02 \\
    --dry-run --queue-url https://sqs.eu-west-1.amazonaws.com/1/splunk";
