//! `--since` and `--until`: a duration before now, a date, a time, or a Unix time.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A moment as the command line gives it: some forms are relative to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// This long ago.
    Ago(SignedDuration),
    /// That very moment.
    At(Timestamp),
}

impl Moment {
    /// The moment, seen from `now`. A duration longer than time itself is the beginning of time.
    pub(crate) fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Moment::At(moment) => moment,
            Moment::Ago(span) => now.checked_sub(span).unwrap_or(Timestamp::MIN),
        }
    }
}

/// A text that is no moment.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "expected a duration (65m, 24h, 7d, 2w), a date (2026-02-01, midnight UTC), \
     an RFC 3339 time (2026-02-01T08:30:00Z) or Unix seconds"
)]
pub(crate) struct NoMoment;

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Moment, NoMoment> {
        let text = text.trim();
        unix(text)
            .or_else(|| ago(text))
            .or_else(|| midnight(text))
            .or_else(|| text.parse().ok().map(Moment::At))
            .ok_or(NoMoment)
    }
}

/// Unix seconds, with or without a fraction; 12 digits and more are milliseconds. Fewer than nine digits would be
/// the early 1970s, and are more likely a date without its hyphens: refused.
fn unix(text: &str) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() < 9 || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    if whole.len() >= 12 {
        return Timestamp::from_millisecond(number).ok().map(Moment::At);
    }
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    Timestamp::new(number, nanos).ok().map(Moment::At)
}

/// `65m`, `24h`, `7d`, `2w`, `1h30m`.
fn ago(text: &str) -> Option<Moment> {
    let mut total = SignedDuration::ZERO;
    let mut number: Option<i64> = None;
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
            continue;
        }
        let seconds = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        let part = SignedDuration::from_secs(number.take()?.checked_mul(seconds)?);
        total = total.checked_add(part)?;
    }
    let ended_with_a_unit = number.is_none() && !text.is_empty();
    ended_with_a_unit.then_some(Moment::Ago(total))
}

/// `2026-02-01`: its first moment in UTC.
fn midnight(text: &str) -> Option<Moment> {
    if text.len() != "2026-02-01".len() {
        return None;
    }
    let date: Date = text.parse().ok()?;
    Some(Moment::At(date.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Option<String> {
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        text.parse::<Moment>().ok().map(|moment| moment.resolve(now).to_string())
    }

    #[test]
    fn every_documented_form_is_read() {
        for (text, expected) in [
            ("65m", "2026-11-21T18:55:00Z"),
            ("24h", "2026-11-20T20:00:00Z"),
            ("7d", "2026-11-14T20:00:00Z"),
            ("2w", "2026-11-07T20:00:00Z"),
            ("1h30m", "2026-11-21T18:30:00Z"),
            ("2026-02-01", "2026-02-01T00:00:00Z"),
            ("2026-02-01T08:30:00+01:00", "2026-02-01T07:30:00Z"),
            ("1769904000", "2026-02-01T00:00:00Z"),
            ("1769904000.5", "2026-02-01T00:00:00.5Z"),
            ("1769904000123", "2026-02-01T00:00:00.123Z"),
        ] {
            assert_eq!(seen(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for wrong in
            ["", "65", "m", "5 minutes", "20260201", "yesterday", "2026-02-30", "-5m", "9y"]
        {
            assert_eq!(seen(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_beyond_the_beginning_of_time_is_the_beginning() {
        assert_eq!(seen("99999999w").unwrap(), Timestamp::MIN.to_string());
    }
}
