//! `vault-export dlq`: what could not be delivered, and why.
//!
//! SQS has no way to look without taking: messages are received, and so hidden from others for a while; those that
//! are neither sent nor deleted are handed back at the end. A message is deleted only after the other queue has
//! taken it, so that it may be there twice when this program is killed, and never not at all.

mod letters;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use self::letters::{Letter, Letters};
use crate::args::{DlqCommand, Owner, RedriveArgs, WhichArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};
use crate::runtime::runtime;
use crate::stack;

/// Does what the command says.
pub(crate) fn run(command: &DlqCommand, talk: &Talk) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        let which = match command {
            DlqCommand::List(which) | DlqCommand::Show(which) | DlqCommand::Purge { which, .. } => {
                which
            }
            DlqCommand::Redrive(args) => &args.which,
        };
        let url = stack::queue(&which.stack, which.queue_url.as_ref(), Owner::dlq_output).await?;
        let mut letters = Letters::open(url).await?;
        let end = act(command, which, &mut letters, talk).await;
        letters.hand_back().await?;
        end
    })
}

async fn act(
    command: &DlqCommand,
    which: &WhichArgs,
    letters: &mut Letters,
    talk: &Talk,
) -> Result<Exit, Failure> {
    match command {
        DlqCommand::List(_) => list(which, letters, talk).await,
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

async fn list(which: &WhichArgs, letters: &mut Letters, talk: &Talk) -> Result<Exit, Failure> {
    let mut groups: BTreeMap<[String; 3], u64> = BTreeMap::new();
    let mut found = 0;
    while let Some(wanted) = next(which, &mut found, letters).await? {
        for letter in wanted {
            let key = ["destination", "error_class", "reason"].map(|name| letter.said(name));
            *groups.entry(key).or_default() += 1;
        }
    }
    for ([destination, class, reason], number) in groups {
        talk.data(&format!("{number}\t{destination}\t{class}\t{reason}"));
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
        None => stack::queue(&args.which.stack, None, Owner::queue_output).await?,
    };
    if to == letters.url() {
        return Err(Failure::usage("--to is the dead-letter queue itself"));
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
