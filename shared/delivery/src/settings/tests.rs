use serde::Deserialize;

use super::*;
use crate::config::Endpoint;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Own {
    endpoint: Option<Endpoint>,
    index: Option<String>,
    ack: bool,
    max_request_bytes: Option<usize>,
    ports: Vec<u16>,
}

fn read(text: &str) -> Result<Own, ConfigError> {
    Document::parse("SplunkSettings", text)?.read()
}

#[test]
fn lines_and_the_inline_form_say_the_same() {
    let lines = read("index = \"security\" # why\nack = true\nports = [443,\n  8443]\n").unwrap();
    let inline = read("index = \"security\", ack = true, ports = [443, 8443]").unwrap();
    assert_eq!(lines, inline);
    assert_eq!(
        (lines.index.as_deref(), lines.ack, lines.ports),
        (Some("security"), true, vec![443, 8443])
    );
    assert_eq!(read("  \n").unwrap(), Own::default());
}

#[test]
fn an_error_names_parameter_line_column_and_key() {
    let error = read("index = \"security\"\nack = \"canary\"\n").unwrap_err();
    assert_eq!(error.to_string(), "SplunkSettings:2:7: ack: must be true or false");
    let error = read("index = \"security\", ack = \"canary\"").unwrap_err();
    assert_eq!(error.to_string(), "SplunkSettings:1:27: ack: must be true or false");
    let error = read("endpoint = \"ftp://canary\"").unwrap_err();
    assert_eq!(error.to_string(), "SplunkSettings:1:12: endpoint: must begin with https://");
    let error = read("max_request_bytes = -1").unwrap_err();
    assert!(error.problem.ends_with("a whole number of at least 0"), "{error}");
}

#[test]
fn an_unknown_key_is_refused_with_those_that_are_known() {
    let error = read("indx = \"canary\"").unwrap_err();
    assert_eq!(error.place, "SplunkSettings:1:8: indx");
    assert!(error.problem.contains("did you mean index?"), "{error}");
    assert!(error.problem.contains("endpoint, index, ack, max_request_bytes, ports"), "{error}");
    assert!(!error.to_string().contains("canary"));
}

#[test]
fn a_text_that_is_no_toml_is_refused_at_its_place_and_not_repeated() {
    for text in [
        "index = canary",
        "ack = true\nindex = \"canary",
        "canary",
        "{\"index\":\"canary\"}",
        "index=\"a\", ack=canary",
    ] {
        let error = read(text).unwrap_err();
        assert!(error.to_string().starts_with("SplunkSettings:"), "{error}");
        assert!(error.problem.contains("not valid TOML"), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_key_with_a_parameter_of_its_own_is_set_once() {
    let mut document = Document::parse("S", "index = \"a\"").unwrap();
    let error = document.set("index", "canary").unwrap_err();
    assert_eq!(
        error.to_string(),
        "S:1:9: index: is set twice: here, and by a parameter of its own"
    );
    document.set("endpoint", "https://h").unwrap();
    let own: Own = document.read().unwrap();
    assert_eq!(own.endpoint.unwrap().url().as_str(), "https://h/");
}

#[test]
fn a_filter_is_read_in_both_forms_and_its_words_are_checked() {
    let lines =
        filter("F", "include_classes = [\"PolicyViolation\"]\nlabels = { env = \"production\" }\n");
    let inline =
        filter("F", "include_classes = [\"PolicyViolation\"], labels = { env = \"production\" }");
    assert_eq!(lines.unwrap(), inline.unwrap());
    assert!(filter("F", "").unwrap().is_empty());
    for text in [
        "min_severity = \"canary-1\"",
        "include_classes = [\"canary-1\"]",
        "include_categories = [\"canary-1\"]",
    ] {
        let error = filter("F", text).unwrap_err();
        assert!(error.place.starts_with("F:1:"), "{error}");
        assert!(error.problem.contains("expected one of"), "{error}");
        assert!(!error.to_string().contains("canary-1"), "{error}");
    }
}
