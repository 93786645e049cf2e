//! `deliver` told to stop: what was read goes out, and what does not is told.

use std::io::Write;
use std::process::Child;
use std::time::Duration;

use crate::deliver::{cell, spawn, start, stop, wait_for_seconds};
use crate::receivers::Receivers;
use crate::support::{End, Place, events, names};

const STREAM: [&str; 3] = ["-", "--adapter", "splunk-prod"];
const FOLLOW: [&str; 6] = ["audit.log", "--follow", "--state", "state", "--adapter", "splunk-prod"];

/// Feeds a stream that stays open, and stops it once all of that was taken from the pipe or the pipe is full.
fn fed_and_stopped(place: &Place, receivers: &Receivers, text: &str) -> End {
    let mut child: Child = spawn(place, receivers, &STREAM);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(text.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let end = End::of(&child.wait_with_output().unwrap());
    drop(pipe);
    end
}

#[test]
fn what_a_stream_has_brought_goes_out_before_its_interval_is_over() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 3600);
    let end = fed_and_stopped(&place, &receivers, &events("a", 0..3));
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..3), "{}", end.stderr);
    assert_eq!((end.code, cell(&end, "splunk-prod", "left")), (4, 0), "{}", end.stderr);
}

#[test]
fn what_a_stream_has_brought_and_nobody_takes_is_told_by_its_number() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 3600);
    receivers.tell("splunk-prod", 503);
    // More than goes into a round of requests and the channel behind it: some are in the reader's own buffer.
    let count: u64 = 700;
    let text = events("a", 0..usize::try_from(count).unwrap());
    let end = fed_and_stopped(&place, &receivers, &text);
    let left = cell(&end, "splunk-prod", "left");
    // What is in the pipe was not read.
    let in_pipe = 64 * 1024 / (text.len() as u64 / count) + 1;
    assert!(left <= count && left + in_pipe >= count, "{left} of {count}: {}", end.stderr);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert!(end.stderr.contains("read from standard input and not delivered"), "{}", end.stderr);
}

#[test]
fn a_follower_sends_what_waits_for_its_batch_to_fill() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 3600);
    place.write("audit.log", events("a", 0..3));
    let child = spawn(&place, &receivers, &FOLLOW);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(receivers.ids("splunk-prod").is_empty());
    // Nobody has looked at these yet.
    place.append("audit.log", &events("a", 3..5));
    let end = stop(child).done();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..5), "{}", end.stderr);
    assert_eq!(cell(&end, "splunk-prod", "left"), 0);

    let child = spawn(&place, &receivers, &FOLLOW);
    std::thread::sleep(Duration::from_millis(1500));
    stop(child).done();
    assert_eq!(receivers.ids("splunk-prod").len(), 5, "nothing comes twice");
}

#[test]
fn a_follower_that_cannot_send_says_what_is_left() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 3600);
    receivers.tell("splunk-prod", 503);
    place.write("audit.log", events("a", 0..3));
    let child = spawn(&place, &receivers, &FOLLOW);
    std::thread::sleep(Duration::from_millis(1500));
    let end = stop(child).done();
    assert_eq!(cell(&end, "splunk-prod", "left"), 3, "{}", end.stderr);
    assert!(end.stderr.contains("of the logs are left for the next run"), "{}", end.stderr);

    receivers.tell("splunk-prod", 0);
    let child = spawn(&place, &receivers, &FOLLOW);
    std::thread::sleep(Duration::from_millis(1500));
    stop(child).done();
    assert_eq!(receivers.ids("splunk-prod").len(), 6);
}
