//! The hash chain of the audit log: each entry's hash covers its predecessor's.
//!
//! The rule is that of the published core library 0.3.0: SHA-256 over the previous hash, the time as a big-endian
//! IEEE-754 double, `agent_name`, `|`, `action`, `|`, `resource`, `|`, one byte for allowed, and `reason`.

use sha2::{Digest, Sha256};

use crate::event::IntegrityStatus;

type Bytes = [u8; 32];

/// What an entry's hash is made of.
pub(super) struct Hashed<'e> {
    pub(super) prev: Bytes,
    pub(super) timestamp: f64,
    pub(super) agent_name: &'e str,
    pub(super) action: &'e str,
    pub(super) resource: &'e str,
    pub(super) allowed: bool,
    pub(super) reason: &'e str,
}

impl Hashed<'_> {
    pub(super) fn hash(&self) -> Bytes {
        let mut sha = Sha256::new();
        sha.update(self.prev);
        sha.update(self.timestamp.to_be_bytes());
        for part in [self.agent_name, self.action, self.resource] {
            sha.update(part.as_bytes());
            sha.update(b"|");
        }
        sha.update([u8::from(self.allowed)]);
        sha.update(self.reason.as_bytes());
        sha.finalize().into()
    }
}

/// The entry that was read last: its own hash and its predecessor's.
#[derive(Debug, Default)]
pub(in crate::source) struct Chain(Option<(Bytes, Bytes)>);

impl Chain {
    /// What comes of an entry with these hashes, whose own hash was recomputed.
    ///
    /// Entries may come oldest first, as in the log, or newest first, as from the API; one may come twice.
    pub(super) fn check(&mut self, hash: Bytes, hashed: &Hashed<'_>) -> IntegrityStatus {
        let last = self.0.replace((hash, hashed.prev));
        if hashed.hash() != hash {
            return IntegrityStatus::Mismatch;
        }
        match last {
            None => IntegrityStatus::Verified,
            Some((last, before)) if last == hashed.prev || before == hash || last == hash => {
                IntegrityStatus::Verified
            }
            Some(_) => IntegrityStatus::Gap,
        }
    }
}
