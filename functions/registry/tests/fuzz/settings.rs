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
    assert!(!format!("{config:?}").contains(CANARY) || is_a_key(&text), "Debug shows keys alone");
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

/// Keys are named; values are not.
fn never_repeated(error: &str, text: &str) {
    assert!(!error.contains(CANARY) || is_a_key(text), "a value is repeated");
}

/// Whether a mutant made a key of the canary.
fn is_a_key(text: &str) -> bool {
    let mut parts = text.split(CANARY);
    let mut before = parts.next().unwrap_or_default();
    parts.any(|after| {
        let quote = |text: &str| text.trim_matches(['"', '\'']).trim().to_owned();
        let starts =
            quote(before).ends_with(['\n', '{', ',', '.', '[']) || quote(before).is_empty();
        before = after;
        let after = quote(after);
        starts || after.starts_with(['=', '.', ']'])
    })
}
