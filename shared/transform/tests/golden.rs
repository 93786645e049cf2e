//! What each format makes of each class, as files to read: `EXPECTORATE=overwrite` accepts, a diff reviews.

mod written;

use std::collections::BTreeMap;

use transform::event::Class;
use transform::format::Format;

/// A class's events in one format, a blank line between them.
fn page(format: Format, class: Class, broken_at: usize) -> String {
    let of_class = written::lines().map(written::read).filter(|event| event.class == class);
    let lines: Vec<String> =
        of_class.map(|event| broken(&written::encoded(format, &event), broken_at)).collect();
    assert!(!lines.is_empty(), "no sample of {class}");
    lines.join("\n\n") + "\n"
}

/// A line of JSON with a line break behind each comma down to a depth; its bytes are the same but for those.
fn broken(json: &str, depth: usize) -> String {
    let mut out = String::with_capacity(json.len() + 64);
    let (mut level, mut inside, mut escaped) = (0_usize, false, false);
    for letter in json.chars() {
        out.push(letter);
        match letter {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            '{' | '[' if !inside => level += 1,
            '}' | ']' if !inside => level = level.saturating_sub(1),
            ',' if !inside && (1..=depth).contains(&level) => out.push('\n'),
            _ => {}
        }
    }
    out
}

fn compare(format: Format, extension: &str, broken_at: usize) {
    let pages: BTreeMap<&str, String> =
        Class::ALL.iter().map(|class| (class.as_str(), page(format, *class, broken_at))).collect();
    for (class, page) in pages {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
        let file = format!("{folder}/{}/{class}.{extension}", format.as_str());
        expectorate::assert_contents(file, &page);
    }
}

#[test]
fn cef() {
    compare(Format::Cef, "cef", 0);
}

#[test]
fn leef() {
    compare(Format::Leef, "leef", 0);
    compare(Format::Leef1, "leef", 0);
}

#[test]
fn flat_json() {
    compare(Format::FlatJson, "json", 1);
}

#[test]
fn otlp_logs() {
    compare(Format::OtlpLogs, "json", 8);
}
