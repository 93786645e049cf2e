//! `config` with the file of SanctumAI's guide.

use crate::receivers::GUIDE;
use crate::support::Place;

fn overrides<'f>(file: &'f toml::Table, env: &str) -> &'f toml::Table {
    file[env]["deploy"]["parameters"]["parameter_overrides"].as_table().unwrap()
}

#[test]
fn the_guides_file_becomes_parameters_and_what_is_left_to_do_is_said() {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE);
    let end = place.run(&["config", "--stack-name", "audit"]).done();
    let file: toml::Table = toml::from_str(&end.stdout).unwrap();
    assert_eq!(file["default"]["global"]["parameters"]["stack_name"].as_str(), Some("audit"));
    let all = overrides(&file, "default");
    for (name, value) in [
        ("SplunkEndpoint", "https://splunk.corp.example.com:8088"),
        ("SplunkFlushIntervalSeconds", "5"),
        ("DatadogSite", "datadoghq.com"),
        ("S3RoleArn", "arn:aws:iam::123456789:role/SanctumExport"),
    ] {
        assert_eq!(all[name].as_str(), Some(value), "{name}");
    }
    let table = |name: &str| all[name].as_str().unwrap().parse::<toml::Table>().unwrap();
    assert_eq!(table("SplunkSettings")["batch_size"].as_integer(), Some(100));
    assert_eq!(table("ElasticSettings")["index"].as_str(), Some("sanctum-events"));
    assert_eq!(table("WebhookFilter")["min_severity"].as_str(), Some("High"));
    assert_eq!(table("WebhookFilter")["include_classes"].as_array().unwrap().len(), 2);
    assert!(!end.stdout.contains("hooks.slack.com"), "a webhook's address is a credential");
    assert!(end.stdout.contains("# WebhookUrlSecretArn = "), "{}", end.stdout);
    assert!(end.stderr.contains("SANCTUM_SPLUNK_TOKEN into Secrets Manager"), "{}", end.stderr);

    place.write("samconfig.toml", &end.stdout);
    let checked = place.run(&["config", "--check", "--config", "samconfig.toml"]).done();
    assert!(checked.stderr.contains("SplunkSecretArn: not set yet"), "{}", checked.stderr);
}

const SECOND: &str = "
[[export.adapters]]
id = \"Splunk EU\"
type = \"splunk_hec\"

[export.adapters.config]
endpoint = \"https://splunk.eu.example.com:8088\"
secret_arn = \"arn:aws:secretsmanager:eu-west-1:123456789012:secret:x\"
index = \"it's \\\"quoted\\\"\"

[export.adapters.filter]
labels = { env = \"production\" }
";

#[test]
fn a_second_adapter_of_a_type_becomes_a_stack_of_its_own() {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE.to_owned() + SECOND);
    let end = place.run(&["config", "--stack-name", "audit"]).done();
    let file: toml::Table = toml::from_str(&end.stdout).unwrap();
    let parameters = file["splunk-eu"]["deploy"]["parameters"].as_table().unwrap();
    assert_eq!(parameters["stack_name"].as_str(), Some("audit-splunk-eu"));
    assert_eq!(parameters["template_file"].as_str(), Some(".aws-sam/build/Splunk/template.yaml"));
    let own = overrides(&file, "splunk-eu");
    for (name, value) in [
        ("Core", "audit"),
        ("Name", "splunk-eu"),
        ("Type", "splunk_hec"),
        ("Address", "https://splunk.eu.example.com:8088"),
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"),
    ] {
        assert_eq!(own[name].as_str(), Some(value), "{name}");
    }
    let settings: toml::Table = own["Settings"].as_str().unwrap().parse().unwrap();
    assert_eq!(settings["index"].as_str(), Some("it's \"quoted\""));
    let filter: toml::Table = own["Filter"].as_str().unwrap().parse().unwrap();
    assert_eq!(filter["labels"]["env"].as_str(), Some("production"));

    place.write("samconfig.toml", &end.stdout);
    place.run(&["config", "--check", "--config", "samconfig.toml"]).done();
    let wrong = end.stdout.replace("env = \"production\"", "env = 1");
    assert_ne!(wrong, end.stdout);
    place.write("samconfig.toml", wrong);
    let refused = place.run(&["config", "--check", "--config", "samconfig.toml"]);
    assert_eq!(refused.code, 5, "{}", refused.stderr);
    assert!(refused.stderr.contains("splunk-eu: Filter"), "{}", refused.stderr);
}

#[test]
fn check_only_says_whether_the_file_is_right() {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE);
    let end = place.run(&["config", "--check"]).done();
    assert_eq!(end.stdout, "");
    let otlp = "[[export.adapters]]\nid = \"otel\"\ntype = \"otlp\"\n[export.adapters.config]\n\
                endpoint = \"http://otel-collector:4317\"\nprotocol = \"grpc\"\nformat = \"otlp_logs\"\n";
    place.write(".sanctum/config.toml", GUIDE.to_owned() + otlp);
    place.run(&["config", "--check"]).done();
    place.write(".sanctum/config.toml", GUIDE.replace("site =", "sight ="));
    let end = place.run(&["config", "--check"]);
    assert_eq!(end.code, 5);
    assert!(
        end.stderr.contains("adapter `datadog`") && end.stderr.contains("sight"),
        "{}",
        end.stderr
    );
}

#[test]
fn the_settings_of_a_type_and_of_the_filter_are_listed() {
    let place = Place::new();
    let splunk = place.run(&["config", "--describe", "splunk_hec"]).done();
    for key in ["ack", "ca_bundle", "endpoint", "format", "index"] {
        let line = splunk.stdout.lines().find(|line| line.split(' ').next() == Some(key));
        assert!(line.is_some_and(|line| line.len() > 40), "{key}: {}", splunk.stdout);
    }
    let filter = place.run(&["config", "--describe", "filter"]).done();
    assert!(filter.stdout.contains("min_severity"), "{}", filter.stdout);
    let end = place.run(&["config", "--describe", "carrier_pigeon"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("splunk_hec") && end.stderr.contains("filter"), "{}", end.stderr);
}

#[test]
fn the_result_of_a_check_is_json_for_programs() {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE);
    let check = |arguments: &[&str]| {
        let end = place.run(&[&["config", "--check", "--json"], arguments].concat());
        let report: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
        (end.code, report)
    };
    let (code, report) = check(&[]);
    assert_eq!((code, &report["valid"], &report["destinations"]), (0, &true.into(), &5.into()));
    assert!(report.get("error").is_none(), "{report}");

    place.write("samconfig.toml", place.run(&["config", "--quiet"]).done().stdout);
    let (code, report) = check(&["--config", "samconfig.toml"]);
    assert_eq!((code, &report["valid"]), (0, &true.into()));
    assert!(report["warnings"][0].as_str().unwrap().contains("not set yet"), "{report}");

    place.write("wrong.toml", "[export]\nsorce = \"x\"\n");
    let (code, report) = check(&["--config", "wrong.toml"]);
    assert_eq!((code, &report["valid"]), (5, &false.into()));
    assert!(report["error"].as_str().unwrap().contains("wrong.toml:2:1"), "{report}");

    let end = place.run(&["config", "--describe", "s3", "--json"]).done();
    let settings: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
    let bucket = settings.as_array().unwrap().iter().find(|one| one["key"] == "bucket").unwrap();
    assert_eq!(bucket["required"], true);
    assert_eq!(place.run(&["config", "--json"]).code, 2);
}
