//! As much of DER as says when a certificate is valid (RFC 5280, 4.1): the verifier of rustls reads that of version 3
//! only, and only on the way to an authority.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls::pki_types::UnixTime;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version stands in an explicit tag, and version 1 is left out.
const VERSION: u8 = 0xA0;

/// From when to when a certificate is valid, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) begin: UnixTime,
    pub(super) end: UnixTime,
}

/// When the certificate is valid; `None` when it is none.
pub(super) fn validity(certificate: &[u8]) -> Option<Validity> {
    let (whole, _) = value(certificate, SEQUENCE)?;
    let (to_be_signed, _) = value(whole, SEQUENCE)?;
    let rest = value(to_be_signed, VERSION).map_or(to_be_signed, |(_, rest)| rest);
    let (_serial, rest) = value(rest, INTEGER)?;
    let (_algorithm, rest) = value(rest, SEQUENCE)?;
    let (_issuer, rest) = value(rest, SEQUENCE)?;
    let (validity, _) = value(rest, SEQUENCE)?;
    let (begin, rest) = time(validity)?;
    let (end, _) = time(rest)?;
    Some(Validity { begin, end })
}

/// This content as a sequence.
pub(super) fn sequence(content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let length = length.get(zeros..).unwrap_or_default();
    let mut out = vec![SEQUENCE];
    match length {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// The content of the first value, which has this tag, and what stands behind it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long & 0x7F)?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add(usize::from(*digit))
            });
            (length?, rest)
        }
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

/// A time, and what stands behind it.
fn time(bytes: &[u8]) -> Option<(UnixTime, &[u8])> {
    let (text, rest) = value(bytes, UTC_TIME)
        .map(|(text, rest)| (century(text), rest))
        .or_else(|| value(bytes, GENERALIZED_TIME).map(|(text, rest)| (text.to_vec(), rest)))?;
    let at = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    // Before 1970 is long ago.
    let seconds = u64::try_from(at.timestamp().as_second()).unwrap_or_default();
    Some((UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)), rest))
}

/// Years of two digits lie between 1950 and 2049.
fn century(text: &[u8]) -> Vec<u8> {
    let century: &[u8] =
        if text.first().is_some_and(|digit| *digit < b'5') { b"20" } else { b"19" };
    [century, text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_size_are_written_as_they_are_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let written = [sequence(&content), vec![9]].concat();
            assert_eq!(value(&written, SEQUENCE), Some((&content[..], &[9][..])), "{length}");
        }
        assert_eq!(value(&[SEQUENCE, 0x82, 0xFF], SEQUENCE), None);
        assert_eq!(value(&[SEQUENCE, 2, 0], SEQUENCE), None);
        assert_eq!(
            value(&[SEQUENCE, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], SEQUENCE),
            None
        );
    }

    #[test]
    fn times_of_both_kinds_are_read() {
        let read = |tag, text: &str| {
            let bytes = [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            time(&bytes).map(|(at, _)| at.as_secs())
        };
        assert_eq!(read(UTC_TIME, "700101000001Z"), Some(1));
        assert_eq!(read(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(read(GENERALIZED_TIME, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(read(GENERALIZED_TIME, "19500101000000Z"), Some(0));
        assert_eq!(read(UTC_TIME, "soon"), None);
    }
}
