//! Finds what looks like a secret inside a text: one pass, nothing allocated where nothing is found.
//!
//! Two things betray a secret. It is a long run of token characters, of which prose has none: looking at every
//! sixteenth byte finds each run of sixteen without touching the bytes between. Or it stands behind a separator
//! (`password=`, `Authorization:`, `://user:`), and those are found by `memchr`. Only there do the matchers look.

use std::ops::Range;

use super::assignments::{self, Assignments};
use super::bytes::{extent, in_run};
use super::hit::{Entropic, Hit, Look};
use super::{entropy, numbers, tokens};
use crate::json::swar;

/// Shorter texts hold no secret that could be told from a word: `pin=1` has five bytes.
const SHORTEST: usize = 5;
/// Every token that the matchers know has a run at least this long.
const RUN: usize = 16;

/// Everything found, in order, without overlaps.
pub(super) fn hits(text: &str, look: Look) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut hits = Vec::new();
    if bytes.len() < SHORTEST {
        return hits;
    }
    separated(bytes, look, &mut hits);
    let (mut from, mut done, mut first) = (0, 0, true);
    while let Some(run) = next_run(bytes, from) {
        from = run.end;
        if look.layers.patterns {
            if first {
                tokens::pem(bytes, &mut hits);
            }
            // A token that goes on behind its run is not looked at again: many in a row stay linear.
            if run.end > done {
                done = tokens::inspect(bytes, &run, &mut hits).max(done);
            }
        }
        first = false;
        if look.layers.entropy && look.entropic != Entropic::No {
            entropy::inspect(bytes, &run, look.entropic, &mut hits);
        }
    }
    if look.layers.patterns && bytes.len() >= numbers::SHORTEST {
        numbers::inspect(bytes, &mut hits);
    }
    if hits.len() > 1 {
        hits = without_overlaps(hits);
    }
    hits
}

/// What stands behind separators, and behind flags.
fn separated(bytes: &[u8], look: Look, hits: &mut Vec<Hit>) {
    let mut assignments = Assignments::new();
    let mut from = 0;
    while let Some(at) = next_separator(bytes, from) {
        let known = hits.len();
        assignments.inspect(bytes, at, look, hits);
        from = at + 1;
        if let Some(hit) = hits.get(known..).and_then(<[Hit]>::last) {
            from = from.max(hit.range.end); // what is inside goes with it
        }
    }
    if look.entropic != Entropic::No && bytes.len() > 8 {
        assignments::flags(bytes, look, hits);
    }
}

/// The next `:`, `=` or `>`; a short text is looked through before `memchr` has begun.
fn next_separator(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = if rest.len() < 64 {
        Some(swar::position(rest, swar::separators)).filter(|at| *at < rest.len())
    } else {
        memchr::memchr3(b':', b'=', b'>', rest)
    };
    at.map(|at| from + at)
}

/// The next run of at least [`RUN`] token characters.
fn next_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut start = from;
    loop {
        let window = bytes.get(start..start + RUN)?;
        let Some(gap) = window.iter().rposition(|byte| !in_run(*byte)) else {
            return Some(start..extent(bytes, start + RUN, in_run));
        };
        start += gap + 1;
    }
}

fn without_overlaps(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
    let mut apart: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match apart.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                last.range.end = last.range.end.max(hit.range.end);
            }
            _ => apart.push(hit),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs(text: &str) -> Vec<Range<usize>> {
        let mut from = 0;
        std::iter::from_fn(|| {
            let run = next_run(text.as_bytes(), from)?;
            from = run.end;
            Some(run)
        })
        .collect()
    }

    proptest! {
        #[test]
        fn jumping_finds_the_very_runs_that_walking_finds(text in "[a ]{0,6}[a-c]{0,20}[ b]{0,4}[a-z]{0,40}[é a]{0,5}[a-z]{0,30}") {
            let bytes = text.as_bytes();
            let mut expected = Vec::new();
            let mut start = 0;
            for end in 0..=bytes.len() {
                if end == bytes.len() || !in_run(bytes[end]) {
                    if end - start >= RUN {
                        expected.push(start..end);
                    }
                    start = end + 1;
                }
            }
            prop_assert_eq!(runs(&text), expected);
        }
    }
}
