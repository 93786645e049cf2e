//! CEF, read back by a parser that knows the rules and not the writer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::string_slice, reason = "cut at ASCII characters that were just found")]

mod written;

use std::collections::BTreeMap;

use proptest::prelude::*;
use transform::event::{Network, Severity, Text};
use transform::format::Format;
use written::{encoded, event_saying, hostile, read};

struct Cef {
    header: Vec<String>,
    extension: BTreeMap<String, String>,
}

/// Seven fields ended by unescaped pipes, then `key=value` pairs; an unescaped `=` always ends a key.
fn parse(line: &str) -> Cef {
    let rest = line.strip_prefix("CEF:").unwrap();
    let (mut header, mut field) = (Vec::new(), String::new());
    let mut letters = rest.chars();
    while header.len() < 7 {
        match letters.next().unwrap() {
            '\\' => {
                let next = letters.next().unwrap();
                assert!(matches!(next, '\\' | '|'), "header escape {next:?}");
                field.push(next);
            }
            '|' => header.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    Cef { header, extension: pairs(letters.as_str()) }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut signs = Vec::new();
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' => signs.push(at),
            _ => {}
        }
    }
    let key_start = |sign: usize| text[..sign].rfind(' ').map_or(0, |space| space + 1);
    let mut found = BTreeMap::new();
    for (place, sign) in signs.iter().enumerate() {
        let key = &text[key_start(*sign)..*sign];
        assert!(
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
            "{key}"
        );
        let end = signs.get(place + 1).map_or(text.len(), |next| key_start(*next) - 1);
        let value = unescaped(&text[sign + 1..end]);
        assert_eq!(found.insert(key.to_owned(), value), None, "{key} twice");
    }
    found
}

fn unescaped(value: &str) -> String {
    let mut out = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next().unwrap() {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                plain @ ('\\' | '=') => out.push(plain),
                other => panic!("extension escape {other:?}"),
            },
            other => out.push(other),
        }
    }
    out
}

/// What a value may become: control characters gone, tabs spaces, all line separators line feeds.
fn tidy(text: &str, limit: usize) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    kept.take(limit)
        .map(|c| match c {
            '\t' => ' ',
            '\u{2028}' | '\u{2029}' => '\n',
            other => other,
        })
        .collect()
}

/// In the header no line break may stand at all.
fn flat(text: &str, limit: usize) -> String {
    tidy(text, limit).replace(['\n', '\r'], " ")
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_forges_nothing(text in hostile()) {
        let line = encoded(Format::Cef, &event_saying(&text));
        prop_assert!(!line.contains(['\n', '\r', '\0', '\u{2028}', '\u{85}']), "{line:?}");
        let cef = parse(&line);
        prop_assert_eq!(&cef.header, &[
            "0".to_owned(), flat(&text, 63), flat(&text, 63), flat(&text, 31),
            "SecretAccess:retrieve".to_owned(), "Secret access: retrieve".to_owned(), "5".to_owned(),
        ]);
        let empty = tidy(&text, 9999).is_empty();
        for (key, limit) in [
            ("msg", 1023), ("suser", 1023), ("suid", 1023), ("fname", 1023), ("filePath", 1023), ("fileId", 1023),
            ("duser", 1023), ("duid", 1023), ("requestMethod", 1023), ("requestClientApplication", 1023),
            ("requestContext", 1023), ("dvchost", 100), ("deviceExternalId", 255), ("dhost", 1023),
            ("cs3", 4000), ("cs4", 4000), ("cs6", 4000), ("reason", 1023),
        ] {
            let expected = (!empty).then(|| tidy(&text, limit));
            prop_assert_eq!(cef.extension.get(key), expected.as_ref(), "{}", key);
        }
        prop_assert_eq!(cef.extension.get("cs1"), Some(&format!("env={}", tidy(&text, 3996))));
        prop_assert_eq!(cef.extension.get("act").map(String::as_str), Some("retrieve"));
        for key in cef.extension.keys().filter(|key| is_custom(key)) {
            prop_assert!(cef.extension.contains_key(&format!("{key}Label")), "{key} without its label");
        }
    }
}

