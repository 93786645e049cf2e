//! `--output`: nothing is lost by it, nothing is left behind, and pulls add up.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{BINARY, End, Place, event, events, gzip, ids, names, zstd};

fn export(place: &Place, output: &str) -> End {
    place.run(&["export", "audit.log", "--format", "jsonl", "--output", output])
}

/// What begins as the program's temporary files do.
fn leftovers(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path(".")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".vault-export-")).collect()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
}

#[test]
fn what_is_read_or_kept_is_never_written() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    place.write(".sanctum/config.toml", "");
    place.run(&["export", "audit.log", "--cursor", "cursor"]).done();
    place.append("audit.log", &event("a3"));
    place.write("cursor.rejected.ndjson", "{}\n");
    fs::create_dir(place.path("logs")).unwrap();
    place.write("logs/b.jsonl", event("b"));
    symlink("audit.log", place.path("link")).unwrap();
    symlink("link", place.path("link2")).unwrap();
    fs::hard_link(place.path("audit.log"), place.path("hard")).unwrap();
    symlink(place.path("cursor"), place.path("cursor-link")).unwrap();
    for (input, output, flags) in [
        ("audit.log", "audit.log", &[][..]),
        ("audit.log", "./logs/../audit.log", &[]),
        ("audit.log", "link2", &[]),
        ("link", "hard", &[]),
        ("logs", "logs/b.jsonl", &[]),
        ("audit.log", "audit.log", &["--cursor", "cursor"]),
        ("audit.log", "cursor", &["--cursor", "cursor"]),
        ("audit.log", "cursor-link", &["--cursor", "cursor"]),
        ("audit.log", "new", &["--cursor", "new"]),
        ("audit.log", "cursor.rejected.ndjson", &["--cursor", "cursor"]),
        ("audit.log", ".sanctum/config.toml", &[]),
        ("audit.log", "logs", &[]),
    ] {
        let before = |name: &str| fs::read(place.path(name)).ok();
        let (was, cursor, log) = (before(output), before("cursor"), before("audit.log"));
        let end = place.run(&[&["export", input, "--output", output], flags].concat());
        assert_eq!(end.code, 2, "{output}: {}", end.stderr);
        assert!(end.stderr.contains(output) && end.stderr.contains("hint: "), "{}", end.stderr);
        assert_eq!((before(output), before("cursor"), before("audit.log")), (was, cursor, log));
    }
    let end = place.shell("vault-export export - --output hard < audit.log");
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert_eq!(ids(&place.read("audit.log")), names("a", 0..4));
}

#[test]
fn what_a_rotation_left_is_not_written_either() {
    let place = Place::new();
    let pull = |output| {
        let flags = ["--cursor", "cursor", "--output", output];
        place.run(&[&["export", "audit.log"], &flags[..]].concat())
    };
    place.write("audit.log", events("a", 0..3));
    pull("out.jsonl").done();
    place.append("audit.log", &event("a3"));
    fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.write("audit.log", event("a4"));
    assert_eq!(pull("audit.log.1").code, 2);
    assert_eq!(ids(&place.read("audit.log.1")), names("a", 0..4));
    pull("out.jsonl").done();
    assert_eq!(ids(&place.read("out.jsonl")), names("a", 0..5));
}

#[test]
fn what_is_no_file_is_written_in_place() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));

    let path = place.path("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = std::thread::spawn(move || fs::read_to_string(path).unwrap());
    export(&place, "fifo").done();
    assert_eq!(ids(&reader.join().unwrap()), names("a", 0..3));
    assert!(fs::symlink_metadata(place.path("fifo")).unwrap().file_type().is_fifo());

    let listener = UnixListener::bind(place.path("socket")).unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    export(&place, "socket").done();
    assert_eq!(ids(&reader.join().unwrap()), names("a", 0..3));

    // Only root may make a device; a link to the one that is there cannot tell a replaced one.
    let node = place.path("null");
    let made = Command::new("mknod").arg(&node).args(["c", "1", "3"]).status().unwrap();
    if made.success() {
        export(&place, "null").done();
        assert!(fs::symlink_metadata(&node).unwrap().file_type().is_char_device());
    }

    for (line, file) in [
        ("vault-export export audit.log --format jsonl -o /dev/stdout", None),
        ("vault-export export audit.log --format jsonl -o /dev/stdout > out1", Some("out1")),
        ("vault-export export audit.log --format jsonl -o /dev/fd/3 3> out2", Some("out2")),
    ] {
        let end = place.shell(line).done();
        let text = file.map_or(end.stdout, |file| place.read(file));
        assert_eq!(ids(&text), names("a", 0..3), "{line}");
    }
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn the_file_behind_a_link_is_replaced_and_keeps_its_mode() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    place.write("data/out", "old");
    let mode = fs::Permissions::from_mode(0o664);
    fs::set_permissions(place.path("data/out"), mode).unwrap();
    symlink("data/out", place.path("link")).unwrap();
    symlink("data/new", place.path("dangling")).unwrap();
    for (link, file, mode) in [("link", "data/out", 0o664), ("dangling", "data/new", 0o600)] {
        export(&place, link).done();
        assert!(fs::symlink_metadata(place.path(link)).unwrap().is_symlink());
        let data = fs::symlink_metadata(place.path(file)).unwrap();
        assert!(data.is_file());
        assert_eq!(data.mode() & 0o777, mode, "{link}");
        assert_eq!(ids(&place.read(file)), names("a", 0..3));
    }
}

