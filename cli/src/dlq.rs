//! `vault-export dlq`: what could not be delivered, and why.
//!
//! SQS has no way to look without taking: messages are received, and so hidden from others for a while; those that
//! are neither sent nor deleted are handed back at the end. A message is deleted only after the other queue has
//! taken it, so that it may be there twice when this program is killed, and never not at all.

mod letters;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use self::letters::{Letter, Letters};
use crate::args::{DlqCommand, RedriveArgs, WhichArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};
use crate::runtime::runtime;
use crate::stack::{self, Role};

/// Does what the command says.
pub(crate) fn run(command: &DlqCommand, talk: &Talk) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        let which = match command {
            DlqCommand::List { which, .. }
            | DlqCommand::Show(which)
            | DlqCommand::Purge { which, .. } => which,
            DlqCommand::Redrive(args) => &args.which,
        };
        if let (DlqCommand::List { json, .. }, Some(stack), None) =
            (command, &which.stack.stack, &which.stack.destination)
        {
            return overview(stack, which, *json, talk).await;
        }
        let url = source(command, which).await?;
        let mut letters = Letters::open(url).await?;
        let end = act(command, which, &mut letters, talk).await;
        letters.hand_back().await?;
        end
    })
}

/// The queue whose messages are meant.
async fn source(command: &DlqCommand, which: &WhichArgs) -> Result<String, Failure> {
    match command {
        DlqCommand::Redrive(RedriveArgs { from: Some(from), .. }) => Ok(from.clone()),
        _ => stack::queue(&which.stack, which.queue_url.as_ref(), |queues| queues.dlq).await,
    }
}

/// Every dead-letter queue of a stack, and every queue that a removed destination left behind.
async fn overview(
    stack: &str,
    which: &WhichArgs,
    json: bool,
    talk: &Talk,
) -> Result<Exit, Failure> {
    if which.reason.is_some() || which.error_class.is_some() || which.limit.is_some() {
        return Err(Failure::usage("--reason, --error-class and --limit need --destination")
            .hint("without --destination the queues of the stack are counted, and no message is looked at"));
    }
    let queues = stack::waiting(stack).await?;
    if json {
        let objects = queues.iter().map(|queue| {
            let (messages, role) = (queue.messages, queue.role.word());
            json!({ "messages": messages, "destination": queue.owner, "role": role, "queue_url": queue.url })
        });
        talk.json(&objects.collect::<Vec<Value>>())?;
    } else {
        for queue in &queues {
            let (messages, role) = (queue.messages, queue.role.word());
            talk.row(&format!("{messages}\t{}\t{role}\t{}", queue.owner, queue.url));
        }
    }
    let left = queues.iter().filter(|queue| queue.role == Role::LeftBehind && queue.messages > 0);
    if let Some(queue) = left.clone().next() {
        talk.warn(&format!(
            "{} left behind by removed destinations hold messages",
            count(left.count() as u64, "queue", "queues")
        ));
        talk.hint(&format!(
            "send them to a destination that exists: `vault-export dlq redrive --from {} --stack {stack} --destination NAME`",
            queue.url
        ));
    }
    let total = queues.iter().map(|queue| queue.messages).sum();
    talk.note(&format!(
        "{} in {}",
        count(total, "message", "messages"),
        count(queues.len() as u64, "queue", "queues")
    ));
    Ok(Exit::Done)
}

async fn act(
    command: &DlqCommand,
    which: &WhichArgs,
    letters: &mut Letters,
    talk: &Talk,
) -> Result<Exit, Failure> {
    match command {
        DlqCommand::List { json, .. } => list(which, *json, letters, talk).await,
        DlqCommand::Show(_) => show(which, letters, talk).await,
        DlqCommand::Redrive(args) => redrive(args, letters, talk).await,
        DlqCommand::Purge { yes, .. } => purge(which, *yes, letters, talk).await,
    }
}

/// The next messages that are wanted; none at the end.
async fn next(
    which: &WhichArgs,
    found: &mut u64,
    letters: &mut Letters,
) -> Result<Option<Vec<Letter>>, Failure> {
    while which.limit.is_none_or(|limit| *found < limit) {
        let Some(received) = letters.receive().await? else { break };
        let mut wanted: Vec<Letter> =
            received.into_iter().filter(|letter| letter.is_wanted(which)).collect();
        if let Some(room) = which.limit.map(|limit| limit - *found) {
            wanted.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        }
        *found += wanted.len() as u64;
        if !wanted.is_empty() {
            return Ok(Some(wanted));
        }
    }
    Ok(None)
}

async fn list(
    which: &WhichArgs,
    json: bool,
    letters: &mut Letters,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let mut groups: BTreeMap<[String; 3], u64> = BTreeMap::new();
    let mut found = 0;
    while let Some(wanted) = next(which, &mut found, letters).await? {
        for letter in wanted {
            let key = ["destination", "error_class", "reason"].map(|name| letter.said(name));
            *groups.entry(key).or_default() += letter.records();
        }
    }
    if json {
        let objects = groups.into_iter().map(|([destination, class, reason], records)| {
            json!({ "records": records, "destination": destination, "error_class": class, "reason": reason })
        });
        talk.json(&objects.collect::<Vec<Value>>())?;
    } else {
        for ([destination, class, reason], number) in groups {
            talk.row(&format!("{number}\t{destination}\t{class}\t{reason}"));
        }
    }
    talk.note(&count(found, "message", "messages"));
    Ok(Exit::Done)
}

async fn show(which: &WhichArgs, letters: &mut Letters, talk: &Talk) -> Result<Exit, Failure> {
    let mut found = 0;
    while let Some(wanted) = next(which, &mut found, letters).await? {
        for letter in wanted {
            talk.data(&letter.as_json());
        }
    }
    Ok(Exit::Done)
}

async fn redrive(args: &RedriveArgs, letters: &mut Letters, talk: &Talk) -> Result<Exit, Failure> {
    let to = match &args.to {
        Some(to) => to.clone(),
        None => stack::queue(&args.which.stack, None, |queues| queues.queue).await?,
    };
    if to == letters.url() {
        return Err(Failure::usage("source and target are the same queue"));
    }
    let (mut found, mut sent) = (0, 0);
    while let Some(wanted) = next(&args.which, &mut found, letters).await? {
        if args.dry_run {
            continue;
        }
        let began = tokio::time::Instant::now();
        let number = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        sent += letters.send_on(&to, wanted).await?;
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / args.rate).await;
    }
    let messages = count(found, "message", "messages");
    if args.dry_run {
        talk.note(&format!("{messages} would be sent"));
        return Ok(Exit::Done);
    }
    talk.note(&format!("{sent} of {messages} sent"));
    Ok(if sent == found { Exit::Done } else { Exit::Retry })
}

async fn purge(
    which: &WhichArgs,
    yes: bool,
    letters: &mut Letters,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let (mut found, mut deleted) = (0, 0);
    while let Some(wanted) = next(which, &mut found, letters).await? {
        if yes {
            deleted += letters.delete(&wanted).await?;
        }
    }
    let messages = count(found, "message", "messages");
    if !yes {
        talk.note(&format!("{messages} would be deleted"));
        talk.hint("--yes deletes them; what they hold is then nowhere else in the stack");
        return Ok(Exit::Done);
    }
    talk.note(&format!("{deleted} of {messages} deleted"));
    Ok(if deleted == found { Exit::Done } else { Exit::Retry })
}
