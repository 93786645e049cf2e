//! What an answer to `_bulk` means: a pure function of status and body.
//!
//! 200 says only that the request was read. Each document has an item in the answer, in the order in which they
//! were sent, and the place is all that counts: an ingest pipeline may have changed the id. A wrong number of
//! items, or one without a status, says nothing about any document, and all go again; `create` with an id makes
//! that harmless.

mod item;

use std::time::Duration;

use delivery::http::{Response, stranger, verdict_of};
use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};
use serde::Deserialize;

use self::item::Item;

/// What a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// What became of a request with so many documents.
pub(crate) fn classify(response: &Response, documents: usize) -> Answer {
    let status = response.status.as_u16();
    let reason = |class, text: &str| Reason::new(class, text).with_status(status);
    match status {
        // Halves have shorter answers. They create nothing twice.
        200 if response.truncated && documents > 1 => Answer::Split(reason(
            ErrorClass::Protocol,
            "the answer is too long to be read; asking for less at once",
        )),
        200 => match items(&response.body, documents) {
            Ok(items) => of_items(&items),
            Err(text) => Answer::retry(reason(ErrorClass::Protocol, text)),
        },
        201..=299 => {
            Answer::retry(reason(ErrorClass::Protocol, "not the answer of a bulk request"))
        }
        400 => match refusal(&response.body) {
            Some(text) => Answer::Suspect(reason(ErrorClass::Refused, &text)),
            None => stranger(response),
        },
        401 => Answer::Auth(reason(ErrorClass::Auth, "the server does not know the credential")),
        403 => Answer::Auth(reason(
            ErrorClass::Auth,
            "the credential may not write to the index; it needs the privilege create_doc",
        )),
        404 => Answer::Config(reason(ErrorClass::Config, "there is no such index or address")),
        501 => Answer::Config(reason(ErrorClass::Config, "the server cannot do bulk requests")),
        _ => verdict_of(response.status, &response.headers, LONGEST_WAIT),
    }
}

/// An answer to `_bulk`, as `filter_path` cuts it. `errors` must be there: a 200 of anything else has none.
#[derive(Deserialize)]
struct Bulk {
    #[expect(dead_code, reason = "the items tell more; but what has none is no such answer")]
    errors: bool,
    items: Vec<Item>,
}

fn items(body: &[u8], documents: usize) -> Result<Vec<Item>, &'static str> {
    let bulk: Bulk =
        serde_json::from_slice(body).map_err(|_| "not the answer of a bulk request")?;
    if bulk.items.len() == documents {
        Ok(bulk.items)
    } else {
        Err("the answer has a wrong number of items")
    }
}

/// The verdicts; what is said of all documents is said of the request.
fn of_items(items: &[Item]) -> Answer {
    let too_large = items.iter().find(|item| item.status() == 413);
    if let Some(first) = too_large.filter(|_| items.iter().all(|item| item.status() == 413)) {
        return Answer::Split(first.reason(ErrorClass::TooLarge, "larger than the server takes"));
    }
    let verdicts: Vec<Verdict> = items.iter().map(Item::verdict).collect();
    if let Some(first) = items.first().filter(|first| is_unknown(first))
        && items.iter().all(|item| item.status() == first.status())
    {
        return Answer::Config(first.reason(ErrorClass::Config, "the server does not allow this"));
    }
    let is_degraded =
        |verdict: &&Verdict| matches!(verdict, Verdict::Delivered(Delivery::Degraded));
    let degraded = verdicts.iter().filter(is_degraded).count();
    if degraded > 0 {
        tracing::warn!(
            degraded,
            "the data stream could not index some events; they are in its failure store"
        );
    }
    match ours(&verdicts) {
        Some(reason) if reason.class == ErrorClass::Auth => Answer::Auth(reason.clone()),
        Some(reason) => Answer::Config(reason.clone()),
        None => Answer::Each(verdicts),
    }
}

/// Whether the status is a refusal that the table does not have.
fn is_unknown(item: &Item) -> bool {
    let protocol = |verdict| matches!(verdict, Verdict::Retry { reason, .. } if reason.class == ErrorClass::Protocol);
    (400..500).contains(&item.status()) && protocol(item.verdict())
}

/// The credential's or setting's fault that keeps every single document back.
fn ours(verdicts: &[Verdict]) -> Option<&Reason> {
    let mut reasons = verdicts.iter().map(|verdict| match verdict {
        Verdict::Retry { reason, .. } => {
            matches!(reason.class, ErrorClass::Auth | ErrorClass::Config).then_some(reason)
        }
        _ => None,
    });
    let first = reasons.next()??;
    reasons.all(|reason| reason.is_some_and(|reason| reason.class == first.class)).then_some(first)
}

/// A sentence with the error's type, if the error is one of the cluster's: an object with a type and a status
/// beside it. The server's own sentence may quote the document and stays unread.
fn refusal(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: item::Error,
        #[expect(dead_code, reason = "what has none is no such answer")]
        status: u16,
    }
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    Some(match refusal.error.name() {
        Some(name) => format!("the server refused the request as {name}"),
        None => "the server refused the request".to_owned(),
    })
}

#[cfg(test)]
mod fuzz;
