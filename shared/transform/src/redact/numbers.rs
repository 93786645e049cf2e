//! Payment cards (ISO/IEC 7812, Luhn's check digit) and bank accounts (ISO 13616, mod 97).
//!
//! Both are long rows of digits, in groups or not. Prose has none: looking at every twelfth byte finds each row
//! without touching the bytes between.

use std::ops::Range;

use super::bytes::{after, before};
use super::hit::Hit;

/// The shortest row looked for: an IBAN's tail of digits.
const ROW: usize = 12;
/// Shorter texts hold neither.
pub(super) const SHORTEST: usize = 13;
/// Cards are printed in groups of 4-4-4-4, 4-6-5 or 4-6-4. UUIDs have other ones, and now and then the digits of a card.
const FIRST_GROUP: usize = 4;
const LONGEST_GROUP: usize = 6;
/// An IBAN has at most 34 characters, and a blank after every fourth.
const LONGEST: usize = 44;

/// Looks for rows of digits.
pub(super) fn inspect(bytes: &[u8], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(row) = next_row(bytes, from) {
        let mut start = row.start;
        if let Some(range) = iban(bytes, &row) {
            start = range.end;
            hits.push(Hit { range, kind: "iban" });
        }
        while let Some(range) = card(bytes, start..row.end) {
            start = range.end;
            hits.push(Hit { range, kind: "card" });
        }
        from = row.end.max(start);
    }
}

/// Whether this whole number is a card's.
pub(super) fn is_card(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_digit) && is_issued(digits) && luhn(digits)
}

fn in_row(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-')
}

fn next_row(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut start = from;
    loop {
        let window = bytes.get(start..start + ROW)?;
        match window.iter().rposition(|byte| !in_row(*byte)) {
            Some(gap) => start += gap + 1,
            None => return Some(start..super::bytes::extent(bytes, start + ROW, in_row)),
        }
    }
}

/// A card in the row: 13 to 19 digits with single blanks or dashes between groups, and nothing of a longer number
/// around it.
fn card(bytes: &[u8], row: Range<usize>) -> Option<Range<usize>> {
    let text = bytes.get(row.clone())?;
    if before(bytes, row.start)
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
    {
        // The row's first group is the tail of a word.
        let blank = text.iter().position(|byte| !byte.is_ascii_digit())?;
        return card_from(bytes, row.start + blank + 1..row.end);
    }
    card_from(bytes, row)
}

fn card_from(bytes: &[u8], row: Range<usize>) -> Option<Range<usize>> {
    let text = before(bytes, row.end);
    let mut start = row.start;
    while row.end.saturating_sub(start) >= SHORTEST {
        if bytes.get(start).is_some_and(u8::is_ascii_digit)
            && let Some(end) = card_at(text, start)
            && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
        {
            return Some(start..end);
        }
        // To the next group.
        let rest = after(text, start);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let blanks = after(rest, digits).iter().take_while(|byte| !byte.is_ascii_digit()).count();
        start += (digits + blanks).max(1);
    }
    None
}

/// The longest card that begins here and ends with a group.
fn card_at(text: &[u8], start: usize) -> Option<usize> {
    let mut digits = [0_u8; 19];
    let (mut count, mut at, mut found) = (0, start, None);
    let mut group = start;
    while let Some(byte) = text.get(at) {
        if byte.is_ascii_digit() {
            // More digits are of the next number.
            let Some(digit) = digits.get_mut(count) else { break };
            *digit = *byte;
            count += 1;
        } else if (group == start && at - start != FIRST_GROUP)
            || !text.get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            break;
        } else {
            group = at + 1;
        }
        at += 1;
        if group > start && at - group > LONGEST_GROUP {
            break;
        }
        let ends = !text.get(at).is_some_and(u8::is_ascii_digit);
        if ends
            && byte.is_ascii_digit()
            && count >= SHORTEST
            && digits.get(..count).is_some_and(is_card)
        {
            found = Some(at);
        }
    }
    found
}

