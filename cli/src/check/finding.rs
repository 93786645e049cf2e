//! What a check found, in one form for adapters and for the functions of a stack.

use delivery::destination;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// One finding: a line of the table, an object of `--json`, and what a function answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Finding {
    /// The adapter's id, or the destination's name in the stack.
    #[serde(default)]
    pub(super) destination: String,
    pub(super) level: Level,
    /// What was looked at: `address`, `credential`, `index`, ...
    pub(super) subject: String,
    pub(super) text: String,
    /// What to do, if it is not ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    Warning,
    Failed,
}

impl Level {
    /// The word in tables and JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Failed => "failed",
        }
    }
}

impl Finding {
    /// What an adapter's own check found.
    pub(super) fn of(adapter: &str, found: destination::Finding) -> Finding {
        Finding {
            destination: adapter.to_owned(),
            level: match found.level {
                destination::Level::Good => Level::Ok,
                destination::Level::Doubtful => Level::Warning,
                destination::Level::Bad => Level::Failed,
            },
            subject: found.subject.to_owned(),
            text: found.text,
            hint: found.hint,
        }
    }
}

/// The exit code: a credential that failed first, then anything else that failed.
pub(super) fn exit(findings: &[Finding]) -> Exit {
    let failed = |finding: &&Finding| finding.level == Level::Failed;
    let is_credential =
        |finding: &Finding| matches!(finding.subject.as_str(), "credential" | "permission");
    match findings.iter().filter(failed).map(is_credential).max() {
        None => Exit::Done,
        Some(true) => Exit::Credentials,
        Some(false) => Exit::Config,
    }
}
