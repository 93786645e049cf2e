use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

fn cut(body: &str) -> Vec<(&str, usize)> {
    records(body).map(|record| (record.text, record.line)).collect()
}

fn texts(body: &str) -> Vec<&str> {
    records(body).map(|record| record.text).collect()
}

/// Gives its bytes in pieces of this size, as a slow pipe does.
struct Drip<'b>(&'b [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

type Kept = (Result<String, String>, usize, u64, u64);

fn keep(piece: &Piece<'_>) -> Kept {
    let text = piece.text.clone().map(str::to_owned).map_err(|error| error.to_string());
    (text, piece.line, piece.start, piece.end)
}

fn stream(body: &[u8], step: usize) -> Vec<Kept> {
    let mut input = Drip(body, step);
    let mut splitter = Splitter::default();
    let mut out = Vec::new();
    while let Some(piece) = splitter.next_record(&mut input).unwrap() {
        out.push(keep(&piece));
    }
    while let Some(piece) = splitter.finish() {
        out.push(keep(&piece));
    }
    out
}

#[test]
fn lines_are_records_and_blank_and_comment_lines_are_not() {
    let body = "\u{feff}{\"a\":1}\r\n\r\n# since 65m\n  \n{\"b\":\"}{\\\"\"}\n{\"c\":3}";
    assert_eq!(cut(body), [("{\"a\":1}", 1), ("{\"b\":\"}{\\\"\"}", 5), ("{\"c\":3}", 6)]);
}

#[test]
fn an_object_over_many_lines_is_one_record() {
    let body = "{\n  \"a\": [\n    1,\n    {\"x\": 2}\n  ]\n}\n{\n  \"b\": {}\n}\n";
    assert_eq!(
        cut(body),
        [("{\n  \"a\": [\n    1,\n    {\"x\": 2}\n  ]\n}", 1), ("{\n  \"b\": {}\n}", 7)]
    );
}

#[test]
fn the_elements_of_an_array_are_records() {
    assert_eq!(texts("[{\"a\":1},{\"b\":[2]} , {}]"), ["{\"a\":1}", "{\"b\":[2]}", "{}"]);
    let printed = "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": 2\n  }\n]\n";
    assert_eq!(cut(printed), [("{\n    \"a\": 1\n  }", 2), ("{\n    \"b\": 2\n  }", 5)]);
    assert!(texts("[]\n[ \n ]").is_empty());
}

#[test]
fn the_rows_of_an_answer_are_records_and_the_rest_of_it_is_not() {
    let body = "{ \"data\" : [\n{\"id\":1},\n{\"id\":2}], \"meta\":{\"total\":2}}\n{\"next\":1}";
    assert_eq!(cut(body), [("{\"id\":1}", 2), ("{\"id\":2}", 3), ("{\"next\":1}", 4)]);
    assert_eq!(texts("{\"records\":[{\"a\":1}],\"next_cursor\":\"x\"}"), ["{\"a\":1}"]);
    assert_eq!(texts("{\"data\":{\"a\":1}}"), ["{\"data\":{\"a\":1}}"]);
}

#[test]
fn objects_may_stand_one_after_the_other() {
    assert_eq!(
        texts("{\"a\":1}{\"b\":2} {\"c\":3},{\"d\":4}"),
        ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "{\"d\":4}"]
    );
}

#[test]
fn a_prefix_is_passed_over() {
    let body = "@cee: {\"a\":1}\n<134>Nov 21 12:00:00 host vault[77]: {\"b\":2}\n[2026-11-21] {\"c\":3}\n(x{y}z) {\"d\":4}\nvault: {\n  \"e\": 5\n}\n";
    assert_eq!(
        texts(body),
        ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "{\"d\":4}", "{\n  \"e\": 5\n}"]
    );
}

#[test]
fn what_is_no_record_is_handed_on_to_be_refused() {
    assert_eq!(
        cut("hello\n{\"a\":1} trailing\n[1, 2]\n\"text\"\n"),
        [("hello", 1), ("{\"a\":1}", 2), ("trailing", 2), ("[1, 2]", 3), ("\"text\"", 4)]
    );
}

/// Whatever the place at which a record is cut off, the records around it come through.
#[test]
fn a_record_cut_off_anywhere_leaves_its_neighbours_whole() {
    let whole = r#"{"time":"x","auth":{"p":["a",{"b":1}],"n":null},"z":-1.5e3}"#;
    for prefix in ["", "@cee: ", "2026-11-21T00:00:00Z stdout F "] {
        for end in 1..whole.len() {
            let body = format!(
                "{prefix}{whole}\n{prefix}{}\n{prefix}{whole}\n{prefix}{whole}\n",
                whole.split_at(end).0
            );
            let found = texts(&body);
            let good = found.iter().filter(|text| **text == whole).count();
            assert_eq!(good, 3, "cut at {end} after {prefix:?}: {found:?}");
            assert_eq!(found.len(), 4, "cut at {end} after {prefix:?}: {found:?}");
        }
    }
}

