//! The ingest queue: `SendMessageBatch` until every entry is taken or refused for good.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use aws_sdk_sqs::types::{SendMessageBatchRequestEntry, SendMessageBatchResultEntry};

use super::pack::Message;
use crate::args::ShipArgs;
use crate::aws::{self, Trouble, credentials, is_about_credentials, trouble};
use crate::exit::Failure;
use crate::output::Talk;
use crate::stop::Stop;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The queue, and how patient to be with it.
pub(super) struct Queue {
    client: Client,
    url: String,
    patience: Option<Duration>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) requests: u64,
    /// Messages that the queue refuses for good.
    pub(super) refused: u64,
}

impl Queue {
    /// Sets up the client, and makes sure that there are credentials at all.
    pub(super) async fn connect(url: &str, args: &ShipArgs) -> Result<Queue, Failure> {
        let client = aws::sqs(url, RetryConfig::disabled()).await?;
        let patience = (!args.follow).then(|| Duration::from_secs(args.retry_for));
        Ok(Queue { client, url: url.to_owned(), patience })
    }

    /// Sends until the queue has everything that it does not refuse for good. What one entry meets does not stop the
    /// others, and only those that failed are sent again.
    pub(super) async fn send(
        &self,
        batch: &[Message],
        stop: &Stop,
        talk: &Talk,
    ) -> Result<Sent, Failure> {
        let mut sent = Sent::default();
        let mut pending: Vec<usize> = (0..batch.len())
            .filter(|at| batch.get(*at).is_some_and(|one| one.records > 0))
            .collect();
        let (began, mut pause, mut at_once) = (Instant::now(), FIRST_PAUSE, pending.len());
        while !pending.is_empty() {
            let now: Vec<usize> = pending.iter().copied().take(at_once.max(1)).collect();
            sent.requests += 1;
            let trouble = match self.request(batch, &now).await {
                Ok(answer) => settle(&answer, batch, &mut pending, &now, &mut sent, talk),
                Err(error) => Some(trouble(&error)),
            };
            let why = match trouble {
                None => {
                    pause = FIRST_PAUSE;
                    continue;
                }
                Some(Trouble::Fatal(failure)) => return Err(failure),
                Some(Trouble::TooLong) if now.len() > 1 => {
                    at_once = now.len() / 2;
                    continue;
                }
                Some(Trouble::TooLong) => {
                    refuse(
                        batch,
                        now.first().copied(),
                        "larger than the queue takes",
                        &mut sent,
                        talk,
                    );
                    pending.retain(|at| !now.contains(at));
                    continue;
                }
                Some(Trouble::Retry(why)) => why,
            };
            let impatient =
                self.patience.is_some_and(|patience| began.elapsed() + pause > patience);
            if impatient || stop.is_set() {
                return Err(Failure::retry(format!("the queue did not take everything: {why}"))
                    .hint("run the same command again; with --cursor it goes on where the queue stopped taking"));
            }
            talk.note(&format!("the queue cannot take anything now ({why}); trying again"));
            stop.wait(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(sent)
    }

    async fn request(
        &self,
        batch: &[Message],
        which: &[usize],
    ) -> Result<SendMessageBatchOutput, SdkError<SendMessageBatchError>> {
        let mut request = self.client.send_message_batch().queue_url(&self.url);
        for at in which {
            let body = batch.get(*at).map(|message| message.body.clone()).unwrap_or_default();
            let entry =
                SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(body);
            request = request.entries(entry.build().map_err(SdkError::construction_failure)?);
        }
        request.send().await
    }
}

/// Strikes out what the queue took or refuses. An entry that the answer does not mention was not taken.
fn settle(
    answer: &SendMessageBatchOutput,
    batch: &[Message],
    pending: &mut Vec<usize>,
    asked: &[usize],
    sent: &mut Sent,
    talk: &Talk,
) -> Option<Trouble> {
    let taken: Vec<&str> =
        answer.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    pending.retain(|at| !taken.contains(&at.to_string().as_str()));
    let mut trouble = None;
    for entry in answer.failed() {
        let code = entry.code();
        if is_about_credentials(code) {
            return Some(Trouble::Fatal(credentials(code)));
        }
        if !entry.sender_fault() {
            trouble = Some(Trouble::Retry(code.to_owned()));
            continue;
        }
        let at = entry.id().parse().ok().filter(|at| pending.contains(at));
        refuse(batch, at, code, sent, talk);
        pending.retain(|other| Some(*other) != at);
    }
    let unmentioned = asked.iter().any(|at| pending.contains(at));
    let nothing_said = || Trouble::Retry("the answer does not mention every message".to_owned());
    trouble.or_else(|| unmentioned.then(nothing_said))
}

fn refuse(batch: &[Message], at: Option<usize>, why: &str, sent: &mut Sent, talk: &Talk) {
    let Some(message) = at.and_then(|at| batch.get(at)) else { return };
    sent.refused += 1;
    talk.warn(&format!(
        "the queue refuses a message of {} records, the first from line {}: {why}",
        message.records, message.line
    ));
}