/// A run that has begun its file and waits for more input.
fn waiting(place: &Place, program: &str, arguments: &[&str]) -> Child {
    let mut command = place.command(program);
    command.args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(events("a", 0..2000).as_bytes()).unwrap();
    let has_begun = || {
        let found = leftovers(place);
        found.iter().any(|name| fs::metadata(place.path(name)).is_ok_and(|data| data.len() > 0))
    };
    until("the file is begun", has_begun);
    child
}

const WAITING: [&str; 6] = ["export", "-", "--format", "jsonl", "--output", "out"];

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let place = Place::new();
    place.write("out", "old");
    for (name, number) in [("HUP", 1), ("INT", 2), ("TERM", 15)] {
        let mut child = waiting(&place, BINARY, &WAITING);
        signal(&child, name);
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(number));
        assert_eq!(leftovers(&place), [""; 0], "{name}");
        assert_eq!(place.read("out"), "old");
    }
}

#[test]
fn what_a_killed_run_left_is_taken_away_by_the_next_unless_it_is_in_use() {
    let place = Place::new();
    place.write("audit.log", event("a"));
    place.write(".vault-export-mine", "not a temporary file");
    let mut killed = waiting(&place, BINARY, &WAITING);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(leftovers(&place).len(), 2);
    let mut running = waiting(&place, BINARY, &WAITING);
    assert_eq!(leftovers(&place).len(), 2, "one is the running one's");
    export(&place, "other").done();
    assert_eq!(leftovers(&place).len(), 2);
    drop(running.stdin.take());
    assert!(running.wait().unwrap().success());
    assert_eq!(ids(&place.read("out")).len(), 2000);
    assert_eq!(leftovers(&place), [".vault-export-mine"]);
}

#[test]
fn a_run_that_was_told_to_ignore_a_hangup_goes_on() {
    let place = Place::new();
    let line = format!("trap '' HUP; exec vault-export {}", WAITING.join(" "));
    let mut child = waiting(&place, "sh", &["-c", &line]);
    signal(&child, "HUP");
    child.stdin.as_mut().unwrap().write_all(event("b").as_bytes()).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(ids(&place.read("out")).len(), 2001);
}

fn pull(place: &Place, output: &str, flags: &[&str]) -> End {
    let pull = ["export", "audit.log", "--cursor", "cursor", "--output", output];
    place.run(&[&pull[..], flags].concat())
}

/// What is in a file, in whatever way it is compressed.
fn text(place: &Place, name: &str) -> String {
    let bytes = fs::read(place.path(name)).unwrap();
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            let mut text = String::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            text
        }
        Some("zst") => String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap(),
        _ => String::from_utf8(bytes).unwrap(),
    }
}

#[test]
fn pulls_into_one_file_add_up_in_every_form() {
    for output in ["pull.jsonl", "pull.jsonl.gz", "pull.jsonl.zst"] {
        for flags in [
            &[][..],
            &["--format", "cef"],
            &["--format", "ocsf"],
            &["--bulk-format", "elastic"],
            &["--bulk-format", "splunk"],
            &["--bulk-format", "datadog"],
        ] {
            let place = Place::new();
            place.write("audit.log", events("first", 0..30));
            pull(&place, output, flags).done();
            place.append("audit.log", &events("second", 0..5));
            pull(&place, output, flags).done();
            let before = fs::read(place.path(output)).unwrap();
            pull(&place, output, flags).done();
            assert_eq!(fs::read(place.path(output)).unwrap(), before, "{output} {flags:?}");
            place.append("audit.log", &event("third"));
            pull(&place, output, flags).done();
            let text = text(&place, output);
            let count = |what: &str| text.matches(what).count();
            let once = count("third");
            assert!(once > 0);
            assert_eq!(
                (count("first"), count("second")),
                (30 * once, 5 * once),
                "{output} {flags:?}"
            );
            assert!(text.ends_with('\n'));
        }
    }
}

#[test]
fn the_example_of_the_help_text_works_again_and_again() {
    let place = Place::new();
    let help = place.run(&["export", "--help"]).done().stdout.replace("\\\n", " ");
    let line = help.lines().find(|line| line.contains("--cursor /")).unwrap();
    let line = line.trim().replace("/var/", "var/");
    place.write("var/log/vault/audit.log", events("a", 0..3000));
    fs::create_dir_all(place.path("var/lib/vault-export")).unwrap();
    place.shell(&line).done();
    place.append("var/log/vault/audit.log", &events("a", 3000..3005));
    place.shell(&line).done();
    place.shell(&line).done();
    let output = line.split_whitespace().last().unwrap();
    assert_eq!(ids(&text(&place, output)), names("a", 0..3005));
}

