//! The key of pseudonyms: names typed at failed log-ons are told apart by it and not shown.
//!
//! It is nothing that a delivery waits for. Without it such names are hidden, which a log line and a metric say.

use std::time::Duration;

use delivery::credentials::{Credentials, SecretRef};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use transform::source::HashKey;

/// The member of a secret that is JSON; a plain text is the key itself.
const MEMBER: &str = "key";

/// How long reading it may take.
const READING: Duration = Duration::from_secs(3);

/// How long it is not asked for after it could not be read.
const AGAIN: Duration = Duration::from_mins(1);

/// Where the key is, and the last one that was read.
pub(crate) struct Pseudonyms {
    secret: Option<SecretRef>,
    credentials: Credentials,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    key: HashKey,
    failed: bool,
    not_before: Option<Instant>,
}

impl Pseudonyms {
    pub(crate) fn new(secret: Option<SecretRef>, credentials: Credentials) -> Pseudonyms {
        Pseudonyms { secret, credentials, state: Mutex::default() }
    }

    /// The key, read again within minutes, and whether it could be read. An old one goes on being used.
    pub(crate) async fn key(&self, deadline: Instant) -> (HashKey, bool) {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(secret) = &self.secret
            && state.not_before.is_none_or(|not_before| not_before <= now)
        {
            let read = self.credentials.resolve(secret);
            let read = timeout_at(deadline.min(now + READING), read).await;
            let read = read.map_err(|_| "no answer in time".to_owned()).and_then(|read| {
                let secret = read.map_err(|error| error.to_string())?;
                let key = secret.value(MEMBER).map_err(|error| error.to_string())?;
                match key.expose_secret() {
                    "" => Err("the secret is empty".to_owned()),
                    key => Ok(HashKey::new(key)),
                }
            });
            state.failed = read.is_err();
            match read {
                Ok(key) => (state.key, state.not_before) = (key, None),
                Err(error) => {
                    tracing::warn!(
                        error,
                        "the key of pseudonyms cannot be read; without one, names typed at failed log-ons are hidden"
                    );
                    state.not_before = Some(now + AGAIN);
                }
            }
        }
        (state.key.clone(), !state.failed)
    }
}
