//! What is written, as files to read. `EXPECTORATE=overwrite cargo test -p transform --test ocsf` accepts a change.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{CLASSES, id, ocsf, written};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/ocsf")
}

#[test]
fn every_sample_is_written_as_its_golden_file() {
    for line in CLASSES.lines() {
        let text = serde_json::to_string_pretty(&ocsf(line)).expect("a value is JSON") + "\n";
        expectorate::assert_contents(folder().join(format!("{}.json", id(line))), &text);
    }
}

#[test]
fn there_is_no_golden_file_without_its_sample() {
    let samples: BTreeSet<String> = CLASSES.lines().map(|line| id(line) + ".json").collect();
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder is committed")
        .map(|file| file.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.')) // another test's, half written
        .collect();
    assert_eq!(files.difference(&samples).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_same_event_gives_the_same_bytes_whatever_stands_before_it() {
    for line in CLASSES.lines() {
        let event = transform::source::native::parse(line).expect("a sample is valid");
        let mut out = b"{\"index\":{}}\n[".to_vec();
        let before = out.len();
        transform::format::ocsf::write(&event, &mut out);
        assert_eq!(out[before..], written(line));
    }
}
