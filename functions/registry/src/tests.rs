use delivery::credentials::SecretRef;
use delivery::settings::Document;

use super::*;

#[test]
fn every_type_is_found_by_its_names_and_by_no_other() {
    for kind in Type::ALL {
        for name in kind.names() {
            assert_eq!(name.parse(), Ok(*kind));
        }
        assert_eq!(kind.to_string(), kind.as_str());
    }
    let error = "canary".parse::<Type>().unwrap_err();
    assert!(error.contains("splunk_hec, datadog") && !error.contains("canary"), "{error}");
}

/// What each type needs to be complete, beside its address.
fn complete(kind: Type) -> Given {
    let address = match kind {
        Type::Datadog => "datadoghq.eu",
        Type::S3 | Type::SecurityLake => "archive-of-audit",
        Type::Syslog => "tls://receiver.example.com",
        _ => "https://receiver.example.com",
    };
    Given {
        address: Some(address.to_owned()),
        secret: kind.is_http().then(|| SecretRef::SecretsManager("arn".to_owned())),
        ..Given::default()
    }
}

#[test]
fn every_type_has_a_table_of_settings_with_a_description_each() {
    for kind in Type::ALL {
        let settings = kind.settings();
        assert!(settings.iter().any(|one| one.key == kind.address_key()), "{kind}");
        for one in settings {
            assert!(!one.description.is_empty() && !one.kind.is_empty(), "{kind}: {one:?}");
        }
        assert!(kind.build(complete(*kind), &Tools::default()).is_ok(), "{kind}");
    }
}

/// A table with a list in it is wrong for every setting there is.
#[test]
fn a_wrong_value_is_refused_by_its_key_and_never_repeated() {
    for kind in Type::ALL {
        for one in kind.settings() {
            for value in ["{ a = ['s3cr3t-canary'] }", "'s3cr3t-canary'", "['s3cr3t-canary']", "-1"]
            {
                let text = format!("{} = {value}", one.key);
                let mut given = complete(*kind);
                if one.key == kind.address_key() {
                    given.address = None;
                }
                given.config = Document::parse("Settings", &text).unwrap();
                let Err(error) = kind.build(given, &Tools::default()) else {
                    assert!(!value.starts_with('{'), "{kind}: {} takes anything", one.key);
                    continue;
                };
                let error = error.to_string();
                assert!(!error.contains("canary"), "{kind}: {error}");
                assert!(!value.starts_with('{') || error.contains(&one.key), "{kind}: {error}");
            }
        }
    }
}

#[test]
fn an_unknown_setting_is_answered_with_every_known_one() {
    for kind in Type::ALL {
        let mut given = complete(*kind);
        given.config = Document::parse("Settings", "nonsense_setting = 's3cr3t-canary'").unwrap();
        let error = kind.build(given, &Tools::default()).err().unwrap().to_string();
        assert!(error.starts_with("Settings:1:20: nonsense_setting: unknown setting"), "{error}");
        assert!(!error.contains("canary"), "{error}");
        let own = kind.settings();
        let common =
            ["format", "batch_size", "secret_arn", "secret_env", "token_env", "api_key_env"];
        for one in own.iter().filter(|one| !common.contains(&one.key.as_str())) {
            assert!(error.contains(&one.key), "{kind}: {} in {error}", one.key);
        }
    }
}
