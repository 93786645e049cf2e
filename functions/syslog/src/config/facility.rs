//! The facility of RFC 5424, table 1.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// Names as syslog.conf has them, each at its number.
const NAMES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

/// A facility, 0 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

impl Facility {
    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    fn named(text: &str) -> Option<Facility> {
        let number = NAMES.iter().position(|name| *name == text).or_else(|| text.parse().ok())?;
        Facility::numbered(u64::try_from(number).ok()?)
    }

    fn numbered(number: u64) -> Option<Facility> {
        u8::try_from(number).ok().filter(|number| usize::from(*number) < NAMES.len()).map(Facility)
    }
}

impl Default for Facility {
    /// Log audit.
    fn default() -> Facility {
        Facility(13)
    }
}

impl<'de> Deserialize<'de> for Facility {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Facility, D::Error> {
        struct Names;

        impl Visitor<'_> for Names {
            type Value = Facility;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a facility such as local4, or its number from 0 to 23")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Facility, E> {
                Facility::named(text).ok_or_else(|| unknown())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Facility, E> {
                Facility::numbered(number).ok_or_else(|| unknown())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Facility, E> {
                u64::try_from(number).ok().and_then(Facility::numbered).ok_or_else(|| unknown())
            }
        }

        fn unknown<E: Error>() -> E {
            E::custom("must be a facility such as local4, or its number from 0 to 23")
        }

        deserializer.deserialize_any(Names)
    }
}
