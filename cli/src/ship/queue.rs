//! The ingest queue: `SendMessageBatch` until every entry is taken or refused for good.

use std::time::{Duration, Instant};

use aws_sdk_sqs::config::retry::RetryConfig;
use queue::{ErrorKind, Outgoing, QueueError};

use super::pack::Message;
use crate::args::ShipArgs;
use crate::aws::{self, deadline, failure};
use crate::exit::Failure;
use crate::output::{Talk, count};
use crate::stop::Stop;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The queue, and how patient to be with it.
pub(super) struct Queue {
    queue: queue::Queue,
    patience: Option<Duration>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) requests: u64,
    /// Messages that the queue refuses for good, and why.
    pub(super) refused: Vec<(usize, String)>,
    /// Messages that it has neither taken nor refused.
    pub(super) left: Vec<usize>,
    /// Why there are any.
    pub(super) failure: Option<Failure>,
}

impl Queue {
    /// Sets up the client, and makes sure that there are credentials at all.
    pub(super) async fn connect(url: &str, args: &ShipArgs) -> Result<Queue, Failure> {
        let client = aws::sqs(url, RetryConfig::disabled()).await?;
        let patience = (!args.follow).then(|| Duration::from_secs(args.retry_for));
        Ok(Queue { queue: queue::Queue::new(client, url).without_retries(), patience })
    }

    /// Sends until the queue has everything that it does not refuse for good. What one entry meets does not stop the
    /// others, and only those that failed are sent again.
    pub(super) async fn send(&self, batch: &[Message], stop: &Stop, talk: &Talk) -> Sent {
        let mut sent = Sent { left: pending(batch), ..Sent::default() };
        let (mut began, mut pause) = (Instant::now(), FIRST_PAUSE);
        while !sent.left.is_empty() {
            let answer = self.queue.send(&messages(batch, &sent.left), deadline()).await;
            sent.requests += answer.requests;
            let before = sent.left.len();
            let why = settle(&answer.each, batch, &mut sent, talk);
            let (Some(why), None) = (why, &sent.failure) else { break };
            if sent.left.len() < before {
                (began, pause) = (Instant::now(), FIRST_PAUSE);
            }
            let impatient =
                self.patience.is_some_and(|patience| began.elapsed() + pause > patience);
            if impatient || stop.is_set() {
                sent.failure = Some(gave_up(&why));
                break;
            }
            talk.note(&format!("the queue cannot take anything now ({why}); trying again"));
            stop.wait(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        sent
    }
}

/// Those that hold something.
fn pending(batch: &[Message]) -> Vec<usize> {
    let full = batch.iter().enumerate().filter(|(_, message)| !message.records.is_empty());
    full.map(|(at, _)| at).collect()
}

fn gave_up(why: &str) -> Failure {
    Failure::retry(format!("the queue did not take everything: {why}"))
        .hint("run the same command again; with --cursor it goes on where the queue stopped taking")
}

fn messages(batch: &[Message], which: &[usize]) -> Vec<Outgoing> {
    let body = |at: &usize| batch.get(*at).map_or("", |message| message.body.as_str());
    which.iter().map(|at| Outgoing::new(body(at))).collect()
}

/// Strikes out what the queue took or refuses; says why something is left that may be taken later.
fn settle(
    each: &[Result<(), QueueError>],
    batch: &[Message],
    sent: &mut Sent,
    talk: &Talk,
) -> Option<String> {
    let (mut left, mut why) = (Vec::new(), None);
    let asked = std::mem::take(&mut sent.left);
    for (at, result) in asked.into_iter().zip(each) {
        let Err(error) = result else { continue };
        match error.kind {
            ErrorKind::Unavailable | ErrorKind::Late => {
                left.push(at);
                why = Some(said(error));
            }
            ErrorKind::TooLong => refuse(batch, at, "larger than the queue takes", sent, talk),
            ErrorKind::Refused if !error.whole => refuse(batch, at, &error.text, sent, talk),
            ErrorKind::Refused | ErrorKind::Gone | ErrorKind::Denied => {
                left.push(at);
                sent.failure = Some(failure(error));
            }
        }
    }
    sent.left = left;
    why
}

fn said(error: &QueueError) -> String {
    match error.status {
        Some(status) => format!("{}, status {status}", error.text),
        None => error.text.clone(),
    }
}

fn refuse(batch: &[Message], at: usize, why: &str, sent: &mut Sent, talk: &Talk) {
    let Some((message, first)) = batch.get(at).and_then(|one| Some((one, one.records.first()?)))
    else {
        return;
    };
    sent.refused.push((at, why.to_owned()));
    talk.warn(&format!(
        "{}:{}: the queue refuses a message of {}, of which this is the first: {why}",
        first.name,
        first.line,
        count(message.records.len() as u64, "record", "records")
    ));
}
