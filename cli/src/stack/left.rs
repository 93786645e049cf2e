//! How many messages wait in the queues of a stack, those that a removed destination left behind among them.

use std::collections::BTreeSet;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::try_join_all;

use super::{Destination, Queues, destinations, outputs::Outputs};
use crate::aws;
use crate::exit::Failure;

/// The tags that the stack puts on its queues.
const CORE_TAG: &str = "vault-export:core";
const NAME_TAG: &str = "vault-export:name";

/// A queue and what waits in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Whose queue: `ingest`, a destination, or the destination that was removed.
    pub(crate) owner: String,
    /// What it is in the stack.
    pub(crate) role: Role,
    /// Its address.
    pub(crate) url: String,
    /// Messages that can be received now, and those that are hidden or delayed.
    pub(crate) messages: u64,
}

/// What a queue is in the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// A dead-letter queue.
    DeadLetters,
    /// A queue, or a dead-letter queue, of a destination that was removed: nobody reads it any more.
    LeftBehind,
}

impl Role {
    /// The word in tables and JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::DeadLetters => "dlq",
            Role::LeftBehind => "left behind",
        }
    }
}

/// The dead-letter queues of the stack, and every queue that carries the stack's tag and has no reader. Needs
/// `sqs:ListQueues`, `sqs:ListQueueTags` and `sqs:GetQueueAttributes`.
pub(crate) async fn waiting(stack: &str) -> Result<Vec<Waiting>, Failure> {
    let ingest = Outputs::read(stack).await?.queues("Ingest")?;
    let known = destinations(stack).await?;
    let client = client().await?;
    let mut found = dead_letters(&ingest, &known);
    let living: BTreeSet<String> =
        urls(&ingest).chain(known.iter().flat_map(|one| urls(&one.queues))).collect();
    for url in tagged(&client, stack).await? {
        if !living.contains(&url.0) {
            found.push((url.1, Role::LeftBehind, url.0));
        }
    }
    let counted = found.into_iter().map(async |(owner, role, url)| {
        let messages = messages(&client, &url).await?;
        Ok::<_, Failure>(Waiting { owner, role, url, messages })
    });
    try_join_all(counted).await
}

fn dead_letters(ingest: &Queues, known: &[Destination]) -> Vec<(String, Role, String)> {
    let own = [("ingest".to_owned(), &ingest.dlq)];
    let theirs = known.iter().map(|one| (one.name.clone(), &one.queues.dlq));
    own.into_iter()
        .chain(theirs)
        .map(|(owner, url)| (owner, Role::DeadLetters, url.clone()))
        .collect()
}

fn urls(queues: &Queues) -> impl Iterator<Item = String> {
    [queues.queue.clone(), queues.dlq.clone()].into_iter()
}

async fn client() -> Result<Client, Failure> {
    let shared = aws::config(None).await?;
    let config = aws_sdk_sqs::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard())
        .timeout_config(aws::timeouts())
        .build();
    Ok(Client::from_conf(config))
}

/// Addresses of all queues with the stack's tag, each with the name of its owner.
async fn tagged(client: &Client, stack: &str) -> Result<Vec<(String, String)>, Failure> {
    let refused = "cannot list the queues of the stack";
    let request = client.list_queues().queue_name_prefix(format!("{stack}-")).max_results(1000);
    let mut pages = request.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| aws::lookup_refused(&error, refused, "sqs:ListQueues"))?;
        for url in page.queue_urls.unwrap_or_default() {
            let answer = client.list_queue_tags().queue_url(&url).send().await;
            let answer = answer
                .map_err(|error| aws::lookup_refused(&error, refused, "sqs:ListQueueTags"))?;
            let mut tags = answer.tags.unwrap_or_default();
            if tags.get(CORE_TAG).is_some_and(|core| core == stack) {
                found.push((url, tags.remove(NAME_TAG).unwrap_or_default()));
            }
        }
    }
    Ok(found)
}

async fn messages(client: &Client, url: &str) -> Result<u64, Failure> {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let request = client.get_queue_attributes().queue_url(url);
    let answer = request.set_attribute_names(Some(names.to_vec())).send().await;
    let answer = answer.map_err(|error| {
        aws::lookup_refused(
            &error,
            "cannot count the messages of a queue",
            "sqs:GetQueueAttributes",
        )
    })?;
    let counts = answer.attributes.unwrap_or_default();
    Ok(counts.values().filter_map(|count| count.parse::<u64>().ok()).sum())
}
