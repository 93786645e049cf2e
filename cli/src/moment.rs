//! `--since` and `--until`: a duration before now, a day by its name, a date, a time, or a Unix time.
//!
//! What has no offset of its own (`yesterday`, `2026-02-01 10:00`) is meant in `--timezone`, which is UTC unless it is
//! given; the command then says on standard error which moment it understood.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::fmt::friendly::SpanParser;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use crate::archive::Window;
use crate::exit::Failure;
use crate::output::Talk;

/// What `--help` says of each flag that takes a moment.
pub(crate) const FORMS: &str = "65m, 24h, 7d, 2w, now, today, yesterday, this-week, last-week, this-month, last-month, \
     2026-02-01, \"2026-02-01 10:00\", RFC 3339, or Unix seconds";

/// A moment as the command line gives it: some forms are relative to now, some need a time zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// That very moment.
    At(Timestamp),
    /// This long ago.
    Ago(Ago),
    /// This date and time on the clock of the time zone.
    Clock(DateTime),
    /// The first moment of this day.
    Day(Day),
}

/// How long ago.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ago(Span);

impl PartialEq for Ago {
    fn eq(&self, other: &Ago) -> bool {
        self.0.fieldwise() == other.0
    }
}

/// A day by its name. Weeks begin on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    Today,
    Yesterday,
    ThisWeek,
    LastWeek,
    ThisMonth,
    LastMonth,
}

impl Day {
    fn named(text: &str) -> Option<Day> {
        Some(match text.to_ascii_lowercase().replace([' ', '_'], "-").as_str() {
            "today" => Day::Today,
            "yesterday" => Day::Yesterday,
            "this-week" => Day::ThisWeek,
            "last-week" => Day::LastWeek,
            "this-month" => Day::ThisMonth,
            "last-month" => Day::LastMonth,
            _ => return None,
        })
    }

    fn date(self, today: Date) -> Date {
        let monday =
            today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
        match self {
            Day::Today => today,
            Day::Yesterday => today.saturating_sub(1.day()),
            Day::ThisWeek => monday,
            Day::LastWeek => monday.saturating_sub(1.week()),
            Day::ThisMonth => today.first_of_month(),
            Day::LastMonth => today.first_of_month().saturating_sub(1.month()),
        }
    }
}

impl Moment {
    /// The moment, seen from `now` in its time zone. What would be before the beginning of time is its beginning.
    fn resolve(self, now: &Zoned) -> Timestamp {
        let earliest = |zoned: Result<Zoned, jiff::Error>| {
            zoned.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
        };
        match self {
            Moment::At(moment) => moment,
            Moment::Ago(Ago(span)) => earliest(now.checked_sub(span)),
            Moment::Clock(time) => earliest(time.to_zoned(now.time_zone().clone())),
            Moment::Day(day) => earliest(day.date(now.date()).to_zoned(now.time_zone().clone())),
        }
    }

    /// Whether it would be another moment in another time zone.
    fn is_of_zone(self) -> bool {
        matches!(self, Moment::Clock(_) | Moment::Day(_))
    }
}

/// A text that is no moment.
#[derive(Clone, Debug, thiserror::Error)]
#[error("expected {FORMS}")]
pub(crate) struct NoMoment;

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Moment, NoMoment> {
        let text = text.trim();
        if text == "now" {
            return Ok(Moment::Ago(Ago(Span::new())));
        }
        let day = || Day::named(text).map(Moment::Day);
        unix(text).or_else(day).or_else(|| ago(text)).or_else(|| clock(text)).ok_or(NoMoment)
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

/// `65m`, `24h`, `7d`, `2w`, `1h30m`, `2 hours ago`. A sign is refused: `-5m` could mean either direction.
fn ago(text: &str) -> Option<Moment> {
    if text.starts_with(['-', '+']) {
        return None;
    }
    SpanParser::new().parse_span(text).ok().map(|span| Moment::Ago(Ago(span.abs())))
}

/// A date or a time: with an offset that very moment, else one on the clock of the time zone.
fn clock(text: &str) -> Option<Moment> {
    // Eight digits are a date to jiff; to us they might be Unix seconds.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(Moment::At(moment));
    }
    text.parse().ok().map(Moment::Clock)
}

/// `--timezone`: a name of the IANA database, `UTC`, or `local` for the machine's own.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Zone {
        Zone(TimeZone::UTC)
    }
}

/// A name that is not a time zone's.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoZone(&'static str);

impl FromStr for Zone {
    type Err = NoZone;

    fn from_str(name: &str) -> Result<Zone, NoZone> {
        match name {
            "UTC" | "utc" | "Z" => Ok(Zone::default()),
            "local" => TimeZone::try_system().map(Zone).map_err(|_| {
                NoZone("the machine's time zone is not known; set TZ, or pass a name such as Europe/Berlin")
            }),
            name => TimeZone::get(name).map(Zone).map_err(|_| {
                NoZone("unknown time zone; expected UTC, local, or a name such as Europe/Berlin (package tzdata)")
            }),
        }
    }
}

