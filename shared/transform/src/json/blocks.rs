//! JSON strings, sixteen bytes at a time.
//!
//! A string of an audit event mostly ends within the block that it begins in. And a record within a record has an escape every few bytes: a search that is set up anew behind each of them spends all
//! its time on that. Here a block is compared once, and each of its special bytes becomes a bit.

use wide::u8x16;

use super::swar;

const BLOCK: usize = 16;

/// The special bytes of a block: bit `n` is byte `n`.
struct Specials {
    slashes: u32,
    quotes: u32,
    controls: u32,
}

impl Specials {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the loops around it keep all of it in registers")]
    fn of(block: &[u8; BLOCK]) -> Specials {
        let bytes = u8x16::new(*block);
        let control = bytes.min(u8x16::splat(0x1F)).simd_eq(bytes);
        Specials {
            slashes: bytes.simd_eq(u8x16::splat(b'\\')).to_bitmask(),
            quotes: bytes.simd_eq(u8x16::splat(b'"')).to_bitmask(),
            controls: control.to_bitmask(),
        }
    }
}

/// Where the next quote, backslash or control character is; the length if there is none.
#[inline]
pub(crate) fn plain_end(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    for (index, block) in blocks.iter().enumerate() {
        let Specials { slashes, quotes, controls } = Specials::of(block);
        let specials = slashes | quotes | controls;
        if specials != 0 {
            return index * BLOCK + specials.trailing_zeros() as usize;
        }
    }
    bytes.len() - tail.len() + swar::position(tail, swar::json_specials)
}

/// Where a JSON string ends that goes on here: at its quote, or at the first control character; the length if neither
/// comes. Escapes are passed over; where the bytes end within one, it is the place of its backslash.
pub(crate) fn string_end(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    let mut carry = 0; // 1 if the first byte of the block is escaped
    for (index, block) in blocks.iter().enumerate() {
        let Specials { slashes, quotes, controls } = Specials::of(block);
        let escaped = escaped(slashes, carry);
        let ends = (quotes & !escaped) | controls;
        if ends != 0 {
            return index * BLOCK + ends.trailing_zeros() as usize;
        }
        carry = (slashes & !escaped) >> (BLOCK - 1) & 1;
    }
    let begin = bytes.len() - tail.len();
    match (carry, tail.first()) {
        (0, _) => begin + tail_end(tail, 0),
        (_, None) => begin - 1,
        (_, Some(0..=0x1F)) => begin,
        (_, Some(_)) => begin + tail_end(tail, 1),
    }
}

/// [`string_end`] byte by byte, from a byte on.
fn tail_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (None | Some(b'"' | 0..=0x1F), _) | (Some(b'\\'), None) => return at,
            (Some(b'\\'), Some(0x20..)) => at += 2,
            (Some(_), _) => at += 1,
        }
    }
}

/// Which bytes of a block stand behind a backslash that is not itself escaped.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn escaped(slashes: u32, carry: u32) -> u32 {
    let behind = (slashes << 1) | carry;
    if slashes & behind == 0 {
        return behind;
    }
    // A backslash behind a backslash: one by one.
    (0..BLOCK).fold(carry, |escaped, place| escaped | (slashes & !escaped & (1 << place)) << 1)
}

/// The inside of a JSON string without its escapes; nothing if one has more than two characters, or if this is no
/// inside of a string.
///
/// What stands between two escapes is copied as a whole block, of which only its length counts: that is cheaper than
/// to ask for a copy of so many bytes.
pub(crate) fn unescaped(inner: &str) -> Option<String> {
    let bytes = inner.as_bytes();
    let mut out = vec![0; bytes.len() + BLOCK];
    // How far `out` is filled, and from where on `bytes` is not copied yet.
    let (mut filled, mut from) = (0, 0);
    for base in (0..bytes.len().saturating_sub(2 * BLOCK)).step_by(BLOCK) {
        let Specials { slashes, quotes, controls } =
            Specials::of(bytes.get(base..)?.first_chunk()?);
        let mut specials = (slashes | quotes | controls) & (u32::MAX << (from - base));
        while specials != 0 {
            let at = base + specials.trailing_zeros() as usize;
            *out.get_mut(filled..)?.first_chunk_mut::<BLOCK>()? =
                *bytes.get(from..)?.first_chunk()?;
            filled += at - from;
            *out.get_mut(filled)? = one(bytes, at)?;
            filled += 1;
            from = at + 2;
            specials &= u32::MAX << (from - base);
        }
        let next = base + BLOCK;
        *out.get_mut(filled..)?.first_chunk_mut::<BLOCK>()? = *bytes.get(from..)?.first_chunk()?;
        filled += next.saturating_sub(from);
        from = from.max(next);
    }
    while let Some(byte) = bytes.get(from) {
        let special = matches!(byte, b'\\' | b'"' | 0..=0x1F);
        *out.get_mut(filled)? = if special { one(bytes, from)? } else { *byte };
        filled += 1;
        from += 1 + usize::from(special);
    }
    out.truncate(filled);
    String::from_utf8(out).ok()
}

