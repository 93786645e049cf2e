//! The ways a filter's values are written: arrays or comma lists, tables or `k=v` lists, words or numbers.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::event::Severity;

/// A list: an array of strings, or one string with commas. Blank items do not count.
pub(super) fn list<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: FromStr<Err: Display>,
{
    struct Items<T>(PhantomData<T>);

    impl<'de, T: FromStr<Err: Display>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of names")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
            words(text).map(|word| word.parse().map_err(E::custom)).collect()
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element::<String>()? {
                items.push(item.trim().parse().map_err(A::Error::custom)?);
            }
            Ok(items)
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }
    }

    deserializer.deserialize_any(Items(PhantomData))
}

/// Pairs: a table of strings, or `k=v,k=v`.
pub(super) fn pairs<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, String)>, D::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of labels, or `key=value` pairs separated by commas")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            let pair = |word: &str| {
                let (key, value) = word.split_once('=').ok_or_else(|| {
                    E::custom("labels: expected `key=value` pairs separated by commas")
                })?;
                Ok((key.trim().to_owned(), value.trim().to_owned()))
            };
            words(text).map(pair).collect()
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }

    deserializer.deserialize_any(Members)
}

/// A severity: a word in any case or its number; blank is none.
pub(super) fn severity<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Severity>, D::Error> {
    struct Least;

    impl<'de> Visitor<'de> for Least {
        type Value = Option<Severity>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a severity by name, or by number from 1 to 5")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            match text.trim() {
                "" => Ok(None),
                word => match word.parse::<u64>() {
                    Ok(number) => self.visit_u64(number),
                    Err(_) => word.parse().map(Some).map_err(|_| unknown_severity()),
                },
            }
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            Severity::from_number(number).map(Some).ok_or_else(unknown_severity)
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            u64::try_from(number)
                .map_or_else(|_| Err(unknown_severity()), |number| self.visit_u64(number))
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
            inner.deserialize_any(self)
        }
    }

    deserializer.deserialize_any(Least)
}

fn unknown_severity<E: Error>() -> E {
    let words: Vec<&str> = Severity::ALL.iter().map(|word| word.as_str()).collect();
    E::custom(format_args!("unknown severity; expected one of {}, or 1 to 5", words.join(", ")))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Something made of a list of words.
pub(super) fn collected<'de, D, T, S>(deserializer: D) -> Result<S, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
    S: FromIterator<T>,
{
    list::<D, T>(deserializer).map(|items| items.into_iter().collect())
}

/// Gives a set of words its `Deserialize`, from a list.
macro_rules! from_list {
    ($set:ty, $item:ty) => {
        impl<'de> Deserialize<'de> for $set {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                collected::<D, $item, $set>(deserializer)
            }
        }
    };
}

from_list!(super::kinds::Classes, super::kinds::ClassName);
from_list!(super::kinds::Kinds, super::kinds::Kind);
from_list!(super::kinds::Categories, super::kinds::CategoryName);