/// The window that `--since` and `--until` open, as it was understood.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub(crate) window: Window,
    zone: TimeZone,
    /// Whether it would be another one in another time zone.
    is_of_zone: bool,
}

impl Range {
    /// Reads the two flags.
    ///
    /// # Errors
    /// Nothing lies between the two.
    pub(crate) fn new(
        since: Option<Moment>,
        until: Option<Moment>,
        zone: &Zone,
        now: Timestamp,
    ) -> Result<Range, Failure> {
        let here = now.to_zoned(zone.0.clone());
        let is_of_zone = since.into_iter().chain(until).any(Moment::is_of_zone);
        let [since, until] =
            [since, until].map(|moment| moment.map(|moment| moment.resolve(&here)));
        let range = Range { window: Window { since, until }, zone: zone.0.clone(), is_of_zone };
        match (since, until) {
            (Some(since), Some(until)) if since >= until => {
                Err(Failure::usage(format!("--since is not before --until: {}", range.words()))
                    .hint("--until is the first moment that is no longer wanted"))
            }
            _ => Ok(range),
        }
    }

    /// Says which moments were understood, where a time zone decided on them.
    pub(crate) fn say(&self, talk: &Talk) {
        if self.is_of_zone {
            talk.note(&format!("events {}", self.words()));
        }
    }

    /// `since 2026-02-01 00:00:00 UTC, until …`.
    fn words(&self) -> String {
        let ends = [("since", self.window.since), ("until", self.window.until)];
        let given = ends.into_iter().filter_map(|(word, end)| Some((word, end?)));
        let words = given.map(|(word, end)| {
            let zoned = end.to_zoned(self.zone.clone());
            format!("{word} {}", zoned.strftime("%Y-%m-%d %H:%M:%S %:Q"))
        });
        words.collect::<Vec<String>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_in(zone: &str, text: &str) -> Option<String> {
        // A Saturday; in Sydney it is Sunday already.
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        let now = now.to_zoned(zone.parse::<Zone>().unwrap().0);
        text.parse::<Moment>().ok().map(|moment| moment.resolve(&now).to_string())
    }

    fn seen(text: &str) -> Option<String> {
        seen_in("UTC", text)
    }

    #[test]
    fn every_documented_form_is_read() {
        for (text, expected) in [
            ("now", "2026-11-21T20:00:00Z"),
            ("65m", "2026-11-21T18:55:00Z"),
            ("24h", "2026-11-20T20:00:00Z"),
            ("7d", "2026-11-14T20:00:00Z"),
            ("2w", "2026-11-07T20:00:00Z"),
            ("1h30m", "2026-11-21T18:30:00Z"),
            ("2 hours ago", "2026-11-21T18:00:00Z"),
            ("today", "2026-11-21T00:00:00Z"),
            ("Yesterday", "2026-11-20T00:00:00Z"),
            ("this-week", "2026-11-16T00:00:00Z"),
            ("last-week", "2026-11-09T00:00:00Z"),
            ("last week", "2026-11-09T00:00:00Z"),
            ("this-month", "2026-11-01T00:00:00Z"),
            ("last-month", "2026-10-01T00:00:00Z"),
            ("2026-02-01", "2026-02-01T00:00:00Z"),
            ("2026-02-01 10:00", "2026-02-01T10:00:00Z"),
            ("2026-02-01T10:00:30", "2026-02-01T10:00:30Z"),
            ("2026-02-01T08:30:00+01:00", "2026-02-01T07:30:00Z"),
            ("1769904000", "2026-02-01T00:00:00Z"),
            ("1769904000.5", "2026-02-01T00:00:00.5Z"),
            ("1769904000123", "2026-02-01T00:00:00.123Z"),
        ] {
            assert_eq!(seen(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_has_no_offset_is_meant_in_the_time_zone() {
        for (text, expected) in [
            ("today", "2026-11-21T13:00:00Z"),
            ("last-week", "2026-11-08T13:00:00Z"),
            ("2026-02-01 10:00", "2026-01-31T23:00:00Z"),
            ("2026-07-01", "2026-06-30T14:00:00Z"),
            ("2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"),
            ("24h", "2026-11-20T20:00:00Z"),
        ] {
            assert_eq!(seen_in("Australia/Sydney", text).as_deref(), Some(expected), "{text}");
        }
        assert!("Atlantis/Poseidonis".parse::<Zone>().is_err());
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for wrong in
            ["", "65", "m", "20260201", "tomorrow", "last tuesday", "2026-02-30", "-5m", "10:00"]
        {
            assert_eq!(seen(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_beyond_the_beginning_of_time_is_the_beginning() {
        assert_eq!(seen("900000w").unwrap(), Timestamp::MIN.to_string());
    }

    #[test]
    fn the_window_is_told_with_its_zone() {
        let [since, until] = ["yesterday", "2026-11-21"].map(|text| text.parse().ok());
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let range = Range::new(since, until, &zone, now).unwrap();
        let expected =
            "since 2026-11-20 00:00:00 Europe/Berlin, until 2026-11-21 00:00:00 Europe/Berlin";
        assert_eq!(range.words(), expected);
        assert!(Range::new(until, since, &zone, now).is_err());
    }
}