#[test]
fn a_printed_record_that_is_cut_off_or_garbled_leaves_its_neighbours_whole() {
    let whole = "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}";
    let cut_off = "{\n  \"a\": {\n    \"b\": [\n";
    let garbled = "{\n  \"a\": {\n    \u{1} garbled\n    \"b\": [\n      1\n    ]\n  }\n}";
    for broken in [cut_off, garbled] {
        let body = format!("{whole}\n{broken}\n{whole}\n{{\"c\":1}}\n");
        let found = texts(&body);
        assert_eq!(found, [whole, broken.trim_end(), whole, "{\"c\":1}"]);
    }
    let array = "[\n  {\n    \"a\": \"cut off\n  {\n    \"b\": 1\n  },\n  {\"c\": 2}\n]\n";
    assert_eq!(texts(array), ["{\n    \"a\": \"cut off", "{\n    \"b\": 1\n  }", "{\"c\": 2}"]);
}

#[test]
fn a_nesting_bomb_is_one_record_and_ends_at_the_next() {
    let body = format!("{{\"a\":{}\n{{\"b\":1}}\n", "[{\"a\":".repeat(50_000));
    let found = cut(&body);
    assert_eq!((found.len(), found[1]), (2, ("{\"b\":1}", 2)));
}

#[test]
fn a_stream_is_cut_like_a_text_whatever_the_reads() {
    let body = "\u{feff}[\n {\"a\":\"\\\"\"}, {\"b\":{}}\n]\n# c\n@x {\"d\":1}\nnoise\n{\"e\":\n 2}\n{\"data\":[{\"f\":3}],\"m\":1}\n{\"g\":\"cut\n{\"h\":4}";
    let whole = stream(body.as_bytes(), usize::MAX);
    let expected: Vec<_> =
        records(body).map(|record| (Ok(record.text.to_owned()), record.line)).collect();
    let found: Vec<_> = whole.iter().map(|(text, line, ..)| (text.clone(), *line)).collect();
    assert_eq!(found, expected);
    for step in 1..40 {
        assert_eq!(stream(body.as_bytes(), step), whole, "reads of {step} bytes");
    }
}

