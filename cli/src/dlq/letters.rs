//! The messages of a dead-letter queue.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use queue::{Outgoing, Queue, QueueError, Received};

use crate::args::WhichArgs;
use crate::aws::{self, deadline, failure};
use crate::exit::Failure;

/// How long messages are kept from others; long enough for a queue of some hundred thousand.
const HIDDEN: Duration = Duration::from_mins(30);
/// How many answers of nothing but known messages are believed: SQS may deliver one twice.
const REPEATS: usize = 20;

/// One message.
#[derive(Debug)]
pub(crate) struct Letter(Received);

impl Letter {
    /// What SQS calls it.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// What was sent.
    pub(crate) fn into_body(self) -> String {
        self.0.body.unwrap_or_default()
    }

    /// An attribute that the stack put on the message. What SQS itself moved has none.
    pub(crate) fn said(&self, name: &str) -> String {
        self.0.attribute(name).unwrap_or("-").to_owned()
    }

    /// How many records it holds: a flood of unreadable ones shares messages.
    pub(crate) fn records(&self) -> u64 {
        self.0.attribute("records").and_then(|count| count.parse().ok()).unwrap_or(1)
    }

    pub(crate) fn is_wanted(&self, which: &WhichArgs) -> bool {
        let reason = self.said("reason").to_lowercase();
        which.reason.as_ref().is_none_or(|text| reason.contains(&text.to_lowercase()))
            && which.error_class.as_ref().is_none_or(|class| *class == self.said("error_class"))
    }

    pub(crate) fn as_json(&self) -> String {
        let said = self.0.message_attributes.iter();
        let said: BTreeMap<&str, &str> = said
            .filter_map(|(name, value)| Some((name.as_str(), value.string_value.as_deref()?)))
            .collect();
        serde_json::json!({ "message_id": self.0.id, "attributes": said, "body": self.0.body })
            .to_string()
    }
}

/// The queue, and what was taken out of it.
pub(crate) struct Letters {
    client: Client,
    queue: Queue,
    seen: HashSet<String>,
    held: BTreeMap<String, String>,
}

impl Letters {
    pub(crate) async fn open(url: String) -> Result<Letters, Failure> {
        let client = aws::sqs(&url, RetryConfig::standard()).await?;
        let queue = Queue::new(client.clone(), url);
        Ok(Letters { client, queue, seen: HashSet::new(), held: BTreeMap::new() })
    }

    /// The queue's address.
    pub(crate) fn url(&self) -> &str {
        self.queue.url()
    }

    /// Messages that were not seen before; `None` when there are no more.
    pub(crate) async fn receive(&mut self) -> Result<Option<Vec<Letter>>, Failure> {
        for _ in 0..REPEATS {
            let answer = self.queue.receive(HIDDEN, deadline()).await;
            let messages = answer.map_err(|error| failure(&error))?;
            if messages.is_empty() {
                return Ok(None);
            }
            let mut new = Vec::with_capacity(messages.len());
            for message in messages {
                // The newest receipt is the one that works.
                self.held.insert(message.id.clone(), message.receipt.clone());
                if self.seen.insert(message.id.clone()) {
                    new.push(Letter(message));
                }
            }
            if !new.is_empty() {
                return Ok(Some(new));
            }
        }
        Err(Failure::retry("the queue gives out the same messages again and again")
            .hint("run the same command again"))
    }

    /// Sends messages to another queue with all that was said of them, and deletes those that it took;
    /// says how many.
    pub(crate) async fn send_on(&mut self, to: &str, letters: Vec<Letter>) -> Result<u64, Failure> {
        let outgoing: Vec<Outgoing> = letters.iter().map(|letter| letter.0.to_send()).collect();
        // What is not taken stays where it is, and the command says so: the next run sends it.
        let queue = Queue::new(self.client.clone(), to).without_retries();
        let sent = queue.send(&outgoing, deadline()).await;
        let taken = letters.into_iter().zip(sent.taken());
        let taken: Vec<Letter> =
            taken.filter_map(|(letter, taken)| taken.then_some(letter)).collect();
        let deleted = self.delete(&taken).await?;
        whole_failure(&sent.each).map_or(Ok(deleted), Err)
    }

    /// Deletes messages; says how many.
    pub(crate) async fn delete(&mut self, letters: &[Letter]) -> Result<u64, Failure> {
        let receipts: Vec<String> = letters
            .iter()
            .map(|letter| self.held.remove(letter.id()).unwrap_or_else(|| letter.0.receipt.clone()))
            .collect();
        let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
        let each = self.queue.delete(&receipts, deadline()).await;
        let deleted = each.iter().filter(|result| result.is_ok()).count() as u64;
        whole_failure(&each).map_or(Ok(deleted), Err)
    }

    /// Makes visible again what was neither sent nor deleted.
    pub(crate) async fn hand_back(&mut self) -> Result<(), Failure> {
        let receipts: Vec<String> = std::mem::take(&mut self.held).into_values().collect();
        let now: Vec<(&str, Duration)> =
            receipts.iter().map(|receipt| (receipt.as_str(), Duration::ZERO)).collect();
        let each = self.queue.hide(&now, deadline()).await;
        whole_failure(&each).map_or(Ok(()), Err)
    }
}

/// Why a call failed with all that was in it.
fn whole_failure(each: &[Result<(), QueueError>]) -> Option<Failure> {
    let mut errors = each.iter().filter_map(|result| result.as_ref().err());
    errors.find(|error| error.whole).map(failure)
}
