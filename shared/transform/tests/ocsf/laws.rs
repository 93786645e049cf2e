//! What holds for every valid event, however odd.

use proptest::prelude::*;
use serde_json::Value;

use super::{CLASSES, ocsf, random};

fn empties(place: &str, value: &Value, found: &mut Vec<String>) {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() && !place.starts_with(".unmapped"),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if empty {
        found.push(place.to_owned());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| empties(place, item, found)),
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, item)| empties(&format!("{place}.{name}"), item, found));
        }
        _ => {}
    }
}

/// The values at a path such as `resources[].uid`.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![value], |values, step| {
        let (name, list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let members = values.into_iter().filter_map(|value| value.get(name));
        if list {
            members.flat_map(|member| member.as_array().into_iter().flatten()).collect()
        } else {
            members.collect()
        }
    })
}

fn holds(event: &Value, contract: &Value) {
    let number = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
    assert_eq!(number("category_uid"), number("class_uid") / 1000);
    assert_eq!(event["metadata"]["uid"], contract["id"]);

    let mut found = Vec::new();
    empties("", event, &mut found);
    assert_eq!(found, Vec::<String>::new());
    for (key, value) in event["unmapped"].as_object().into_iter().flatten() {
        assert!(value.is_string(), "unmapped {key} is not a string");
    }
    for observable in event["observables"].as_array().into_iter().flatten() {
        let path = observable["name"].as_str().expect("a path");
        assert!(at(event, path).contains(&&observable["value"]), "{path}");
    }
    // A profile is listed exactly if an attribute of it is there.
    let profiles: Vec<&str> = event["metadata"]["profiles"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(profiles.is_sorted() && profiles.contains(&"datetime"));
    let needs_host = matches!(number("class_uid"), 2004 | 3003 | 3004 | 3005 | 6002);
    assert_eq!(profiles.contains(&"host"), needs_host && event.get("actor").is_some());
    assert_eq!(profiles.contains(&"security_control"), event.get("action_id").is_some());
}

#[test]
fn the_samples_keep_the_laws() {
    for line in CLASSES.lines() {
        holds(&ocsf(line), &serde_json::from_str(line).expect("a sample is JSON"));
    }
}

proptest! {
    #[test]
    fn every_valid_event_keeps_the_laws(seed in any::<u64>()) {
        let event = random::event(&mut fastrand::Rng::with_seed(seed));
        holds(&ocsf(&event.to_string()), &event);
    }

    /// Nothing is lost: each text of the event stands somewhere in what is written.
    #[test]
    fn every_text_of_the_event_is_there(seed in any::<u64>()) {
        let event = random::event(&mut fastrand::Rng::with_seed(seed));
        let written = texts(&ocsf(&event.to_string())).join("\n");
        for part in ["actor", "session", "source", "resource", "policy", "request", "network", "error", "origin"] {
            for text in texts(&event[part]).iter().filter(|text| !text.is_empty()) {
                let plain = written.contains(text.trim_matches('/'));
                let said = plain || said_otherwise(text) || written.contains(&json_text(text));
                prop_assert!(said, "{part}: {text:?} is lost of {event}");
            }
        }
    }
}

/// The texts of a value, in any depth, times left out (they are rewritten as milliseconds).
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if transform::event::Time::parse(text).is_none() => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// A text as it stands inside JSON text.
fn json_text(text: &str) -> String {
    let mut out = Vec::new();
    transform::json::escape(&mut out, text);
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// Words of the contract that OCSF has its own for.
fn said_otherwise(text: &str) -> bool {
    let types = ["human", "agent", "service", "system", "unknown"];
    let decisions = ["allow", "deny"];
    let methods = ["oidc", "openid", "saml", "kerberos"];
    types.contains(&text) || decisions.contains(&text) || methods.contains(&text)
}
