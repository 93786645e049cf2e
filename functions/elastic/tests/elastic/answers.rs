//! Every row of the two tables, and what is neither.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

#[derive(Debug, PartialEq)]
enum Means {
    Fresh,
    Degraded,
    Duplicate,
    Retry,
    Rejected,
    Auth,
    Config,
    Split,
    Suspect,
}
use Means::*;

fn of_verdict(verdict: &Verdict) -> Means {
    match verdict {
        Verdict::Delivered(Delivery::Fresh) => Fresh,
        Verdict::Delivered(Delivery::Degraded) => Degraded,
        Verdict::Delivered(Delivery::Duplicate) => Duplicate,
        Verdict::Rejected(_) => Rejected,
        Verdict::Retry { reason, .. } => match reason.class {
            ErrorClass::Auth => Auth,
            ErrorClass::Config => Config,
            _ => Retry,
        },
        Verdict::Filtered => panic!("nothing is filtered here"),
    }
}

fn of_answer(answer: &Answer) -> Means {
    match answer {
        Answer::All(verdict) => of_verdict(verdict),
        Answer::Auth(_) => Auth,
        Answer::Config(_) => Config,
        Answer::Split(_) => Split,
        Answer::Suspect(_) => Suspect,
        Answer::Dropped { .. } | Answer::Each(_) => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn every_item_status_means_what_the_table_says() {
    let rows = [
        (200, "", Fresh),
        (201, "", Fresh),
        (409, "version_conflict_engine_exception", Duplicate),
        (429, "es_rejected_execution_exception", Retry),
        (429, "circuit_breaking_exception", Retry),
        (429, "cluster_block_exception", Retry),
        (400, "document_parsing_exception", Rejected),
        (400, "mapper_parsing_exception", Rejected),
        (400, "illegal_argument_exception", Rejected),
        (400, "strict_dynamic_mapping_exception", Rejected),
        (404, "index_not_found_exception", Config),
        (403, "security_exception", Auth),
        (403, "cluster_block_exception", Config),
        (401, "security_exception", Auth),
        (413, "", Retry),
        (500, "internal_server_error", Retry),
        (503, "unavailable_shards_exception", Retry),
        (400, "index_closed_exception", Config),
        (405, "method_not_allowed", Retry),
        (418, "teapot_exception", Retry),
        (0, "", Retry),
    ];
    for (status, kind, expected) in rows {
        let server = Server::replies([says(&[item(201, ""), item(status, kind)])]).await;
        let answer = deliver(&elastic(&server, ""), &events(2)).await;
        let Answer::Each(verdicts) = &answer else { panic!("{status} {kind}: {answer:?}") };
        assert_eq!(verdicts[0], Verdict::delivered());
        assert_eq!(of_verdict(&verdicts[1]), expected, "{status} {kind}");
        if let Verdict::Retry { reason, .. } | Verdict::Rejected(reason) = &verdicts[1] {
            assert_eq!(reason.status, Some(status));
            assert!(reason.text.contains(kind), "{reason}");
        }
    }
}

#[tokio::test]
async fn what_is_said_of_every_document_is_said_of_the_request() {
    for (status, kind, expected) in [
        (404, "index_not_found_exception", Config),
        (403, "security_exception", Auth),
        (403, "cluster_block_exception", Config),
        (400, "index_closed_exception", Config),
        (405, "method_not_allowed", Config),
        (418, "teapot_exception", Config),
        (413, "", Split),
    ] {
        let server = Server::replies([says(&vec![item(status, kind); 3])]).await;
        let answer = deliver(&elastic(&server, ""), &events(3)).await;
        assert_eq!(of_answer(&answer), expected, "{status} {kind}");
    }
}

/// Whatever is said of one document, the documents beside it and the requests after it go on.
#[tokio::test]
async fn one_document_s_trouble_stops_none_of_its_neighbours() {
    for (status, kind) in [
        (418, "teapot_exception"),
        (405, "method_not_allowed"),
        (404, "index_not_found_exception"),
        (403, "security_exception"),
        (400, "index_closed_exception"),
        (400, "document_parsing_exception"),
        (503, "unavailable_shards_exception"),
    ] {
        let server = Server::start(move |request| {
            let item = |id: &String| match id.as_str() {
                "e-3" => item(status, kind),
                _ => item(201, ""),
            };
            says(&ids(request).iter().map(item).collect::<Vec<_>>())
        })
        .await;
        let mut pipeline = Pipeline::new(elastic(&server, ""), Filter::default(), Some(10));
        pipeline.backoff.first = Duration::from_millis(1);
        let deadline = Instant::now() + Duration::from_secs(30);
        let outcome = pipeline.run(&events(100), deadline).await;
        assert_eq!(outcome.counts.delivered, 99, "{status} {kind}");
        let last = &outcome.verdicts[3];
        assert!(!matches!(last, Verdict::Delivered(_)), "{status} {kind}: {last:?}");
    }
}

/// nginx, Go's server behind TLS, a captive portal, an API gateway: none of them has looked at a document.
#[tokio::test]
async fn a_400_that_is_not_the_cluster_s_parks_nothing() {
    for body in [
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "Client sent an HTTP request to an HTTPS server.",
        "",
        r#"{"message":"Bad Request"}"#,
        r#"{"error":"Bad Request","status":400}"#,
        r#"{"error":{"type":"x_exception"}}"#,
    ] {
        let server = Server::replies([Reply::status(400, body)]).await;
        let outcome = run(elastic(&server, ""), &events(3)).await;
        assert_eq!((outcome.counts.retried, outcome.counts.rejected), (3, 0), "{body}");
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn every_request_status_means_what_the_table_says() {
    let rows = [
        (400, Suspect),
        (401, Auth),
        (403, Auth),
        (404, Config),
        (405, Config),
        (301, Config),
        (413, Split),
        (429, Retry),
        (500, Retry),
        (501, Config),
        (502, Retry),
        (503, Retry),
        (504, Retry),
        (202, Retry),
        (204, Retry),
    ];
    let body = r#"{"error":{"type":"x_exception","reason":"hvs.canary"},"status":0}"#;
    for (status, expected) in rows {
        let server =
            Server::replies([Reply::status(status, body).header("retry-after", "9")]).await;
        let answer = deliver(&elastic(&server, ""), &events(2)).await;
        assert_eq!(of_answer(&answer), expected, "{status}");
        assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        if let (429 | 503, Answer::All(Verdict::Retry { after, .. })) = (status, &answer) {
            assert_eq!(*after, Some(Duration::from_secs(9)));
        }
    }
}

#[tokio::test]
async fn the_failure_store_is_a_warning_and_not_a_success() {
    let stored = |word: &str| json!({"create": {"status": 201, "failure_store": word}});
    let items = [stored("used"), stored("not_applicable_or_unknown"), item(201, "")];
    let server = Server::replies([says(&items)]).await;
    let outcome = run(elastic(&server, ""), &events(3)).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.degraded), (3, 1));
    assert_eq!(of_verdict(&outcome.verdicts[0]), Degraded);

    let mut refused = item(400, "document_parsing_exception");
    refused["create"]["failure_store"] = json!("not_enabled");
    let server = Server::replies([says(&[refused])]).await;
    let outcome = run(elastic(&server, ""), &events(1)).await;
    assert_eq!(outcome.counts.rejected, 1);
}

#[tokio::test]
async fn nothing_of_the_servers_sentences_is_repeated() {
    let refused = json!({"create": {"status": 400, "error": {
        "type": "Failed to parse: hvs.canary", "reason": "hvs.canary"}}});
    let server = Server::replies([says(&[refused])]).await;
    let answer = deliver(&elastic(&server, ""), &events(1)).await;
    assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
}

#[tokio::test]
async fn a_200_that_is_no_answer_to_a_bulk_request_leaves_everything_queued() {
    for body in [
        "",
        "<html>maintenance</html>",
        "{}",
        r#"{"took":1,"errors":false}"#,
        r#"{"items":[{"create":{"status":201}}]}"#,
        r#"{"errors":"false","items":[{"create":{"status":201}}]}"#,
        r#"{"errors":false,"items":[{}]}"#,
        r#"{"errors":false,"items":[{"delete":{"status":200}}]}"#,
    ] {
        let server = Server::replies([Reply::status(200, body)]).await;
        let answer = deliver(&elastic(&server, ""), &events(1)).await;
        assert_eq!(of_answer(&answer), Retry, "{body}");
    }
}

#[tokio::test]
async fn no_answer_is_tried_again_later() {
    for reply in [Reply::Cut, Reply::CutMidBody] {
        let server = Server::replies([reply]).await;
        let answer = deliver(&elastic(&server, ""), &events(1)).await;
        assert_eq!(of_answer(&answer), Retry);
    }
}

/// More than is read of an answer: halves have shorter ones.
#[tokio::test]
async fn an_answer_too_long_to_read_is_asked_for_in_halves() {
    let server = Server::start(|request| {
        let kind = "version_conflict_engine_exception";
        says(&vec![item(409, kind); documents(request).len()])
    })
    .await;
    let outcome = run(elastic(&server, ""), &events(1_000)).await;
    assert_eq!((outcome.counts.duplicate, outcome.counts.retried), (1_000, 0));
    let sizes: Vec<usize> = server.requests().iter().map(|request| ids(request).len()).collect();
    assert_eq!(sizes, [1_000, 500, 500]);
}

#[tokio::test]
async fn settings_that_the_server_blames_on_documents_keep_them_queued() {
    let refused = |reason: &str| {
        let error = json!({"type": "illegal_argument_exception", "reason": reason});
        says(&[json!({"create": {"status": 400, "error": error}})])
    };
    let pipeline = "pipeline = \"p\"\n";
    let server = Server::replies([refused("pipeline with id [p] does not exist")]).await;
    let answer = deliver(&elastic(&server, pipeline), &events(1)).await;
    assert_eq!(of_answer(&answer), Config);
    let asked = server.requests()[0].path.contains("items.%2A.error.reason");
    assert!(asked, "the reason is asked for where it tells something");

    let server = Server::replies([refused("Limit of total fields [1000] has been exceeded")]).await;
    let outcome = run(elastic(&server, pipeline), &events(1)).await;
    assert_eq!(outcome.counts.rejected, 1);
}

#[tokio::test]
async fn a_refused_credential_is_read_again_and_the_events_stay_queued() {
    let server = Server::replies([Reply::status(403, "{}")]).await;
    let (secrets, elastic) = elastic_with(&server, "", r#"{"api_key":"old"}"#).await;
    let outcome = run(elastic, &events(2)).await;
    assert_eq!((outcome.counts.retried, outcome.counts.rejected), (2, 0));
    assert!(outcome.counts.auth_failures >= 1);
    assert!(secrets.requests().len() > 1, "read again");
}
