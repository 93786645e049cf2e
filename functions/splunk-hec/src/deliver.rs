//! One request, and its confirmation where the indexers give one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::http::Response;
use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};
use delivery::tools::Session;
use tokio::time::sleep;
use transform::batch::Batch;

use crate::answer::{Confirmation, Reply, Sent, answers, classify, confirmation};
use crate::request::Channel;
use crate::{Ack, SplunkHec};

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
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Whether somebody was there who confirms, when it was last asked.
    confirms: AtomicBool,
    /// Whether it was said already that nobody does.
    warned: AtomicBool,
    /// Whether the server's queues were filling up when it last answered.
    pub(crate) crowded: AtomicBool,
    /// The channel of requests that want no confirmation: a new one for each would fill up the server's table.
    channel: OnceLock<Channel>,
}

const NO_ACKNOWLEDGEMENT: &str = "the token gives no acknowledgements";

impl SplunkHec {
    /// Sends the batch once.
    pub(crate) async fn send(&self, batch: &Batch<'_>) -> Answer {
        let session = match self.access.session().await {
            Ok(session) => session,
            Err(error) => return error.into(),
        };
        if let Err(answer) = self.prepare(&session).await {
            return answer;
        }
        let channel = self.channel();
        let request = match self.collector.events(batch, &session.secret, &channel) {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        match session.http.send(request).await {
            Ok(response) => self.judge(batch, &session, channel, &response).await,
            Err(failure) => failure.into(),
        }
    }

    /// Where confirmations are required, sends nothing before it is known that somebody gives them: what is
    /// taken and never confirmed is stored once more at every try.
    async fn prepare(&self, session: &Session) -> Result<(), Answer> {
        if self.ack != Ack::Required || self.state.confirms.load(Ordering::Relaxed) {
            return Ok(());
        }
        let request = self.collector.acknowledgement(0, &session.secret, &Channel::fresh())?;
        let response = session.http.send(request).await?;
        let status = response.status.as_u16();
        match confirmation(status, &response.body, 0) {
            Confirmation::Unusable => return Err(nobody_confirms(status)),
            _ if answers(status, &response.body) => {
                self.state.confirms.store(true, Ordering::Relaxed);
                return Ok(());
            }
            _ => {}
        }
        let reply = Reply::read(&response.body);
        let after = response.retry_after(LONGEST_WAIT);
        match classify(status, &reply, after, Sent::default()) {
            Answer::All(Verdict::Delivered(_)) => {
                let text = "the answer is not one about acknowledgements";
                Err(Answer::retry(Reason::new(ErrorClass::Protocol, text).with_status(status)))
            }
            refusal => Err(refusal),
        }
    }

    fn channel(&self) -> Channel {
        match self.ack {
            Ack::Off => self.state.channel.get_or_init(Channel::fresh).clone(),
            Ack::Preferred | Ack::Required => Channel::fresh(),
        }
    }

    async fn judge(
        &self,
        batch: &Batch<'_>,
        session: &Session,
        channel: Channel,
        response: &Response,
    ) -> Answer {
        let reply = Reply::read(&response.body);
        let crowded = reply.is_crowded();
        if crowded && !self.state.crowded.swap(crowded, Ordering::Relaxed) {
            tracing::warn!("Splunk's queues are filling up; requests go one at a time");
        }
        self.state.crowded.store(crowded, Ordering::Relaxed);
        let (status, after) = (response.status.as_u16(), response.retry_after(LONGEST_WAIT));
        let answer = classify(status, &reply, after, sent(batch));
        let is_stored = matches!(answer, Answer::All(Verdict::Delivered(_)));
        match (self.ack, reply.ack) {
            (Ack::Off, _) => answer,
            (Ack::Required, _) if reply.is_without_acknowledgement() => {
                self.unconfirmed(NO_ACKNOWLEDGEMENT, status)
            }
            _ if !is_stored => answer,
            (_, Some(ack)) => {
                let channel = channel.with_cookies(&response.headers);
                self.confirm(ack, session, &channel, answer).await
            }
            (_, None) => self.unconfirmed(NO_ACKNOWLEDGEMENT, status),
        }
    }

    /// Asks until the indexers have confirmed. When they do not, the events go again: at least
    /// once is promised, and `fields.event_id` lets searches drop the second copy.
    async fn confirm(
        &self,
        ack: u64,
        session: &Session,
        channel: &Channel,
        stored: Answer,
    ) -> Answer {
        let mut unusable = None;
        for _ in 0..self.patience.polls {
            sleep(self.patience.pause).await;
            let request = match self.collector.acknowledgement(ack, &session.secret, channel) {
                Ok(request) => request,
                Err(error) => return error.into(),
            };
            let Ok(response) = session.http.send(request).await else { continue };
            let status = response.status.as_u16();
            unusable = match confirmation(status, &response.body, ack) {
                Confirmation::Given => return stored,
                Confirmation::Awaited => None,
                Confirmation::Unusable => Some(status),
            };
            // What is required is asked for to the end: a load balancer may answer 404 in passing.
            if self.ack == Ack::Preferred && unusable.is_some() {
                break;
            }
        }
        if let Some(status) = unusable {
            return self
                .unconfirmed("acknowledgements cannot be asked for at this address", status);
        }
        let text = "taken, but not confirmed by the indexers in time; sent again";
        Answer::retry(Reason::new(ErrorClass::Timeout, text).maybe_stored())
    }

    /// What was taken, and nobody is there who confirms it. This request's events only: the next one may meet
    /// somebody.
    fn unconfirmed(&self, why: &'static str, status: u16) -> Answer {
        if self.ack == Ack::Required {
            self.state.confirms.store(false, Ordering::Relaxed);
            return nobody_confirms(status);
        }
        if !self.state.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason = why, "events count as delivered without acknowledgement");
        }
        Answer::All(Verdict::Delivered(Delivery::Degraded))
    }
}

fn nobody_confirms(status: u16) -> Answer {
    let text = "ack is required, and nobody confirms at this address; enable indexer acknowledgement for the \
                token, or set ack = \"preferred\"";
    Answer::Config(Reason::new(ErrorClass::Config, text).with_status(status))
}

fn sent(batch: &Batch<'_>) -> Sent {
    Sent {
        objects: batch.len(),
        bytes: batch.encoded_len(),
        first: batch.fragments().next().map_or(0, <[u8]>::len),
    }
}
