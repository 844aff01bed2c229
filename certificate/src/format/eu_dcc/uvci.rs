//! Unique vaccination certificate identifiers (eHealth Network, vaccination interoperability
//! guidelines, annex 2).

/// The alphabet of the check character, in the order of its values.
const ALPHABET: &[u8; 38] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:";

/// `URN:UVCI:01:CC:OPAQUE#C`: country, an opaque unique string of A-Z, 0-9, `/` and `:`, and the Luhn
/// mod N check character over all before the `#`. `None` for any other character or an empty string.
#[must_use]
pub fn uvci(country: crate::Country, opaque: &str) -> Option<String> {
    if opaque.is_empty() {
        return None;
    }
    let text = format!("URN:UVCI:01:{country}:{opaque}");
    let check = check_character(&text)?;
    Some(format!("{text}#{check}"))
}

/// Luhn mod N: from the right, every second value doubled, digits of the base added up.
fn check_character(text: &str) -> Option<char> {
    let n = ALPHABET.len();
    let mut sum = 0;
    for (place, c) in text.bytes().rev().enumerate() {
        let value = ALPHABET.iter().position(|a| *a == c)?;
        let added = if place % 2 == 0 { value * 2 } else { value };
        sum += added / n + added % n;
    }
    ALPHABET.get((n - sum % n) % n).map(|c| char::from(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the guidelines' FAQ.
    #[test]
    fn the_check_character_is_the_one_of_the_guidelines() {
        assert_eq!(check_character("URN:UVCI:01:NL:187/37512422923"), Some('Z'));
        assert_eq!(check_character("URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813"), Some('B'));
        assert_eq!(check_character("lower"), None);
    }
}
