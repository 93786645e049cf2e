//! The documents themselves.

use std::collections::HashSet;
use std::fmt;

use elastic::encode::Document;
use proptest::prelude::*;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use transform::source::native;

use super::*;

const EVENT: &str = r#"{"schema":"vault-audit/1","id":"e-1","time":"2026-02-14T22:30:01.482913Z",
    "observed_time":"2026-02-14T22:30:02Z","class":"PolicyViolation","attempted_class":"SecretAccess",
    "action":"retrieve","outcome":"denied","severity":"High","message":"refused",
    "actor":{"id":"agent:a","type":"agent","name":"cursor","email":"a@example.com"},
    "source":{"product":"sanctum","vendor":"SanctumAI","version":"1.2","instance":"vault-eu","host":"node-1"},
    "resource":{"type":"secret","path":"aws/key"},
    "policy":{"decision":"deny","reason":"No matching policy"},
    "request":{"trace_id":"0af7651916cd43dd8448eb211c80319c"},
    "network":{"source_ip":"203.0.113.9","source_port":443},"labels":{"env":"production"}}"#;

fn config(settings: &str) -> Config {
    let settings = format!("endpoint = \"https://e\"\n{settings}");
    settings.parse::<toml::Table>().unwrap().try_into().unwrap()
}

fn written(config: &Config, format: Format, event: &Event<'_>) -> String {
    let mut out = b"before\n".to_vec();
    Document::new(config, format).write(event, &mut out).unwrap();
    String::from_utf8(out).unwrap().strip_prefix("before\n").unwrap().to_owned()
}

fn document(settings: &str, format: Format, line: &str) -> Value {
    let text = written(&config(settings), format, &native::parse(line).unwrap());
    serde_json::from_str(text.lines().nth(1).unwrap()).unwrap()
}

#[test]
fn the_ecs_fields_stand_beside_the_event_under_its_own_root() {
    for (format, root) in
        [(Format::Ocsf, "ocsf"), (Format::FlatJson, "vault"), (Format::Json, "vault")]
    {
        let mut document = document("", format, EVENT);
        let whole = document.as_object_mut().unwrap().remove(root).unwrap();
        assert!(whole.as_object().unwrap().len() > 5);
        assert_eq!(
            document,
            json!({
                "@timestamp": "2026-02-14T22:30:01.482913Z",
                "data_stream": {"type": "logs", "dataset": "vault.audit", "namespace": "default"},
                "ecs": {"version": "8.17.0"},
                "event": {
                    "id": "e-1", "kind": "event", "category": ["api"], "type": ["denied"],
                    "action": "retrieve", "outcome": "failure", "severity": 4,
                    "provider": "sanctum", "module": "vault", "dataset": "vault.audit",
                    "created": "2026-02-14T22:30:02Z", "reason": "No matching policy",
                },
                "user": {"id": "agent:a", "name": "cursor", "email": "a@example.com"},
                "related": {"user": ["agent:a", "cursor"], "ip": ["203.0.113.9"]},
                "source": {"address": "203.0.113.9", "ip": "203.0.113.9", "port": 443},
                "observer": {
                    "name": "vault-eu", "product": "sanctum", "vendor": "SanctumAI",
                    "version": "1.2", "hostname": "node-1",
                },
                "trace": {"id": "0af7651916cd43dd8448eb211c80319c"},
                "message": "cursor retrieve aws/key: denied, refused",
            })
        );
    }
}

#[test]
fn a_plain_index_has_no_data_stream_fields() {
    let document = document("index = \"sanctum-events\"\n", Format::Json, EVENT);
    assert!(document.get("data_stream").is_none());
    assert_eq!(document["event"]["dataset"], "vault.audit");
}

#[test]
fn an_address_that_is_none_is_no_ip() {
    let line = EVENT.replace("203.0.113.9", "proxy-7");
    let document = document("", Format::Json, &line);
    assert_eq!(document["source"], json!({"address": "proxy-7", "port": 443}));
    assert!(document["related"].get("ip").is_none());
}

#[test]
fn cef_is_the_message() {
    let document = document("", Format::Cef, EVENT);
    assert!(document["message"].is_string());
    assert!(document.get("vault").is_none() && document.get("ocsf").is_none());
}

/// Every event of every kind that the repository has.
#[test]
fn every_sample_becomes_two_lines_of_json_without_a_repeated_key() {
    let samples = include_str!("../../../../shared/transform/tests/samples/classes.jsonl");
    let mut seen = 0;
    for line in samples.lines().filter(|line| !line.trim().is_empty()) {
        let event = native::parse(line).unwrap();
        for format in [Format::Ocsf, Format::FlatJson, Format::Json, Format::Cef] {
            assert_two_lines(&written(&config(""), format, &event), &event.id);
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
}

proptest! {
    #[test]
    fn any_text_and_any_details_become_two_lines_of_json_without_a_repeated_key(
        id in "[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,127}",
        message in any::<String>(),
        name in any::<String>(),
        address in any::<String>(),
        keys in proptest::collection::btree_set("[a-c.]{1,4}", 0..6),
    ) {
        let mut line: Value = serde_json::from_str(EVENT).unwrap();
        let nested: serde_json::Map<_, _> =
            keys.iter().map(|key| (key.clone(), json!({"b": 1, "a": {"c": message}}))).collect();
        let flat: serde_json::Map<_, _> =
            keys.iter().map(|key| (format!("{key}.b"), json!(2))).collect();
        let details: serde_json::Map<_, _> = nested.into_iter().chain(flat).collect();
        line["id"] = json!(id);
        line["message"] = json!(message.chars().take(1_000).collect::<String>());
        line["actor"]["name"] = json!(name.chars().take(256).collect::<String>());
        line["network"]["source_ip"] = json!(address.chars().take(45).collect::<String>());
        let short: Vec<(&String, &Value)> = details.iter().take(8).collect();
        line["details"] = short.into_iter().map(|(key, value)| (key.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>().into();
        let line = line.to_string();
        let Ok(event) = native::parse(&line) else { return Ok(()) };
        for format in [Format::Ocsf, Format::FlatJson, Format::Json, Format::Cef] {
            assert_two_lines(&written(&config(""), format, &event), &id);
        }
    }
}

fn assert_two_lines(text: &str, id: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!((lines.len(), lines.last()), (3, Some(&"")), "two lines, each with its newline");
    let action: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(action, json!({"create": {"_id": id}}));
    let document: Unique = serde_json::from_str(lines[1]).unwrap();
    let Unique(keys) = document;
    for needed in ["@timestamp", "event", "user", "message", "ecs"] {
        assert!(keys.contains(needed), "{needed}");
    }
}

/// Any JSON in which no object has a key twice; keeps the outermost keys.
struct Unique(HashSet<String>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
                let mut keys = HashSet::new();
                while let Some((key, _)) = map.next_entry::<String, Unique>()? {
                    if !keys.insert(key.clone()) {
                        return Err(de::Error::custom(format!("{key} is there twice")));
                    }
                }
                Ok(Unique(keys))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
                while seq.next_element::<Unique>()?.is_some() {}
                Ok(Unique(HashSet::new()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }

            fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }

            fn visit_unit<E>(self) -> Result<Unique, E> {
                Ok(Unique(HashSet::new()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[test]
fn a_repeated_key_would_be_noticed() {
    for twice in [r#"{"a":1,"a":2}"#, r#"{"x":[{"b":{"a":1,"a":2}}]}"#] {
        assert!(serde_json::from_str::<Unique>(twice).is_err());
        assert!(serde_json::from_str::<IgnoredAny>(twice).is_ok());
    }
}
