//! What is sent.

use super::*;

#[tokio::test]
async fn a_request_is_two_lines_for_each_event_and_ends_in_a_newline() {
    let server = Server::start(creates).await;
    let answer = deliver(&elastic(&server, ""), &events(2)).await;
    assert_eq!(answer, Answer::Each(vec![Verdict::delivered(); 2]));

    let [request] = server.requests().try_into().unwrap();
    let path = "/logs-vault.audit-default/_bulk\
        ?filter_path=took%2Cerrors%2Citems.%2A.status%2Citems.%2A.error.type%2Citems.%2A.failure_store\
        &include_source_on_error=false&require_data_stream=true";
    assert_eq!((&*request.method, &*request.path), ("POST", path));
    assert_eq!(request.header("authorization"), Some("ApiKey elastic"));
    assert_eq!(request.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(request.body[..2], [0x1f, 0x8b]);

    let text = request.text();
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    assert_eq!(text.lines().count(), 4);
    assert_eq!(text.lines().next(), Some(r#"{"create":{"_id":"e-0"}}"#));
    assert_eq!(ids(&request), ["e-0", "e-1"]);
}

#[tokio::test]
async fn compression_can_be_turned_off() {
    let server = Server::start(creates).await;
    deliver(&elastic(&server, "compression = \"none\"\n"), &events(1)).await;
    let request = &server.requests()[0];
    assert_eq!(request.header("content-encoding"), None);
    assert!(request.body.starts_with(b"{\"create\":") && request.body.ends_with(b"}\n"));
}

#[tokio::test]
async fn a_plain_index_a_pipeline_and_a_path_in_front_are_honoured() {
    let server = Server::start(creates).await;
    let settings = format!(
        "endpoint = \"{}/es/\"\nallow_insecure = true\nindex = \"sanctum-events\"\npipeline = \"geo ip&x\"\n",
        server.url()
    );
    let mut export = export(&server, "");
    export.destination =
        delivery::config::Settings::read(settings.parse::<toml::Table>().unwrap().into()).unwrap();
    let elastic = Elastic::new(export, &Tools::default()).unwrap();
    deliver(&elastic, &events(1)).await;
    let path = server.requests()[0].path.clone();
    assert!(path.starts_with("/es/sanctum-events/_bulk?"), "{path}");
    assert!(path.ends_with("&pipeline=geo%20ip%26x"), "{path}");
    assert!(!path.contains("require_data_stream"), "{path}");
}

#[tokio::test]
async fn every_kind_of_credential_is_sent_as_its_header() {
    for (secret, header) in [
        (r#"{"id":"id","api_key":"key"}"#, "ApiKey aWQ6a2V5"),
        (r#"{"api_key":"aWQ6a2V5"}"#, "ApiKey aWQ6a2V5"),
        ("aWQ6a2V5", "ApiKey aWQ6a2V5"),
        (r#"{"username":"u","password":"p:w"}"#, "Basic dTpwOnc="),
    ] {
        let server = Server::start(creates).await;
        let (_secrets, elastic) = elastic_with(&server, "", secret).await;
        deliver(&elastic, &events(1)).await;
        assert_eq!(server.requests()[0].header("authorization"), Some(header));
    }
}

#[tokio::test]
async fn an_api_key_for_opensearch_is_an_auth_failure_and_nothing_is_sent() {
    let server = Server::start(creates).await;
    let answer = deliver(&elastic(&server, "flavour = \"opensearch\"\n"), &events(1)).await;
    let Answer::Auth(reason) = answer else { panic!("{answer:?}") };
    assert!(reason.text.contains("username and password"), "{reason}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn requests_are_cut_by_bytes_and_by_number() {
    let server = Server::start(creates).await;
    let mut large = events(4);
    for event in &mut large {
        event.message = Some("x".repeat(20_000).into());
    }
    let outcome = run(elastic(&server, "max_request_bytes = 65536\n"), &large).await;
    assert_eq!(outcome.counts.delivered, 4);
    assert!(server.requests().len() > 1);
    assert!(server.requests().iter().all(|request| request.text().len() <= 65_536));

    let server = Server::start(creates).await;
    let outcome = run(elastic(&server, ""), &events(1_001)).await;
    assert_eq!(outcome.counts.delivered, 1_001);
    let mut sizes: Vec<usize> =
        server.requests().iter().map(|request| ids(request).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1_000]);
}

#[tokio::test]
async fn an_event_larger_than_a_request_is_rejected_and_its_neighbours_are_delivered() {
    let server = Server::start(creates).await;
    let mut three = events(3);
    three[1].message = Some("x".repeat(70_000).into());
    let outcome = run(elastic(&server, "max_request_bytes = 65536\n"), &three).await;
    let Verdict::Rejected(reason) = &outcome.verdicts[1] else { panic!("{outcome:?}") };
    assert_eq!(reason.class.as_str(), "too_large");
    assert_eq!(outcome.counts.delivered, 2);
}

fn refusal(export: Export<OverHttp<Config>>) -> ConfigError {
    Elastic::new(export, &Tools::default()).err().unwrap()
}

#[tokio::test]
async fn wrong_settings_are_refused_at_start_by_name() {
    let server = Server::start(creates).await;
    let mut plain = export(&server, "");
    plain.destination.connection.allow_insecure = false;
    assert_eq!(refusal(plain).place, "endpoint");

    let mut nobody = export(&server, "");
    nobody.secret = None;
    nobody.destination.connection.allow_insecure = false;
    assert_eq!(refusal(nobody).place, "secret_arn");

    let mut otlp = export(&server, "");
    otlp.format = Some(Format::OtlpLogs);
    let error = refusal(otlp);
    assert_eq!(error.place, "format");
    assert!(error.problem.contains("otlp destination"), "{error}");
    assert_eq!(refusal(export(&server, "max_request_bytes = 1\n")).place, "max_request_bytes");
}
