//! The connection test: address, token, and with a test event the index.

use delivery::destination::{Finding, deliver_test_event};
use delivery::http::shown;
use delivery::outcome::{Answer, Verdict};
use delivery::tools::Session;
use jiff::Timestamp;

use crate::answer::{Confirmation, Reply, Sent, classify, confirmation};
use crate::request::Channel;
use crate::{Ack, SplunkHec};

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
        if self.ack != Ack::Off {
            findings.push(self.acknowledgement(&session).await);
        }
        findings
    }

    /// Sends one real event, marked as a test: the only way to learn whether the token may write to
    /// the index. It stays in Splunk, so it is sent when somebody asks for it and not before.
    pub async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        let id = format!("vault-export-check:{}", now.as_millisecond());
        vec![match deliver_test_event(self, "index", id.clone(), now).await {
            Ok(Answer::All(Verdict::Delivered(_))) => {
                Finding::good("index", format!("took the test event {id}"))
            }
            Ok(Answer::Each(_)) => Finding::bad("index", "the test event was refused"),
            Ok(refusal) => Finding::of_answer("index", refusal),
            Err(finding) => finding,
        }]
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
            (status, _) => {
                Finding::of_answer("address", classify(status, &reply, None, Sent::default()))
            }
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
            (status, _) => {
                Finding::of_answer("credential", classify(status, &reply, None, Sent::default()))
            }
        }
    }

    async fn acknowledgement(&self, session: &Session) -> Finding {
        let subject = "acknowledgement";
        let Ok(request) = self.collector.acknowledgement(0, &session.secret, &Channel::fresh())
        else {
            return Finding::doubtful(subject, "not tried without a usable token");
        };
        let response = match session.http.send(request).await {
            Ok(response) => response,
            Err(failure) => return Finding::doubtful(subject, failure.reason().to_string()),
        };
        match (response.status.as_u16(), confirmation(response.status.as_u16(), &response.body, 0))
        {
            (_, Confirmation::Unusable) if self.ack == Ack::Required => {
                Finding::bad(subject, "ack is required, and the token gives none").with_hint(
                    "enable indexer acknowledgement for the token, or set ack to preferred",
                )
            }
            (_, Confirmation::Unusable) => Finding::doubtful(
                subject,
                "the token gives none; events count as delivered when Splunk takes them",
            )
            .with_hint("enable indexer acknowledgement for the token, or set ack to off"),
            (200, _) => Finding::good(subject, "the token gives acknowledgements"),
            (status, _) => Finding::of_answer(
                subject,
                classify(status, &Reply::read(&response.body), None, Sent::default()),
            ),
        }
    }
}
