//! 32 bytes as the vault's versions write them: an array of integers, hex, or base64.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::event::Text;
use crate::source::clean;

/// A SHA-256 value, if the member held one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hash(pub(super) Option<[u8; 32]>);

impl Hash {
    pub(super) fn hex(self) -> Option<Text<'static>> {
        let bytes = self.0?;
        let mut out = String::with_capacity(64);
        clean::push_hex(&mut out, &bytes);
        Some(Text::from(out))
    }
}

fn from_text(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        return Some(bytes);
    }
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE].iter().find_map(|alphabet| {
        GeneralPurpose::new(alphabet, lenient).decode(text).ok()?.try_into().ok()
    })
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyHash)
    }
}

struct AnyHash;

impl<'de> Visitor<'de> for AnyHash {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 bytes as an array, hex or base64")
    }

    fn visit_unit<E>(self) -> Result<Hash, E> {
        Ok(Hash(None))
    }

    fn visit_str<E>(self, text: &str) -> Result<Hash, E> {
        Ok(Hash(from_text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Hash, A::Error> {
        let mut bytes = [0; 32];
        let mut count = 0;
        while let Some(byte) = seq.next_element::<u8>()? {
            if let Some(place) = bytes.get_mut(count) {
                *place = byte;
            }
            count += 1;
        }
        Ok(Hash((count == 32).then_some(bytes)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Hash, A::Error> {
        use serde::de::IgnoredAny;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Hash(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_of_writing_are_one() {
        let array = format!("[{}]", ["251"; 32].join(","));
        let hex = format!("\"{}\"", "fb".repeat(32));
        let standard = "\"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=\"";
        let url = "\"-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s\"";
        for json in [&array, &hex, standard, url] {
            let hash: Hash = serde_json::from_str(json).unwrap();
            assert_eq!(hash, Hash(Some([251; 32])), "{json}");
        }
        for json in ["null", "\"ab\"", "[1,2]", "{}"] {
            assert_eq!(serde_json::from_str::<Hash>(json).unwrap(), Hash(None), "{json}");
        }
    }
}