/// Appends a text as the inside of a JSON string, its escapes as short as JSON has them; nothing if one of them needs
/// more than two characters. What was appended until then is left for the caller to take off.
///
/// The reverse of [`unescaped`], by the same means: a record within a record has something to escape every few bytes.
pub(crate) fn escaped_onto(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    let begin = out.len();
    out.resize(begin + 2 * bytes.len() + BLOCK, 0);
    let room = out.get_mut(begin..)?;
    // How far `room` is filled, and from where on `bytes` is not copied yet.
    let (mut filled, mut from) = (0, 0);
    for base in (0..bytes.len().saturating_sub(2 * BLOCK)).step_by(BLOCK) {
        let Specials { slashes, quotes, controls } =
            Specials::of(bytes.get(base..)?.first_chunk()?);
        let mut specials = slashes | quotes | controls;
        while specials != 0 {
            let at = base + specials.trailing_zeros() as usize;
            *room.get_mut(filled..)?.first_chunk_mut::<BLOCK>()? =
                *bytes.get(from..)?.first_chunk()?;
            filled += at - from;
            *room.get_mut(filled..)?.first_chunk_mut()? = [b'\\', letter(*bytes.get(at)?)?];
            filled += 2;
            from = at + 1;
            specials &= specials - 1;
        }
        *room.get_mut(filled..)?.first_chunk_mut::<BLOCK>()? = *bytes.get(from..)?.first_chunk()?;
        filled += base + BLOCK - from;
        from = base + BLOCK;
    }
    for byte in bytes.get(from..)? {
        if matches!(byte, b'"' | b'\\' | 0..=0x1F) {
            *room.get_mut(filled..)?.first_chunk_mut()? = [b'\\', letter(*byte)?];
            filled += 2;
        } else {
            *room.get_mut(filled)? = *byte;
            filled += 1;
        }
    }
    out.truncate(begin + filled);
    Some(())
}

/// What stands behind the backslash for a byte, if that is one character.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn letter(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\\' => Some(byte),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        8 => Some(b'b'),
        12 => Some(b'f'),
        _ => None,
    }
}

/// What the escape of two characters at this place stands for.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn one(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 2)? {
        [b'\\', plain @ (b'"' | b'\\' | b'/')] => Some(*plain),
        b"\\n" => Some(b'\n'),
        b"\\t" => Some(b'\t'),
        b"\\r" => Some(b'\r'),
        b"\\b" => Some(8),
        b"\\f" => Some(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PIECES: &str = "([ab\\\\\"é]{1,3}|\\\\\\\\|\\\\[\"nt/u]|[a-z]{0,9}|[a-z]{9,40}|\n){0,12}";

    proptest! {
        #[test]
        fn plain_text_ends_where_a_walk_over_it_ends(text in PIECES) {
            let special = |byte: u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
            let walked = text.bytes().position(special).unwrap_or(text.len());
            prop_assert_eq!(plain_end(text.as_bytes()), walked);
        }

        #[test]
        fn a_string_ends_where_a_walk_over_it_ends(text in PIECES) {
            prop_assert_eq!(string_end(text.as_bytes()), tail_end(text.as_bytes(), 0), "{}", text);
        }

        #[test]
        fn a_string_says_what_any_reader_of_json_reads(text in PIECES) {
            let read: Option<String> = serde_json::from_str(&format!("\"{text}\"")).ok();
            let ours = unescaped(&text);
            prop_assert!(ours == read || (ours.is_none() && text.contains("\\u")), "{} {:?}", text, ours);
        }

        #[test]
        fn what_was_written_is_read(text in "[a-z\"\\\\\n\té/]{0,80}") {
            let written = serde_json::to_string(&text).unwrap();
            let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
            prop_assert_eq!(unescaped(inner).unwrap(), text);
        }
    }
}
