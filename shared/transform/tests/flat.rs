//! Flat JSON and OTLP/JSON against the contract's own JSON: nothing lost, nothing changed, no key twice.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};
use transform::event::{Event, Severity, Text};
use transform::format::Format;
use written::{encoded, event_saying, hostile, read};

/// An object in which a repeated key is an error, which `serde_json::Value` forgives.
struct Unique(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Unique;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    assert_eq!(members.insert(key.clone(), value), None, "{key} twice");
                }
                Ok(Unique(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The dotted paths of the contract's JSON, by the rules of `docs/formats/flat_json.md`.
fn flattened(event: &Event<'_>) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    flatten("", &serde_json::from_str(&encoded(Format::Json, event)).unwrap(), &mut flat);
    flat
}

fn flatten(path: &str, value: &Value, flat: &mut BTreeMap<String, Value>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(key, value)| flatten(&below(key), value, flat));
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| flatten(&below(&at.to_string()), item, flat));
        }
        Value::Object(_) => insert(flat, path, Value::Null),
        other => insert(flat, path, other.clone()),
    }
}

/// The later of two that would have the same path gets a `~`.
fn insert(flat: &mut BTreeMap<String, Value>, path: &str, value: Value) {
    let mut path = path.to_owned();
    while flat.contains_key(&path) {
        path.push('~');
    }
    flat.insert(path, value);
}

/// Which of two with one path comes later depends on their order, which `serde_json::Value` forgets.
fn pairs(flat: BTreeMap<String, Value>) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = flat
        .into_iter()
        .map(|(key, value)| (key.trim_end_matches('~').to_owned(), value.to_string()))
        .collect();
    pairs.sort();
    pairs
}

fn flat_json(event: &Event<'_>) -> BTreeMap<String, Value> {
    let line = encoded(Format::FlatJson, event);
    assert!(!line.contains('\n'));
    serde_json::from_str::<Unique>(&line).unwrap().0
}

#[test]
fn flat_json_is_the_contract_with_dots() {
    for line in written::lines() {
        let event = read(line);
        assert_eq!(pairs(flat_json(&event)), pairs(flattened(&event)), "{}", event.id);
    }
}

#[test]
fn a_key_with_a_dot_never_meets_a_path() {
    let mut event = event_saying("x");
    event.details = serde_json::from_str(
        r#"{"a.b":1,"a":{"b":2,"b~":3},"c":[{"d":4}],"c.0.d":5,"e":{},"f":[]}"#,
    )
    .unwrap();
    let flat = flat_json(&event);
    let of = |key: &str| flat.get(&format!("details.{key}")).cloned();
    assert_eq!(of("a.b"), Some(json!(1)));
    assert_eq!(of("a.b~"), Some(json!(2)));
    assert_eq!(of("a.b~~"), Some(json!(3)));
    assert_eq!(of("c.0.d"), Some(json!(4)));
    assert_eq!(of("c.0.d~"), Some(json!(5)));
    assert_eq!(of("e"), Some(Value::Null));
    assert_eq!(of("f"), Some(json!([])));
}

/// The attributes of the one record, as plain JSON again.
fn attributes(list: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for attribute in list.as_array().unwrap() {
        let key = attribute["key"].as_str().unwrap();
        assert_eq!(found.insert(key.to_owned(), plain(&attribute["value"])), None, "{key} twice");
    }
    found
}

fn plain(value: &Value) -> Value {
    let members: Vec<(&String, &Value)> = value.as_object().unwrap().iter().collect();
    let [(kind, inner)] = members.as_slice() else { panic!("one kind: {value}") };
    match kind.as_str() {
        "stringValue" => json!(inner.as_str().unwrap()),
        "boolValue" => json!(inner.as_bool().unwrap()),
        "intValue" => json!(inner.as_str().unwrap().parse::<i64>().unwrap()),
        "doubleValue" => json!(inner.as_f64().unwrap()),
        "arrayValue" => inner["values"].as_array().unwrap().iter().map(plain).collect(),
        other => panic!("{other}"),
    }
}

struct Otlp {
    resource: BTreeMap<String, Value>,
    record: Value,
    attributes: BTreeMap<String, Value>,
}

fn otlp(event: &Event<'_>) -> Otlp {
    let line = encoded(Format::OtlpLogs, event);
    assert!(!line.contains('\n'));
    let request: Value = serde_json::from_str(&line).unwrap();
    let logs = &request["resourceLogs"][0];
    assert_eq!(logs["scopeLogs"][0]["scope"]["name"], "vault-export");
    let record = logs["scopeLogs"][0]["logRecords"][0].clone();
    Otlp {
        resource: attributes(&logs["resource"]["attributes"]),
        attributes: attributes(&record["attributes"]),
        record,
    }
}

