//! `dlq` against a scripted queue with dead letters in it.

use crate::queue::{Queue, Turn};
use crate::support::{BINARY, End, Place, lines};

fn dlq(queue: &Queue, arguments: &[&str]) -> End {
    let place = Place::new();
    let mut command = place.command(BINARY);
    command.arg("dlq").args(arguments).envs(queue.environment());
    End::of(&command.env("VAULT_EXPORT_DLQ_URL", queue.dlq()).output().unwrap())
}

/// Twelve refused by Splunk, one unreadable.
fn queue(script: &[Turn]) -> Queue {
    let queue = Queue::start(script);
    for number in 0..12 {
        queue.park(&format!("r{number}"), "refused", "Incorrect index", &format!("body {number}"));
    }
    queue.park("u", "unreadable", "`id` is missing", "{}");
    queue
}

#[test]
fn list_counts_by_reason_and_leaves_everything_as_it_was() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["list"]).done();
    assert_eq!(
        end.stdout,
        "12\tsplunk-hec\trefused\tIncorrect index\n1\tsplunk-hec\tunreadable\t`id` is missing\n"
    );
    assert_eq!(queue.parked().len(), 13);
    assert_eq!(queue.requests().len(), 0);
}

#[test]
fn show_prints_what_was_asked_for() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["show", "--reason", "incorrect INDEX", "--limit", "11"]).done();
    let shown = lines(&end.stdout);
    assert_eq!(shown.len(), 11);
    assert_eq!(shown[0]["body"], "body 0");
    assert_eq!(shown[0]["attributes"]["reason"], "Incorrect index");
    assert_eq!(queue.parked().len(), 13);
}

#[test]
fn redrive_sends_bodies_as_they_are_and_deletes_only_what_was_taken() {
    let queue = queue(&[Turn::Fail(&[3], "InternalError", false)]);
    let to = queue.dlq().replace("dlq", "splunk");
    let flags = ["redrive", "--error-class", "refused", "--to", &to, "--rate", "1000"];
    let end = dlq(&queue, &[&flags[..], &["--dry-run"]].concat()).done();
    assert!(end.stderr.contains("12 messages would be sent"), "{}", end.stderr);
    assert_eq!((queue.parked().len(), queue.requests().len()), (13, 0));

    let end = dlq(&queue, &flags);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert_eq!(queue.parked(), ["r3", "u"]);
    dlq(&queue, &flags).done();
    assert_eq!(queue.parked(), ["u"]);
    let mut bodies = queue.bodies();
    bodies.sort();
    let mut expected: Vec<String> = (0..12).map(|number| format!("body {number}")).collect();
    expected.sort();
    assert_eq!(bodies, expected);
    assert_eq!(dlq(&queue, &["redrive", "--to", &queue.dlq()]).code, 2);
}

#[test]
fn purge_deletes_only_when_told_twice() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["purge", "--error-class", "unreadable"]).done();
    assert!(end.stderr.contains("1 message would be deleted"), "{}", end.stderr);
    assert_eq!(queue.parked().len(), 13);
    dlq(&queue, &["purge", "--error-class", "unreadable", "--yes"]).done();
    assert_eq!(queue.parked().len(), 12);
}

/// Reasons are what servers answered.
#[test]
fn what_a_terminal_would_obey_is_shown() {
    let queue = Queue::start(&[]);
    queue.park("x", "refused", "no \u{1b}[31mred\u{9b}2J\u{202e}\nnew line", "\u{9b}2J\u{202e}");
    let end = dlq(&queue, &["list"]).done();
    let reason = "no \\u001b[31mred\\u009b2J\\u202e\\nnew line";
    assert_eq!(end.stdout, format!("1\tsplunk-hec\trefused\t{reason}\n"));
    let end = dlq(&queue, &["show"]).done();
    assert!(!end.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']));
    assert_eq!(lines(&end.stdout)[0]["body"], "\u{9b}2J\u{202e}");
}
