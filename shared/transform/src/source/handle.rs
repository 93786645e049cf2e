//! Usable handles, made into hashes that still join events (contract 3.8, layer 4).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::clean;
use crate::event::Text;

/// The key of the `h1:` hashes. Without one they are plain SHA-256: enough for long random handles, such as
/// lease ids and accessors.
#[derive(Clone, Default)]
pub struct HashKey(Option<Vec<u8>>);

impl HashKey {
    /// A key of any length.
    pub fn new(key: impl Into<Vec<u8>>) -> HashKey {
        HashKey(Some(key.into()))
    }

    /// `h1:<hex>` of what somebody typed as a name, which could be a password. Without a key there is none: a
    /// plain hash of something so short is found out by trying.
    pub(super) fn pseudonym(&self, name: &str) -> Option<Text<'static>> {
        self.0.is_some().then(|| self.hash(name))
    }

    /// `h1:<hex>` of a handle.
    pub(super) fn hash(&self, handle: &str) -> Text<'static> {
        let mut out = String::with_capacity(67);
        out.push_str("h1:");
        let keyed = self.0.as_ref().and_then(|key| Hmac::<Sha256>::new_from_slice(key).ok());
        match keyed {
            Some(mut mac) => {
                mac.update(handle.as_bytes());
                clean::push_hex(&mut out, &mac.finalize().into_bytes());
            }
            None => clean::push_hex(&mut out, &Sha256::digest(handle.as_bytes())),
        }
        Text::from(out)
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "HashKey([redacted])" } else { "HashKey(none)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2; and SHA-256 of "abc" from FIPS 180-2.
    #[test]
    fn hashes_are_those_of_the_standards() {
        assert_eq!(
            HashKey::new(b"Jefe".to_vec()).hash("what do ya want for nothing?").as_str(),
            "h1:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            HashKey::default().hash("abc").as_str(),
            "h1:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_key_is_never_shown() {
        assert!(!format!("{:?}", HashKey::new(b"hunter2".to_vec())).contains("hunter2"));
    }
}
