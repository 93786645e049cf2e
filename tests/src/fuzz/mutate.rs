//! Mutants of seeds: what a broken, hostile or unlucky sender could make of them.

use std::ops::Range;

use fastrand::Rng;

/// No mutant is longer.
const LONGEST: usize = 64 * 1024;

/// Repetitions of one part, and levels of nesting, at most.
const MANY: usize = 2_000;

/// What is put between or in the place of other things.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\0",
    b" ",
    b"#",
    b"=",
    b"'",
    b"\"\"\"",
    b"\\\"",
    b"\\\\",
    b"\\n",
    b"\\u0000",
    b"\\u001b",
    b"\\ud83d",
    b"\\udc00",
    b"\\ud83d\\ude00",
    b"\\u00",
    b"\\x",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xf0\x9f\x92\xa9",
    b"\xe2\x80\xa8",
    b"\xc3",
    b"\xcc\x88",
    b"null",
    b"true",
    b"false",
    b"0",
    b"-1",
    b"-0",
    b"1e400",
    b"-1e-400",
    b"1.5",
    b"0.1e1",
    b"01",
    b"1e",
    b"-",
    b"NaN",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999999999999999999999",
    b"4294967296",
    b"1e308",
    b"\"\"",
    b"[]",
    b"{}",
    b"[null]",
    b"\"1\"",
    b"{\"\":0}",
    b"\"a\":1,\"a\":2,",
    b"0000-00-00T00:00:00Z",
    b"2016-12-31T23:59:60Z",
    b"9999-12-31T23:59:59.999999999Z",
    b"-009999-01-01T00:00:00Z",
    b"2026-02-30T00:00:00+14:00",
    b"hunter2",
    b"password=hunter2",
    b"\"password\":\"hunter2\"",
    b"Bearer abcdefghijklmnopqrstuvwxyz012345",
    b"https://u:hunter2@h/?token=x",
    b"[redacted:password:7]",
    b"[redacted:",
    b"hvs.CAESIJlWmVOoMnGqcyTyHT9dTWuLQTJ0ZC1OZm4",
    b"-----BEGIN PRIVATE KEY-----",
];

/// A mutant of one of the seeds.
pub(super) fn mutant(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = one_of(rng, seeds).clone();
    for _ in 0..=rng.usize(0..5) {
        change(rng, &mut input, seeds);
        input.truncate(LONGEST);
    }
    input
}

fn one_of<'t, T>(rng: &mut Rng, all: &'t [T]) -> &'t T {
    &all[rng.usize(..all.len())]
}

fn change(rng: &mut Rng, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let place = part(rng, input.len());
    match rng.u8(..12) {
        0 => flip(rng, input),
        1 => drop(input.drain(place)),
        2 => input.truncate(place.start),
        3 => repeat(rng, input, place),
        4 => {
            let other = one_of(rng, seeds);
            let piece = &other[part(rng, other.len())];
            input.splice(place, piece.iter().copied());
        }
        5 | 6 => drop(input.splice(place.start..place.start, token(rng))),
        7 => drop(input.splice(place, token(rng))),
        8..=10 => {
            let value = value(rng, input);
            let token = token(rng);
            input.splice(value, token);
        }
        _ => drop(input.splice(
            place.start..place.start,
            (0..rng.usize(1..8)).map(|_| rng.u8(..)).collect::<Vec<_>>(),
        )),
    }
}

fn flip(rng: &mut Rng, input: &mut [u8]) {
    if !input.is_empty() {
        input[rng.usize(..input.len())] ^= 1 << rng.u8(..8);
    }
}

/// A part of so many bytes; most are short.
fn part(rng: &mut Rng, bytes: usize) -> Range<usize> {
    let start = rng.usize(..=bytes);
    let longest = if rng.u8(..4) == 0 { bytes } else { 16 };
    start..(start + rng.usize(..=longest)).min(bytes)
}

fn repeat(rng: &mut Rng, input: &mut Vec<u8>, place: Range<usize>) {
    let times = if rng.u8(..16) == 0 { rng.usize(1..MANY) } else { 1 };
    let piece = &input[place.clone()];
    let times = times.min(LONGEST / piece.len().max(1));
    let more = piece.repeat(times);
    input.splice(place.start..place.start, more);
}

/// A value of JSON or TOML, near enough: what stands between a colon or an equals sign and the next comma or bracket.
fn value(rng: &mut Rng, input: &[u8]) -> Range<usize> {
    let from = rng.usize(..=input.len());
    let begin = input[from..].iter().position(|byte| b":=".contains(byte));
    let start = begin.map_or(from, |begin| from + begin + 1);
    let end = input[start..].iter().position(|byte| b",}]\n".contains(byte));
    start..end.map_or(input.len(), |end| start + end)
}

fn token(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..24) {
        0 => b"[".repeat(rng.usize(1..MANY)),
        1 => b"{\"a\":".repeat(rng.usize(1..MANY)),
        2 => [b"[".repeat(MANY / 10), b"]".repeat(MANY / 10)].concat(),
        3 => [b"\"".to_vec(), b"x".repeat(rng.usize(1..LONGEST / 4)), b"\"".to_vec()].concat(),
        _ => one_of(rng, TOKENS).to_vec(),
    }
}
