//! Stories of a run, with a destination that answers from a script. Time is paused: pauses are
//! asserted exactly and take none.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use transform::batch::Batch;
use transform::format::FormatError;
use transform::source::native;

use super::*;
use crate::destination::Finding;
use crate::outcome::{Answer, Delivery};

type Script = Box<dyn FnMut(&[String]) -> Answer + Send>;

/// Remembers what each request held, and answers from its script.
struct Scripted {
    limits: Limits,
    concurrency: usize,
    idempotent: bool,
    takes: Duration,
    script: Mutex<Script>,
    requests: Mutex<Vec<(Instant, Vec<String>)>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    refreshes: Mutex<VecDeque<bool>>,
    refreshed: AtomicUsize,
}

impl Scripted {
    fn new(script: impl FnMut(&[String]) -> Answer + Send + 'static) -> Scripted {
        Scripted {
            limits: Limits::default(),
            concurrency: 4,
            idempotent: false,
            takes: Duration::ZERO,
            script: Mutex::new(Box::new(script)),
            requests: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            refreshes: Mutex::default(),
            refreshed: AtomicUsize::new(0),
        }
    }

    fn answers(answers: impl IntoIterator<Item = Answer>) -> Scripted {
        let mut answers: VecDeque<Answer> = answers.into_iter().collect();
        Scripted::new(move |_| answers.pop_front().unwrap_or_else(Answer::delivered))
    }

    fn sent(&self) -> Vec<Vec<String>> {
        self.requests.lock().unwrap().iter().map(|(_, ids)| ids.clone()).collect()
    }
}

impl Destination for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn idempotent(&self) -> bool {
        self.idempotent
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }

    fn partition(&self, event: &Event<'_>) -> Option<String> {
        assert_ne!(&*event.id, "mine", "a partition's bug");
        None
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        match &*event.id {
            "unspeakable" => Err(FormatError("no words for it".into())),
            "bomb" => {
                out.extend_from_slice(b"half");
                panic!("an encoder's bug")
            }
            id => {
                out.extend_from_slice(id.as_bytes());
                Ok(())
            }
        }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        let ids: Vec<String> =
            batch.fragments().map(|id| String::from_utf8(id.to_vec()).unwrap()).collect();
        self.requests.lock().unwrap().push((Instant::now(), ids.clone()));
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        (self.script.lock().unwrap())(&ids)
    }

    async fn refresh(&self) -> bool {
        self.refreshed.fetch_add(1, Ordering::SeqCst);
        self.refreshes.lock().unwrap().pop_front().unwrap_or(false)
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn event(id: &str) -> Event<'static> {
    let line = format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
    );
    native::parse(Box::leak(line.into_boxed_str())).unwrap()
}

fn events(count: usize) -> Vec<Event<'static>> {
    (0..count).map(|number| event(&format!("e{number}"))).collect()
}

async fn run(destination: Scripted, events: &[Event<'_>], seconds: u64) -> (Scripted, Outcome) {
    let pipeline = Pipeline::new(destination, Filter::default(), None);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let outcome = pipeline.run(events, deadline).await;
    (pipeline.destination, outcome)
}

fn retry() -> Verdict {
    Verdict::retry(Reason::new(ErrorClass::Unavailable, "busy"))
}

fn refused() -> Reason {
    Reason::new(ErrorClass::Refused, "bad").with_status(400)
}

fn is_retry(verdict: &Verdict, class: ErrorClass) -> bool {
    matches!(verdict, Verdict::Retry { reason, .. } if reason.class == class)
}

#[tokio::test(start_paused = true)]
async fn only_the_retryable_records_are_sent_again() {
    let each = Answer::Each(vec![Verdict::delivered(), retry(), Verdict::Rejected(refused())]);
    let (destination, outcome) = run(Scripted::answers([each]), &events(3), 60).await;
    assert_eq!(destination.sent(), [vec!["e0", "e1", "e2"], vec!["e1"]]);
    assert_eq!(outcome.verdicts[0], Verdict::delivered());
    assert_eq!(outcome.verdicts[1], Verdict::delivered());
    assert_eq!(outcome.verdicts[2], Verdict::Rejected(refused()));
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (2, 1));
    assert_eq!((outcome.counts.requests, outcome.counts.request_bytes), (2, 8));
}

