use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Debug, JsonSchema, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Plain {
    /// Where it is.
    #[schemars(with = "String")]
    endpoint: Endpoint,
    #[serde(default)]
    index: Option<String>,
    #[serde(default)]
    ack: bool,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Settings for Plain {
    const ADDRESS: &'static str = "endpoint";

    fn read(document: Document) -> Result<Plain, ConfigError> {
        document.read()
    }

    fn describe() -> Vec<Setting> {
        settings::describe::<Plain>()
    }
}

impl Own for Plain {
    const ADDRESS: &'static str = "endpoint";
}

fn function(pairs: &[(&str, &str)]) -> Result<Function, ConfigError> {
    let all =
        pairs.iter().map(|(name, value)| (format!("VAULT_EXPORT_{name}"), (*value).to_owned()));
    Variables::of(all.chain([("PATH".to_owned(), "/bin".to_owned())])).function()
}

fn exported(pairs: &[(&str, &str)]) -> Result<Export<Plain>, ConfigError> {
    function(pairs)?.given.export()
}

#[test]
fn a_functions_environment_says_it_all() {
    let function = function(&[
        ("TYPE", "splunk_hec"),
        ("NAME", "splunk-2"),
        ("ADDRESS", "https://hec.example.com:8088"),
        ("SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("SETTINGS", "ack = true\nformat = \"ocsf\"\nbatch_size = 250\nports = [443]\nheaders = { x-env = \"prod\" }"),
        ("FILTER", "min_severity = \"High\""),
        ("QUEUE_URL", "https://sqs/q"),
        ("DLQ_URL", "https://sqs/d"),
        ("LOG_LEVEL", "debug"),
        ("ROLE_ARN", ""),
    ])
    .unwrap();
    assert_eq!((&*function.kind, &*function.name), ("splunk_hec", "splunk-2"));
    assert_eq!(function.queues.queue_url.as_deref(), Some("https://sqs/q"));
    let export: Export<Plain> = function.given.export().unwrap();
    let own = &export.destination;
    assert_eq!(own.endpoint.url().as_str(), "https://hec.example.com:8088/");
    assert_eq!(
        (own.ack, &own.ports[..], own.headers["x-env"].as_str()),
        (true, &[443][..], "prod")
    );
    assert_eq!((export.format, export.batch_size), (Some(Format::Ocsf), Some(250)));
    assert!(!export.filter.is_empty());
    assert!(matches!(export.secret, Some(SecretRef::SecretsManager(arn)) if arn.ends_with(":x")));
}

#[test]
fn what_is_wrong_in_an_environment_is_named_by_the_parameter_that_users_know() {
    let kind = ("TYPE", "splunk_hec");
    let error = |pairs: &[(&str, &str)]| exported(pairs).unwrap_err().to_string();
    assert_eq!(error(&[]), "VAULT_EXPORT_TYPE: is required");
    assert_eq!(error(&[kind]), "Settings: endpoint: is required");
    assert_eq!(
        error(&[kind, ("ENDPOINT", "https://canary")]),
        "VAULT_EXPORT_ENDPOINT: unknown variable"
    );
    let both = [kind, ("ADDRESS", "https://h"), ("SETTINGS", "endpoint = \"https://canary\"")];
    assert!(error(&both).starts_with("Settings:1:12: endpoint: is set twice"));
    for key in ["token_env", "api_key_env", "secret_env", "secret_arn"] {
        let text = format!("{key} = \"canary\"");
        let error = error(&[kind, ("ADDRESS", "https://h"), ("SETTINGS", &text)]);
        assert!(error.starts_with("Settings:1:") && error.contains("SecretArn"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    // A role goes to destinations that know one.
    let role = [kind, ("ADDRESS", "https://h"), ("ROLE_ARN", "arn")];
    assert!(error(&role).starts_with("Settings: role_arn: unknown setting"), "{}", error(&role));
    let filter = [kind, ("ADDRESS", "https://h"), ("FILTER", "severity = \"High\"")];
    assert!(
        error(&filter).starts_with("Filter:1:12: severity: unknown setting"),
        "{}",
        error(&filter)
    );
}

#[test]
fn a_filter_that_no_route_can_hold_is_refused() {
    for filter in ["actors = ['''a''']", "actors = [\"{{a\"]"] {
        let error = function(&[("TYPE", "s3"), ("FILTER", filter)]).unwrap_err();
        assert!(error.to_string().starts_with("Filter: must not contain "), "{error}");
    }
}

#[test]
fn the_same_struct_is_read_from_a_table() {
    let config = "endpoint = \"https://h\"\ntoken_env = \"SPLUNK_TOKEN\"\nformat = \"cef\"\n\
                  ports = [443]\n[headers]\na = \"b\"\n";
    let export: Export<Plain> =
        from_tables(config.parse().unwrap(), toml::Table::new(), Some(100)).unwrap();
    assert_eq!(export.secret, Some(SecretRef::Env("SPLUNK_TOKEN".into())));
    assert_eq!(export.format, Some(Format::Cef));
    assert_eq!((export.batch_size, export.destination.ports), (Some(100), vec![443]));
}

#[test]
fn two_credentials_are_refused() {
    let error =
        from_text::<Plain>("endpoint = \"https://h\"\ntoken_env = \"A\"\nsecret_arn = \"b\"\n");
    assert!(error.unwrap_err().problem.contains("more than one"));
}

#[test]
fn a_batch_of_nothing_is_refused() {
    let error = from_text::<Plain>("endpoint = \"https://h\", batch_size = 0").unwrap_err();
    assert_eq!(error.to_string(), "batch_size: must be at least 1");
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

fn over_http(text: &str) -> Result<OverHttp<Plain>, ConfigError> {
    from_text(text).map(|export| export.destination)
}

#[test]
fn the_settings_of_the_connection_stand_beside_the_destinations_own() {
    let config = over_http(
        "endpoint = \"https://h\"\nallow_insecure = true\nca_bundle = \"pem\"\ntls_server_name = \"n\"\nports = [443]\n",
    );
    let config = config.unwrap();
    assert_eq!(config.ports, [443]);
    let connection = Connection {
        ca_bundle: Some("pem".to_owned()),
        tls_server_name: Some("n".to_owned()),
        allow_insecure: true,
        allow_private_networks: false,
    };
    assert_eq!(config.connection, connection);
}

#[test]
fn what_is_not_set_of_the_connection_is_safe() {
    let http = over_http("endpoint = \"https://h\"").unwrap().connection.http();
    assert!(!http.allow_insecure && !http.allow_private_networks && http.ca_bundle.is_none());
}

#[test]
fn an_unknown_or_wrong_key_beside_those_of_the_connection_is_named() {
    // There is no way to turn certificate checks off.
    let error = over_http("endpoint = \"https://h\", skip_verify = true").unwrap_err();
    assert_eq!(error.place, "skip_verify");
    for known in ["index", "ca_bundle"] {
        assert!(error.problem.contains(known), "{error}");
    }
    let error = over_http("endpoint = \"https://h\", allow_insecure = \"s3cr3t\"").unwrap_err();
    assert_eq!(error.to_string(), "allow_insecure: must be true or false");
    let error = over_http("ca_bundle = \"pem\"").unwrap_err();
    assert_eq!(error.to_string(), "endpoint: is required");
    let error = over_http("endpoint = \"https://h\"\nca_bundel = \"x\"\n").unwrap_err();
    assert!(error.problem.contains("did you mean ca_bundle?"), "{error}");
    // A destination that is not reached over HTTP does not know them.
    let error = from_text::<Plain>("endpoint = \"https://h\", ca_bundle = \"pem\"").unwrap_err();
    assert_eq!(error.place, "ca_bundle");
}

/// A key that is in a struct and not in its list would be handed on to the destination's own settings and refused.
#[test]
fn the_keys_that_are_split_off_are_those_of_their_structs() {
    let keys = |settings: Vec<Setting>| {
        let mut keys: Vec<String> = settings.into_iter().map(|one| one.key).collect();
        keys.sort();
        keys
    };
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    assert_eq!(sorted(&Common::KEYS), keys(settings::describe::<Common>()));
    assert_eq!(sorted(&Connection::KEYS), keys(settings::describe::<Connection>()));
}
