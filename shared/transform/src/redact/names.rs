//! The one list of names whose values are secrets: for members, for labels, and for what text assigns.

use super::bytes::Pairs;

/// How a name counts outside of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InText {
    /// Not at all: `value=3` is no secret.
    Never,
    /// Before `=`, in quotes, or as the end of a longer name; sentences put these before a colon as well
    /// (`invalid token: expired`).
    Assigned,
    /// Before a colon too.
    Always,
}

/// A name and what its value is.
#[derive(Debug)]
pub(super) struct Name {
    /// In lower case, without `-` and `_`.
    word: &'static str,
    pub(super) kind: &'static str,
    pub(super) in_text: InText,
}

const fn name(word: &'static str, kind: &'static str, in_text: InText) -> Name {
    Name { word, kind, in_text }
}

/// Words that end in a shorter word of the list stand before it.
static NAMES: &[Name] = &[
    name("password", "password", InText::Always),
    name("passwords", "password", InText::Always),
    name("passwd", "password", InText::Always),
    name("passphrase", "password", InText::Always),
    name("passcode", "password", InText::Always),
    name("pwd", "password", InText::Always),
    name("pass", "password", InText::Assigned),
    name("apikey", "apikey", InText::Always),
    name("apikeys", "apikey", InText::Always),
    name("privatekey", "privatekey", InText::Always),
    name("secretkey", "secretkey", InText::Always),
    name("secretaccesskey", "secretkey", InText::Always),
    name("accesskey", "accesskey", InText::Assigned),
    name("accountkey", "accountkey", InText::Assigned),
    name("signingkey", "signingkey", InText::Assigned),
    name("encryptionkey", "encryptionkey", InText::Assigned),
    name("decryptionkey", "encryptionkey", InText::Assigned),
    name("masterkey", "masterkey", InText::Assigned),
    name("rootkey", "masterkey", InText::Assigned),
    name("sharedkey", "sharedkey", InText::Assigned),
    name("authkey", "authkey", InText::Assigned),
    name("unsealkey", "unseal", InText::Always),
    name("unsealkeys", "unseal", InText::Always),
    name("unsealshare", "unseal", InText::Always),
    name("recoverykey", "recovery", InText::Always),
    name("recoverykeys", "recovery", InText::Always),
    name("recoverycode", "recovery", InText::Always),
    name("recoverycodes", "recovery", InText::Always),
    name("backupcodes", "recovery", InText::Always),
    name("clientsecret", "clientsecret", InText::Always),
    name("xvaulttoken", "token", InText::Always),
    name("xauthtoken", "token", InText::Always),
    name("secret", "secret", InText::Assigned),
    name("token", "token", InText::Assigned),
    name("authorization", "authorization", InText::Assigned),
    name("cookie", "cookie", InText::Assigned),
    name("cookies", "cookie", InText::Assigned),
    name("credential", "credential", InText::Assigned),
    name("credentials", "credential", InText::Assigned),
    name("signature", "signature", InText::Assigned),
    name("sig", "signature", InText::Assigned),
    name("nonce", "nonce", InText::Never),
    name("mnemonic", "seed", InText::Always),
    name("seedphrase", "seed", InText::Always),
    name("seed", "seed", InText::Assigned),
    name("totp", "otp", InText::Assigned),
    name("otp", "otp", InText::Assigned),
    name("mfacode", "otp", InText::Always),
    name("pin", "pin", InText::Assigned),
    name("unseal", "unseal", InText::Never),
    name("recovery", "recovery", InText::Never),
    name("connectionstring", "connectionstring", InText::Assigned),
    name("dsn", "dsn", InText::Assigned),
    name("value", "value", InText::Never),
];

/// Members of a record that hold what the vault keeps, or what a request carried: secret as a whole, whatever is in
/// them, where nothing is known of the record.
const PARTS: [&str; 4] = ["data", "headers", "body", "wrapinfo"];

/// Words this short end other words too (`spin`, `linseed`); they must stand alone or behind a border.
const SHORT: usize = 4;

/// What makes a name with a number a quantity: `max_token`, `min_pin`.
const QUANTITIES: [&str; 18] = [
    "max",
    "min",
    "total",
    "num",
    "number",
    "count",
    "limit",
    "per",
    "avg",
    "used",
    "remaining",
    "input",
    "output",
    "prompt",
    "completion",
    "cached",
    "n",
    "budget",
];

