//! Looking for a few bytes among many, eight at a time within one word.
//!
//! Strings of audit events are short: the vector searches of `memchr` spend more on starting than these on all of it.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;

/// The first byte that `specials` marks; the length if there is none.
///
/// `specials` sets the high bit of each byte that is looked for. It may be wrong about bytes after the first,
/// which nobody looks at, and must not care about zeros at the end of a word.
#[inline(always)]
#[expect(clippy::inline_always, reason = "each search is a loop of its own, around its own marks")]
pub(crate) fn position(bytes: &[u8], specials: impl Fn(u64) -> u64) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = specials(u64::from_le_bytes(*word)) & HIGH;
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let found = specials(padded(rest)) & HIGH;
    let within = if found == 0 { 8 } else { (found.trailing_zeros() / 8) as usize };
    (words.len() * 8 + within).min(bytes.len())
}

/// Fewer than eight bytes as a word, spaces behind them.
#[inline]
pub(crate) fn padded(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let spaces = (ONES * 0x20) << (8 * bytes.len());
        let last = u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4));
        return spaces | last | u64::from(u32::from_le_bytes(*first));
    }
    let mut word = [b' '; 8];
    for (place, byte) in word.iter_mut().zip(bytes.iter().take(3)) {
        *place = *byte;
    }
    u64::from_le_bytes(word)
}

/// Whether any byte of the word is marked.
pub(crate) fn is_marked(marked: u64) -> bool {
    marked & HIGH != 0
}

/// Quotes, backslashes and control characters: what ends a plain run of a JSON string.
pub(crate) fn json_specials(word: u64) -> u64 {
    equal(word, b'"') | equal(word, b'\\') | below_space(word)
}

/// What must be escaped in a JSON string, DEL and the first byte of U+2028 among it.
pub(crate) fn to_escape(word: u64) -> u64 {
    json_specials(word) | equal(word, 0x7F) | equal(word, 0xE2)
}

/// `:`, `=` and `>`: what may stand before a secret.
pub(crate) fn separators(word: u64) -> u64 {
    equal(word, b':') | equal(word, b'=') | equal(word, b'>')
}

fn equal(word: u64, byte: u8) -> u64 {
    let differs = word ^ (ONES * u64::from(byte));
    differs.wrapping_sub(ONES) & !differs
}

fn below_space(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
            prop_assert_eq!(position(&bytes, json_specials), plain.unwrap_or(bytes.len()));
            let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F | 0x7F | 0xE2));
            prop_assert_eq!(position(&bytes, to_escape), plain.unwrap_or(bytes.len()));
            let plain = bytes.iter().position(|byte| matches!(byte, b':' | b'=' | b'>'));
            prop_assert_eq!(position(&bytes, separators), plain.unwrap_or(bytes.len()));
        }

        #[test]
        fn it_finds_one_at_every_place(length in 0_usize..40, at in 0_usize..40, what in 0_usize..5) {
            let mut bytes = vec![b'a'; length];
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [b'"', b'\\', 0x1F, 0, b'\n'][what];
            }
            prop_assert_eq!(position(&bytes, json_specials), at.min(length));
        }
    }
}
