//! What serde says of a value, without the value.

/// serde's words for kinds of values, and a person's.
const KINDS: [(&str, &str); 9] = [
    ("a boolean", "true or false"),
    ("usize", "a whole number of at least 0"),
    ("u64", "a whole number of at least 0"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u16", "a whole number from 0 to 65535"),
    ("i64", "a whole number"),
    ("a string", "a text in quotes"),
    ("a sequence", "a list, as [\"a\", \"b\"]"),
    ("a map", "a table, as { name = \"value\" }"),
];

/// A problem in our words. serde's own texts repeat the value before `, expected`: only what follows is kept.
/// Texts of our own types hold no value, and stay.
pub(super) fn problem(text: &str) -> String {
    let text = text.trim_end();
    let is_serdes = ["invalid type:", "invalid value:", "invalid length", "unknown variant"]
        .iter()
        .any(|begin| text.starts_with(begin));
    if !is_serdes {
        return text.to_owned();
    }
    let expected = text.rsplit_once(", expected ").map_or("something else", |(_, after)| after);
    let known = KINDS.iter().find(|(serdes, _)| *serdes == expected);
    let words = known.map_or(expected, |(_, ours)| *ours);
    format!("must be {}", words.replace('`', ""))
}

/// The known name that was probably meant: at most two letters away, and at most half of them.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|one| (strsim::levenshtein(name, one), *one)).min()?;
    (near.0 <= 2.min(name.chars().count() / 2)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_repeated() {
        for (serdes, ours) in [
            (
                "invalid type: string \"canary, expected x\", expected a boolean",
                "must be true or false",
            ),
            ("unknown variant `canary`, expected `gzip` or `none`", "must be gzip or none"),
            ("invalid value: integer `-7`, expected usize", "must be a whole number of at least 0"),
            ("must begin with https://", "must begin with https://"),
        ] {
            assert_eq!(problem(serdes), ours);
        }
    }

    #[test]
    fn a_name_is_near_when_two_letters_are_wrong() {
        let known = ["sourcetype", "index", "ack"];
        assert_eq!(nearest("sorucetype", &known), Some("sourcetype"));
        assert_eq!(nearest("idx", &known), None);
        assert_eq!(nearest("ak", &known), Some("ack"));
        assert_eq!(nearest("token", &known), None);
    }
}
