//! Bodies and streams become records.

use std::io::{self, Read};

use transform::split::{self, Splitter};
use transform::wrapper::{self, Unwrapper};

/// A text in memory and a stream are cut into the same records, whatever the sizes of its reads.
pub(crate) fn cutter(input: &[u8]) {
    let whole = cut(input, usize::MAX);
    for step in [13, 1 + input.len() / 2] {
        assert!(cut(input, step) == whole, "the same in chunks");
    }
    if let Ok(text) = std::str::from_utf8(input) {
        let in_memory = split::records(text).map(|record| Cut {
            text: Some(record.text.to_owned()),
            prefix: record.prefix.to_owned(),
            line: record.line,
        });
        assert!(in_memory.eq(whole), "the same in memory");
    }
}

#[derive(PartialEq)]
struct Cut {
    text: Option<String>,
    prefix: String,
    line: usize,
}

fn cut(input: &[u8], step: usize) -> Vec<Cut> {
    let (mut records, mut last) = (Vec::new(), 0);
    each_piece(input, step, |piece| {
        assert!(last <= piece.start && piece.start <= piece.end, "in order");
        assert!(piece.end <= input.len() as u64, "within the stream");
        last = piece.end;
        let text = piece.text.as_deref().ok().map(str::to_owned);
        records.push(Cut { text, prefix: piece.prefix.to_owned(), line: piece.line });
    });
    records
}

fn each_piece(input: &[u8], step: usize, mut see: impl FnMut(&split::Piece<'_>)) {
    let mut splitter = Splitter::default();
    let mut drip = Drip { rest: input, step, reads: 0 };
    while let Some(piece) = splitter.next_record(&mut drip).expect("memory") {
        see(&piece);
    }
    while let Some(piece) = splitter.finish() {
        see(&piece);
    }
}

/// Gives between one byte and `step` at a time.
struct Drip<'i> {
    rest: &'i [u8],
    step: usize,
    reads: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        let bytes =
            if self.step == usize::MAX { self.step } else { 1 + self.reads * 31 % self.step };
        let bytes = bytes.min(into.len());
        (&mut self.rest).take(bytes as u64).read(into)
    }
}

/// A record out of its wrappers, and the same from the line that is sent on.
pub(crate) fn wrappers(input: &[u8]) {
    let mut unwrapper = Unwrapper::default();
    let mut streamed = Vec::new();
    each_piece(input, 100, |piece| {
        streamed.extend(unwrapper.open(piece).map(wrapper::Unwrapped::into_owned));
    });
    streamed.extend(unwrapper.finish());
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(wrapper::records(text).eq(streamed.iter().cloned()), "the same in memory");
    }
    for record in &streamed {
        if record.text.as_ref().is_ok_and(|text| text.starts_with('#')) {
            continue; // a comment where it stands alone
        }
        let line = record.to_line();
        let mut again = wrapper::records(&line);
        let first = again.next().expect("a line holds its record");
        let on_a_line = |text: &str| text.replace(['\n', '\r'], " ").trim().to_owned();
        let same = match (&first.text, &record.text) {
            (Ok(one), Ok(other)) => on_a_line(one) == on_a_line(other),
            (one, other) => one.is_err() && other.is_err(),
        };
        assert!(same, "the same text, or refused again");
        assert!(first.context == record.context, "the same context");
        assert!(again.next().is_none(), "a line holds no other");
    }
}