#[test]
fn otlp_says_everything_once_in_the_record_the_resource_or_an_attribute() {
    for line in written::lines() {
        let event = read(line);
        let Otlp { resource, record, mut attributes } = otlp(&event);
        let mut expected = flattened(&event);
        let mut taken = |key: &str| expected.remove(key);
        assert_eq!(attributes.remove("log.record.uid"), taken("id"));
        let nanos = |key: &str| {
            let nanos = record[key].as_str().unwrap().parse::<i128>().unwrap();
            Some(json!(
                transform::event::Time::from(jiff::Timestamp::from_nanosecond(nanos).unwrap())
                    .to_string()
            ))
        };
        assert_eq!(nanos("timeUnixNano"), taken("time"));
        assert_eq!(nanos("observedTimeUnixNano"), taken("observed_time"));
        assert_eq!(Some(record["severityText"].clone()), taken("severity"));
        assert_eq!(record.get("traceId").cloned(), taken("request.trace_id"));
        for (attribute, key) in [
            ("service.name", "source.product"),
            ("service.namespace", "source.vendor"),
            ("service.version", "source.version"),
            ("service.instance.id", "source.instance"),
            ("host.name", "source.host"),
            ("cloud.region", "source.region"),
        ] {
            assert_eq!(resource.get(attribute).cloned(), taken(key), "{key}");
        }
        for (attribute, key) in [
            ("client.address", "network.source_ip"),
            ("client.port", "network.source_port"),
            ("server.address", "network.destination_host"),
            ("user_agent.original", "request.user_agent"),
        ] {
            assert_eq!(attributes.remove(attribute), taken(key), "{key}");
        }
        expected.retain(|_, value| !value.is_null());
        assert_eq!(pairs(attributes), pairs(expected), "{}", event.id);
        let name = record["eventName"].as_str().unwrap();
        assert!(name.starts_with("vault.") && name.split('.').count() == 3, "{name}");
        assert!(!record["body"]["stringValue"].as_str().unwrap().is_empty());
    }
}

#[test]
fn otlp_severities_are_the_data_models() {
    let mut event = event_saying("x");
    for (severity, number) in Severity::ALL.iter().zip([9, 10, 13, 17, 18]) {
        event.severity = Some(*severity);
        assert_eq!(otlp(&event).record["severityNumber"], json!(number));
    }
}

#[test]
fn a_trace_id_that_is_none_stays_an_attribute_and_out_of_the_record() {
    for (id, valid) in [
        ("4bf92f3577b34da6a3ce929d0e0e4736", true),
        ("00000000000000000000000000000000", false),
        ("4bf92f3577b34da6", false),
    ] {
        let mut event = event_saying("x");
        event.request.as_mut().unwrap().trace_id = Some(id.into());
        let Otlp { record, attributes, .. } = otlp(&event);
        assert_eq!(record.get("traceId"), valid.then(|| json!(id)).as_ref());
        assert_eq!(attributes.contains_key("request.trace_id"), !valid);
    }
}

#[test]
fn an_event_name_has_few_values_whatever_the_actions_qualifier() {
    let mut event = event_saying("x");
    event.action = Text::from("use:http_request");
    assert_eq!(otlp(&event).record["eventName"], "vault.secret_access.use");
    event.action = Text::from("kill.hard");
    assert_eq!(otlp(&event).record["eventName"], "vault.secret_access.kill");
}

#[test]
fn without_a_time_of_observation_the_events_own_stands_for_it() {
    let mut event = event_saying("x");
    event.observed_time = None;
    let record = otlp(&event).record;
    assert_eq!(record["observedTimeUnixNano"], "1771108201482000000");
    assert_eq!(record["timeUnixNano"], "1771108201482000000");
}

proptest! {
    #[test]
    fn hostile_text_stays_text(text in hostile()) {
        let event = event_saying(&text);
        let flat = flat_json(&event);
        prop_assert_eq!(&flat["message"], &json!(text));
        prop_assert_eq!(&flat["labels.env"], &json!(text));
        prop_assert_eq!(&flat["actor.groups"], &json!([text, text]));
        prop_assert!(flat.values().filter(|value| **value == json!(text)).count() >= 17);
        let Otlp { attributes, resource, .. } = otlp(&event);
        prop_assert_eq!(&attributes["message"], &json!(text));
        prop_assert_eq!(&attributes["policy.names"], &json!([text]));
        prop_assert_eq!(&resource["service.name"], &json!(text));
    }
}