/// Ranges that networks issue cards in, with their lengths.
fn is_issued(digits: &[u8]) -> bool {
    let head = digits.iter().take(4).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    match digits.len() {
        13 | 19 => head / 1000 == 4 || (digits.len() == 19 && head / 100 == 62),
        14 => matches!(head / 10, 300..=305) || matches!(head / 100, 36 | 38 | 39),
        15 => matches!(head / 100, 34 | 37),
        16 => {
            head / 1000 == 4
                || matches!(head / 100, 51..=55 | 62 | 65)
                || matches!(head, 2221..=2720 | 3528..=3589 | 6011)
                || matches!(head / 10, 644..=649)
        }
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') << (place % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    // Zeros alone pass and are no card.
    sum > 0 && sum.is_multiple_of(10)
}

/// An IBAN around the row: two letters, two check digits, and letters and digits in one piece or in groups of four.
fn iban(bytes: &[u8], row: &Range<usize>) -> Option<Range<usize>> {
    let earliest = row.start.saturating_sub(LONGEST);
    let head = bytes.get(earliest..(row.start + 5).min(bytes.len()))?;
    let starts = head.windows(4).enumerate().filter(|(_, four)| {
        matches!(four, [a, b, c, d] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit())
    });
    starts
        .map(|(at, _)| earliest + at)
        .filter(|start| super::bytes::begins_word(bytes, *start))
        .find_map(|start| Some(start..iban_end(bytes, start)?))
        .filter(|range| range.end > row.start)
}

fn iban_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut letters = Vec::with_capacity(34);
    let mut at = start;
    let mut found = None;
    while letters.len() < 34 {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii_digit() || byte.is_ascii_uppercase() => letters.push(*byte),
            Some(b' ' | b'-') if letters.len() % 4 == 0 => {
                at += 1;
                continue;
            }
            _ => break,
        }
        at += 1;
        let ends = !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        if ends && letters.len() >= 15 && mod_97(&letters) {
            found = Some(at);
        }
    }
    found
}

/// The country and the check digits go to the end; letters count 10 to 35.
fn mod_97(letters: &[u8]) -> bool {
    let (head, tail) = letters.split_at_checked(4).unwrap_or_default();
    let rest = tail.iter().chain(head).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut hits = Vec::new();
        inspect(text.as_bytes(), &mut hits);
        hits.into_iter()
            .map(|hit| format!("{}:{}", hit.kind, text.get(hit.range).unwrap()))
            .collect()
    }

    #[test]
    fn cards_are_found_in_groups_and_without() {
        // Numbers that the networks publish for tests.
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "5555-5555-5555-4444",
            "378282246310005",
            "3782 822463 10005",
            "6011111111111117",
            "3530111333300000",
            "30569309025904",
            "4222222222222",
        ] {
            assert_eq!(found(&format!("paid with {card} today")), [format!("card:{card}")]);
            assert_eq!(found(card), [format!("card:{card}")]);
        }
    }

    #[test]
    fn every_number_of_a_row_is_found() {
        let card = "4111111111111111";
        let row = [card; 20].join("-");
        assert_eq!(found(&row), vec![format!("card:{card}"); 20]);
        let groups = ["4111 1111 1111 1111"; 20].join(" ");
        assert_eq!(found(&groups), vec!["card:4111 1111 1111 1111"; 20]);
        let after_iban = format!("DE89 3704 0044 0532 0130 00 {card} {card}");
        assert_eq!(found(&after_iban).len(), 3);
    }

    #[test]
    fn ibans_are_found_in_groups_and_without() {
        // Examples of the ISO 13616 registry.
        for iban in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "GB29NWBK60161331926819",
            "GB29 NWBK 6016 1331 9268 19",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO93 8601 1117 947",
            "CH9300762011623852957",
        ] {
            assert_eq!(found(&format!("to {iban}, refused")), [format!("iban:{iban}")], "{iban}");
        }
    }

    /// The worst of them: digits alone, as one in some millions is.
    #[test]
    fn no_uuid_is_taken_for_a_card() {
        let mut state = 4_u64;
        let mut part = |width: usize| {
            // Knuth's multiplier; any spread of digits will do.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 16) % 10_u64.pow(u32::try_from(width).unwrap())
        };
        for _ in 0..200_000 {
            let parts = [8, 4, 4, 4, 12].map(|width| format!("{:0width$}", part(width)));
            let uuid = parts.join("-");
            assert_eq!(found(&uuid), [] as [String; 0], "{uuid}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "4111111111111112",
            "1700000000000000",
            "1771108201482913000",
            "0000000000000000",
            "123456789012",
            "arn:aws:iam::123456789012:role/x",
            "2026-02-14 22:30:01",
            "DE88370400440532013000",
            "249fef96-1cd1-4111-1111-111111111111",
            "11111111-2222-3333-4444-555555555555",
            "41111111-1111-1111-8111-111111111111",
            "x4111111111111111",
            "41111111111111111111111",
        ] {
            assert_eq!(found(text), [] as [String; 0], "{text}");
        }
    }
}
