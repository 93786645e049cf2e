//! Names whose values are secrets: the deny-list of `details` and `labels`.

/// What a secret's name is, or ends in, in lower case and without `-` and `_`.
const DENIED: [&str; 26] = [
    "value",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "privatekey",
    "secretkey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "clientsecret",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "seed",
    "otp",
    "totp",
    "pin",
    "unseal",
    "unsealkey",
    "recovery",
    "connectionstring",
    "dsn",
];

/// Words this short end other words too (`spin`, `linseed`); they must stand alone or behind a border.
const SHORT: usize = 4;

/// The word of the deny-list that this name is or ends in.
///
/// Never a word in the middle: `tokens_in`, `secret_path` and `hotel` are harmless.
pub(super) fn denied(name: &str) -> Option<&'static str> {
    let last = name.bytes().rev().find(|byte| !matches!(byte, b'-' | b'_'))?.to_ascii_lowercase();
    if !LAST[usize::from(last)] {
        return None;
    }
    DENIED.into_iter().rev().find(|word| is_or_ends_in(name.as_bytes(), word.as_bytes()))
}

/// Whether the name is this word or ends in it; a short word must stand behind a border.
pub(super) fn is_or_ends_in(name: &[u8], word: &[u8]) -> bool {
    let mut letters =
        name.iter().enumerate().rev().filter(|(_, byte)| !matches!(byte, b'-' | b'_'));
    let mut start = name.len();
    for wanted in word.iter().rev() {
        match letters.next() {
            Some((at, byte)) if byte.eq_ignore_ascii_case(wanted) => start = at,
            _ => return false,
        }
    }
    word.len() > SHORT || begins_part(name, start)
}

/// Whether a part of the name begins here: `userPin`, `user_pin`, `user.pin`, but not `spin`.
fn begins_part(name: &[u8], start: usize) -> bool {
    let (head, tail) = name.split_at_checked(start).unwrap_or_default();
    match (head.last(), tail.first()) {
        (Some(before), Some(first)) => {
            !before.is_ascii_alphabetic()
                || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        }
        _ => true,
    }
}

/// The last letters of the list's words: most names are done with after one look.
const LAST: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < DENIED.len() {
        let word = DENIED[at].as_bytes();
        table[word[word.len() - 1] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_denied_when_it_is_or_ends_in_a_word_of_the_list() {
        for (name, word) in [
            ("password", "password"),
            ("DB_PASSWORD", "password"),
            ("dbPassword", "password"),
            ("x-vault-token", "token"),
            ("api-key", "apikey"),
            ("OPENAI_API_KEY", "apikey"),
            ("client_secret", "clientsecret"),
            ("private_key_", "privatekey"),
            ("new_value", "value"),
            ("userPin", "pin"),
            ("user_pin", "pin"),
            ("otp", "otp"),
            ("backup.dsn", "dsn"),
            ("connection_string", "connectionstring"),
        ] {
            assert_eq!(denied(name), Some(word), "{name}");
        }
    }

    #[test]
    fn a_word_in_the_middle_or_inside_another_is_not() {
        for name in [
            "tokens_in",
            "token_type",
            "secret_path",
            "credential_handle",
            "spin",
            "linseed",
            "hotel",
            "password_age_days",
            "values_seen",
            "pinned",
            "",
            "-_-",
            "cookie_count",
            "é",
        ] {
            assert_eq!(denied(name), None, "{name}");
        }
    }
}
