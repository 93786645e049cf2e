//! How many places a change touches, as ARCHITECTURE.md states it: a setting, or a key of the filter, has one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use delivery::settings::describe;
use registry::Type;
use transform::filter::Filter;

/// What handles the settings of all types alike, and must know none by its name.
const GENERAL: [&str; 8] = [
    "cli/src/adapters.rs",
    "cli/src/config.rs",
    "cli/src/samconfig",
    "functions/destination/src",
    "functions/registry/src",
    "shared/delivery/src/settings",
    "shared/lambda/src",
    "shared/routes/src",
];

/// Settings that a stack has parameters of, because CloudFormation or IAM must know them.
const PARAMETERS: [&str; 6] =
    ["bucket", "endpoint", "external_id", "kms_key_id", "role_arn", "site"];

/// Settings that are known as credentials or as where one is.
const SECRETS: [&str; 5] = ["api_key_env", "secret_arn", "secret_env", "token_env", "url"];

/// Settings of the connection, which all types that are reached over HTTP have in common.
const CONNECTION: [&str; 4] =
    ["allow_insecure", "allow_private_networks", "ca_bundle", "tls_server_name"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The code below a path, without its tests.
fn code(path: &Path, into: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder") {
            code(&entry.expect("an entry").path(), into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs")
        && path.file_name().is_some_and(|name| name != "tests.rs")
    {
        let text = std::fs::read_to_string(path).expect("a text");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        into.push((path.to_owned(), product));
    }
}

/// Where a key is named, as a string of the code.
fn named(key: &str) -> BTreeSet<PathBuf> {
    let mut all = Vec::new();
    for path in GENERAL {
        code(&root().join(path), &mut all);
    }
    assert!(all.len() > 20, "the code is where this test looks for it");
    let quoted = format!("\"{key}\"");
    all.into_iter().filter(|(_, text)| text.contains(&quoted)).map(|(path, _)| path).collect()
}

#[test]
fn no_setting_is_known_outside_of_its_own_type() {
    for kind in Type::ALL {
        for setting in kind.settings() {
            let key = setting.key.as_str();
            let known = [&PARAMETERS[..], &SECRETS[..], &CONNECTION[..]].concat();
            if known.contains(&key) || is_common(key) {
                continue;
            }
            assert_eq!(named(key), BTreeSet::new(), "`{key}` of {kind}");
        }
    }
}

#[test]
fn no_key_of_the_filter_is_known_outside_of_the_filter() {
    for key in describe::<Filter>() {
        assert_eq!(named(&key.key), BTreeSet::new(), "`{}`", key.key);
    }
}

/// What every type has stands in `delivery::config`.
fn is_common(key: &str) -> bool {
    Type::ALL.iter().all(|kind| kind.settings().iter().any(|setting| setting.key == key))
}

/// Templates know parameters, not settings.
#[test]
fn the_templates_have_no_parameter_of_a_setting() {
    let page = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    for kind in Type::ALL {
        for setting in kind.settings() {
            let name: String = setting.key.split('_').map(capital).collect();
            let is_parameter = page.lines().any(|line| {
                line.strip_prefix("  ")
                    .and_then(|line| line.strip_suffix(&format!("{name}:")))
                    .is_some_and(|prefix| {
                        [
                            "Splunk",
                            "Datadog",
                            "Elastic",
                            "S3",
                            "SecurityLake",
                            "Webhook",
                            "Otlp",
                            "Syslog",
                        ]
                        .contains(&prefix)
                    })
            });
            let known = PARAMETERS.contains(&setting.key.as_str()) || setting.key == "secret_arn";
            assert!(!is_parameter || known, "{name} of {kind}");
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
