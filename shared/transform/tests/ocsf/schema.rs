//! Ids and captions against `schema-1.3.0.json`, an extract of the OCSF schema (see NOTICE).

use serde_json::{Map, Value};

use super::{CLASSES, EXAMPLES, id, ocsf};

const SCHEMA: &str = include_str!("schema-1.3.0.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the extract is JSON")
}

/// Checks every id of an object that the schema knows against its enum, and its caption beside it.
fn check(place: &str, object: &Map<String, Value>, attributes: &Value) {
    for (name, attribute) in attributes.as_object().into_iter().flatten() {
        let Some(value) = object.get(name) else { continue };
        let caption = &attribute["enum"][value.to_string()];
        assert!(caption.is_string(), "{place}.{name}: {value} is not in the enum");
        let written = object.get(attribute["sibling"].as_str().expect("a name"));
        if value == 99 {
            assert!(written.is_some() && written != Some(caption), "{place}.{name}: 99 unsaid");
        } else {
            assert_eq!(written, Some(caption), "{place}.{name}");
        }
    }
}

/// The schema's object for a member of this name, where it has enums.
fn object_of(member: &str) -> Option<&'static str> {
    match member {
        "user" => Some("user"),
        "entity" | "entity_result" => Some("managed_entity"),
        "analytic" => Some("analytic"),
        "observables" => Some("observable"),
        "compliance" => Some("compliance"),
        _ => None,
    }
}

fn walk(place: &str, value: &Value, schema: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(place, item, schema)),
        Value::Object(members) => {
            let last = place.rsplit('.').next().unwrap_or(place);
            if let Some(object) = object_of(last) {
                check(place, members, &schema["enums"][object]);
            }
            for (name, member) in members {
                walk(&format!("{place}.{name}"), member, schema);
            }
        }
        _ => {}
    }
}

#[test]
fn every_id_and_its_caption_are_the_schemas() {
    let schema = schema();
    for line in CLASSES.lines().chain(EXAMPLES.lines()) {
        let (id, event) = (id(line), ocsf(line));
        let class = &schema["classes"][event["class_uid"].to_string()];
        assert_eq!(event["class_name"], class["caption"], "{id}");
        assert_eq!(event["category_uid"], class["category_uid"], "{id}");
        assert_eq!(event["category_name"], class["category_name"], "{id}");
        let members = event.as_object().expect("an event is an object");
        // 99 in `activity_id` has the source's word; in `type_uid` the schema's caption stands.
        check(&id, members, &class["attributes"]);
        walk(&id, &event, &schema);
        for profile in event["metadata"]["profiles"].as_array().expect("a list") {
            assert!(class["profiles"].as_array().expect("a list").contains(profile), "{id}");
        }
    }
}

#[test]
fn the_samples_reach_every_class_and_activity_that_is_written() {
    let mut types: Vec<u64> =
        CLASSES.lines().map(|line| ocsf(line)["type_uid"].as_u64().expect("a number")).collect();
    types.sort_unstable();
    types.dedup();
    assert_eq!(
        types,
        [
            100_801, 100_803, 100_809, 100_810, 200_301, 200_401, 200_402, 200_403, 300_110,
            300_111, 300_201, 300_202, 300_301, 300_401, 300_402, 300_403, 300_404, 300_406,
            300_407, 300_408, 300_409, 300_412, 300_413, 300_501, 300_502, 600_201, 600_203,
            600_204, 600_205, 600_206, 600_207, 600_208, 600_299, 600_301, 600_302, 600_303,
            600_304, 600_399
        ]
    );
}
