//! What is written, as files to read. `EXPECTORATE=overwrite cargo test -p transform --test ocsf` accepts a change.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use transform::event::Value;

use super::{CLASSES, EXAMPLES, id, written};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/ocsf")
}

/// Each line with its file's name: the samples by their ids, the contract's examples by their number.
fn cases() -> impl Iterator<Item = (String, &'static str)> {
    let samples = CLASSES.lines().map(|line| (id(line) + ".json", line));
    let examples =
        EXAMPLES.lines().enumerate().map(|(n, line)| (format!("example-{}.json", n + 1), line));
    samples.chain(examples)
}

#[test]
fn every_sample_is_written_as_its_golden_file() {
    for (file, line) in cases() {
        let mut text = String::new();
        pretty(&members(&written(line)), 0, &mut text);
        text.push('\n');
        expectorate::assert_contents(folder().join(file), &text);
    }
}

#[test]
fn there_is_no_golden_file_without_its_sample() {
    let samples: BTreeSet<String> = cases().map(|(file, _)| file).collect();
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

fn members(bytes: &[u8]) -> Value<'_> {
    serde_json::from_slice(bytes).expect("what is written is JSON")
}

/// Lays a value out over lines, its members in the order in which they were written.
fn pretty(value: &Value<'_>, depth: usize, text: &mut String) {
    let inner = format!("\n{}", "  ".repeat(depth + 1));
    let outer = format!("\n{}", "  ".repeat(depth));
    let separator = |index: usize| if index == 0 { "" } else { "," };
    match value {
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                *text += separator(index);
                *text += &inner;
                pretty(item, depth + 1, text);
            }
            *text += &outer;
            text.push(']');
        }
        Value::Map(pairs) => {
            text.push('{');
            for (index, (key, item)) in pairs.iter().enumerate() {
                *text += separator(index);
                *text += &inner;
                *text += &json(&Value::Text(key.clone()));
                *text += ": ";
                pretty(item, depth + 1, text);
            }
            *text += &outer;
            text.push('}');
        }
        scalar => *text += &json(scalar),
    }
}

fn json(value: &Value<'_>) -> String {
    let mut out = Vec::new();
    transform::json::Writer::new(&mut out).push_value(value);
    String::from_utf8(out).expect("JSON is UTF-8")
}
