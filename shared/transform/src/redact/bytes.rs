//! Walks over bytes, and tables of them.

/// `A-Z a-z 0-9 _ - + /`: what tokens, base64 in both alphabets and hex are made of.
pub(super) fn in_run(byte: u8) -> bool {
    RUN_BYTES[usize::from(byte)]
}

const RUN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/');
        byte += 1;
    }
    table
};

/// Two bytes that may stand next to each other: one look rules out nearly all that a list would be searched for.
pub(super) struct Pairs([u64; 1024]);

impl Pairs {
    pub(super) const fn none() -> Pairs {
        Pairs([0; 1024])
    }

    pub(super) const fn with(mut self, first: u8, second: u8) -> Pairs {
        let place = ((first as usize) << 8) | second as usize;
        self.0[place / 64] |= 1 << (place % 64);
        self
    }

    pub(super) fn has(&self, first: u8, second: u8) -> bool {
        let place = (usize::from(first) << 8) | usize::from(second);
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}

/// How far from `from` on all bytes satisfy `wanted`.
pub(super) fn extent(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len())
}

/// The bytes before `end`.
pub(super) fn before(bytes: &[u8], end: usize) -> &[u8] {
    bytes.get(..end).unwrap_or_default()
}

/// The bytes from `start` on.
pub(super) fn after(bytes: &[u8], start: usize) -> &[u8] {
    bytes.get(start..).unwrap_or_default()
}

/// Whether no letter or digit stands right before `at`.
pub(super) fn begins_word(bytes: &[u8], at: usize) -> bool {
    !before(bytes, at).last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether `text` ends in `suffix`, in any case; `suffix` is lower case.
pub(super) fn ends_with_any_case(text: &[u8], suffix: &[u8]) -> bool {
    text.len() >= suffix.len()
        && text.get(text.len() - suffix.len()..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
