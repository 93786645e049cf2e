//! Parameters that older servers and OpenSearch do not know.

use super::*;

/// A server that refuses a request with a parameter that it does not know, as Elasticsearch and OpenSearch do.
fn knowing(known: &'static [&'static str]) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |request| {
        let query = request.path.split_once('?').unwrap().1;
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap());
        let unknown: Vec<String> = names
            .filter(|name| *name != "filter_path" && !known.contains(name))
            .map(|name| format!("[{name}]"))
            .collect();
        if unknown.is_empty() {
            return creates(request);
        }
        let plural = if unknown.len() > 1 { "s" } else { "" };
        let reason = format!(
            "request [/logs-vault.audit-default/_bulk] contains unrecognized parameter{plural}: {}",
            unknown.join(", ")
        );
        let error = json!({"type": "illegal_argument_exception", "reason": reason});
        Reply::status(400, json!({"error": error, "status": 400}).to_string())
    }
}

#[tokio::test]
async fn what_the_server_does_not_know_is_left_out_from_then_on() {
    for (known, requests) in [
        (&["include_source_on_error", "require_data_stream"][..], 2),
        (&["require_data_stream"], 3),
        (&["include_source_on_error"], 3),
        (&[], 3),
    ] {
        let server = Server::start(knowing(known)).await;
        let elastic = elastic(&server, "");
        for _ in 0..2 {
            let answer = deliver(&elastic, &events(1)).await;
            assert_eq!(answer, Answer::Each(vec![Verdict::delivered()]), "{known:?}");
        }
        assert_eq!(server.requests().len(), requests, "{known:?}");
        let last = server.requests().pop().unwrap().path;
        for name in ["include_source_on_error", "require_data_stream"] {
            assert_eq!(last.contains(name), known.contains(&name), "{last}");
        }
        assert!(last.contains("filter_path="), "{last}");
    }
}

/// Requests go out side by side; each may meet the refusal.
#[tokio::test]
async fn nothing_is_rejected_while_it_is_learnt() {
    let server = Server::start(knowing(&[])).await;
    let outcome = run(elastic(&server, "max_request_bytes = 65536\n"), &events(1_000)).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (1_000, 0));
}

#[tokio::test]
async fn opensearch_is_never_asked() {
    let server = Server::start(knowing(&[])).await;
    let secret = r#"{"username":"u","password":"p"}"#;
    let (_secrets, elastic) = elastic_with(&server, "flavour = \"opensearch\"\n", secret).await;
    deliver(&elastic, &events(1)).await;
    assert_eq!(server.requests().len(), 1);
}

/// A document cannot make us drop a protection by holding the words.
#[tokio::test]
async fn a_refusal_for_another_reason_changes_nothing() {
    let error = json!({"type": "parsing_exception", "reason": "Duplicate field 'x'"});
    let body = json!({"error": error, "status": 400}).to_string();
    let server = Server::replies([Reply::status(400, body)]).await;
    let elastic = elastic(&server, "");
    for _ in 0..2 {
        assert!(matches!(deliver(&elastic, &events(1)).await, Answer::Suspect(_)));
    }
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests()[1].path.contains("include_source_on_error=false"));
}
