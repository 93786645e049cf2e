//! `deliver --follow` through everything that happens to a log and to the machine: no event is lost.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::deliver::{spawn, start, stop, violation, wait_for_seconds};
use crate::receivers::Receivers;
use crate::support::{BINARY, End, Place, event, events, gzip, lines, names};

const SPLUNK: [&str; 6] = ["audit.log", "--follow", "--state", "state", "--adapter", "splunk-prod"];
const SLACK: [&str; 6] = ["audit.log", "--follow", "--state", "state", "--adapter", "slack-alerts"];

fn kill(mut child: Child) -> String {
    child.kill().unwrap();
    End::of(&child.wait_with_output().unwrap()).stderr
}

/// Waits for something that must happen.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 60, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn arrived(receivers: &Receivers, id: &str) -> BTreeSet<String> {
    receivers.ids(id).into_iter().collect()
}

/// A log that is written to and rotated in every way.
struct Log<'p> {
    place: &'p Place,
    random: fastrand::Rng,
    written: usize,
    rotations: usize,
}

impl Log<'_> {
    fn write(&mut self) {
        let count = self.random.usize(1..30);
        self.place.append("audit.log", &events("a", self.written..self.written + count));
        self.written += count;
    }

    fn rotation(&self, number: usize) -> PathBuf {
        self.place.path(&format!("audit.log.{number}"))
    }

    /// `audit.log` becomes `audit.log.1`, those before it one more; the second one is compressed.
    fn rotate(&mut self) {
        for number in (1..=self.rotations).rev() {
            let compressed = self.place.path(&format!("audit.log.{number}.gz"));
            if compressed.exists() {
                let next = self.place.path(&format!("audit.log.{}.gz", number + 1));
                std::fs::rename(compressed, next).unwrap();
            } else {
                std::fs::rename(self.rotation(number), self.rotation(number + 1)).unwrap();
            }
        }
        self.rotations += 1;
        let log = self.place.path("audit.log");
        if self.random.bool() {
            std::fs::rename(&log, self.rotation(1)).unwrap();
            // A vault goes on with the old file until it is told to open the new one.
            self.place.append("audit.log.1", &event(&format!("a{}", self.written)));
            self.written += 1;
            std::fs::write(&log, "").unwrap();
        } else {
            std::fs::copy(&log, self.rotation(1)).unwrap();
            std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap();
        }
        if self.rotations > 1 && self.rotation(2).exists() {
            let text = std::fs::read_to_string(self.rotation(2)).unwrap();
            std::fs::write(self.place.path("audit.log.2.gz"), gzip(&text)).unwrap();
            std::fs::remove_file(self.rotation(2)).unwrap();
        }
    }

    /// The machine's clock was wrong when the cursor was written, or is now.
    fn jump(&mut self) {
        let path = self.place.path("state/splunk-prod.cursor");
        let Ok(text) = std::fs::read_to_string(&path) else { return };
        let mut cursor: serde_json::Value = serde_json::from_str(&text).unwrap();
        for file in cursor["files"].as_array_mut().unwrap() {
            let year = if self.random.bool() { 1971 } else { 2099 };
            file["updated"] = format!("{year}-01-01T00:00:00Z").into();
        }
        std::fs::write(path, cursor.to_string()).unwrap();
    }
}

#[test]
fn nothing_is_lost_whenever_it_is_killed_and_however_the_log_is_rotated() {
    let seed = fastrand::u64(..);
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    let random = fastrand::Rng::with_seed(seed);
    let mut log = Log { place: &place, random, written: 0, rotations: 0 };
    log.write();
    for _ in 0..12 {
        let child = spawn(&place, &receivers, &SPLUNK);
        // Rotations from before the first run are none of its business: it has to have seen the log.
        until("the first cursor", || place.path("state/splunk-prod.cursor").exists());
        for _ in 0..log.random.usize(1..5) {
            log.write();
            if log.random.u8(..) < 90 {
                log.rotate();
                log.write();
            }
            std::thread::sleep(Duration::from_millis(log.random.u64(0..150)));
        }
        kill(child);
        log.jump();
    }
    let child = spawn(&place, &receivers, &SPLUNK);
    let all: BTreeSet<String> = names("a", 0..log.written).into_iter().collect();
    let missing = || -> Vec<String> {
        all.difference(&arrived(&receivers, "splunk-prod")).cloned().collect()
    };
    let began = std::time::Instant::now();
    while !missing().is_empty() && began.elapsed().as_secs() < 60 {
        std::thread::sleep(Duration::from_millis(100));
    }
    let end = stop(child);
    assert_eq!(missing(), [""; 0], "seed {seed}: {} rotations: {}", log.rotations, end.stderr);
}

#[test]
fn an_event_as_long_as_the_one_before_it_is_not_overlooked() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("audit.log", "");
    let child = spawn(&place, &receivers, &SPLUNK);
    until("the first cursor", || place.path("state/splunk-prod.cursor").exists());
    for number in 0..4 {
        place.append("audit.log", &event(&format!("a{number}")));
        receivers.wait_for("splunk-prod", number + 1);
    }
    stop(child).done();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..4));
}