#[test]
fn a_stream_can_be_taken_up_after_any_record() {
    let body = "{\"a\":1}\n\n@cee: {\"b\":\n 2}\nnoise\n{\"c\":3}{\"d\":4}\n";
    let whole = stream(body.as_bytes(), 7);
    for (place, (.., end)) in whole.iter().enumerate() {
        let later = body.as_bytes().get(usize::try_from(*end).unwrap()..).unwrap();
        let mut splitter = Splitter::resume(*end, 1);
        let mut input = Drip(later, 5);
        let mut found = Vec::new();
        while let Some(piece) = splitter.next_record(&mut input).unwrap() {
            found.push((piece.start, piece.end));
        }
        let expected: Vec<_> =
            whole[place + 1..].iter().map(|(.., start, end)| (*start, *end)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_growing_file_gives_a_record_when_it_is_whole() {
    let mut splitter = Splitter::default();
    assert_eq!(splitter.next_record(&mut Drip(b"{\"a\":", 99)).unwrap(), None);
    assert_eq!(splitter.offset(), 0);
    let piece = splitter.next_record(&mut Drip(b"1}", 99)).unwrap().unwrap();
    assert_eq!((piece.text, piece.end), (Ok("{\"a\":1}"), 7));
}

#[test]
fn only_the_record_that_is_too_large_or_no_utf_8_is_refused() {
    let mut body = b"{\"a\":1}\n{\"big\":\"".to_vec();
    body.resize(body.len() + 2 * MAX_WHOLE_BYTES, b'x');
    body.extend_from_slice(b"\"}\n{\"bad\":\"\xff\"}\n{\"c\":3}\n");
    let found = stream(&body, 10_000);
    let texts: Vec<_> = found.iter().map(|(text, line, ..)| (text.as_deref(), *line)).collect();
    let (large, encoding) = ("larger than 262144 bytes".to_owned(), "not valid UTF-8".to_owned());
    assert_eq!(
        texts,
        [(Ok("{\"a\":1}"), 1), (Err(&large), 2), (Err(&encoding), 3), (Ok("{\"c\":3}"), 4)]
    );
}

#[test]
fn noise_without_a_line_break_is_bounded() {
    let mut splitter = Splitter::default();
    let mut input = io::repeat(b'x').take(20 << 20).chain(&b"\n{\"a\":1}\n"[..]);
    let first = splitter.next_record(&mut input).unwrap().unwrap();
    assert!(first.text.is_err());
    assert_eq!(splitter.next_record(&mut input).unwrap().unwrap().text, Ok("{\"a\":1}"));
    assert!(splitter.window.capacity() < 3 * MAX_WHOLE_BYTES);
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_but_punctuation_is_lost(body in "[\\[\\]{},:\"\\\\a1#\n\r é]{0,200}") {
        let mut at = 0;
        for record in records(&body) {
            let begin = record.text.as_ptr() as usize - body.as_ptr() as usize;
            prop_assert!(begin >= at && !record.text.is_empty());
            at = begin + record.text.len();
        }
        let expected: Vec<_> = records(&body).map(|r| (Ok(r.text.to_owned()), r.line)).collect();
        for step in [1, 3, usize::MAX] {
            let found = stream(body.as_bytes(), step);
            let found: Vec<_> = found.into_iter().map(|(text, line, ..)| (text, line)).collect();
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..500)) {
        stream(&body, 11);
    }
}

/// A record of Vault that is longer than anything that is kept whole: 12 MiB of keys.
#[test]
fn a_huge_record_loses_what_no_reader_keeps_and_says_how_large_it_was() {
    let key = format!("\"{}\",", "k".repeat(60));
    let keys = key.repeat(3 * MAX_WHOLE_BYTES / key.len());
    let huge = format!(
        "{{\"request\":{{\"id\":\"1\"}},\"response\":{{\"data\":{{\"error\":\"e\",\"keys\":[{keys}0]}}}},\"type\":\"response\"}}"
    );
    let body = format!("{{\"a\":1}}\nprefix: {huge}\n{{\"c\":3}}\n");
    let mut splitter = Splitter::default();
    let mut input = Drip(body.as_bytes(), 100_000);
    let mut next = || {
        let piece = splitter.next_record(&mut input).unwrap().unwrap();
        let Piece { text, prefix, original_bytes, line, start, end, .. } = piece;
        (text.unwrap().to_owned(), prefix.to_owned(), original_bytes, line, start, end)
    };
    assert_eq!(next().0, "{\"a\":1}");
    let (text, prefix, bytes, line, _, end) = next();
    let small = "{\"request\":{\"id\":\"1\"},\"response\":{\"data\":{\"error\":\"e\"}},\"type\":\"response\"}";
    assert_eq!((text.as_str(), prefix.as_str(), line), (small, "prefix: ", 2));
    assert_eq!(bytes, Some(huge.len() as u64));
    assert_eq!(end, 8 + 8 + huge.len() as u64);
    assert_eq!(next(), ("{\"c\":3}".into(), String::new(), None, 3, end + 1, end + 8));
    assert!(splitter.window.capacity() < 3 * MAX_WHOLE_BYTES);
}

#[test]
fn the_parts_of_a_container_runtimes_line_are_kept_to_the_last_blank() {
    let time = "2026-11-21T00:00:00.1Z";
    let body = format!(
        "{time} stdout P {{\"a\": \n{time} stderr F {{\"b\":1}}\n{time} stdout F {{\"c\"}}\n{time} stdout F {{\"d\":2}}\n"
    );
    assert_eq!(
        texts(&body),
        [
            format!("{time} stdout P {{\"a\": "),
            "{\"b\":1}".into(),
            format!("{time} stdout F {{\"c\"}}"),
            "{\"d\":2}".into()
        ]
    );
    let prefixes: Vec<_> = records(&body).map(|record| record.prefix).collect();
    assert_eq!(prefixes, ["", &format!("{time} stderr F "), "", &format!("{time} stdout F ")]);
    for step in 1..40 {
        let found = stream(body.as_bytes(), step);
        let found: Vec<_> = found.iter().map(|(text, ..)| text.clone().unwrap()).collect();
        assert_eq!(found, texts(&body), "reads of {step} bytes");
    }
}

#[test]
fn the_hits_of_a_search_and_the_events_of_a_log_group_are_records() {
    let search = "{\"took\":3,\"_shards\":{\"total\":1},\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_id\":\"1\"},\n{\"_id\":\"2\"}]}}\n{\"next\":1}";
    assert_eq!(texts(search), ["{\"_id\":\"1\"}", "{\"_id\":\"2\"}", "{\"next\":1}"]);
    let events = "{\n  \"events\": [\n {\"message\":\"m\"} ],\n \"searchedLogStreams\": []\n}";
    assert_eq!(texts(events), ["{\"message\":\"m\"}"]);
    for body in [search, events] {
        let whole: Vec<_> = texts(body).into_iter().map(|text| Ok(text.to_owned())).collect();
        for step in 1..20 {
            let found = stream(body.as_bytes(), step).into_iter().map(|(text, ..)| text);
            assert_eq!(found.collect::<Vec<_>>(), whole, "reads of {step} bytes");
        }
    }
    assert_eq!(texts("{\"took\":3,\"errors\":false}"), ["{\"took\":3,\"errors\":false}"]);
}

#[test]
fn a_json_string_is_a_record_whatever_is_in_it() {
    assert_eq!(
        texts("\"{\\\"a\\\":{}}\"\n[\"x{}\", \"y\"]\n"),
        ["\"{\\\"a\\\":{}}\"", "\"x{}\"", "\"y\""]
    );
}
