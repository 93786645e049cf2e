//! The connection test: address, token, and with a test event the index.

use delivery::destination::{Finding, test_event};
use delivery::http::shown;
use delivery::outcome::{Answer, Verdict};
use delivery::tools::Session;
use jiff::Timestamp;
use transform::batch::Encoded;

use crate::SplunkHec;
use crate::answer::{Confirmation, Reply, Sent, classify, confirmation};

const NOTHING: Sent = Sent { objects: 0, bytes: 0, first: 0 };

impl SplunkHec {
    /// Health, then the token. Neither stores anything.
    ///
    /// The health check alone is not enough: current releases answer it with 200 whatever the
    /// token. A request without events does tell: "No data" (code 5) comes after the token was
    /// accepted.
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => {
                return vec![
                    self.address(None).await,
                    Finding::bad("credential", error.to_string()),
                ];
            }
        };
        let mut findings = vec![self.address(Some(&session)).await];
        findings.push(self.credential(&session).await);
        if self.wants_acknowledgement {
            findings.push(self.acknowledgement(&session).await);
        }
        findings
    }

    /// Sends one real event, marked as a test: the only way to learn whether the token may write to
    /// the index. It stays in Splunk, so it is sent when somebody asks for it and not before.
    pub async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        let Some(event) = test_event(format!("vault-export-check:{}", now.as_millisecond()), now)
        else {
            return vec![Finding::doubtful("index", "the clock is out of range; not tried")];
        };
        let mut encoded = Encoded::default();
        let written = encoded.try_push(0, &event, None, |out| self.envelope.write(&event, out));
        let (Ok(()), Some(batch)) = (written, encoded.whole()) else {
            return vec![Finding::bad("index", "the test event cannot be written in this format")];
        };
        match self.send(&batch).await {
            Answer::All(Verdict::Delivered(_)) => {
                vec![Finding::good("index", format!("took the test event {}", &*event.id))]
            }
            refusal => vec![finding("index", refusal)],
        }
    }

    async fn address(&self, session: Option<&Session>) -> Finding {
        let client = session.map_or_else(|| self.access.client(), |session| &session.http);
        let address = shown(self.collector.address());
        let response = match client.send(self.collector.health()).await {
            Ok(response) => response,
            Err(failure) => {
                return Finding::bad("address", format!("{address}: {}", failure.reason()))
                    .with_hint("check host, port and firewall; a private certificate authority goes into ca_bundle");
            }
        };
        let reply = Reply::read(&response.body);
        match (response.status.as_u16(), reply.code) {
            (200, Some(0 | 17 | 24 | 25)) => {
                Finding::good("address", format!("{address} is a healthy event collector"))
            }
            (status, _) => finding("address", classify(status, &reply, None, NOTHING)),
        }
    }

    async fn credential(&self, session: &Session) -> Finding {
        let request = match self.collector.probe(&session.secret) {
            Ok(request) => request,
            Err(error) => return Finding::bad("credential", error.to_string()),
        };
        let response = match session.http.send(request).await {
            Ok(response) => response,
            Err(failure) => return Finding::doubtful("credential", failure.reason().to_string()),
        };
        let reply = Reply::read(&response.body);
        match (response.status.as_u16(), reply.code) {
            (_, Some(5)) => Finding::good("credential", "the token is accepted"),
            (200, Some(0)) => Finding::doubtful(
                "credential",
                "a request without events was accepted: the token may not be looked at",
            ),
            (status, _) => finding("credential", classify(status, &reply, None, NOTHING)),
        }
    }

    async fn acknowledgement(&self, session: &Session) -> Finding {
        let subject = "acknowledgement";
        let Ok(request) = self.collector.acknowledgement(0, &session.secret) else {
            return Finding::doubtful(subject, "not tried without a usable token");
        };
        let response = match session.http.send(request).await {
            Ok(response) => response,
            Err(failure) => return Finding::doubtful(subject, failure.reason().to_string()),
        };
        match (response.status.as_u16(), confirmation(response.status.as_u16(), &response.body, 0))
        {
            (_, Confirmation::Unusable) => Finding::doubtful(
                subject,
                "the token gives none; events count as delivered when Splunk takes them",
            )
            .with_hint("enable indexer acknowledgement for the token, or set ack to false"),
            (200, _) => Finding::good(subject, "the token gives acknowledgements"),
            (status, _) => {
                finding(subject, classify(status, &Reply::read(&response.body), None, NOTHING))
            }
        }
    }
}

/// What an answer that is not the hoped-for one is worth to a person who checks.
fn finding(subject: &'static str, answer: Answer) -> Finding {
    match answer {
        Answer::Auth(reason)
        | Answer::Config(reason)
        | Answer::Split(reason)
        | Answer::Suspect(reason) => Finding::bad(subject, reason.to_string()),
        Answer::All(Verdict::Retry { reason, .. } | Verdict::Rejected(reason)) => {
            Finding::doubtful(subject, reason.to_string())
        }
        Answer::All(Verdict::Delivered(_) | Verdict::Filtered) => {
            Finding::good(subject, "accepted")
        }
        Answer::Each(_) => Finding::bad(subject, "the test event was refused"),
    }
}