#[tokio::test(start_paused = true)]
async fn the_server_s_wish_to_wait_is_granted() {
    let wish = Answer::retry_after(Some(Duration::from_secs(7)), refused());
    let (destination, _) = run(Scripted::answers([wish]), &events(1), 60).await;
    let requests = destination.requests.lock().unwrap();
    let pause = requests[1].0 - requests[0].0;
    assert!(pause >= Duration::from_secs(7) && pause < Duration::from_millis(7100), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wish_beyond_the_deadline_goes_back_with_the_record() {
    let wish = Some(Duration::from_mins(10));
    let (destination, outcome) =
        run(Scripted::answers([Answer::retry_after(wish, refused())]), &events(2), 60).await;
    assert_eq!(destination.sent().len(), 1);
    for verdict in &outcome.verdicts {
        assert!(matches!(verdict, Verdict::Retry { after, .. } if *after == wish), "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_record_keeps_the_reason_and_the_wish_that_were_its_own() {
    let hour = Some(Duration::from_hours(1));
    let each = vec![retry(), Verdict::retry_after(hour, refused())];
    let (_, outcome) = run(Scripted::answers([Answer::Each(each.clone())]), &events(2), 60).await;
    assert_eq!(outcome.verdicts, each);
}

#[tokio::test(start_paused = true)]
async fn trying_again_ends_with_the_last_attempt() {
    let busy = Scripted::new(|_| Answer::All(retry()));
    let (destination, outcome) = run(busy, &events(2), 3600).await;
    assert_eq!(destination.sent().len(), 6);
    assert!(outcome.verdicts.iter().all(|verdict| *verdict == retry()));
    assert_eq!(outcome.counts.retried, 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_without_time_for_it_and_the_reserve() {
    let (destination, outcome) = run(Scripted::answers([]), &events(2), 3).await;
    assert!(destination.sent().is_empty());
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Deadline)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_cut_off_before_the_reserve() {
    let mut slow = Scripted::answers([]);
    slow.takes = Duration::from_hours(1);
    let begun = Instant::now();
    let (_, outcome) = run(slow, &events(2), 60).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(57));
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Timeout)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_destination_is_not_asked_again_shortly_before_the_end() {
    let mut slow = Scripted::new(|_| Answer::All(retry()));
    slow.takes = Duration::from_secs(30);
    let (destination, outcome) = run(slow, &events(1), 60).await;
    assert_eq!(destination.sent().len(), 1);
    assert_eq!(outcome.verdicts, [retry()]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_wrong_length_says_nothing_about_any_record() {
    let short = Answer::Each(vec![Verdict::delivered()]);
    let (destination, outcome) = run(Scripted::answers([short]), &events(3), 60).await;
    assert_eq!(destination.sent()[1], ["e0", "e1", "e2"]);
    assert_eq!(outcome.counts.delivered, 3);
    let always = Scripted::new(|_| Answer::Each(vec![Verdict::delivered(); 9]));
    let (_, outcome) = run(always, &events(3), 60).await;
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Protocol)));
}

#[tokio::test(start_paused = true)]
async fn a_request_too_large_is_sent_in_halves() {
    let picky = Scripted::new(|ids: &[String]| match ids.len() {
        0..=2 => Answer::delivered(),
        _ => Answer::Split(Reason::new(ErrorClass::TooLarge, "too large")),
    });
    let (destination, outcome) = run(picky, &events(8), 60).await;
    assert_eq!(outcome.counts.delivered, 8);
    assert_eq!(outcome.counts.splits, 3);
    assert_eq!(destination.sent().iter().filter(|ids| ids.len() == 2).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_record_too_large_alone_is_rejected() {
    let never = Scripted::new(|ids: &[String]| {
        if ids.iter().any(|id| id == "e2") {
            Answer::Split(Reason::new(ErrorClass::TooLarge, "too large"))
        } else {
            Answer::delivered()
        }
    });
    let (_, outcome) = run(never, &events(5), 60).await;
    assert!(
        matches!(&outcome.verdicts[2], Verdict::Rejected(r) if r.class == ErrorClass::TooLarge)
    );
    assert_eq!(outcome.counts.delivered, 4);
}

#[tokio::test(start_paused = true)]
async fn a_poison_record_is_found_among_a_thousand() {
    let picky = Scripted::new(|ids: &[String]| {
        if ids.iter().any(|id| id == "e617") {
            Answer::Suspect(refused())
        } else {
            Answer::delivered()
        }
    });
    let (destination, outcome) = run(picky, &events(1000), 60).await;
    assert_eq!(outcome.verdicts[617], Verdict::Rejected(refused()));
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (999, 1));
    let delivered =
        destination.sent().iter().filter(|ids| !ids.contains(&"e617".into())).flatten().count();
    assert_eq!(delivered, 999, "no record is delivered twice on the way");
}

#[tokio::test(start_paused = true)]
async fn a_refused_credential_is_read_afresh_and_tried_once_more() {
    let auth = || Answer::Auth(Reason::new(ErrorClass::Auth, "bad token").with_status(401));
    let destination = Scripted::answers([auth()]);
    destination.refreshes.lock().unwrap().push_back(true);
    let (destination, outcome) = run(destination, &events(2), 60).await;
    assert_eq!(outcome.counts.delivered, 2);
    assert_eq!(outcome.counts.auth_failures, 1);
    assert_eq!(destination.refreshed.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_credential_refused_again_parks_nothing_and_stops_the_run() {
    let mut destination =
        Scripted::new(|_| Answer::Auth(Reason::new(ErrorClass::Refused, "bad token")));
    destination.limits.records = 1;
    destination.concurrency = 1;
    destination.refreshes.lock().unwrap().push_back(true);
    let (destination, outcome) = run(destination, &events(20), 60).await;
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Auth)));
    assert_eq!(destination.sent().len(), 2);
    assert_eq!(destination.refreshed.load(Ordering::SeqCst), 1);
    assert_eq!((outcome.counts.auth_failures, outcome.counts.rejected), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_parks_nothing_and_stops_the_run() {
    let mut destination =
        Scripted::new(|_| Answer::Config(Reason::new(ErrorClass::Config, "no such index")));
    destination.limits.records = 1;
    destination.concurrency = 1;
    let (destination, outcome) = run(destination, &events(5), 60).await;
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Config)));
    assert_eq!((destination.sent().len(), outcome.counts.config_failures), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn records_kept_back_for_a_setting_are_not_sent_again_at_once() {
    let config = Verdict::retry(Reason::new(ErrorClass::Config, "incorrect index"));
    let each = Answer::Each(vec![Verdict::delivered(), config.clone()]);
    let (destination, outcome) = run(Scripted::answers([each]), &events(2), 60).await;
    assert_eq!(outcome.verdicts, [Verdict::delivered(), config]);
    assert_eq!((destination.sent().len(), outcome.counts.config_failures), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn records_kept_back_for_a_setting_stop_none_of_their_neighbours() {
    let config = || Verdict::retry(Reason::new(ErrorClass::Config, "no such index"));
    let mut destination = Scripted::new(move |ids: &[String]| {
        let verdict = |id: &String| if id == "e1" { config() } else { Verdict::delivered() };
        Answer::Each(ids.iter().map(verdict).collect())
    });
    destination.limits.records = 2;
    destination.concurrency = 1;
    let (_, outcome) = run(destination, &events(10), 60).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.config_failures), (9, 1));
    assert_eq!(outcome.verdicts[1], config());
}

/// A proxy that answers 400 in the destination's place, or a receiver that refuses whatever comes.
#[tokio::test(start_paused = true)]
async fn when_all_is_refused_alike_the_run_stops_and_nothing_is_parked() {
    let answers: [fn() -> Answer; 4] = [
        || Answer::Suspect(refused()),
        || Answer::Split(Reason::new(ErrorClass::TooLarge, "too large").with_status(413)),
        || Answer::All(Verdict::Rejected(refused())),
        || Answer::Each(vec![Verdict::Rejected(refused()); 1000]),
    ];
    for (place, answer) in answers.into_iter().enumerate() {
        let mut destination = Scripted::new(move |_| answer());
        destination.concurrency = 1;
        let (destination, outcome) = run(destination, &events(1000), 600).await;
        assert!(
            outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Config)),
            "{place}"
        );
        assert_eq!((outcome.counts.rejected, outcome.counts.config_failures), (0, 1), "{place}");
        assert!(destination.sent().len() < 110, "{place}: {}", destination.sent().len());
    }
}

#[tokio::test(start_paused = true)]
async fn one_event_a_request_refused_alike_waits_from_the_second_on_or_in_a_later_run() {
    let mut destination = Scripted::new(|_| Answer::Suspect(refused()));
    destination.limits.records = 1;
    let pipeline = Pipeline::new(destination, Filter::default(), None);
    let run = async |count: usize| {
        let deadline = Instant::now() + Duration::from_mins(1);
        pipeline.run(&events(count), deadline).await.counts.rejected
    };
    assert_eq!(run(1).await, 1, "a poison record all alone has no neighbours to tell");
    assert_eq!(run(2).await, 0);
    assert_eq!(run(1).await, 0, "nothing was taken since");
    assert_eq!(pipeline.destination.sent().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn many_refused_among_some_that_are_taken_are_all_parked() {
    for _ in 0..20 {
        let picky = Scripted::new(|ids: &[String]| {
            if ids.iter().all(|id| id.ends_with('7')) {
                Answer::delivered()
            } else {
                Answer::Suspect(refused())
            }
        });
        let (_, outcome) = run(picky, &events(100), 600).await;
        let counts = outcome.counts;
        // Unless the first eight that were tried happen to be refused: then all wait for another run.
        assert!(matches!((counts.delivered, counts.rejected), (10, 90) | (0, 0)), "{counts:?}");
    }
}

/// One request was asked to wait a minute, and 1,000 others went out all the same.
#[tokio::test(start_paused = true)]
async fn what_a_server_asks_of_one_request_is_granted_by_all() {
    for (wish, delivered) in [(20, 100), (120, 0)] {
        let wish = Duration::from_secs(wish);
        let mut first = true;
        let mut destination = Scripted::new(move |_| {
            if std::mem::take(&mut first) {
                Answer::retry_after(Some(wish), retry_reason())
            } else {
                Answer::delivered()
            }
        });
        destination.limits.records = 1;
        destination.concurrency = 1;
        let begun = Instant::now();
        let (destination, outcome) = run(destination, &events(100), 60).await;
        let sent = destination.requests.lock().unwrap();
        let early = sent.iter().filter(|(at, _)| *at < begun + wish).count();
        assert_eq!(early, 1, "{wish:?}");
        assert_eq!(outcome.counts.delivered, delivered);
        for verdict in outcome.verdicts.iter().filter(|verdict| !verdict.is_final()) {
            assert!(matches!(verdict, Verdict::Retry { after: Some(after), .. } if *after <= wish));
        }
    }
}

fn retry_reason() -> Reason {
    Reason::new(ErrorClass::Throttled, "slow down").with_status(429)
}

/// Stored, then the connection broke: six copies an invocation.
#[tokio::test(start_paused = true)]
async fn what_may_be_stored_is_repeated_once_where_ids_are_not_known() {
    let lost = || Reason::new(ErrorClass::Network, "the connection broke").maybe_stored();
    for (idempotent, requests) in [(false, 2), (true, 6)] {
        let mut destination = Scripted::new(move |_| Answer::retry(lost()));
        destination.idempotent = idempotent;
        let (destination, outcome) = run(destination, &events(3), 3600).await;
        assert_eq!(destination.sent().len(), requests);
        assert!(outcome.verdicts.iter().all(|verdict| *verdict == Verdict::retry(lost())));
    }
    // What certainly is not stored is tried as often as ever, also after that.
    let mut answers = vec![Answer::retry(lost())];
    answers.extend(vec![Answer::All(retry()); 4]);
    let (destination, outcome) = run(Scripted::answers(answers), &events(3), 3600).await;
    assert_eq!((destination.sent().len(), outcome.counts.delivered), (6, 3));
}

/// Every way in which a try ends early, and the words by which it is found in the log.
#[tokio::test(start_paused = true)]
async fn no_try_ends_without_a_line_in_the_log() {
    let hour = Some(Duration::from_hours(1));
    let lost = Reason::new(ErrorClass::Network, "the connection broke").maybe_stored();
    let cases: [(Answer, u64, &str); 5] = [
        (Answer::All(retry()), 3600, "tried as often"),
        (Answer::All(retry()), 5, "no time is left"),
        (Answer::delivered(), 3, "no time is left"),
        (Answer::retry_after(hour, retry_reason()), 60, "no time is left"),
        (Answer::retry(lost), 60, "repeated once"),
    ];
    for (answer, seconds, words) in cases {
        let log = Log::default();
        let guard = tracing::subscriber::set_default(log.clone());
        let (_, outcome) = run(Scripted::new(move |_| answer.clone()), &events(2), seconds).await;
        drop(guard);
        assert_eq!(outcome.counts.retried, 2, "{words}");
        let lines = log.0.lock().unwrap().clone();
        assert!(lines.iter().any(|line| line.contains(words)), "{words}: {lines:?}");
    }
}

/// Keeps the warnings and errors of one thread.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.extend([field.name(), "=", &format!("{value:?}"), " "]);
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_encoded_fails_alone_and_so_does_a_panic() {
    let events = [event("a"), event("unspeakable"), event("bomb"), event("mine"), event("b")];
    let (destination, outcome) = run(Scripted::answers([]), &events, 60).await;
    assert_eq!(destination.sent(), [["a", "b"]]);
    for place in [1, 2, 3] {
        let verdict = &outcome.verdicts[place];
        assert!(matches!(verdict, Verdict::Rejected(r) if r.class == ErrorClass::Format));
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_delivering_loses_nothing() {
    let mut first = true;
    let destination = Scripted::new(move |_| {
        assert!(!std::mem::take(&mut first), "a destination's bug");
        Answer::delivered()
    });
    let (_, outcome) = run(destination, &events(2), 60).await;
    // The script's lock is poisoned by the panic, so every further try panics as well.
    assert!(outcome.verdicts.iter().all(|verdict| is_retry(verdict, ErrorClass::Protocol)));
}

#[tokio::test(start_paused = true)]
async fn requests_go_side_by_side_within_bounds() {
    let mut destination = Scripted::answers([]);
    destination.limits.records = 10;
    destination.concurrency = 3;
    destination.takes = Duration::from_secs(1);
    let begun = Instant::now();
    let (destination, outcome) = run(destination, &events(90), 60).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(destination.most.load(Ordering::SeqCst), 3);
    assert_eq!(outcome.counts.delivered, 90);
}

#[tokio::test(start_paused = true)]
async fn duplicates_and_warnings_are_counted_as_delivered() {
    let each = [Delivery::Fresh, Delivery::Duplicate, Delivery::Degraded].map(Verdict::Delivered);
    let (_, outcome) = run(Scripted::answers([Answer::Each(each.into())]), &events(3), 60).await;
    let counts = outcome.counts;
    assert_eq!((counts.delivered, counts.duplicate, counts.degraded), (3, 1, 1));
    assert_eq!(counts.oldest.unwrap().to_string(), "2026-02-14T22:30:01Z");
}

/// Sent again, those that were stored would be stored twice; counted as delivered, the others would be gone unseen.
#[tokio::test(start_paused = true)]
async fn what_a_destination_drops_unnamed_is_counted_and_never_sent_again() {
    for (dropped, expected) in [(0, 0), (1, 1), (3, 3), (9, 4)] {
        let reason = Reason::new(ErrorClass::Refused, "dropped");
        let answer = Answer::Dropped { records: dropped, reason };
        let (destination, outcome) = run(Scripted::answers([answer]), &events(4), 60).await;
        assert_eq!(destination.sent().len(), 1);
        assert_eq!((outcome.counts.delivered, outcome.counts.dropped), (4 - expected, expected));
        assert!(outcome.verdicts.iter().all(Verdict::is_final));
    }
}

#[tokio::test(start_paused = true)]
async fn an_oversize_record_never_enters_a_request() {
    let mut destination = Scripted::answers([]);
    destination.limits.bytes = 10;
    let events = [event("a"), event("a-very-long-name"), event("b")];
    let (destination, outcome) = run(destination, &events, 60).await;
    assert_eq!(destination.sent(), [["a", "b"]]);
    assert!(
        matches!(&outcome.verdicts[1], Verdict::Rejected(r) if r.class == ErrorClass::TooLarge)
    );
}

#[tokio::test(start_paused = true)]
async fn a_smaller_batch_can_be_wished_and_not_a_larger_one() {
    for (wished, requests) in [(2, 4), (100, 2)] {
        let mut destination = Scripted::answers([]);
        destination.limits.records = 4;
        let pipeline = Pipeline::new(destination, Filter::default(), Some(wished));
        pipeline.run(&events(8), Instant::now() + Duration::from_mins(1)).await;
        assert_eq!(pipeline.destination.sent().len(), requests);
    }
}
