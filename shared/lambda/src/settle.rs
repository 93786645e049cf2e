//! What is done with each message at the end of an invocation.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsBatchResponse;

use crate::message::Envelope;
use crate::queue::{Outgoing, Queue};

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
) -> SqsBatchResponse {
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
    let sent = send(queue, &outgoing).await;
    for (envelope, wait, range) in owners {
        if !sent.get(range).is_some_and(|results| results.iter().all(|sent| *sent)) {
            tracing::warn!(message = envelope.id, "the rest of a message could not be requeued");
            returned.push((envelope, wait));
        }
    }
    if let Some(queue) = queue {
        let hidden: Vec<_> =
            returned.iter().map(|(envelope, wait)| (envelope.receipt, *wait)).collect();
        queue.hide(&hidden).await;
    }
    let mut response = SqsBatchResponse::default();
    for (envelope, _) in returned {
        response.add_failure(envelope.id);
    }
    response
}

async fn send(queue: Option<&Queue>, messages: &[Outgoing]) -> Vec<bool> {
    match queue {
        Some(queue) => queue.send(messages).await.iter().map(Result::is_ok).collect(),
        None => vec![false; messages.len()],
    }
}