#[test]
fn a_killed_pull_is_neither_lost_nor_doubled() {
    for (output, name) in [
        ("pull.jsonl", "KILL"),
        ("pull.jsonl", "TERM"),
        ("pull.jsonl.gz", "KILL"),
        ("pull.jsonl.zst", "TERM"),
    ] {
        let place = Place::new();
        place.write("audit.log", events("a", 0..10));
        pull(&place, output, &[]).done();
        place.append("audit.log", &events("a", 10..10_000));
        let length = || fs::metadata(place.path(output)).unwrap().len();
        let before = length();
        let mut command = place.command(BINARY);
        command.args(["export", "audit.log", "--cursor", "cursor", "--output", output]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        until("something is added", || length() > before);
        signal(&child, name);
        let was_killed = child.wait().unwrap().signal().is_some();
        let is_torn = was_killed && length() != before;
        // What is compressed is written at the end: the signal may find it complete, and the cursor not yet, or both.
        assert!(was_killed || output != "pull.jsonl");
        assert!(!is_torn || name == "KILL" || output != "pull.jsonl");
        place.append("audit.log", &event("a10000"));
        let end = pull(&place, output, &[]).done();
        assert!(!end.stderr.contains("are taken off") || is_torn, "{}", end.stderr);
        assert_eq!(ids(&text(&place, output)), names("a", 0..10_001));
    }
}

#[test]
fn a_torn_pull_is_told_of_when_its_file_was_moved() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..10));
    pull(&place, "pull.jsonl", &[]).done();
    let torn = place.read("cursor").replace(r#""open": false"#, r#""open": true"#);
    place.write("cursor", torn);
    place.append("pull.jsonl", r#"{"schema":"#);
    place.append("audit.log", &event("a10"));
    fs::rename(place.path("pull.jsonl"), place.path("pull.old")).unwrap();
    let end = pull(&place, "pull.jsonl", &[]).done();
    assert!(end.stderr.contains("the file was moved since"), "{}", end.stderr);
    assert_eq!(ids(&place.read("pull.jsonl")), ["a10"]);
}

#[test]
fn a_file_that_was_rotated_away_or_grew_by_others_is_no_trouble() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    pull(&place, "pull.jsonl", &[]).done();
    fs::rename(place.path("pull.jsonl"), place.path("pull.1")).unwrap();
    place.append("audit.log", &event("a3"));
    let end = pull(&place, "pull.jsonl", &[]).done();
    assert!(!end.stderr.contains("warning"), "{}", end.stderr);
    assert_eq!(ids(&place.read("pull.jsonl")), ["a3"]);
    place.append("pull.jsonl", &event("other"));
    place.append("audit.log", &event("a4"));
    pull(&place, "pull.jsonl", &[]).done();
    assert_eq!(ids(&place.read("pull.jsonl")), ["a3", "other", "a4"]);
}

#[test]
fn what_nothing_can_be_added_to_is_refused_and_left_alone() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    place.write("half.jsonl", r#"{"schema""#);
    place.write("plain.gz", event("x"));
    place.write("gzip.jsonl", gzip(&event("x")));
    place.write("zstd.gz", zstd(&event("x")));
    for output in ["half.jsonl", "plain.gz", "gzip.jsonl", "zstd.gz"] {
        let before = fs::read(place.path(output)).unwrap();
        let end = pull(&place, output, &[]);
        assert_eq!(end.code, 2, "{output}: {}", end.stderr);
        assert!(end.stderr.contains("nothing can be added"), "{}", end.stderr);
        assert_eq!(fs::read(place.path(output)).unwrap(), before);
    }
    let end = pull(&place, "array.json", &["--format", "json"]);
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert!(end.stderr.contains("--format jsonl"), "{}", end.stderr);
    assert!(!place.path("array.json").exists());
    assert!(!place.path("cursor").exists());
}

#[test]
fn two_runs_do_not_add_to_one_file_at_once() {
    let place = Place::new();
    place.write("audit.log", event("a"));
    let other = fs::File::create(place.path("pull.jsonl")).unwrap();
    other.lock().unwrap();
    let end = pull(&place, "pull.jsonl", &[]);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert!(end.stderr.contains("another run"), "{}", end.stderr);
    drop(other);
    pull(&place, "pull.jsonl", &[]).done();
    assert_eq!(ids(&place.read("pull.jsonl")), ["a"]);
}

#[test]
fn a_strict_pull_that_fails_adds_nothing() {
    let place = Place::new();
    place.write("audit.log", events("a", 0..3));
    pull(&place, "pull.jsonl", &["--strict"]).done();
    place.append("audit.log", &(events("b", 0..2000) + "{\"no\":1}\n"));
    assert_eq!(pull(&place, "pull.jsonl", &["--strict"]).code, 3);
    assert_eq!(ids(&place.read("pull.jsonl")), names("a", 0..3));
    let end = pull(&place, "pull.jsonl", &[]);
    assert_eq!(end.code, 3);
    assert_eq!(ids(&place.read("pull.jsonl")).len(), 2003);
}
