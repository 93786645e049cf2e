//! Signatures after the Standard Webhooks specification, version 1: HMAC-SHA256 over `{id}.{timestamp}.{body}`.
//!
//! While a signing secret is rotated, both the new and the previous one sign, and a receiver accepts either.
//! Source: standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};

/// A signing key: the bytes behind `whsec_…`.
#[derive(Clone, Debug)]
pub struct SigningKey(SecretSlice<u8>);

/// A signing secret that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing secret must be whsec_ and base64 of 24 to 64 random bytes; make one with: echo whsec_$(head -c32 /dev/urandom | base64)"
)]
pub struct BadSigningKey;

impl SigningKey {
    /// Reads `whsec_<base64>`, or bare base64, of 24 to 64 bytes.
    pub fn parse(text: &str) -> Result<SigningKey, BadSigningKey> {
        let encoded = text.trim().strip_prefix("whsec_").unwrap_or(text.trim());
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSigningKey)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(BadSigningKey);
        }
        Ok(SigningKey(bytes.into()))
    }

    /// `v1,<base64>` over the exact bytes that are sent.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
        // HMAC takes keys of any length, so this never is `None`.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The `webhook-signature` header: one signature for each key, the newest first, separated by spaces.
pub fn signatures(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let each: Vec<String> = keys.iter().filter_map(|key| key.sign(id, timestamp, body)).collect();
    each.join(" ")
}

/// The `webhook-id` of a request: the event's id, unchanged across retries.
///
/// The signed text is separated by dots, so an id that holds one is hashed; so is one that no header can hold, and
/// so are the ids of several events.
pub fn webhook_id<'i>(ids: impl ExactSizeIterator<Item = &'i str> + Clone) -> String {
    match ids.clone().next() {
        Some(id) if ids.len() == 1 && is_plain(id) => id.to_owned(),
        _ => {
            let mut digest = Sha256::new();
            for id in ids {
                digest.update(id.as_bytes());
                digest.update(b"\n");
            }
            let hash: [u8; 32] = digest.finalize().into();
            let half = hash.first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
            format!("evt_{half:032x}")
        }
    }
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_reference_libraries_verifies() {
        // The vector that the reference implementations' own tests share.
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signatures(
            &[key],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_a_secret_is_rotated_both_sign() {
        let new = SigningKey::parse(&STANDARD.encode([1_u8; 32])).unwrap();
        let old = SigningKey::parse(&STANDARD.encode([2_u8; 32])).unwrap();
        let both = signatures(&[new.clone(), old.clone()], "id", 1, b"body");
        let alone = [signatures(&[new], "id", 1, b"body"), signatures(&[old], "id", 1, b"body")];
        assert_eq!(both, alone.join(" "));
        assert_ne!(alone[0], alone[1]);
    }

    #[test]
    fn a_secret_that_is_too_short_or_not_base64_is_refused_without_being_shown() {
        for wrong in ["whsec_c2hvcnQ=", "not base64!", ""] {
            let error = SigningKey::parse(wrong).unwrap_err().to_string();
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
        assert!(
            !format!("{:?}", SigningKey::parse(&STANDARD.encode([7_u8; 32])).unwrap())
                .contains('7')
        );
    }

    #[test]
    fn an_id_is_kept_unless_a_dot_or_a_second_event_forbids_it() {
        assert_eq!(webhook_id(["abc-1"].into_iter()), "abc-1");
        let dotted = webhook_id(["a.b"].into_iter());
        assert!(dotted.starts_with("evt_") && !dotted.contains('.'));
        for id in ["a\nb", "ü", "a b", ""] {
            assert!(webhook_id([id].into_iter()).starts_with("evt_"), "{id}");
        }
        assert_eq!(webhook_id(["a", "b"].into_iter()), webhook_id(["a", "b"].into_iter()));
        assert_ne!(webhook_id(["a", "b"].into_iter()), webhook_id(["a", "c"].into_iter()));
    }
}
