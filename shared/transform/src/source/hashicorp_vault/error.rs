//! What went wrong, in words that hold no content.
//!
//! Vault's error texts may quote what was sent ("error converting input {…}"): only words up to the first quote,
//! bracket or colon are kept.

use crate::event::{ErrorInfo, Text};

/// Phrases of Vault's `sdk/logical/error.go` and of its request handling, and their codes.
const PHRASES: [(&str, &str); 16] = [
    // Beside "permission denied" where a token is unknown or expired: nobody's, not somebody's without the right.
    ("invalid token", "invalid_token"),
    ("bad token", "invalid_token"),
    ("permission denied", "permission_denied"),
    ("missing client token", "missing_token"),
    ("rate limit quota exceeded", "rate_limited"),
    ("lease count quota exceeded", "lease_quota_exceeded"),
    ("unsupported path", "unsupported_path"),
    ("unsupported operation", "unsupported_operation"),
    ("no handler for route", "unsupported_path"),
    ("lease not found", "lease_not_found"),
    ("namespace not found", "namespace_not_found"),
    ("Vault is sealed", "sealed"),
    ("invalid credentials", "invalid_credentials"),
    ("invalid username or password", "invalid_credentials"),
    ("invalid request", "invalid_request"),
    ("internal error", "internal_error"),
];

pub(super) fn describe<'a>(error: &str) -> Option<ErrorInfo<'a>> {
    if error.is_empty() {
        return None;
    }
    let known = PHRASES.iter().find(|(phrase, _)| error.contains(phrase));
    let (code, message) = match known {
        Some((phrase, code)) => (*code, Some(Text::from(*phrase))),
        None => ("error", first_words(error)),
    };
    Some(ErrorInfo { code: Some(Text::from(code)), message })
}

/// The words before anything that could be content.
fn first_words<'a>(error: &str) -> Option<Text<'a>> {
    let listed = error.split_once("occurred:").map_or(error, |(_, list)| list);
    let listed = listed.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    let words: Vec<&str> = listed
        .split(|c: char| !(c.is_alphabetic() || c == ' ' || c == '-'))
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .take_while(|word| word.len() <= 20)
        .take(12)
        .collect();
    (words.len() > 1).then(|| Text::from(words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &str) -> (String, Option<String>) {
        let info = describe(error).unwrap();
        (info.code.unwrap().to_string(), info.message.map(|text| text.to_string()))
    }

    #[test]
    fn known_phrases_have_codes() {
        assert_eq!(
            told("2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"),
            ("invalid_token".into(), Some("invalid token".into()))
        );
        assert_eq!(
            told("1 error occurred:\n\t* permission denied\n\n"),
            ("permission_denied".into(), Some("permission denied".into()))
        );
    }

    #[test]
    fn what_was_sent_is_not_told() {
        for error in [
            "error converting input {\"name\":\"hunter2\"} for field \"data\"",
            "1 error occurred:\n\t* error converting input: hunter2",
            "hunter2",
            "error converting input Aa1hunter2hunter2hunter2",
        ] {
            let (code, message) = told(error);
            assert_eq!(code, "error");
            assert!(!message.unwrap_or_default().contains("hunter2"), "{error}");
        }
    }
}
