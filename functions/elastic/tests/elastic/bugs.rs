//! What went wrong in the exporters of others.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Elastic's own forwarder looked failed documents up by id, and lost those whose id a pipeline had changed.
#[tokio::test]
async fn a_changed_id_does_not_hide_a_failure() {
    let changed = |status: u16, kind: &str| {
        let mut item = item(status, kind);
        item["create"]["_id"] = json!("changed-by-a-pipeline");
        item
    };
    let server = Server::replies([says(&[
        changed(201, ""),
        changed(400, "document_parsing_exception"),
        changed(201, ""),
    ])])
    .await;
    let outcome = run(elastic(&server, "pipeline = \"p\"\n"), &events(3)).await;
    assert!(matches!(outcome.verdicts[1], Verdict::Rejected(_)), "{outcome:?}");
    assert_eq!(outcome.counts.delivered, 2);
}

/// beats 36547, opentelemetry-collector-contrib 47248, kafka-connect-elasticsearch 599.
#[tokio::test]
async fn a_conflict_is_a_duplicate_and_no_error() {
    let conflict = item(409, "version_conflict_engine_exception");
    let server = Server::replies([says(&[conflict.clone(), item(201, ""), conflict])]).await;
    let outcome = run(elastic(&server, ""), &events(3)).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.duplicate), (3, 2));
    assert_eq!(server.requests().len(), 1, "nothing is sent again");
}

/// Vector by default gave a request up whole; others sent it again whole.
#[tokio::test]
async fn only_what_was_not_taken_is_sent_again() {
    let busy = || item(429, "es_rejected_execution_exception");
    let server = Server::replies([
        says(&[
            item(201, ""),
            item(409, "version_conflict_engine_exception"),
            busy(),
            item(400, "document_parsing_exception"),
            busy(),
        ]),
        says(&[busy(), item(201, "")]),
        says(&[item(201, "")]),
    ])
    .await;
    let outcome = run(elastic(&server, ""), &events(5)).await;
    let sent: Vec<Vec<String>> = server.requests().iter().map(ids).collect();
    assert_eq!(sent[1..], [vec!["e-2", "e-4"], vec!["e-2"]]);
    assert!(matches!(outcome.verdicts[3], Verdict::Rejected(_)), "{outcome:?}");
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (4, 1));
}

/// Vector left items without a status out, and all behind them moved up. Elasticsearch 7.10.2 answered with
/// more items than documents.
#[tokio::test]
async fn items_that_cannot_be_matched_by_place_say_nothing() {
    let without_status = json!({"create": {"error": {"type": "x"}}});
    let refused = || item(400, "document_parsing_exception");
    for items in [
        vec![item(201, ""), refused()],
        vec![item(201, ""), refused(), item(201, ""), item(201, "")],
        vec![without_status, refused(), item(201, "")],
    ] {
        let server = Server::replies([says(&items), says(&vec![item(201, ""); 3])]).await;
        let answer = deliver(&elastic(&server, ""), &events(3)).await;
        assert!(matches!(answer, Answer::All(Verdict::Retry { .. })), "{answer:?}");

        let server = Server::replies([says(&items), says(&vec![item(201, ""); 3])]).await;
        let outcome = run(elastic(&server, ""), &events(3)).await;
        assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (3, 0));
        let sent: Vec<usize> = server.requests().iter().map(|request| ids(request).len()).collect();
        assert_eq!(sent, [3, 3], "all again");
    }
}

/// Logstash tries a request that is too large again for ever.
#[tokio::test]
async fn a_request_too_large_is_halved_until_what_is_too_large_is_alone() {
    let server = Server::start(|request| match ids(request) {
        ids if ids.contains(&"e-5".to_owned()) || ids.len() > 3 => Reply::status(413, ""),
        ids => says(&vec![item(201, ""); ids.len()]),
    })
    .await;
    let outcome = run(elastic(&server, ""), &events(8)).await;
    let Verdict::Rejected(reason) = &outcome.verdicts[5] else { panic!("{outcome:?}") };
    assert_eq!(reason.class.as_str(), "too_large");
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (7, 1));
}

/// The same said of a single document within an answer.
#[tokio::test]
async fn a_document_too_large_is_rejected_once_it_is_alone() {
    let server = Server::start(|request| {
        let items = ids(request).into_iter().map(|id| match id.as_str() {
            "e-1" => item(413, ""),
            _ => item(201, ""),
        });
        says(&items.collect::<Vec<_>>())
    })
    .await;
    let outcome = run(elastic(&server, ""), &events(3)).await;
    assert!(matches!(outcome.verdicts[1], Verdict::Rejected(_)), "{outcome:?}");
    assert_eq!(outcome.counts.delivered, 2);
}

/// Fluent Bit and Vector look for a string of bytes; a pretty answer, or one in another order, defeats that.
#[tokio::test]
async fn an_answer_is_read_as_json_and_not_searched() {
    let pretty = "{\n  \"items\" : [\n {\"create\" : {\"error\" : {\"type\" : \"document_parsing_exception\"},\n \
        \"status\" : 400}},\n {\"create\" : {\"status\" : 201}} ],\n  \"errors\" : true\n}";
    // A document may hold the very words.
    let lying = r#"{"took":1,"items":[{"create":{"status":400,"error":{"type":"x","reason":"\"errors\":false,\"items\":["}}},
        {"create":{"status":201}}],"errors":false}"#;
    for body in [pretty, lying] {
        let server = Server::replies([Reply::status(200, body)]).await;
        let outcome = run(elastic(&server, ""), &events(2)).await;
        assert!(matches!(outcome.verdicts[0], Verdict::Rejected(_)), "{outcome:?}");
        assert_eq!(outcome.counts.delivered, 1);
    }
}

/// elasticsearch 138445: one document makes the server refuse the whole request, and it does not say which.
#[tokio::test]
async fn one_poisonous_document_is_found_by_halving() {
    let refusals = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = refusals.clone();
    let server = Server::start(move |request| {
        if ids(request).contains(&"e-6".to_owned()) {
            counted.fetch_add(1, Ordering::Relaxed);
            let error = json!({"type": "parsing_exception", "reason": "Duplicate field 'x'"});
            return Reply::status(400, json!({"error": error, "status": 400}).to_string());
        }
        creates(request)
    })
    .await;
    let outcome = run(elastic(&server, ""), &events(16)).await;
    let Verdict::Rejected(reason) = &outcome.verdicts[6] else { panic!("{outcome:?}") };
    assert!(reason.text.contains("parsing_exception"), "{reason}");
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (15, 1));
    assert_eq!(refusals.load(Ordering::Relaxed), 5, "16, 8, 4, 2 and 1");
}
