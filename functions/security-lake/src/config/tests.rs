use delivery::config::from_text;

use super::*;

fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let bucket = ("BUCKET", "aws-security-data-lake-x");
    let text = ::tests::settings(pairs.iter().chain([&bucket]));
    let export = from_text::<Config>(&text)?;
    export.destination.checked()
}

#[test]
fn only_the_bucket_is_needed() {
    let config = config(&[("ROLE_ARN", ""), ("EXTERNAL_ID", "")]).unwrap();
    assert_eq!((&*config.account_id, config.source(6003)), ("external", "vault-api".to_owned()));
    assert_eq!((config.goals().bytes, config.goals().records), (24 * 1024 * 1024, 40_000));
    assert_eq!(config.goals().time, Duration::from_mins(4));
}

#[test]
fn a_class_s_source_can_be_named_and_the_others_keep_theirs() {
    let config =
        config(&[("SOURCE_PREFIX", "prod."), ("SOURCES", "{ 3002 = 'logins', 2004 = 'alerts' }")]);
    let config = config.unwrap();
    assert_eq!(
        [3002, 2004, 6003].map(|class| config.source(class)),
        ["logins", "alerts", "prod.api"]
    );
}

#[test]
fn the_role_is_that_of_the_source() {
    let arn = "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-{source}-eu-west-1";
    let config = config(&[("ROLE_ARN", arn), ("EXTERNAL_ID", "e")]).unwrap();
    let role = config.role(&config.source(2004)).unwrap();
    assert_eq!(
        role,
        "arn:aws:iam::123456789012:role/AmazonSecurityLake-Provider-vault-find-eu-west-1"
    );
}

#[test]
fn the_account_is_one_of_aws_or_external() {
    for account in ["123456789012", "external", "external_acme-1"] {
        assert_eq!(config(&[("ACCOUNT_ID", account)]).unwrap().account_id, account);
    }
    for account in ["1234", "external_", "externals", "acme", "external_a/b"] {
        assert_eq!(
            config(&[("ACCOUNT_ID", account)]).unwrap_err().place,
            "account_id",
            "{account}"
        );
    }
}

#[test]
fn what_cannot_work_is_refused_at_start() {
    let place = |pairs: &[(&str, &str)]| config(pairs).unwrap_err().place;
    assert_eq!(place(&[("ROLE_ARN", "arn:aws:iam::1:role/x")]), "external_id");
    assert_eq!(place(&[("EXTERNAL_ID", "x")]), "external_id");
    assert_eq!(place(&[("SOURCES", "{ 4001 = 'x' }")]), "sources");
    assert_eq!(place(&[("SOURCES", "{ 3002 = 'same', 3005 = 'same' }")]), "sources");
    assert_eq!(place(&[("SOURCES", "{ 3002 = 'vault-api' }")]), "sources");
    assert_eq!(place(&[("SOURCES", "{ 3002 = 'a/b' }")]), "source_prefix");
    // 13 characters and "account" are 20, 14 are too many for the role's name.
    assert!(config(&[("SOURCE_PREFIX", "a-long-prefix")]).is_ok());
    assert_eq!(place(&[("SOURCE_PREFIX", "a-long-prefix-")]), "source_prefix");
    assert_eq!(place(&[("MAX_RECORDS", "0")]), "max_records");
    assert_eq!(place(&[("EXPECTED_BUCKET_OWNER", "12")]), "expected_bucket_owner");
}

#[test]
fn a_source_s_name_is_refused_by_its_class_and_never_repeated() {
    for (sources, class) in [
        ("{ 3002 = 'hunter2', 3005 = 'hunter2' }", "3002 and 3005"),
        ("{ 3002 = 'hunter2/' }", "class 3002"),
        ("{ 3002 = 'hunter2-that-is-much-too-long' }", "class 3002"),
    ] {
        let error = config(&[("SOURCES", sources)]).unwrap_err().to_string();
        assert!(error.contains(class) && !error.contains("hunter2"), "{error}");
    }
    let error = config(&[("SOURCE_PREFIX", "hunter2/")]).unwrap_err().to_string();
    assert!(error.starts_with("source_prefix") && !error.contains("hunter2"), "{error}");
}
