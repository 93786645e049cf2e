//! Files, folders, standard input; plain and compressed.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use crate::support::{BINARY, Place, event, events, gzip, ids, names, zstd};

#[test]
fn compression_is_told_by_content_and_not_by_name() {
    let place = Place::new();
    place.write("a.log", gzip(&events("a", 0..3)));
    place.write("b.gz", zstd(&events("b", 0..3)));
    place.write("c.zst", events("c", 0..3));
    let end = place.run(&["export", "a.log", "b.gz", "c.zst", "--format", "jsonl"]).done();
    assert_eq!(end.ids(), [names("a", 0..3), names("b", 0..3), names("c", 0..3)].concat());
}

#[test]
fn standard_input_may_be_compressed_and_several_members_long() {
    let place = Place::new();
    let two = [gzip(&event("a")), gzip(&event("b"))].concat();
    let end = place.run_with(&["export", "-", "--format", "ndjson"], two).done();
    assert_eq!(end.ids(), ["a", "b"]);
    let two = [zstd(&event("a")), zstd(&event("b"))].concat();
    let end = place.run_with(&["export", "-", "--format", "jsonl"], two).done();
    assert_eq!(end.ids(), ["a", "b"]);
}

#[test]
fn a_folder_means_the_audit_logs_below_it() {
    let place = Place::new();
    place.write("logs/a.jsonl", event("a"));
    place.write("logs/b.log.1.gz", gzip(&event("b")));
    place.write("logs/deep/c.ndjson.zst", zstd(&event("c")));
    place.write("logs/.hidden.jsonl", event("hidden"));
    place.write("logs/notes.txt", "not for us");
    let end = place.run(&["export", "logs", "--format", "jsonl"]).done();
    assert_eq!(end.ids(), ["a", "b", "c"]);
}

#[test]
fn arrays_and_printed_records_are_read_too() {
    let printed: serde_json::Value = serde_json::from_str(&event("printed")).unwrap();
    let (a, b) = (event("a"), event("b"));
    let text = format!("[{},\n {}]\n{printed:#}\n", a.trim_end(), b.trim_end());
    let end = Place::new().run_with(&["export", "-", "--format", "jsonl"], text).done();
    assert_eq!(end.ids(), ["a", "b", "printed"]);
}

#[test]
fn without_anything_to_read_the_way_out_is_told() {
    let place = Place::new();
    let end = place.run(&["export"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("nothing to read"), "{}", end.stderr);
    assert!(end.stderr.contains("hint: "), "{}", end.stderr);
    let end = place.run(&["export", "missing.log"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("missing.log"), "{}", end.stderr);
}

#[test]
fn the_configuration_file_names_the_source() {
    let place = Place::new();
    place.write("vault/audit.log", event("a"));
    place.write("c.toml", "[export]\nsource = [\"vault/audit.log\"]\n");
    let end = place.run(&["export", "--config", "c.toml", "--format", "jsonl"]).done();
    assert_eq!(end.ids(), ["a"]);
    place.write("c.toml", "[export]\nsuorce = \"x\"\n");
    let end = place.run(&["export", "--config", "c.toml"]);
    assert_eq!(end.code, 5);
    assert!(end.stderr.contains("c.toml:2:1: unknown field `suorce`"), "{}", end.stderr);
}

#[test]
fn output_is_written_whole_and_compressed_as_its_name_says() {
    let place = Place::new();
    place.write("a.log", events("a", 0..100));
    for name in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        place.run(&["export", "a.log", "--format", "jsonl", "--output", name]).done();
        let bytes = std::fs::read(place.path(name)).unwrap();
        let mut text = String::new();
        match name.rsplit('.').next() {
            Some("gz") => {
                flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            }
            Some("zst") => text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap(),
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        assert_eq!(ids(&text), names("a", 0..100), "{name}");
    }
}

#[test]
fn a_failed_export_leaves_the_old_output_and_nothing_beside_it() {
    let place = Place::new();
    place.write("out.jsonl", "before\n");
    let mut damaged = gzip(&events("a", 0..1000));
    damaged.truncate(damaged.len() / 2);
    place.write("in/a.log.gz", damaged);
    let end = place.run(&["export", "in", "--format", "jsonl", "--output", "out.jsonl"]);
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("damaged or cut off"), "{}", end.stderr);
    assert_eq!(place.read("out.jsonl"), "before\n");
    let left: Vec<_> = std::fs::read_dir(place.path("")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_closed_standard_output_ends_quietly() {
    let place = Place::new();
    place.write("a.log", events("a", 0..20_000));
    let mut child = place
        .command(BINARY)
        .args(["export", "a.log", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(ids(&first), ["a0"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_slow_pipe_is_read_to_its_end() {
    let place = Place::new();
    let mut child = place
        .command(BINARY)
        .args(["export", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for chunk in events("a", 0..3).as_bytes().chunks(100) {
        pipe.write_all(chunk).unwrap();
        pipe.flush().unwrap();
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(ids(&String::from_utf8(output.stdout).unwrap()), names("a", 0..3));
}

/// A name may be anything but a slash; what a terminal would obey is shown.
#[test]
fn names_that_a_terminal_would_obey_are_shown() {
    let place = Place::new();
    let name = "a\u{1b}[2J\u{9b}31m\u{202e}\nerror: b.log";
    place.write(name, "no record\n");
    let shown = "a\\u001b[2J\\u009b31m\\u202e\\nerror: b.log";
    for arguments in [
        &["export", name][..],
        &["export", name, "--cursor", "cursor"],
        &["export", name, "--output", name],
        &["export", "missing\u{1b}[2J"],
        &["ship", name, "--dry-run"],
        &["deliver", name, "--dry-run", "--config", "config\u{1b}[2J"],
        &["config", "--check", "--config", name],
    ] {
        let end = place.run(arguments);
        assert_ne!(end.code, 0);
        let obeyed = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!end.stderr.contains(obeyed), "{:?}", end.stderr);
        assert!(end.stderr.contains(shown) || end.stderr.contains("\\u001b[2J"), "{}", end.stderr);
        assert!(!end.stderr.contains("\nerror: b.log"), "{}", end.stderr);
    }
}
