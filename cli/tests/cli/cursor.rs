//! Pulls by record: what is appended, rotated, truncated, compressed or crashed comes once and all of it.

use std::fs;

use crate::support::{End, Place, event, events, gzip, names, zstd};

fn pull(place: &Place) -> End {
    place.run(&["export", "audit.log", "--cursor", "cursor", "--format", "jsonl"])
}

fn pulled(place: &Place) -> Vec<String> {
    pull(place).done().ids()
}

#[test]
fn only_what_was_appended_comes_next() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    assert_eq!(pulled(&place), names("a", 0..3));
    assert_eq!(pulled(&place), names("a", 0..0));
    place.append("audit.log", &events("a", 3..5));
    assert_eq!(pulled(&place), names("a", 3..5));
    assert_eq!(pulled(&place), names("a", 0..0));
}

#[test]
fn a_record_that_is_still_being_written_waits_for_its_end() {
    let place = Place::new();
    let next = event("b");
    let (half, rest) = next.split_at(60);
    place.write("audit.log", event("a") + half);
    assert_eq!(pulled(&place), ["a"]);
    place.append("audit.log", rest);
    assert_eq!(pulled(&place), ["b"]);
}

#[test]
fn rename_and_create_loses_nothing() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    assert_eq!(pulled(&place), names("a", 0..3));
    place.append("audit.log", &events("a", 3..5));
    fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.write("audit.log", events("b", 0..2));
    assert_eq!(pulled(&place), [names("a", 3..5), names("b", 0..2)].concat());
    assert_eq!(pulled(&place), names("a", 0..0));
}

#[test]
fn two_rotations_and_compression_between_two_pulls_lose_nothing() {
    for compress in [gzip, zstd] {
        let place = Place::new();
        place.write("audit.log", events("a", 0..3));
        assert_eq!(pulled(&place), names("a", 0..3));
        fs::remove_file(place.path("audit.log")).unwrap();
        place.write("audit.log.2.gz", compress(&events("a", 0..5)));
        place.write("audit.log.1", events("b", 0..2));
        place.write("audit.log", events("c", 0..1));
        let mut found = pulled(&place);
        found.sort();
        assert_eq!(found, [names("a", 3..5), names("b", 0..2), names("c", 0..1)].concat());
        assert_eq!(pulled(&place), names("a", 0..0));
        fs::rename(place.path("audit.log.2.gz"), place.path("audit.log.3.gz")).unwrap();
        assert_eq!(pulled(&place), names("a", 0..0));
    }
}

#[test]
fn copy_and_truncate_loses_nothing_and_repeats_nothing() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    assert_eq!(pulled(&place), names("a", 0..3));
    place.append("audit.log", &events("a", 3..5));
    fs::copy(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    // A pull between the copy and the truncation.
    assert_eq!(pulled(&place), names("a", 3..5));
    place.append("audit.log", &event("a5"));
    fs::copy(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    fs::OpenOptions::new().write(true).truncate(true).open(place.path("audit.log")).unwrap();
    assert_eq!(pulled(&place), ["a5"]);
    place.append("audit.log", &events("b", 0..2));
    assert_eq!(pulled(&place), names("b", 0..2));
    assert_eq!(pulled(&place), names("b", 0..0));
}

#[test]
fn a_log_that_was_empty_at_first_is_pulled_after_its_rotation() {
    let place = Place::new();
    place.write("audit.log", "");
    assert_eq!(pulled(&place), names("a", 0..0));
    place.append("audit.log", &events("a", 0..2));
    fs::rename(place.path("audit.log"), place.path("audit.log-20261121")).unwrap();
    place.write("audit.log", events("b", 0..2));
    assert_eq!(pulled(&place), [names("a", 0..2), names("b", 0..2)].concat());
}

#[test]
fn rotations_from_before_the_first_pull_are_left_alone() {
    let place = Place::new();
    place.write("audit.log.1", events("old", 0..2));
    place.write("audit.log", events("a", 0..2));
    assert_eq!(pulled(&place), names("a", 0..2));
    fs::rename(place.path("audit.log.1"), place.path("audit.log.2")).unwrap();
    fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.write("audit.log", events("b", 0..2));
    assert_eq!(pulled(&place), names("b", 0..2));
}

#[test]
fn a_file_rewritten_in_place_is_read_again_and_said_so() {
    let place = Place::new();
    place.write("audit.log", events("x", 0..20));
    pull(&place).done();
    place.write("audit.log", [events("x", 0..5), events("y", 0..30)].concat());
    let end = pull(&place).done();
    assert_eq!(end.ids().len(), 35);
    assert!(end.stderr.contains("read from its beginning"), "{}", end.stderr);
}

#[test]
fn a_folder_is_pulled_file_by_file() {
    let place = Place::new();
    place.write("logs/a.jsonl", events("a", 0..2));
    place.write("logs/b.jsonl.gz", gzip(&events("b", 0..2)));
    let flags = ["export", "logs", "--cursor", "cursor", "--format", "jsonl"];
    let pull = || place.run(&flags).done().ids();
    assert_eq!(pull(), [names("a", 0..2), names("b", 0..2)].concat());
    place.append("logs/a.jsonl", &event("a2"));
    place.write("logs/c.jsonl", event("c0"));
    assert_eq!(pull(), ["a2", "c0"]);
    assert_eq!(pull(), [""; 0]);
}

#[test]
fn the_cursor_stays_when_the_output_cannot_be_completed() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    let flags = ["--cursor", "cursor", "--format", "jsonl", "--output", "/dev/full"];
    let end = place.run(&[&["export", "audit.log"], &flags[..]].concat());
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert!(!place.path("cursor").exists());
    assert_eq!(pulled(&place), names("a", 0..3));
}

#[test]
fn the_cursor_stays_when_nobody_reads_to_the_end() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..20_000));
    let line = "vault-export export audit.log --cursor cursor --format jsonl | head -n 1 > first";
    let end = place.shell(line);
    assert!(end.stderr.contains("the cursor stays where it was"), "{}", end.stderr);
    assert!(!place.path("cursor").exists());
    assert_eq!(pulled(&place).len(), 20_000);
}

#[test]
fn bad_records_are_passed_over_once_and_line_numbers_go_on() {
    let place = Place::new();
    place.write("audit.log", [event("a").as_str(), "{\"no\":1}\n", &event("b")].concat());
    let end = pull(&place);
    assert_eq!((end.code, end.ids().len()), (3, 2));
    place.append("audit.log", "\n\n{\"no\":1}\n");
    let end = pull(&place);
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("audit.log:6: "), "{}", end.stderr);
    assert_eq!(pulled(&place), [""; 0]);
}

#[test]
fn a_file_that_is_no_cursor_and_a_stream_are_refused() {
    let place = Place::new();
    place.write("audit.log", event("a"));
    place.write("cursor", "{}");
    let end = pull(&place);
    assert_eq!(end.code, 5, "{}", end.stderr);
    let end = place.run_with(&["export", "-", "--cursor", "other"], event("a"));
    assert_eq!(end.code, 2, "{}", end.stderr);
}
