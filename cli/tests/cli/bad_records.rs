//! Records that cannot be read are counted, and named by their place and never by their content.

use crate::support::{Place, event, events};

#[test]
fn a_bad_line_is_named_by_file_and_line_and_the_rest_is_written() {
    let place = Place::new();
    let bad = event("x").replace("\"outcome\":\"success\"", "\"outcome\":\"hunter2\"");
    let log = [&event("a"), &bad, "\n# note\n", "hunter3 {\n", &event("b")].concat();
    place.write("a.log", log);
    let end = place.run(&["export", "a.log", "--format", "jsonl"]);
    assert_eq!(end.code, 3);
    assert_eq!(end.ids(), ["a", "b"]);
    assert!(end.stderr.contains("a.log:2: `outcome` "), "{}", end.stderr);
    assert!(end.stderr.contains("a.log:5: "), "{}", end.stderr);
    assert!(!end.stderr.contains("hunter"), "{}", end.stderr);
}

#[test]
fn many_bad_lines_are_counted() {
    let end = Place::new().run_with(&["export", "-"], "{\"no\":1}\n".repeat(50));
    assert_eq!((end.code, end.stdout.as_str()), (3, "[]\n"));
    assert_eq!(end.stderr.lines().filter(|line| line.contains("standard input:")).count(), 20);
    assert!(end.stderr.contains("30 more records could not be read; 50 in all"), "{}", end.stderr);
}

#[test]
fn strict_writes_nothing_to_a_file_when_a_record_is_bad() {
    let place = Place::new();
    place.write("a.log", [events("a", 0..5).as_str(), "{\"no\":1}\n"].concat());
    let end = place.run(&["export", "a.log", "--strict", "--output", "out.json"]);
    assert_eq!(end.code, 3);
    assert!(!place.path("out.json").exists());
    place.write("a.log", events("a", 0..5));
    place.run(&["export", "a.log", "--strict", "--output", "out.json"]).done();
    assert!(place.path("out.json").exists());
}

#[test]
fn bytes_that_are_no_text_spoil_only_their_own_record() {
    let input = [event("a").as_bytes(), b"{\"id\":\"\xff\"}\n", event("b").as_bytes()].concat();
    let end = Place::new().run_with(&["export", "-", "--format", "jsonl"], input);
    assert_eq!((end.code, end.ids()), (3, vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn the_command_line_itself_is_code_2_and_quiet_keeps_warnings() {
    let place = Place::new();
    assert_eq!(place.run(&["exprot"]).code, 2);
    let end = place.run_with(&["export", "-", "--quiet"], "{\"no\":1}\n");
    assert_eq!(end.code, 3);
    assert!(end.stderr.starts_with("warning: standard input:1: "), "{}", end.stderr);
}
