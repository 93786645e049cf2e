//! The connection test: an empty request, which a collector answers like any other ("the server should respond with
//! success", OTLP specification) and which proves address, TLS and credential and stores nothing.

use delivery::destination::{Finding, deliver_test_event};
use delivery::outcome::{Answer, Verdict};
use jiff::Timestamp;

use crate::Otlp;

impl Otlp {
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.endpoint.scheme() == "http" {
            findings.push(
                Finding::doubtful("tls", "the endpoint is http: events travel unencrypted")
                    .with_hint("write https, and put a private authority into ca_bundle"),
            );
        }
        findings.push(self.finding(self.send(self.mapper.empty(), 0).await, "an empty request"));
        findings
    }

    /// Sends one real event, marked as a test. It stays at the destination, so it is sent when somebody asks for it and not
    /// before.
    pub async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        let id = format!("vault-export-check:{}", now.as_millisecond());
        vec![match deliver_test_event(self, "event", id.clone(), now).await {
            Ok(answer) => self.finding(answer, &format!("the test event {id}")),
            Err(finding) => finding,
        }]
    }

    fn finding(&self, answer: Answer, what: &str) -> Finding {
        let address = format!("{} over {}", self.endpoint, self.protocol.as_str());
        match answer {
            Answer::All(Verdict::Delivered(_)) => {
                Finding::good("address", format!("{address} took {what}"))
            }
            Answer::Auth(reason) => Finding::bad("credential", reason.to_string())
                .with_hint("the secret may hold token, api_key, authorization, or headers"),
            Answer::Config(reason) => Finding::bad("address", format!("{address}: {reason}"))
                .with_hint("check host, port, protocol and certificate authority"),
            // A receiver that takes logs and no empty requests has understood who asks and what.
            Answer::All(Verdict::Retry { reason, .. } | Verdict::Rejected(reason))
            | Answer::Dropped { reason, .. }
            | Answer::Suspect(reason)
            | Answer::Split(reason) => Finding::doubtful("address", format!("{address}: {reason}")),
            Answer::All(Verdict::Filtered) | Answer::Each(_) => {
                Finding::doubtful("address", format!("{address}: not understood"))
            }
        }
    }
}
