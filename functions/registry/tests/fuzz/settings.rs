//! Texts of settings become destinations, or errors that name the key and never the value.

use delivery::config::Given;
use delivery::credentials::SecretRef;
use delivery::settings::{self, Document};
use delivery::tools::Tools;
use registry::Type;

/// What was put into the wrong place.
const CANARY: &str = "s3cr3t-canary";

const FILTER: [&str; 7] = [
    "include_classes",
    "exclude_classes",
    "include_categories",
    "min_severity",
    "labels",
    "actors",
    "resources",
];

const VALUES: [&str; 11] = [
    "'s3cr3t-canary'",
    "['s3cr3t-canary']",
    "{ a = 's3cr3t-canary' }",
    "'https://s3cr3t-canary.example.com/x?y=z'",
    "'https://a:s3cr3t-canary@h/'",
    "'{ \"a\": \"{{s3cr3t-canary}}\" }'",
    "true",
    "12",
    "-1",
    "'json'",
    "1.5",
];

/// Every setting of every type with every value, the type's number before it.
pub(crate) fn seeds() -> Vec<String> {
    let of_type = |(number, kind): (usize, &Type)| {
        let keys = kind.settings().into_iter().map(|one| one.key);
        let seed = move |key: String| VALUES.map(|value| format!("{number}{key} = {value}\n"));
        keys.flat_map(seed).collect::<Vec<_>>()
    };
    let filter = FILTER.iter().flat_map(|key| VALUES.map(|value| format!("a{key} = {value}\n")));
    Type::ALL.iter().enumerate().flat_map(of_type).chain(filter).collect()
}

/// The first byte says which type it is and whether its parameters are given, the rest is the text.
pub(crate) fn build(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    if let Err(error) = settings::filter("Filter", &text) {
        never_repeated(&error.to_string(), &text);
    }
    let config = match Document::parse("Settings", &text) {
        Ok(config) => config,
        Err(error) => return never_repeated(&error.to_string(), ""),
    };
    never_repeated(&format!("{config:?}"), &text);
    let kind = Type::ALL[usize::from(first % 16) % Type::ALL.len()];
    let given = Given { config, ..parameters(kind, first & 0x40 == 0) };
    if let Err(error) = kind.build(given, &Tools::default()) {
        never_repeated(&error.to_string(), &text);
    }
}

fn parameters(kind: Type, are_given: bool) -> Given {
    let address = match kind {
        Type::Datadog => "datadoghq.eu",
        Type::S3 | Type::SecurityLake => "archive-of-audit",
        _ => "https://receiver.example.com",
    };
    Given {
        address: are_given.then(|| address.to_owned()),
        secret: (are_given && kind.is_http()).then(|| SecretRef::SecretsManager("arn".to_owned())),
        ..Given::default()
    }
}

/// Keys are named; values are not. What is left of an error without the keys of the text has nothing of the canary.
fn never_repeated(error: &str, text: &str) {
    let mut rest = error.to_owned();
    for key in keys(text) {
        // As it is, and as Debug shows it.
        for shown in [key.clone(), key.escape_debug().to_string()] {
            rest = rest.replace(&shown, "");
        }
    }
    assert!(!rest.contains(CANARY), "a value is repeated");
}

/// The keys of a text that hold the canary, whole, the longest first: a mutant may have made one of it.
fn keys(text: &str) -> Vec<String> {
    let inline = format!("inline = {{ {} }}", text.trim());
    let table = toml::from_str(text).or_else(|_| toml::from_str(&inline));
    let mut keys = Vec::new();
    collect(&toml::Value::Table(table.unwrap_or_default()), &mut keys);
    keys.retain(|key| key.contains(CANARY));
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    keys
}

fn collect(value: &toml::Value, keys: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                keys.push(key.clone());
                collect(value, keys);
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}

#[test]
fn a_key_may_be_named_and_a_value_may_not() {
    let text = "lss3cr3t-canarye = ''";
    never_repeated("Settings: lss3cr3t-canarye: unknown", text);
    for (error, text) in [
        ("Settings: a: s3cr3t-canary is no number", "a = 's3cr3t-canary'"),
        ("Settings: lss3cr3t-canarye: s3cr3t-canary is no number", text),
        ("Settings: line 1: s3cr3t-canary", "no TOML s3cr3t-canary"),
    ] {
        assert!(std::panic::catch_unwind(|| never_repeated(error, text)).is_err(), "{error}");
    }
}