fn is_custom(key: &str) -> bool {
    let families = ["cs", "cn", "c6a", "cfp", "flexString", "deviceCustomDate"];
    families.iter().any(|family| {
        key.strip_prefix(family)
            .is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    })
}

#[test]
fn a_custom_field_means_the_same_in_every_class() {
    let mut meanings = BTreeMap::new();
    for line in written::lines() {
        let cef = parse(&encoded(Format::Cef, &read(line)));
        for (key, label) in cef.extension.iter().filter(|(key, _)| key.ends_with("Label")) {
            let known = meanings.entry(key.clone()).or_insert_with(|| label.clone());
            assert_eq!(known, label, "{key}");
            let field = key.strip_suffix("Label").unwrap();
            assert!(cef.extension.contains_key(field), "{key} without its field");
        }
    }
    for (key, label) in [
        ("cs1Label", "labels"),
        ("cs2Label", "policy"),
        ("cs3Label", "namespace"),
        ("cs4Label", "sessionId"),
        ("cs5Label", "integrityHash"),
        ("cs6Label", "leaseId"),
        ("cn1Label", "leaseTtlSeconds"),
        ("cn2Label", "resourceVersion"),
        ("cn3Label", "sequence"),
        ("c6a2Label", "Source IPv6 Address"),
        ("flexString1Label", "eventId"),
        ("flexString2Label", "onBehalfOf"),
    ] {
        assert_eq!(meanings.get(key).map(String::as_str), Some(label));
    }
}

#[test]
fn time_is_milliseconds_and_severity_is_on_cefs_scale() {
    let mut event = event_saying("x");
    for (severity, number) in Severity::ALL.iter().zip(["1", "3", "5", "8", "9"]) {
        event.severity = Some(*severity);
        assert_eq!(parse(&encoded(Format::Cef, &event)).header[6], number);
    }
    assert_eq!(parse(&encoded(Format::Cef, &event)).extension["rt"], "1771108201482");
}

#[test]
fn the_whole_id_is_always_there_and_in_external_id_where_it_fits() {
    let mut event = event_saying("x");
    for length in [1, 36, 40, 41, 128] {
        let id = "a".repeat(length);
        event.id = Text::from(id.clone());
        let cef = parse(&encoded(Format::Cef, &event));
        assert_eq!(cef.extension.get("flexString1"), Some(&id));
        assert_eq!(cef.extension.get("externalId"), (length <= 40).then_some(&id));
    }
}

#[test]
fn an_address_goes_where_version_0_has_a_place_for_it() {
    for (address, key) in [
        ("10.20.4.17", "src"),
        ("2001:db8::17", "c6a2"),
        ("::ffff:10.0.0.1", "c6a2"),
        ("bastion", "shost"),
    ] {
        let mut event = event_saying("x");
        event.network = Some(Network {
            source_ip: Some(address.into()),
            source_port: Some(51422),
            ..Network::default()
        });
        let cef = parse(&encoded(Format::Cef, &event));
        for place in ["src", "c6a2", "shost"] {
            let expected = (place == key).then_some(address);
            assert_eq!(cef.extension.get(place).map(String::as_str), expected, "{address}");
        }
        assert_eq!(cef.extension["spt"], "51422");
    }
}

#[test]
fn lengths_are_characters_before_escaping() {
    let cef = parse(&encoded(Format::Cef, &event_saying(&"|é".repeat(900))));
    assert_eq!(cef.header[1].chars().count(), 63);
    assert_eq!(cef.header[3].chars().count(), 31);
    assert_eq!(cef.extension["msg"].chars().count(), 1023);
    assert_eq!(cef.extension["dvchost"].chars().count(), 100);
}
