//! My Numbers (個人番号): twelve digits with a check digit, which the law forbids to keep beside a record like ours. They
//! are refused where they come in, and shown nowhere.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// How many digits.
const DIGITS: usize = 12;

/// Whether twelve digits are a My Number, by their check digit (Order of the Ministry of Internal Affairs and
/// Communications No. 85 of 2014, article 5): 11 less the remainder of the weighted sum by 11, and 0 for a remainder
/// of 0 or 1.
fn holds(digits: &[u8]) -> bool {
    let [first @ .., check] = digits else { return false };
    if first.len() + 1 != DIGITS {
        return false;
    }
    // From the right: 2 to 7, then 2 to 6.
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = first.iter().rev().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    u32::from(check - b'0') == expected
}

/// Where in a text of ASCII digits and others a My Number stands: from and past its first and last byte. Blanks and
/// hyphens may stand between its groups of four.
fn find(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some(start) = (at..text.len()).find(|&place| text.get(place).is_some_and(u8::is_ascii_digit)) {
        let mut digits = [0; DIGITS + 1];
        let (mut count, mut end, mut place) = (0, start, start);
        while let Some(&byte) = text.get(place) {
            if byte.is_ascii_digit() {
                if let Some(slot) = digits.get_mut(count) {
                    *slot = byte;
                }
                count = (count + 1).min(DIGITS + 1);
                place += 1;
                end = place;
            } else if matches!(byte, b'-' | b' ')
                && matches!(count, 4 | 8)
                && text.get(place + 1).is_some_and(u8::is_ascii_digit)
            {
                place += 1;
            } else {
                break;
            }
        }
        if count == DIGITS && holds(digits.get(..DIGITS).unwrap_or_default()) {
            return Some((start, end));
        }
        at = end.max(start + 1);
    }
    None
}

/// Whether a text holds what looks like a My Number, in whichever width its digits are.
pub(crate) fn is_in(text: &str) -> bool {
    find(narrow(text).as_bytes(), 0).is_some()
}

/// Whether a cell's bytes may hold one: a look that costs next to nothing where they do not.
pub(crate) fn may_be_in(cell: &[u8]) -> bool {
    // Digits, and the first bytes of wide ones in UTF-8, CP932 and EUC-JP.
    let counts = |byte: &&u8| matches!(byte, b'0'..=b'9' | 0xEF | 0x82 | 0xA3);
    // Dates with times and whole coupons are longer numbers, and nothing else.
    let longer = cell.len() > DIGITS && cell.iter().all(u8::is_ascii_digit);
    cell.len() >= DIGITS && !longer && cell.iter().filter(counts).count() >= DIGITS
}

/// The text with each of them struck out.
pub(crate) fn struck_out(text: &str) -> Cow<'_, str> {
    let narrowed = narrow(text);
    let Some(mut found) = find(narrowed.as_bytes(), 0) else { return Cow::Borrowed(text) };
    // What is shown has ordinary widths then.
    let mut shown = narrowed.into_owned().into_bytes();
    loop {
        let (start, end) = found;
        shown.get_mut(start..end).into_iter().flatten().for_each(|byte| *byte = b'*');
        match find(&shown, end) {
            Some(next) => found = next,
            None => break,
        }
    }
    Cow::Owned(String::from_utf8_lossy(&shown).into_owned())
}

/// Digits in their ordinary width, everything else as it stands.
fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(|c| matches!(c, '０'..='９' | '－' | '‐' | '　')) {
        return Cow::Borrowed(text);
    }
    let digit = |c: char| match c {
        '０'..='９' => std::iter::once(c).nfkc().next().unwrap_or(c),
        '－' | '‐' => '-',
        '　' => ' ',
        c => c,
    };
    Cow::Owned(text.chars().map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_with_their_check_digit_are_found_however_they_are_written() {
        // 123456789018 is the example that systems are tested with.
        for text in [
            "123456789018",
            "1234-5678-9018",
            "1234 5678 9018",
            "１２３４５６７８９０１８",
            "番号は１２３４－５６７８－９０１８です",
            "a123456789018b",
        ] {
            assert!(is_in(text), "{text}");
            let shown = struck_out(text);
            assert!(!is_in(&shown) && !shown.contains("5678") && shown.contains("****"), "{shown}");
        }
    }

    #[test]
    fn other_numbers_are_left_as_they_are() {
        for text in [
            "",
            "山田　花子",
            "123456789017",
            "20210601101530",
            "1234567890181",
            "0123456789018",
            "211310160000012345",
            "12345678901",
            "12-3456789018",
        ] {
            assert!(!is_in(text) && struck_out(text) == text, "{text}");
        }
    }

    #[test]
    fn one_of_ten_last_digits_holds() {
        for body in [12_345_678_901_u64, 0, 99_999_999_999, 31_415_926_535] {
            let good = (0..10).filter(|check| is_in(&format!("{:012}", body * 10 + check))).count();
            assert_eq!(good, 1, "{body}");
        }
    }

    #[test]
    fn a_cell_without_twelve_digits_is_told_at_a_glance() {
        assert!(!may_be_in(b"20210601") && !may_be_in("会場".as_bytes()) && !may_be_in(b"Pfizer BioNTech Tokyo 1"));
        assert!(!may_be_in(b"20210601101530") && !may_be_in(b"211310160000012345"));
        assert!(may_be_in(b"123456789018") && may_be_in("１２３４５６７８９０１８".as_bytes()));
    }
}
