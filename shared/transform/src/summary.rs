//! One line about an event for a person: a chat message, a page's title, a log's text.

use crate::event::{Event, Outcome, Resource};

/// `cursor-agent retrieve aws/prod/access_key: denied, No matching policy`.
///
/// Actor, action, resource and outcome, then the event's own message or the reason that it gives. One line,
/// not escaped for anything; as long as its parts.
pub fn summary(event: &Event<'_>) -> String {
    let mut line = String::with_capacity(128);
    line.push_str(event.actor.name.as_ref().unwrap_or(&event.actor.id));
    line.push(' ');
    line.push_str(&event.action);
    if let Some(name) = event.resource.as_ref().and_then(resource_name) {
        line.push(' ');
        line.push_str(name);
    }
    line.push_str(": ");
    line.push_str(outcome(event.outcome));
    if let Some(why) = why(event) {
        line.push_str(", ");
        line.push_str(why);
    }
    if line.contains(['\n', '\r']) { line.replace(['\n', '\r'], " ") } else { line }
}

fn resource_name<'e>(resource: &'e Resource<'_>) -> Option<&'e str> {
    [&resource.path, &resource.name, &resource.id].into_iter().flatten().next().map(|text| &**text)
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "done",
        Outcome::Failure => "failed",
        Outcome::Denied => "denied",
        Outcome::Pending => "pending",
        Outcome::Unknown => "outcome unknown",
    }
}

fn why<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let policy = event.policy.as_ref().and_then(|policy| policy.reason.as_ref());
    let error =
        event.error.as_ref().and_then(|error| error.message.as_ref().or(error.code.as_ref()));
    [event.message.as_ref(), policy, error].into_iter().flatten().next().map(|text| &**text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::native;

    #[test]
    fn it_says_who_did_what_to_what_and_how_it_ended() {
        let event = native::parse(
            r#"{"schema":"vault-audit/1","id":"1","time":"2026-02-14T22:31:44Z","class":"PolicyViolation",
                "action":"retrieve","outcome":"denied","actor":{"id":"agent:cursor","type":"agent","name":"cursor"},
                "source":{"product":"sanctum","instance":"v"},"resource":{"type":"secret","path":"aws/key"},
                "policy":{"decision":"deny","reason":"No matching\npolicy"}}"#,
        )
        .unwrap();
        assert_eq!(summary(&event), "cursor retrieve aws/key: denied, No matching policy");
    }
}
