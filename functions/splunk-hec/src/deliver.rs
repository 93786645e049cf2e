//! One request, and its confirmation where the indexers give one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::http::Response;
use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};
use delivery::tools::Session;
use tokio::time::sleep;
use transform::batch::Batch;

use crate::SplunkHec;
use crate::answer::{Confirmation, Reply, Sent, classify, confirmation};

/// What a server may ask us to wait: as long as a message can stay hidden in its queue.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// How long confirmations are waited for. Splunk confirms after about a second when all is well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) pause: Duration,
    pub(crate) polls: u32,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { pause: Duration::from_secs(1), polls: 10 }
    }
}

/// What was learned from earlier answers.
#[derive(Debug)]
pub(crate) struct State {
    /// Whether confirmations are asked for.
    pub(crate) confirmed: AtomicBool,
    /// Whether the server's queues were filling up when it last answered.
    pub(crate) crowded: AtomicBool,
}

impl State {
    pub(crate) fn new(ack: bool) -> State {
        State { confirmed: AtomicBool::new(ack), crowded: AtomicBool::new(false) }
    }
}

impl SplunkHec {
    /// Sends the batch once.
    pub(crate) async fn send(&self, batch: &Batch<'_>) -> Answer {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => return error.into(),
        };
        let request = match self.collector.events(batch, &session.secret) {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        match session.http.send(request).await {
            Ok(response) => self.judge(batch, &session, &response).await,
            Err(failure) => failure.into(),
        }
    }

    async fn judge(&self, batch: &Batch<'_>, session: &Session, response: &Response) -> Answer {
        let reply = Reply::read(&response.body);
        self.learn(&reply);
        let after = response.retry_after(LONGEST_WAIT);
        let answer = classify(response.status.as_u16(), &reply, after, sent(batch));
        let is_stored = matches!(answer, Answer::All(Verdict::Delivered(_)));
        if !is_stored || !self.state.confirmed.load(Ordering::Relaxed) {
            return answer;
        }
        match reply.ack {
            Some(ack) => self.confirm(ack, session, answer).await,
            None => self.unconfirmed("the token gives no acknowledgements"),
        }
    }

    fn learn(&self, reply: &Reply) {
        const NO_DATA: Option<u64> = Some(5);
        const ACK_DISABLED: Option<u64> = Some(14);
        let crowded = reply.is_crowded();
        if crowded && !self.state.crowded.swap(crowded, Ordering::Relaxed) {
            tracing::warn!("Splunk's queues are filling up; requests go one at a time");
        }
        self.state.crowded.store(crowded, Ordering::Relaxed);
        if reply.code == NO_DATA {
            tracing::error!("Splunk found no event in a request; please report it");
        }
        if reply.code == ACK_DISABLED {
            self.unconfirmed("the token gives no acknowledgements");
        }
    }

    /// Asks until the indexers have confirmed. When they do not, the events go again: at least
    /// once is promised, and `fields.event_id` lets searches drop the second copy.
    async fn confirm(&self, ack: u64, session: &Session, stored: Answer) -> Answer {
        for _ in 0..self.patience.polls {
            sleep(self.patience.pause).await;
            let request = match self.collector.acknowledgement(ack, &session.secret) {
                Ok(request) => request,
                Err(error) => return error.into(),
            };
            let Ok(response) = session.http.send(request).await else { continue };
            match confirmation(response.status.as_u16(), &response.body, ack) {
                Confirmation::Given => return stored,
                Confirmation::Awaited => {}
                Confirmation::Unusable => {
                    return self
                        .unconfirmed("acknowledgements cannot be asked for at this address");
                }
            }
        }
        let text = "taken, but not confirmed by the indexers in time; sent again";
        Answer::retry(Reason::new(ErrorClass::Timeout, text))
    }

    /// From now on 200 counts. What was just taken is stored without the confirmation that was
    /// asked for; sending it for ever would only multiply it.
    fn unconfirmed(&self, why: &'static str) -> Answer {
        if self.state.confirmed.swap(false, Ordering::Relaxed) {
            tracing::warn!(reason = why, "going on without acknowledgements");
        }
        Answer::All(Verdict::Delivered(Delivery::Degraded))
    }
}

fn sent(batch: &Batch<'_>) -> Sent {
    Sent {
        objects: batch.len(),
        bytes: batch.encoded_len(),
        first: batch.fragments().next().map_or(0, <[u8]>::len),
    }
}
