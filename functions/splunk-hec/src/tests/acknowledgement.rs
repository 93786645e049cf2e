//! Indexer acknowledgement, which has to be asked for.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

const ACK: &str = "ack = true\n";
const REQUIRED: &str = "ack = 'required'\n";

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

fn without_acknowledgement() -> [Reply; 3] {
    [says(400, 14), Reply::status(404, ""), Reply::status(405, "")]
}

/// An exporter with acknowledgements against Splunk Cloud failed for ever though all was stored.
#[tokio::test]
async fn where_nobody_confirms_what_is_preferred_counts_as_delivered_for_that_request_only() {
    for unusable in without_acknowledgement() {
        let replies = [taken(0), unusable, taken(1), confirms(1, true)];
        let server = Server::replies(replies).await;
        let splunk = splunk(&server, ACK);
        assert_eq!(deliver(&splunk, &events(&["a"])).await, degraded());
        assert_eq!(deliver(&splunk, &events(&["b"])).await, Answer::delivered());
        assert_eq!(paths(&server), ["/event", "/ack", "/event", "/ack"]);
    }
}

#[tokio::test]
async fn a_token_that_gives_no_id_is_used_without_acknowledgement() {
    let server = Server::replies([says(200, 0)]).await;
    let splunk = splunk(&server, ACK);
    for id in ["a", "b"] {
        assert_eq!(deliver(&splunk, &events(&[id])).await, degraded());
    }
    assert_eq!(paths(&server), ["/event", "/event"]);
}

#[tokio::test]
async fn what_is_required_is_not_even_sent_where_nobody_confirms() {
    for unusable in without_acknowledgement() {
        let server = Server::replies([unusable]).await;
        let outcome = run(splunk(&server, REQUIRED), &events(&["a", "b"]), 30).await;
        assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
        assert_eq!(outcome.counts.config_failures, 1);
        assert_eq!(paths(&server), ["/ack"]);
    }
}

#[tokio::test]
async fn what_is_required_and_not_confirmed_waits() {
    let ready = || confirms(0, false);
    let nobody = || [Reply::status(404, "")];
    for (replies, delivered) in [
        (vec![ready(), taken(3), confirms(3, true)], true),
        // A load balancer that answers for an indexer in passing.
        (vec![ready(), taken(3), Reply::status(404, ""), confirms(3, true)], true),
        (vec![ready(), says(200, 0)], false),
        (vec![ready(), says(400, 14)], false),
        ([vec![ready(), taken(3)], nobody().to_vec()].concat(), false),
    ] {
        let server = Server::replies(replies).await;
        let splunk = splunk(&server, REQUIRED);
        let answer = deliver(&splunk, &events(&["a"])).await;
        assert_eq!(answer == Answer::delivered(), delivered, "{answer:?}");
        assert!(delivered || matches!(answer, Answer::Config(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn after_an_unconfirmed_request_nothing_is_sent_before_somebody_confirms_again() {
    let replies = [confirms(0, false), says(200, 0), says(400, 14)];
    let server = Server::replies(replies).await;
    let splunk = splunk(&server, REQUIRED);
    for _ in 0..3 {
        let answer = deliver(&splunk, &events(&["a"])).await;
        assert!(matches!(answer, Answer::Config(_)), "{answer:?}");
    }
    assert_eq!(paths(&server), ["/ack", "/event", "/ack", "/ack"], "stored once");
}

/// Two indexers behind a load balancer, each with ids of its own; the cookie says which.
#[tokio::test]
async fn each_request_has_its_own_channel_and_its_questions_find_the_same_indexer() {
    let server = Server::start(|request| {
        let channel = request.header("x-splunk-request-channel").unwrap();
        if request.path.ends_with("/event") {
            assert_eq!(request.header("cookie"), None, "a cookie is for its own questions");
            return taken(0).header("set-cookie", &format!("indexer={channel}; Path=/; Secure"));
        }
        let mine = request.header("cookie") == Some(&format!("indexer={channel}"));
        confirms(0, mine)
    })
    .await;
    let splunk = splunk(&server, ACK);
    let (a, b) = (events(&["a"]), events(&["b"]));
    let both = tokio::join!(deliver(&splunk, &a), deliver(&splunk, &b));
    assert_eq!(both, (Answer::delivered(), Answer::delivered()));
    let mut channels: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-splunk-request-channel").unwrap().to_owned())
        .collect();
    channels.sort();
    channels.dedup();
    assert_eq!(channels.len(), 2);
}

#[tokio::test]
async fn nothing_is_asked_unless_it_is_set() {
    let server = Server::replies([taken(0)]).await;
    assert_eq!(deliver(&splunk(&server, ""), &events(&["a"])).await, Answer::delivered());
    assert_eq!(paths(&server), ["/event"]);
}