#[test]
fn a_hundred_unreadable_lines_right_behind_the_cursor_are_no_end() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("audit.log", event("a0"));
    let child = spawn(&place, &receivers, &SPLUNK);
    receivers.wait_for("splunk-prod", 1);
    stop(child).done();

    place.append("audit.log", &("not a record\n".repeat(250) + &event("a1")));
    let child = spawn(&place, &receivers, &SPLUNK);
    receivers.wait_for("splunk-prod", 2);
    let end = stop(child).done();
    assert!(end.stderr.contains("is this an audit log?"), "{}", end.stderr);
    assert_eq!(lines(&place.read("state/dead-letters/splunk-prod.ndjson")).len(), 250);

    // From cron it is the same: the second time it must not end where the first time ended.
    place.append("audit.log", &("not a record\n".repeat(250) + &event("a2")));
    let flags = ["audit.log", "--state", "state", "--adapter", "splunk-prod"];
    let end = End::of(&spawn(&place, &receivers, &flags).wait_with_output().unwrap());
    assert_eq!(end.code, 3, "{}", end.stderr);
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..3));
}

/// A log of which nothing was ever read may be the wrong file. A follower has no one to ask.
#[test]
fn a_wrong_file_ends_a_single_run_and_no_follower() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("audit.log", "not a record\n".repeat(250));
    let flags = ["audit.log", "--adapter", "splunk-prod"];
    let end = End::of(&spawn(&place, &receivers, &flags).wait_with_output().unwrap());
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("this is no audit log"), "{}", end.stderr);

    let child = spawn(&place, &receivers, &SPLUNK);
    place.append("audit.log", &event("a0"));
    receivers.wait_for("splunk-prod", 1);
    stop(child).done();
}

#[test]
fn a_dead_letter_after_one_that_was_cut_off_is_on_a_line_of_its_own() {
    let (place, receivers) = start();
    receivers.tell("slack-alerts", 400);
    place.write("audit.log", violation("v0"));
    place.write("state/dead-letters/slack-alerts.ndjson", "{\"adapter\":\"slack-al");
    let flags = ["audit.log", "--state", "state", "--adapter", "slack-alerts"];
    let end = End::of(&spawn(&place, &receivers, &flags).wait_with_output().unwrap());
    assert_eq!(end.code, 3, "{}", end.stderr);
    let text = place.read("state/dead-letters/slack-alerts.ndjson");
    let (cut, letter) = text.split_once('\n').unwrap();
    assert_eq!(cut, "{\"adapter\":\"slack-al");
    assert_eq!(lines(letter)[0]["event"]["id"], "v0");
}

#[test]
fn a_full_disk_for_dead_letters_is_waited_for() {
    let (place, receivers) = start();
    receivers.tell("slack-alerts", 400);
    place.write("audit.log", violation("v0"));
    std::fs::create_dir_all(place.path("state/dead-letters")).unwrap();
    let letters = place.path("state/dead-letters/slack-alerts.ndjson");
    std::os::unix::fs::symlink("/dev/full", &letters).unwrap();

    // A single run does not wait for ever, and does not pass over what it could not keep.
    let flags =
        ["audit.log", "--state", "state", "--adapter", "slack-alerts", "--give-up-after", "1"];
    let end = End::of(&spawn(&place, &receivers, &flags).wait_with_output().unwrap());
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert!(end.stderr.contains("dead letters cannot be written"), "{}", end.stderr);

    let mut child = spawn(&place, &receivers, &SLACK);
    receivers.wait_for("slack-alerts", 2);
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "it goes on waiting");
    std::fs::remove_file(&letters).unwrap();
    until("the letter is written", || {
        letters.exists() && place.read("state/dead-letters/slack-alerts.ndjson").ends_with('\n')
    });
    let end = stop(child).done();
    assert!(end.stderr.contains("waiting for room on the disk"), "{}", end.stderr);
    let kept = lines(&place.read("state/dead-letters/slack-alerts.ndjson"));
    assert_eq!((kept.len(), &kept[0]["event"]["id"]), (1, &"v0".into()));
}

/// A follower that finds the disk full when its files may not grow.
fn spawn_limited(place: &Place, receivers: &Receivers) -> Child {
    let mut command = place.command("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" deliver \"$@\"", BINARY]).args(SPLUNK);
    command.envs(receivers.environment());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn limit(child: &Child, bytes: &str) {
    let id = child.id().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

#[test]
fn a_full_disk_for_the_cursor_is_waited_for_and_costs_no_event() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("audit.log", events("a", 0..3));
    let mut child = spawn_limited(&place, &receivers);
    until("the first cursor", || {
        std::fs::read_to_string(place.path("state/splunk-prod.cursor"))
            .is_ok_and(|cursor| cursor.contains("\"a2\""))
    });
    limit(&child, "0");
    place.append("audit.log", &events("a", 3..6));
    receivers.wait_for("splunk-prod", 6);
    place.append("audit.log", &events("a", 6..9));
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().unwrap().is_none(), "it goes on waiting");
    assert_eq!(receivers.ids("splunk-prod").len(), 6, "nothing is sent whose place cannot be kept");
    limit(&child, "unlimited");
    receivers.wait_for("splunk-prod", 9);
    let said = kill(child);
    assert!(said.contains("waiting for room on the disk"), "{said}");

    place.append("audit.log", &event("a9"));
    let child = spawn(&place, &receivers, &SPLUNK);
    until("all arrive", || arrived(&receivers, "splunk-prod").contains("a9"));
    stop(child).done();
    assert_eq!(arrived(&receivers, "splunk-prod"), names("a", 0..10).into_iter().collect());
}
