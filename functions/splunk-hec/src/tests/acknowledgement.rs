//! Indexer acknowledgement, which has to be asked for.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

const ACK: &str = "ack = true\n";

fn taken(ack: u64) -> Reply {
    Reply::status(200, json!({"text": "Success", "code": 0, "ackId": ack}).to_string())
}

fn confirms(ack: u64, done: bool) -> Reply {
    let mut acks = serde_json::Map::new();
    acks.insert(ack.to_string(), done.into());
    Reply::status(200, json!({"acks": acks}).to_string())
}

fn degraded() -> Answer {
    Answer::All(Verdict::Delivered(Delivery::Degraded))
}

fn paths(server: &Server) -> Vec<String> {
    let path = |request: Request| request.path.replace("/services/collector", "");
    server.requests().into_iter().map(path).collect()
}

#[tokio::test]
async fn events_are_delivered_once_the_indexers_confirm() {
    let server = Server::replies([taken(5), confirms(5, false), confirms(5, true)]).await;
    let splunk = splunk(&server, ACK);
    assert_eq!(deliver(&splunk, &events(&["a"])).await, Answer::delivered());
    assert_eq!(paths(&server), ["/event", "/ack", "/ack"]);
    let requests = server.requests();
    assert_eq!(requests[1].text(), r#"{"acks":[5]}"#);
    assert_eq!(requests[1].header("authorization"), Some("Splunk splunk-hec"));
    let channel = |request: &Request| request.header("x-splunk-request-channel").map(str::to_owned);
    assert_eq!(channel(&requests[0]), channel(&requests[1]), "ids count per channel");
}

#[tokio::test]
async fn trouble_while_asking_is_not_yet_a_refusal() {
    let replies = [taken(0), Reply::Cut, says(503, 19), confirms(0, true)];
    let server = Server::replies(replies).await;
    assert_eq!(deliver(&splunk(&server, ACK), &events(&["a"])).await, Answer::delivered());
}

#[tokio::test]
async fn events_that_are_never_confirmed_go_again() {
    let server = Server::replies([taken(0), confirms(0, false)]).await;
    let answer = deliver(&splunk(&server, ACK), &events(&["a"])).await;
    let Answer::All(Verdict::Retry { reason, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(reason.class, ErrorClass::Timeout);
    assert_eq!(paths(&server), ["/event", "/ack", "/ack", "/ack"]);
}

/// An exporter with acknowledgements against Splunk Cloud failed for ever though all was stored.
#[tokio::test]
async fn where_nobody_confirms_it_goes_on_without_after_the_first_request() {
    let nobody = [says(400, 14), Reply::status(404, ""), Reply::status(405, "")];
    for unusable in nobody {
        let server = Server::replies([taken(0), unusable, taken(1), taken(2)]).await;
        let splunk = splunk(&server, ACK);
        assert_eq!(deliver(&splunk, &events(&["a"])).await, degraded());
        assert_eq!(deliver(&splunk, &events(&["b"])).await, Answer::delivered());
        assert_eq!(paths(&server), ["/event", "/ack", "/event"]);
    }
}

#[tokio::test]
async fn a_token_that_gives_no_id_is_used_without_acknowledgement() {
    let server = Server::replies([says(200, 0)]).await;
    let splunk = splunk(&server, ACK);
    assert_eq!(deliver(&splunk, &events(&["a"])).await, degraded());
    assert_eq!(deliver(&splunk, &events(&["b"])).await, Answer::delivered());
    assert_eq!(paths(&server), ["/event", "/event"]);
}

#[tokio::test]
async fn a_request_refused_for_acknowledgement_goes_again_without() {
    let server = Server::replies([says(400, 14), taken(0)]).await;
    let outcome = run(splunk(&server, ACK), &events(&["a"]), 30).await;
    assert_eq!(outcome.verdicts, [Verdict::delivered()]);
    assert_eq!(paths(&server), ["/event", "/event"]);
}

#[tokio::test]
async fn nothing_is_asked_unless_it_is_set() {
    let server = Server::replies([taken(0)]).await;
    assert_eq!(deliver(&splunk(&server, ""), &events(&["a"])).await, Answer::delivered());
    assert_eq!(paths(&server), ["/event"]);
}
