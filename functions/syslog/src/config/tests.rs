use delivery::config::{OverHttp, from_text};

use super::*;

fn read(lines: &str) -> Result<OverHttp<Config>, ConfigError> {
    let address =
        if lines.contains("endpoint") { "" } else { "endpoint = \"tls://siem.example.com\"\n" };
    from_text(&format!("{address}{lines}")).map(|export| export.destination)
}

fn config(lines: &str) -> Config {
    read(lines).unwrap().own
}

#[test]
fn what_is_not_set_has_the_documented_default() {
    let config = config("");
    assert_eq!(config.endpoint.to_string(), "tls://siem.example.com:6514");
    assert_eq!((config.facility.number(), config.app_name.as_str()), (13, "vault-export"));
    assert_eq!((config.framing, config.confirm), (Framing::OctetCounting, Confirm::Close));
    let limits = config.limits(None).unwrap();
    assert_eq!((limits.records, limits.bytes, limits.record_bytes), (500, 262_144, 8_000));
    assert_eq!(format(None).unwrap(), Format::Cef);
    for (format, header) in [
        (Format::Cef, Header::Rfc3164),
        (Format::Leef, Header::Rfc3164),
        (Format::Ocsf, Header::Rfc5424),
        (Format::FlatJson, Header::Rfc5424),
    ] {
        assert_eq!(config.header(format).unwrap(), header);
    }
}

#[test]
fn an_address_is_a_way_a_host_and_a_port() {
    for (text, url) in [
        ("tls://siem.example.com", "https://siem.example.com:6514/"),
        ("TLS://Siem.example.com:443/", "https://siem.example.com/"),
        ("tcp://10.1.2.3:514", "http://10.1.2.3:514/"),
        ("tls://[2001:db8::1]", "https://[2001:db8::1]:6514/"),
        ("relp+tls://siem.example.com:20514", "https://siem.example.com:20514/"),
        ("relp://siem.example.com:80", "http://siem.example.com/"),
    ] {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.url().as_str(), url, "{text}");
        assert!(!address.to_string().ends_with(":0"), "{address}");
    }
    for text in [
        "siem.example.com:6514",
        "https://siem.example.com",
        "udp://siem.example.com:514",
        "tcp://siem.example.com",
        "relp://siem.example.com",
        "relp+tls://siem.example.com",
        "tls://",
        "tls://:6514",
        "tls://host/path-canary",
        "tls://user:canary@host",
        "tls://host:99999",
        "tls://host?canary",
    ] {
        let problem = text.parse::<Address>().unwrap_err();
        assert!(!problem.contains("canary"), "{text}: {problem}");
    }
}

#[test]
fn clear_text_is_refused_unless_it_is_allowed() {
    let plaintext = |lines: &str| {
        let config = read(lines).unwrap();
        config.connection(&config.connection).map(|settings| settings.plaintext)
    };
    let tcp = "endpoint = \"tcp://siem.example.com:514\"\n";
    assert_eq!(plaintext(""), Ok(Plaintext::Nowhere));
    for relp in ["tcp", "relp"] {
        let tcp = tcp.replace("tcp", relp);
        let error = plaintext(&tcp).unwrap_err();
        assert_eq!(error.place, "endpoint");
        assert!(error.to_string().contains("allow_private_networks"), "{error}");
        let private = plaintext(&format!("{tcp}allow_private_networks = true"));
        assert_eq!(private, Ok(Plaintext::PrivateNetworks));
        assert_eq!(plaintext(&format!("{tcp}allow_insecure = true")), Ok(Plaintext::Anywhere));
    }
}

#[test]
fn a_facility_is_a_name_or_a_number() {
    for (text, number) in
        [("\"local4\"", 20), ("20", 20), ("\"20\"", 20), ("\"audit\"", 13), ("0", 0)]
    {
        assert_eq!(config(&format!("facility = {text}")).facility.number(), number);
    }
    for text in ["24", "-1", "\"canary\"", "\"Local4\"", "true"] {
        let error = read(&format!("facility = {text}")).unwrap_err().to_string();
        assert!(error.contains("facility") && !error.contains("canary"), "{error}");
    }
}

#[test]
fn a_structured_data_id_has_an_enterprise_number() {
    let id = |text: &str| config(&format!("structured_data_id = '{text}'")).structured_data_id();
    assert_eq!(id("ve@32473").unwrap().as_deref(), Some("ve@32473"));
    for text in ["ve", "ve@", "@1", "v e@1", "v]e@1", "v=e@1", "v\"e@1", "ve@x", "vé@1", "a@b@1"] {
        assert_eq!(id(text).unwrap_err().place, "structured_data_id", "{text}");
    }
    assert!(id(&format!("{}@1", "v".repeat(31))).is_err(), "33 characters");
}

#[test]
fn what_only_rfc_5424_has_is_refused_with_the_other_header() {
    for line in ["bom = true", "structured_data_id = 've@32473'"] {
        let config = config(line);
        assert!(config.header(Format::Json).is_ok());
        let error = config.header(Format::Cef).unwrap_err();
        assert!(error.to_string().contains("rfc5424"), "{error}");
    }
}

#[test]
fn a_message_size_out_of_range_is_refused_by_name() {
    for bytes in ["1023", "131073"] {
        let error = config(&format!("max_message_bytes = {bytes}")).limits(None).unwrap_err();
        assert_eq!(error.place, "max_message_bytes");
    }
    assert_eq!(config("max_message_bytes = 4096").limits(Some(9)).unwrap().record_bytes, 4_096);
}

#[test]
fn a_format_that_is_no_message_is_refused() {
    assert_eq!(format(Some(Format::OtlpLogs)).unwrap_err().place, "format");
}
