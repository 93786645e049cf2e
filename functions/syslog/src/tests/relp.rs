//! RELP: a verdict for each message.

use super::receiver::{Relp, RelpReceiver};
use super::*;

async fn verdicts(does: Relp, count: usize) -> (Vec<Verdict>, RelpReceiver) {
    let receiver = RelpReceiver::start(&[does]).await;
    match deliver(&syslog(&receiver.address(), ""), &events(count)).await {
        Answer::Each(verdicts) => (verdicts, receiver),
        other => panic!("{other:?}"),
    }
}

async fn whole(does: Relp) -> Answer {
    let receiver = RelpReceiver::start(&[does]).await;
    deliver(&syslog(&receiver.address(), ""), &events(3)).await
}

fn delivered(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| **verdict == Verdict::delivered()).count()
}

#[tokio::test]
async fn every_message_is_acknowledged() {
    let (verdicts, receiver) = verdicts(Relp::Takes, 500).await;
    assert_eq!(delivered(&verdicts), 500);
    assert_eq!(ids(&receiver.stored()), all_ids(500));
}

#[tokio::test]
async fn no_more_than_a_window_waits_for_its_answer() {
    let (verdicts, receiver) = verdicts(Relp::CountsWindow, 300).await;
    assert_eq!((delivered(&verdicts), receiver.window()), (300, 128));
    assert_eq!(ids(&receiver.stored()), all_ids(300));
}

#[tokio::test]
async fn a_message_refused_twice_goes_again_and_one_refused_thrice_is_rejected() {
    let (twice, receiver) = verdicts(Relp::Refuses("\"e1\"", 2), 4).await;
    assert_eq!(delivered(&twice), 4);
    assert_eq!(ids(&receiver.stored()), ["e0", "e2", "e3", "e1"]);
    let (thrice, receiver) = verdicts(Relp::Refuses("\"e1\"", usize::MAX), 4).await;
    assert_eq!(delivered(&thrice), 3);
    assert!(matches!(&thrice[1], Verdict::Rejected(reason) if reason.status == Some(500)));
    assert_eq!(ids(&receiver.stored()), ["e0", "e2", "e3"]);
}

#[tokio::test]
async fn what_was_acknowledged_before_a_receiver_died_or_stopped_is_not_sent_again() {
    for does in [Relp::DiesAfter(7), Relp::ServerCloseAfter(7)] {
        let (verdicts, receiver) = verdicts(does, 200).await;
        assert_eq!(delivered(&verdicts), 7, "{does:?}");
        let again = |verdict: &Verdict| matches!(verdict, Verdict::Retry { .. });
        assert!(verdicts[7..].iter().all(again), "{does:?}");
        let sent = |verdict: &Verdict| matches!(verdict, Verdict::Retry { reason, .. } if reason.maybe_stored);
        assert!(sent(&verdicts[7]) && !sent(&verdicts[199]), "{does:?}: {:?}", verdicts[199]);
        assert_eq!(ids(&receiver.stored()), all_ids(7));
    }
}

#[tokio::test]
async fn a_receiver_that_comes_back_has_each_event_once() {
    let receiver = RelpReceiver::start(&[Relp::DiesAfter(7), Relp::Takes]).await;
    let outcome = run(syslog(&receiver.address(), ""), &events(30), 30).await;
    assert_eq!(outcome.counts.delivered, 30);
    assert_eq!(ids(&receiver.stored()), all_ids(30));
}

#[tokio::test]
async fn an_answer_to_another_command_or_none_at_all_confirms_nothing() {
    assert_eq!(retry(whole(Relp::WrongNumber).await).class, ErrorClass::Protocol);
    let silent = retry(whole(Relp::Silent).await);
    assert_eq!((silent.class, silent.maybe_stored), (ErrorClass::Timeout, true));
    assert_eq!(retry(whole(Relp::DiesAfter(0)).await).class, ErrorClass::Network);
    assert_eq!(retry(whole(Relp::ServerCloseAfter(0)).await).class, ErrorClass::Unavailable);
}

#[tokio::test]
async fn a_receiver_that_does_not_take_syslog_is_the_configurations_fault() {
    for answer in ["500 go away", "200 OK\nrelp_version=1\ncommands=eventlog"] {
        assert!(matches!(whole(Relp::Opens(answer)).await, Answer::Config(_)), "{answer}");
    }
}
