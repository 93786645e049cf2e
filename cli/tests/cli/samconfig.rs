//! `config` with the file of SanctumAI's guide.

use crate::receivers::GUIDE;
use crate::support::Place;

#[test]
fn the_guides_file_becomes_parameters_and_what_has_no_counterpart_is_said() {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE);
    let end = place.run(&["config", "--stack-name", "audit"]).done();
    let file: toml::Table = toml::from_str(&end.stdout).unwrap();
    assert_eq!(file["default"]["global"]["parameters"]["stack_name"].as_str(), Some("audit"));
    let overrides =
        file["default"]["deploy"]["parameters"]["parameter_overrides"].as_str().unwrap();
    for pair in [
        r#"SplunkEndpoint="https://splunk.corp.example.com:8088""#,
        r#"SplunkBatchSize="100""#,
        r#"SplunkFlushIntervalSeconds="5""#,
        r#"DatadogSite="datadoghq.com""#,
        r#"ElasticIndex="sanctum-events""#,
        r#"S3RoleArn="arn:aws:iam::123456789:role/SanctumExport""#,
        r#"WebhookIncludeClasses="PolicyViolation,CredentialRotation""#,
        r#"WebhookMinSeverity="High""#,
    ] {
        assert!(overrides.split(' ').any(|one| one == pair), "{pair} in {overrides}");
    }
    assert!(!end.stdout.contains("SANCTUM_SPLUNK_TOKEN"));
    assert!(end.stderr.contains("SANCTUM_SPLUNK_TOKEN into Secrets Manager"), "{}", end.stderr);
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
