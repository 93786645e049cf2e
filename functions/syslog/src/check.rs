//! The connection test: address, certificates, and whether deliveries can be confirmed.

use delivery::destination::{Finding, deliver_test_event, format_finding};
use delivery::outcome::{Answer, Delivery, Verdict};
use jiff::Timestamp;

use crate::Syslog;
use crate::answer::{End, closed};
use crate::config::Confirm;
use crate::deliver::burst::{Sent, send};
use crate::deliver::relp::Session;
use crate::deliver::{Line, of_failure};

impl Syslog {
    /// Opens a connection as a delivery does and closes it with nothing sent. RELP opens and closes a session.
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let (line, connector) = match self.connect().await {
            Ok(open) => open,
            Err(answer) => {
                return vec![Finding::of_answer("address", *answer).with_hint(format!(
                    "check host, port and firewall of {}; a private certificate authority goes into ca_bundle",
                    self.address
                ))];
            }
        };
        let connected = Finding::good("address", format!("{} is connected to", self.address));
        let broken = |error: &std::io::Error| connector.failure(error);
        if self.address.transport().is_relp() {
            let mut session = Session::new(line.stream, self.patience);
            return match session.open().await {
                Ok(()) => {
                    session.close().await;
                    vec![
                        connected,
                        Finding::good("acknowledgement", "the receiver acknowledges each message"),
                    ]
                }
                Err(trouble) => {
                    vec![connected, Finding::of_answer("acknowledgement", trouble.answer(broken))]
                }
            };
        }
        // A receiver of TLS 1.3 looks at our certificate after we are done, and says what it thinks of it a little later.
        let line = Line { opening: self.patience.alert, ..line };
        let answer = match send(line, &[], self.patience).await {
            (Sent::Whole, end) => match &end {
                End::Broken(error) => of_failure(broken(error), || closed(&end, self.confirm)),
                End::Closed | End::Silent => closed(&end, self.confirm),
            },
            (Sent::Part, end) => match &end {
                End::Broken(error) => of_failure(broken(error), || crate::answer::cut_off(&end)),
                End::Closed | End::Silent => crate::answer::cut_off(&end),
            },
        };
        vec![connected, self.confirmation(answer)]
    }

    fn confirmation(&self, answer: Answer) -> Finding {
        let subject = "confirmation";
        match answer {
            Answer::All(Verdict::Delivered(Delivery::Degraded)) => Finding::doubtful(
                subject,
                "the receiver does not close in return; what is written counts as delivered",
            ),
            Answer::All(Verdict::Delivered(_)) if self.confirm == Confirm::None => {
                Finding::good(subject, "the receiver closes in return")
                    .with_hint("take confirm = \"close\": the receiver can confirm")
            }
            Answer::All(Verdict::Delivered(_)) => Finding::good(
                subject,
                "the receiver closes in return, so it has read what was sent",
            ),
            other => Finding::of_answer(subject, other),
        }
    }

    /// Sends one real message, marked as a test.
    pub(crate) async fn send_test_event(&self, now: Timestamp) -> Vec<Finding> {
        let id = format!("vault-export-check:{}", now.as_millisecond());
        let format = format_finding(self, id.clone(), now);
        let sent = match deliver_test_event(self, "message", id.clone(), now).await {
            Ok(Answer::All(Verdict::Delivered(_))) => {
                Finding::good("message", format!("took the test event {id}"))
            }
            Ok(Answer::Each(verdicts)) => match verdicts.into_iter().next() {
                Some(Verdict::Delivered(_)) => {
                    Finding::good("message", format!("acknowledged the test event {id}"))
                }
                Some(verdict) => Finding::of_answer("message", Answer::All(verdict)),
                None => Finding::doubtful("message", "the answer is not understood"),
            },
            Ok(refusal) => Finding::of_answer("message", refusal),
            Err(finding) => finding,
        };
        vec![format, sent]
    }
}
