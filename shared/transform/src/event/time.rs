//! A moment, as the contract writes it: RFC 3339 with an offset, up to nine fraction digits.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A moment with nanoseconds; printed in UTC with as many fraction digits as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Timestamp);

impl Time {
    /// Midnight of 1 January 1970.
    pub(crate) const EPOCH: Time = Time(Timestamp::UNIX_EPOCH);

    /// Reads `2026-02-14T22:30:01.482913Z`: a capital `T`, an offset (`Z` or `±hh:mm`), at most nine
    /// fraction digits. A leap second (`:60`) is read as the last nanosecond before it. `None` for all else.
    pub fn parse(text: &str) -> Option<Time> {
        let bytes = text.as_bytes();
        let [
            y1,
            y2,
            y3,
            y4,
            b'-',
            mo1,
            mo2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            mi1,
            mi2,
            b':',
            s1,
            s2,
            rest @ ..,
        ] = bytes
        else {
            return None;
        };
        let (nanos, rest) = fraction(rest)?;
        let year = i16::from(pair(*y1, *y2)?) * 100 + i16::from(pair(*y3, *y4)?);
        let (second, nanos) = match pair(*s1, *s2)? {
            60 => (59, 999_999_999),
            second => (second, nanos),
        };
        let civil = DateTime::new(
            year,
            pair(*mo1, *mo2)?,
            pair(*d1, *d2)?,
            pair(*h1, *h2)?,
            pair(*mi1, *mi2)?,
            second,
            nanos,
        )
        .ok()?;
        offset(rest)?.to_timestamp(civil).ok().map(Time)
    }

    /// Whole milliseconds since 1970 (OCSF `timestamp_t`, CEF `rt`).
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The moment itself.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// The UTC calendar day and clock time.
    pub fn civil(self) -> DateTime {
        Offset::UTC.to_datetime(self.0)
    }

    /// A moment from epoch milliseconds, if it is one.
    pub fn from_millisecond(millis: i64) -> Option<Time> {
        Timestamp::from_millisecond(millis).ok().map(Time)
    }

    /// Appends the RFC 3339 form in UTC, at most 30 bytes.
    pub fn write(self, out: &mut Vec<u8>) {
        let civil = self.civil();
        let year = u16::try_from(civil.year()).unwrap_or(0);
        digits(out, u32::from(year), 4);
        out.push(b'-');
        two(out, civil.month());
        out.push(b'-');
        two(out, civil.day());
        out.push(b'T');
        two(out, civil.hour());
        out.push(b':');
        two(out, civil.minute());
        out.push(b':');
        two(out, civil.second());
        let nanos = civil.subsec_nanosecond().unsigned_abs();
        if nanos > 0 {
            out.push(b'.');
            let start = out.len();
            digits(out, nanos, 9);
            while out.len() > start && out.last() == Some(&b'0') {
                out.pop();
            }
        }
        out.push(b'Z');
    }

    /// Appends `YYYY-MM-DDThh:mm:ss.mmmZ`: always three fraction digits, the width that Elasticsearch's `date`,
    /// Parquet's milliseconds and OCSF's `*_dt` twins agree on.
    pub fn write_millis(self, out: &mut Vec<u8>) {
        let whole = self.0.as_millisecond().div_euclid(1000);
        let millis = u32::try_from(self.0.as_millisecond().rem_euclid(1000)).unwrap_or(0);
        match Timestamp::from_second(whole) {
            Ok(second) => Time(second).write(out),
            Err(_) => self.write(out),
        }
        out.pop();
        out.push(b'.');
        digits(out, millis, 3);
        out.push(b'Z');
    }

    /// How long before `later` this moment was; negative if it was after.
    pub fn until(self, later: Time) -> SignedDuration {
        self.0.duration_until(later.0)
    }
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn pair(tens: u8, ones: u8) -> Option<i8> {
    i8::try_from(digit(tens)? * 10 + digit(ones)?).ok()
}

/// The nanoseconds of `.482913Z`, and what follows the digits.
fn fraction(rest: &[u8]) -> Option<(i32, &[u8])> {
    let [b'.', after @ ..] = rest else { return Some((0, rest)) };
    let count = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (written, rest) = after.split_at(count);
    let value = written.iter().fold(0_i32, |sum, byte| sum * 10 + i32::from(byte - b'0'));
    let missing = u32::try_from(9 - count).ok()?;
    Some((value * 10_i32.pow(missing), rest))
}

fn offset(rest: &[u8]) -> Option<Offset> {
    match rest {
        b"Z" => Some(Offset::UTC),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (pair(*h1, *h2)?, pair(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()
        }
        _ => None,
    }
}

fn two(out: &mut Vec<u8>, value: i8) {
    let value = value.unsigned_abs();
    out.extend_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
}

fn digits(out: &mut Vec<u8>, mut value: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for place in out.iter_mut().skip(start).rev() {
        *place = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

impl From<Timestamp> for Time {
    fn from(moment: Timestamp) -> Time {
        Time(moment)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(30);
        self.write(&mut out);
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moment;

        impl Visitor<'_> for Moment {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time with an offset, as 2026-02-14T22:30:01Z")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                Time::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Other("text"), &self))
            }
        }

        deserializer.deserialize_str(Moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> Option<String> {
        Time::parse(text).map(|time| time.to_string())
    }

    #[test]
    fn an_offset_is_normalised_to_utc() {
        assert_eq!(
            round("2026-02-14T23:30:01.482913+01:00").unwrap(),
            "2026-02-14T22:30:01.482913Z"
        );
        assert_eq!(round("2026-01-01T00:00:00-05:30").unwrap(), "2026-01-01T05:30:00Z");
    }

    #[test]
    fn nine_digits_are_kept_and_trailing_zeros_are_not() {
        assert_eq!(
            round("2026-11-21T20:57:40.012031549Z").unwrap(),
            "2026-11-21T20:57:40.012031549Z"
        );
        assert_eq!(round("2026-02-14T22:30:02.110Z").unwrap(), "2026-02-14T22:30:02.11Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "yesterday",
            "2026-02-14",
            "2026-02-14T22:30:01",
            "2026-02-14 22:30:01Z",
            "2026-02-14t22:30:01z",
            "2026-02-30T22:30:01Z",
            "2026-02-14T24:30:01Z",
            "2026-02-14T22:30:01.Z",
            "2026-02-14T22:30:01.1234567890Z",
            "2026-02-14T22:30:01+25:00",
            "2026-02-14T22:30:01Z ",
        ] {
            assert_eq!(round(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_leap_second_is_read_as_the_moment_before() {
        assert_eq!(round("2016-12-31T23:59:60Z").unwrap(), "2016-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn milliseconds_are_always_three_digits() {
        let mut out = Vec::new();
        Time::parse("2026-02-14T22:30:01.48Z").unwrap().write_millis(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "2026-02-14T22:30:01.480Z");
    }
}
