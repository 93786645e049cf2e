use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Own {
    endpoint: Endpoint,
    #[serde(default)]
    index: Option<String>,
    #[serde(default)]
    ack: bool,
    #[serde(default)]
    max_request_bytes: Option<usize>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| (format!("{PREFIX}{key}"), (*value).to_owned())).collect()
}

#[test]
fn every_kind_of_value_is_read() {
    let export: Export<Own> = from_variables(variables(&[
        ("ENDPOINT", "https://hec.example.com:8088"),
        ("ACK", "true"),
        ("MAX_REQUEST_BYTES", "900000"),
        ("PORTS", "443, 8443"),
        ("HEADERS", "x-team=security,x-env=prod"),
        ("FORMAT", "ocsf"),
        ("BATCH_SIZE", "250"),
        ("SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("QUEUE_URL", "https://sqs/q"),
        ("LOG_LEVEL", "debug"),
    ]))
    .unwrap();
    let own = &export.destination;
    assert_eq!(own.endpoint.url().as_str(), "https://hec.example.com:8088/");
    assert!(own.ack);
    assert_eq!(own.max_request_bytes, Some(900_000));
    assert_eq!(own.ports, [443, 8443]);
    assert_eq!(own.headers["x-env"], "prod");
    assert_eq!(export.format, Some(Format::Ocsf));
    assert_eq!(export.batch_size, Some(250));
    assert_eq!(export.queues.queue_url.as_deref(), Some("https://sqs/q"));
    assert!(matches!(export.secret, Some(SecretRef::SecretsManager(arn)) if arn.ends_with(":x")));
}

#[test]
fn an_empty_variable_is_absent() {
    let pairs =
        [("ENDPOINT", "https://h"), ("INDEX", ""), ("SECRET_ARN", ""), ("MIN_SEVERITY", "")];
    let export: Export<Own> = from_variables(variables(&pairs)).unwrap();
    assert_eq!(export.destination.index, None);
    assert_eq!(export.secret, None);
}

#[test]
fn an_unknown_variable_is_refused_by_name() {
    let pairs = [("ENDPOINT", "https://h"), ("SOURCE_TYPE", "x")];
    let error = from_variables::<Own>(variables(&pairs)).unwrap_err();
    assert_eq!(error.place, "VAULT_EXPORT_SOURCE_TYPE");
    assert!(error.problem.contains("VAULT_EXPORT_INDEX"), "{error}");
}

#[test]
fn a_wrong_value_is_named_and_not_repeated() {
    let pairs = [("ENDPOINT", "https://h"), ("ACK", "s3cr3t")];
    let error = from_variables::<Own>(variables(&pairs)).unwrap_err();
    assert_eq!(error.to_string(), "VAULT_EXPORT_ACK: must be true or false");
    let pairs = [("ENDPOINT", "ftp://s3cr3t")];
    let error = from_variables::<Own>(variables(&pairs)).unwrap_err();
    assert_eq!(error.to_string(), "VAULT_EXPORT_ENDPOINT: must begin with https://");
}

#[test]
fn a_missing_setting_is_named() {
    let error = from_variables::<Own>(variables(&[])).unwrap_err();
    assert_eq!(error.to_string(), "VAULT_EXPORT_ENDPOINT: is not set, and must be");
}

#[test]
fn the_same_struct_is_read_from_a_table() {
    let config = "endpoint = \"https://h\"\ntoken_env = \"SPLUNK_TOKEN\"\nformat = \"cef\"\n\
                  ports = [443]\n[headers]\na = \"b\"\n";
    let export: Export<Own> =
        from_tables(config.parse().unwrap(), toml::Table::new(), Some(100)).unwrap();
    assert_eq!(export.secret, Some(SecretRef::Env("SPLUNK_TOKEN".into())));
    assert_eq!(export.format, Some(Format::Cef));
    assert_eq!((export.batch_size, export.destination.ports), (Some(100), vec![443]));
}

#[test]
fn two_credentials_are_refused() {
    let config = "endpoint = \"https://h\"\ntoken_env = \"A\"\nsecret_arn = \"b\"\n";
    let error = from_tables::<Own>(config.parse().unwrap(), toml::Table::new(), None).unwrap_err();
    assert!(error.problem.contains("more than one"), "{error}");
}

#[test]
fn an_unknown_key_of_a_table_is_refused_by_name() {
    let config = "endpoint = \"https://h\"\nsorucetype = \"x\"\n";
    let error = from_tables::<Own>(config.parse().unwrap(), toml::Table::new(), None).unwrap_err();
    assert!(error.to_string().contains("sorucetype"), "{error}");
}

#[test]
fn an_endpoint_holds_no_credentials_and_hides_its_path() {
    assert!("https://user:pw@h/".parse::<Endpoint>().is_err());
    let endpoint: Endpoint = "https://hooks.example.com/services/T0/B0/secret".parse().unwrap();
    assert_eq!(endpoint.to_string(), "https://hooks.example.com");
    assert_eq!(format!("{endpoint:?}"), "https://hooks.example.com");
}

#[test]
fn a_path_is_joined_whether_or_not_the_address_ends_in_a_slash() {
    for base in ["https://h/base", "https://h/base/"] {
        let endpoint: Endpoint = base.parse().unwrap();
        assert_eq!(endpoint.join("/a/b").as_str(), "https://h/base/a/b");
    }
}

fn over_http(pairs: &[(&str, &str)]) -> Result<OverHttp<Own>, ConfigError> {
    from_variables(variables(pairs)).map(|export| export.destination)
}

#[test]
fn the_settings_of_the_connection_stand_beside_the_destinations_own() {
    let pairs = [
        ("ENDPOINT", "https://h"),
        ("ALLOW_INSECURE", "true"),
        ("CA_BUNDLE", "pem"),
        ("ALLOW_PRIVATE_NETWORKS", ""),
        ("PORTS", "443"),
    ];
    let config = over_http(&pairs).unwrap();
    assert_eq!(config.ports, [443]);
    let connection = Connection {
        ca_bundle: Some("pem".to_owned()),
        allow_insecure: true,
        allow_private_networks: false,
    };
    assert_eq!(config.connection, connection);

    let table =
        "endpoint = \"https://h\"\nallow_insecure = true\nca_bundle = \"pem\"\nports = [443]\n";
    let export: Export<OverHttp<Own>> =
        from_tables(table.parse().unwrap(), toml::Table::new(), None).unwrap();
    assert_eq!(
        (&export.destination.own, &export.destination.connection),
        (&config.own, &connection)
    );
}

#[test]
fn what_is_not_set_of_the_connection_is_safe() {
    let config = over_http(&[("ENDPOINT", "https://h")]).unwrap();
    let http = config.connection.http();
    assert!(!http.allow_insecure && !http.allow_private_networks && http.ca_bundle.is_none());
}

#[test]
fn an_unknown_or_wrong_key_beside_those_of_the_connection_is_named() {
    let endpoint = ("ENDPOINT", "https://h");
    // There is no way to turn certificate checks off.
    let error = over_http(&[endpoint, ("SKIP_VERIFY", "true")]).unwrap_err();
    assert_eq!(error.place, "VAULT_EXPORT_SKIP_VERIFY");
    for known in ["VAULT_EXPORT_INDEX", "VAULT_EXPORT_CA_BUNDLE"] {
        assert!(error.problem.contains(known), "{error}");
    }
    let error = over_http(&[endpoint, ("ALLOW_INSECURE", "s3cr3t")]).unwrap_err();
    assert_eq!(error.to_string(), "VAULT_EXPORT_ALLOW_INSECURE: must be true or false");
    let error = over_http(&[("CA_BUNDLE", "pem")]).unwrap_err();
    assert_eq!(error.to_string(), "VAULT_EXPORT_ENDPOINT: is not set, and must be");
    let table = "endpoint = \"https://h\"\nca_bundel = \"x\"\n".parse().unwrap();
    let error = from_tables::<OverHttp<Own>>(table, toml::Table::new(), None).unwrap_err();
    assert!(error.problem.contains("ca_bundel") && error.problem.contains("ca_bundle"), "{error}");
    // A destination that is not reached over HTTP does not know them.
    let error = from_variables::<Own>(variables(&[endpoint, ("CA_BUNDLE", "pem")])).unwrap_err();
    assert_eq!(error.place, "VAULT_EXPORT_CA_BUNDLE");
}
