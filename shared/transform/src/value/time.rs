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
        let (date, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', clock @ ..] = date else {
            return None;
        };
        let [h1, h2, b':', mi1, mi2, b':', s1, s2] = clock else { return None };
        let year = pair(*y1, *y2)? * 100 + pair(*y3, *y4)?;
        let (month, day) = (pair(*mo1, *mo2)?, pair(*d1, *d2)?);
        let (hour, minute, second) = (pair(*h1, *h2)?, pair(*mi1, *mi2)?, pair(*s1, *s2)?);
        let (nanos, rest) = fraction(rest)?;
        if day == 0 || day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 60
        {
            return None;
        }
        let (second, nanos) = if second == 60 { (59, 999_999_999) } else { (second, nanos) };
        let within_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let second = days_since_1970(year, month, day) * DAY + within_day - offset(rest)?;
        Timestamp::new(second, nanos).ok().map(Time)
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
        let mut nanos = self.0.subsec_nanosecond();
        let mut second = self.0.as_second();
        if nanos < 0 {
            (nanos, second) = (nanos + 1_000_000_000, second - 1);
        }
        write_second(second, out);
        if nanos > 0 {
            let digits = decimal::<9>(nanos.unsigned_abs());
            let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
            out.push(b'.');
            out.extend_from_slice(&digits);
            out.truncate(out.len() - zeros);
        }
        out.push(b'Z');
    }

    /// Appends `YYYY-MM-DDThh:mm:ss.mmmZ`: always three fraction digits, the width that Elasticsearch's `date`,
    /// Parquet's milliseconds and OCSF's `*_dt` twins agree on.
    pub fn write_millis(self, out: &mut Vec<u8>) {
        let millis = self.0.as_millisecond();
        write_second(millis.div_euclid(1000), out);
        out.push(b'.');
        out.extend_from_slice(&decimal::<3>(u32::try_from(millis.rem_euclid(1000)).unwrap_or(0)));
        out.push(b'Z');
    }

    /// How long before `later` this moment was; negative if it was after.
    pub fn until(self, later: Time) -> SignedDuration {
        self.0.duration_until(later.0)
    }
}

const DAY: i64 = 86_400;

fn digit(byte: u8) -> Option<u32> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(u32::from(value))
}

fn pair(tens: u8, ones: u8) -> Option<u32> {
    Some(digit(tens)? * 10 + digit(ones)?)
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

/// The seconds by which local time is ahead of UTC.
fn offset(rest: &[u8]) -> Option<i64> {
    match rest {
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (pair(*h1, *h2)?, pair(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours * 3600 + minutes * 60);
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

/// `None` for what is no month.
fn days_in_month(year: u32, month: u32) -> Option<u32> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            Some(29)
        }
        2 => Some(28),
        _ => None,
    }
}

/// The day's number, 1 January 1970 being 0. Years are counted from March, so that a leap day is the last of its year
/// (H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
fn days_since_1970(year: u32, month: u32, day: u32) -> i64 {
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let before_month = (153 * month + 2) / 5;
    i64::from(before_year + before_month + day) - 1 - 865_565 // days from 1 March of the year -400
}

/// Appends the date and the time of day of an epoch second, without fraction and `Z`.
fn write_second(second: i64, out: &mut Vec<u8>) {
    let (days, within_day) = (second.div_euclid(DAY), second.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let within_day = u32::try_from(within_day).unwrap_or(0);
    let [y1, y2, y3, y4] = decimal(year);
    let [mo1, mo2] = decimal(month);
    let [d1, d2] = decimal(day);
    let [h1, h2] = decimal(within_day / 3600);
    let [mi1, mi2] = decimal(within_day / 60 % 60);
    let [s1, s2] = decimal(within_day % 60);
    out.extend_from_slice(&[
        y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2,
    ]);
}

/// Year, month and day of a day's number (`civil_from_days`, ibidem); a year before 0 is written as 0.
fn date(days: i64) -> (u32, u32, u32) {
    const FOUR_CENTURIES: i64 = 146_097;
    let shifted = days + 719_468; // from 1 March of the year 0
    let era = shifted.div_euclid(FOUR_CENTURIES);
    let of_era = u32::try_from(shifted.rem_euclid(FOUR_CENTURIES)).unwrap_or(0);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = i64::from(year_of_era) + era * 400 + i64::from(month <= 2);
    (u32::try_from(year).unwrap_or(0), month, day)
}

/// The last digits of a number.
#[inline]
fn decimal<const WIDTH: usize>(mut value: u32) -> [u8; WIDTH] {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
    digits
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
    use proptest::prelude::*;

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

    proptest! {
        /// jiff is the reference, over all years that it knows, and with it every date and offset.
        #[test]
        fn every_moment_is_written_and_read_as_jiff_does(
            seconds in -62_167_219_200_i64..253_402_207_200, nanos in 0_i32..1_000_000_000, offset in -86_340_i32..86_340
        ) {
            let moment = Timestamp::new(seconds, nanos).unwrap();
            let time = Time::from(moment);
            prop_assert_eq!(time.to_string(), moment.to_string());
            prop_assert_eq!(Time::parse(&moment.to_string()), Some(time));
            let minutes = Offset::from_seconds(offset / 60 * 60).unwrap();
            let local = minutes.to_datetime(moment);
            if (0..=9999).contains(&local.year()) {
                let sign = if offset / 60 < 0 { '-' } else { '+' };
                let ahead = (offset / 60).abs();
                let text = format!("{local}{sign}{:02}:{:02}", ahead / 60, ahead % 60);
                prop_assert_eq!(Time::parse(&text), Some(time), "{}", text);
            }
        }

        #[test]
        fn what_is_no_date_for_jiff_is_none_here(
            year in 0_i16..=9999, month in 0_i8..=13, day in 0_i8..=32, hour in 0_i8..=25, minute in 0_i8..=61, second in 0_i8..=59
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
            let theirs = DateTime::new(year, month, day, hour, minute, second, 0)
                .ok()
                .and_then(|civil| Offset::UTC.to_timestamp(civil).ok());
            prop_assert_eq!(Time::parse(&text), theirs.map(Time::from), "{}", text);
        }

        #[test]
        fn milliseconds_are_the_written_moment_cut_off(millis in -62_167_219_200_000_i64..253_402_207_200_000) {
            let mut out = Vec::new();
            Time::from_millisecond(millis).unwrap().write_millis(&mut out);
            let moment = Timestamp::from_millisecond(millis).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{moment:.3}"));
        }
    }
}
