//! What is done with each message at the end of an invocation.

use std::time::Duration;

use serde::Serialize;

use crate::message::Envelope;
use crate::queue::{Outgoing, Queue};
use crate::stages::Stages;

/// Names what must come back, for Lambda.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// One for each message.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A message that must come back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its id. An empty one makes Lambda return the whole batch.
    pub item_identifier: String,
}

/// What is to be done with one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing of it is left to do: Lambda deletes it.
    Acknowledge,
    /// It comes back, not before this time.
    Return(Duration),
    /// These take its place. If one of them cannot be sent, the message comes back instead: something
    /// may then be delivered twice, nothing is lost.
    Replace(Vec<Outgoing>, Duration),
}

/// Carries the decisions out, and names what must come back.
pub async fn carry_out(
    queue: Option<&Queue>,
    decisions: Vec<(Envelope<'_>, Decision)>,
    stages: &Stages,
) -> BatchResponse {
    let mut returned = Vec::new();
    let mut outgoing = Vec::new();
    let mut owners = Vec::new();
    for (envelope, decision) in decisions {
        match decision {
            Decision::Acknowledge => {}
            Decision::Return(wait) => returned.push((envelope, wait)),
            Decision::Replace(messages, wait) => {
                owners.push((envelope, wait, outgoing.len()..outgoing.len() + messages.len()));
                outgoing.extend(messages);
            }
        }
    }
    let sent = send(queue, &outgoing, stages).await;
    for (envelope, wait, range) in owners {
        if !sent.get(range).is_some_and(|results| results.iter().all(|sent| *sent)) {
            tracing::warn!(message_id = envelope.id, "the rest of a message could not be requeued");
            returned.push((envelope, wait));
        }
    }
    if let Some(queue) = queue {
        let hidden: Vec<_> =
            returned.iter().map(|(envelope, wait)| (envelope.receipt, *wait)).collect();
        queue.hide(&hidden, stages.hidden).await;
    }
    let failure =
        |(envelope, _): (Envelope<'_>, _)| ItemFailure { item_identifier: envelope.id.to_owned() };
    BatchResponse { batch_item_failures: returned.into_iter().map(failure).collect() }
}

/// Gives every message back, each after its back-off.
pub async fn give_back(
    queue: Option<&Queue>,
    envelopes: &[Envelope<'_>],
    stages: &Stages,
) -> BatchResponse {
    let decision = |envelope: &Envelope<'_>| Decision::Return(envelope.back_off(None));
    let decisions = envelopes.iter().map(|envelope| (*envelope, decision(envelope))).collect();
    carry_out(queue, decisions, stages).await
}

async fn send(queue: Option<&Queue>, messages: &[Outgoing], stages: &Stages) -> Vec<bool> {
    match queue {
        Some(queue) => queue.send(messages, stages.requeued).await.taken(),
        None => vec![false; messages.len()],
    }
}
