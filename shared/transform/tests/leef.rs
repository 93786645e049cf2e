//! LEEF, read back by a parser that knows the rules and not the writer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::collections::BTreeMap;

use proptest::prelude::*;
use transform::event::{Network, Severity, Text, Time};
use transform::format::Format;
use written::{encoded, event_saying, hostile, read};

struct Leef {
    version: String,
    header: Vec<String>,
    pairs: BTreeMap<String, String>,
}

/// Fields ended by pipes, which nothing escapes, then pairs with tabs between them.
fn parse(line: &str) -> Leef {
    let (version, rest) = line.strip_prefix("LEEF:").unwrap().split_once('|').unwrap();
    let fields = if version == "2.0" { 6 } else { 5 };
    let mut parts: Vec<&str> = rest.splitn(fields, '|').collect();
    let body = parts.pop().unwrap();
    if version == "2.0" {
        assert_eq!(parts.pop(), Some("x09"), "the separator is named");
    }
    let mut pairs = BTreeMap::new();
    for pair in body.split('\t') {
        let (key, value) = pair.split_once('=').unwrap();
        assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
        assert_eq!(pairs.insert(key.to_owned(), value.to_owned()), None, "{key} twice");
    }
    let header = parts.into_iter().map(str::to_owned).collect();
    Leef { version: version.to_owned(), header, pairs }
}

/// What a value may become: control characters gone, whatever ends a value or a line a space.
fn tidy(text: &str, limit: usize) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    kept.take(limit)
        .map(|c| if matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_forges_nothing(text in hostile()) {
        for (format, version) in [(Format::Leef, "2.0"), (Format::Leef1, "1.0")] {
            let line = encoded(format, &event_saying(&text));
            prop_assert!(!line.contains(['\n', '\r', '\0', '\u{2028}', '\u{85}']), "{line:?}");
            let leef = parse(&line);
            prop_assert_eq!(&leef.version, version);
            let field = |limit| tidy(&text, limit).replace('|', "/");
            let expected = [field(63), field(63), field(31), "SecretAccess.retrieve".to_owned()];
            prop_assert_eq!(&leef.header, &expected);
            let empty = tidy(&text, 9999).is_empty();
            for (key, limit) in [
                ("msg", 4000), ("usrName", 255), ("accountName", 4000), ("resource", 4000), ("resourceName", 4000),
                ("resourceId", 4000), ("domain", 4000), ("requestMethod", 4000), ("userAgent", 4000),
                ("purpose", 4000), ("host", 4000), ("instance", 4000), ("dstHostName", 4000), ("sessionId", 4000),
                ("leaseId", 4000), ("reason", 4000),
            ] {
                let expected = (!empty).then(|| tidy(&text, limit));
                prop_assert_eq!(leef.pairs.get(key), expected.as_ref(), "{}", key);
            }
            prop_assert_eq!(leef.pairs.get("labels"), Some(&format!("env={}", tidy(&text, 3996))));
            prop_assert_eq!(leef.pairs.get("action").map(String::as_str), Some("retrieve"));
        }
    }
}

#[test]
fn the_versions_differ_in_their_header_alone() {
    for line in written::lines() {
        let event = read(line);
        let (two, one) = (encoded(Format::Leef, &event), encoded(Format::Leef1, &event));
        assert_eq!(two.replacen("LEEF:2.0", "LEEF:1.0", 1).replacen("|x09|", "|", 1), one);
    }
}

#[test]
fn severity_is_a_number_from_1_to_10_and_time_has_13_digits() {
    let mut event = event_saying("x");
    for (severity, number) in [
        (Severity::Informational, "1"),
        (Severity::Low, "3"),
        (Severity::Medium, "5"),
        (Severity::High, "8"),
        (Severity::Critical, "10"),
    ] {
        event.severity = Some(severity);
        assert_eq!(parse(&encoded(Format::Leef, &event)).pairs["sev"], number);
    }
    for (time, digits) in [
        ("2026-02-14T22:30:01.482913Z", Some("1771108201482")),
        ("1999-12-31T23:59:59Z", Some("0946684799000")),
        ("1969-12-31T23:59:59Z", None),
    ] {
        event.time = Time::parse(time).unwrap();
        let leef = parse(&encoded(Format::Leef, &event));
        assert_eq!(leef.pairs.get("devTime").map(String::as_str), digits, "{time}");
    }
}

#[test]
fn src_and_dst_are_addresses_and_names_have_keys_of_their_own() {
    for (host, keys) in [
        ("10.20.4.17", ["src", "dst"]),
        ("2001:db8::7", ["src", "dst"]),
        ("node-3.internal", ["srcHostName", "dstHostName"]),
    ] {
        let mut event = event_saying("x");
        let address = Some(Text::from(host));
        event.network = Some(Network {
            source_ip: address.clone(),
            destination_host: address,
            ..Network::default()
        });
        let leef = parse(&encoded(Format::Leef, &event));
        for key in ["src", "dst", "srcHostName", "dstHostName"] {
            let expected = keys.contains(&key).then_some(host);
            assert_eq!(leef.pairs.get(key).map(String::as_str), expected, "{host}: {key}");
        }
    }
}
