//! Members of foreign records: read where they are of the type that is hoped for, passed over where they are not.
//!
//! What a vault writes changes between its versions and its plugins. A member that is not needed must not cost
//! the record, so that these types take any JSON value.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::event::Text;
use crate::json::cursor::{self, Cursor, Read};

/// A scalar, or nothing that is of use.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Loose<'a> {
    Text(Text<'a>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Missing, `null`, an array or an object.
    #[default]
    Nothing,
}

impl<'a> Loose<'a> {
    /// The string, if it is one that says something.
    pub(super) fn text(self) -> Option<Text<'a>> {
        match self {
            Loose::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The string, or the empty one.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Loose::Text(text) => text,
            _ => "",
        }
    }

    /// The string, or the number as a string: ids are written both ways.
    pub(super) fn label(self) -> Option<Text<'a>> {
        match self {
            Loose::Int(number) => Some(Text::from(number.to_string())),
            other => other.text(),
        }
    }

    /// The whole number that is not negative, also out of a string or a float without a fraction.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Loose::Int(number) => u64::try_from(*number).ok(),
            Loose::Text(text) => text.parse().ok(),
            Loose::Float(number) => whole(*number),
            Loose::Bool(_) | Loose::Nothing => None,
        }
        .filter(|number| *number <= crate::event::check::MAX_INTEGER)
    }

    /// The boolean, also out of a string.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Loose::Bool(value) => Some(*value),
            Loose::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether it is there at all, as a scalar.
    pub(super) fn is_some(&self) -> bool {
        *self != Loose::Nothing
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to fit")]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..9e15).contains(&number)).then_some(number as u64)
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(value).map_or(Loose::Nothing, Loose::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Text::from(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Text::from(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Loose<'de>, A::Error> {
        drain_seq(seq)?;
        Ok(Loose::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose<'de>, A::Error> {
        drain_map(map)?;
        Ok(Loose::Nothing)
    }
}

fn drain_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Declares a wrapper that takes what one kind of JSON value holds, and is empty for all others.
macro_rules! tolerant {
    ($visitor:ident, $value:ty, [$($generics:tt)*], { $($method:item)* }) => {
        impl<'de, $($generics)*> Visitor<'de> for $visitor<T> {
            type Value = $value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<$value, E> {
                Ok(Default::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<$value, E> {
                Ok(Default::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<$value, E> {
                Ok(Default::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<$value, E> {
                Ok(Default::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<$value, E> {
                Ok(Default::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<$value, E> {
                Ok(Default::default())
            }

            $($method)*
        }
    };
}

/// An object of which some members are read, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Maybe<T>(pub(super) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Maybe(None)
    }
}

struct MaybeObject<T>(std::marker::PhantomData<T>);

tolerant!(MaybeObject, Maybe<T>, [T: Deserialize<'de>], {
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Maybe<T>, A::Error> {
        drain_seq(seq)?;
        Ok(Maybe(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Maybe<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Maybe(Some(value)))
    }
});

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeObject(std::marker::PhantomData))
    }
}

/// The items of an array, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items<T>(pub(super) Vec<T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Items(Vec::new())
    }
}

struct AnyItems<T>(std::marker::PhantomData<T>);

tolerant!(AnyItems, Items<T>, [T: Deserialize<'de>], {
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Items(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Items<T>, A::Error> {
        drain_map(map)?;
        Ok(Items::default())
    }
});

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyItems(std::marker::PhantomData))
    }
}

/// The members of an object whose names are not known beforehand, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Members<T>(pub(super) Vec<T>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Members(Vec::new())
    }
}

/// One member: its name and its scalar.
pub(super) type Member<'a> = (Text<'a>, Loose<'a>);

struct AnyMembers<T>(std::marker::PhantomData<T>);

tolerant!(AnyMembers, Members<(Text<'de>, T)>, [T: Deserialize<'de>], {
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq)?;
        Ok(Members::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
});

impl<'de: 'a, 'a> Deserialize<'de> for Members<Member<'a>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyMembers::<Loose<'de>>(std::marker::PhantomData))
    }
}

/// Strings, written as a list or as a single one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Texts<'a>(pub(super) Vec<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyTexts)
    }
}

struct AnyTexts;

