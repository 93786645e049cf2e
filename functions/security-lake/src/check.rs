//! The connection test: can the roles be assumed?
//!
//! Nothing is written. An object that is no Parquet file would disturb the crawler that makes the
//! tables, and the roles may write nowhere but below `ext/`.

use std::collections::BTreeSet;

use delivery::destination::Finding;
use delivery::outcome::{Answer, Reason, Verdict};

use crate::SecurityLake;

impl SecurityLake {
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut seen = BTreeSet::new();
        for source in &self.sources {
            let role = self.config.role(&source.name);
            if !seen.insert(role.clone()) {
                continue;
            }
            let who = role.unwrap_or_else(|| "our own credentials".to_owned());
            findings.push(match source.access.credentials().await {
                Ok(()) => Finding::good("credential", format!("{who} can be used")),
                Err(answer) => bad(&who, &answer),
            });
        }
        if let Some(source) = self.sources.first() {
            findings.push(match source.access.region().await {
                Some(region) => Finding::good("region", format!("keys say region={region}")),
                None => Finding::bad("region", "no region is set").with_hint("set region"),
            });
        }
        findings
    }
}

fn bad(who: &str, answer: &Answer) -> Finding {
    match answer {
        Answer::Auth(reason) | Answer::Config(reason) => {
            Finding::bad("credential", format!("{who}: {reason}")).with_hint(
                "every source has its own role: role_arn with {source} in it, and the external id \
                 given to CreateCustomLogSource; is the source registered?",
            )
        }
        Answer::All(Verdict::Retry { reason, .. }) => doubtful(who, reason),
        _ => Finding::doubtful("credential", format!("{who}: the answer cannot be understood")),
    }
}

fn doubtful(who: &str, reason: &Reason) -> Finding {
    Finding::doubtful("credential", format!("{who}: {reason}"))
}