/// The entry that this name is or ends in.
///
/// Never a word in the middle: `tokens_in`, `secret_path` and `hotel` are harmless.
pub(super) fn find(name: &[u8]) -> Option<&'static Name> {
    let mut letters = name.iter().rev().filter(|byte| !matches!(byte, b'-' | b'_'));
    let (last, second) = (letters.next()?, letters.next()?);
    let (last, second) = (last.to_ascii_lowercase(), second.to_ascii_lowercase());
    if !LAST_TWO.has(second, last) {
        return None;
    }
    NAMES.iter().find(|known| {
        known.word.as_bytes().last() == Some(&last) && is_or_ends_in(name, known.word.as_bytes())
    })
}

/// The kind of secret that a member of this name holds.
pub(super) fn denied(name: &str) -> Option<&'static str> {
    find(name.as_bytes()).map(|name| name.kind)
}

/// Whether a member of this name holds secrets as a whole.
pub(super) fn is_part(name: &[u8]) -> bool {
    let letters = || name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    PARTS.iter().any(|part| {
        letters().count() == part.len()
            && letters()
                .zip(part.bytes())
                .all(|(letter, wanted)| letter.eq_ignore_ascii_case(&wanted))
    })
}

/// Whether the name is longer than the word it ends in: `db_token`, `accessToken`, but not `token`.
pub(super) fn is_compound(name: &[u8], found: &Name) -> bool {
    name.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() > found.word.len()
}

/// Whether a number under this name counts something.
pub(super) fn is_quantity(name: &[u8]) -> bool {
    let border = |byte: &u8| !byte.is_ascii_alphanumeric();
    name.split(border).any(|part| {
        let hump = |pair: &[u8]| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
        let humps = part.windows(2).position(hump).map_or(part.len(), |at| at + 1);
        let first = part.get(..humps).unwrap_or_default();
        QUANTITIES.iter().any(|word| first.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Whether this is a kind of the list.
pub(super) fn is_kind(kind: &[u8]) -> bool {
    NAMES.iter().any(|name| name.kind.as_bytes() == kind)
}

/// Whether a byte may stand last before a separator that may give a secret: the last letters of all names in either
/// case, quotes, blanks, and what names may have behind them.
pub(super) fn may_end(byte: u8) -> bool {
    ENDS[usize::from(byte)]
}

/// Whether the name is this word or ends in it; a short word must stand behind a border.
fn is_or_ends_in(name: &[u8], word: &[u8]) -> bool {
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

/// The last letters of the list's words.
const LAST: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let word = NAMES[at].word.as_bytes();
        table[word[word.len() - 1] as usize] = true;
        at += 1;
    }
    table
};

/// The last two letters of the list's words.
static LAST_TWO: Pairs = {
    let mut pairs = Pairs::none();
    let mut at = 0;
    while at < NAMES.len() {
        let word = NAMES[at].word.as_bytes();
        pairs = pairs.with(word[word.len() - 2], word[word.len() - 1]);
        at += 1;
    }
    pairs
};

const ENDS: [bool; 256] = {
    let mut table = LAST;
    let mut at = 0;
    while at < NAMES.len() {
        let word = NAMES[at].word.as_bytes();
        table[word[word.len() - 1].to_ascii_uppercase() as usize] = true;
        at += 1;
    }
    table[b'"' as usize] = true;
    table[b'\'' as usize] = true;
    table[b'_' as usize] = true;
    table[b'-' as usize] = true;
    table[b' ' as usize] = true;
    table[b'\t' as usize] = true;
    table[b':' as usize] = true; // `password := x`
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_denied_when_it_is_or_ends_in_a_word_of_the_list() {
        for (name, kind) in [
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
            ("secret_key", "secretkey"),
            ("access_key", "accesskey"),
            ("unseal_key", "unseal"),
            ("credentials", "credential"),
            ("aws_secret_access_key", "secretkey"),
        ] {
            assert_eq!(denied(name), Some(kind), "{name}");
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
            "bypass",
            "compass",
            "",
            "-_-",
            "cookie_count",
            "é",
        ] {
            assert_eq!(denied(name), None, "{name}");
        }
    }

    #[test]
    fn what_counts_is_a_quantity() {
        for name in ["max_token", "maxToken", "prompt-token", "MIN_PIN"] {
            assert!(is_quantity(name.as_bytes()), "{name}");
        }
        for name in ["token", "db_token", "maximilian_token", "pin"] {
            assert!(!is_quantity(name.as_bytes()), "{name}");
        }
    }
}