impl<'de> Visitor<'de> for AnyTexts {
    type Value = Texts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Texts<'de>, E> {
        Ok(Texts::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Texts<'de>, E> {
        Ok(Texts::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Texts<'de>, E> {
        Ok(Texts::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Texts<'de>, E> {
        Ok(Texts::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Texts<'de>, E> {
        Ok(Texts::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Texts<'de>, E> {
        Ok(Texts(vec![Text::from(text)]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts<'de>, E> {
        Ok(Texts(vec![Text::from(text.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts<'de>, A::Error> {
        let mut texts = Vec::new();
        while let Some(item) = seq.next_element::<Loose<'de>>()? {
            texts.extend(item.text());
        }
        Ok(Texts(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Texts<'de>, A::Error> {
        drain_map(map)?;
        Ok(Texts::default())
    }
}

/// Whether a member is there with anything but `null`; what it holds is not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Present(pub(super) bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<IgnoredAny>::deserialize(deserializer).map(|there| Present(there.is_some()))
    }
}

/// Says how the quick reader reads an object: by which names which fields are filled; all other members are passed over.
///
/// It reads what the derived `Deserialize` reads. What it refuses may still be read by that.
macro_rules! members {
    ($life:lifetime, $of:ty { $($($name:literal)|+ => $field:ident,)+ }) => {
        impl<$life> Read<$life> for $of {
            fn blank() -> Self {
                Self::default()
            }

            fn fill(&mut self, cursor: &mut Cursor<$life>) -> cursor::Result<()> {
                $(let mut $field = false;)+ // was it there?
                let mut more = cursor.object()?;
                while more {
                    let name = cursor.name()?;
                    match name.as_str() {
                        $($($name)|+ => {
                            if std::mem::replace(&mut $field, true) {
                                return Err(cursor.wrong("a member that is not repeated"));
                            }
                            self.$field.fill(cursor)?;
                        })+
                        _ => cursor.skip()?,
                    }
                    more = cursor.more()?;
                }
                Ok(())
            }
        }
    };
}
pub(super) use members;

impl<'a> Read<'a> for Loose<'a> {
    fn blank() -> Self {
        Loose::Nothing
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        *self = match cursor.peek() {
            Some(b'"') => Loose::Text(cursor.string()?),
            Some(b't') if cursor.word("true") => Loose::Bool(true),
            Some(b'f') if cursor.word("false") => Loose::Bool(false),
            Some(b'-' | b'0'..=b'9') => number(cursor)?,
            _ => {
                cursor.skip()?;
                Loose::Nothing
            }
        };
        Ok(())
    }
}

/// A whole number, or nothing where it does not fit. Fractions are rare, and left to the general reader.
fn number<'a>(cursor: &mut Cursor<'a>) -> cursor::Result<Loose<'a>> {
    let text = cursor.number("a JSON value")?;
    match text.parse::<i64>() {
        Ok(number) if text != "-0" => Ok(Loose::Int(number)),
        _ if text.parse::<u64>().is_ok() => Ok(Loose::Nothing),
        _ => Err(cursor.wrong("a whole number")),
    }
}

impl<'a, T: Read<'a>> Read<'a> for Maybe<T> {
    fn blank() -> Self {
        Maybe(None)
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        if cursor.peek() == Some(b'{') {
            return self.0.insert(T::blank()).fill(cursor);
        }
        cursor.skip()
    }
}

impl<'a, T: Read<'a>> Read<'a> for Items<T> {
    fn blank() -> Self {
        Items(Vec::new())
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        if cursor.peek() != Some(b'[') {
            return cursor.skip();
        }
        cursor.list(|cursor| {
            let mut item = T::blank();
            item.fill(cursor)?;
            self.0.push(item);
            Ok(())
        })
    }
}

impl<'a> Read<'a> for Members<Member<'a>> {
    fn blank() -> Self {
        Members(Vec::new())
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        if cursor.peek() != Some(b'{') {
            return cursor.skip();
        }
        let mut more = cursor.object()?;
        while more {
            let mut member = (cursor.name()?, Loose::Nothing);
            member.1.fill(cursor)?;
            self.0.push(member);
            more = cursor.more()?;
        }
        Ok(())
    }
}

impl<'a> Read<'a> for Texts<'a> {
    fn blank() -> Self {
        Texts::default()
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        match cursor.peek() {
            Some(b'"') => self.0.push(cursor.string()?),
            Some(b'[') => {
                let mut items = Items::<Loose<'a>>::default();
                items.fill(cursor)?;
                self.0.extend(items.0.into_iter().filter_map(Loose::text));
            }
            _ => cursor.skip()?,
        }
        Ok(())
    }
}

impl<'a> Read<'a> for Present {
    fn blank() -> Self {
        Present(false)
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        self.0 = cursor.peek() != Some(b'n');
        cursor.skip()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample<'a> {
        #[serde(borrow)]
        scalar: Loose<'a>,
        #[serde(borrow)]
        object: Maybe<Inner<'a>>,
        #[serde(borrow)]
        list: Items<Loose<'a>>,
        #[serde(borrow)]
        members: Members<Member<'a>>,
        present: Present,
        #[serde(borrow)]
        texts: Texts<'a>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Inner<'a> {
        #[serde(borrow)]
        name: Loose<'a>,
    }

    #[test]
    fn any_json_value_is_taken_anywhere() {
        for value in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "1.5",
            r#""x\n""#,
            "[[1],{}]",
            r#"{"a":{"b":[1]}}"#,
        ] {
            let line = format!(
                r#"{{"scalar":{value},"object":{value},"list":{value},"members":{value},"present":{value},"texts":{value}}}"#
            );
            let sample: Sample<'_> = serde_json::from_str(&line).unwrap();
            assert_eq!(sample.present.0, value != "null", "{value}");
        }
    }

    #[test]
    fn what_is_of_the_hoped_type_is_read() {
        let line = r#"{"scalar":"7","object":{"name":"n"},"list":["a",1],"members":{"k":"v"},"texts":["a",7]}"#;
        let sample: Sample<'_> = serde_json::from_str(line).unwrap();
        assert_eq!(sample.scalar.number(), Some(7));
        assert_eq!(sample.object.0.unwrap().name.as_str(), "n");
        assert_eq!(sample.list.0, [Loose::Text("a".into()), Loose::Int(1)]);
        assert_eq!(sample.members.0, [("k".into(), Loose::Text("v".into()))]);
        assert_eq!(sample.texts.0, ["a".into()]);
    }

    #[test]
    fn a_repeated_member_is_refused() {
        let line = r#"{"object":{"name":"n","name":"m"}}"#;
        assert!(serde_json::from_str::<Sample<'_>>(line).is_err());
    }
}
