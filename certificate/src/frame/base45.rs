//! Base45 (RFC 9285), strictly: what readers once let through became altered codes in production.

use super::FrameError;

/// The 45 characters in order of their values (RFC 9285, table 1).
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn value(c: u8) -> Option<u32> {
    ALPHABET.iter().position(|a| *a == c).and_then(|at| u32::try_from(at).ok())
}

/// Decodes upper-case base45. Blanks are symbols: nothing is trimmed.
///
/// # Errors
/// [`FrameError::Base45`] for a character outside the alphabet, a lone last character, three
/// characters above 65535, or two above 255.
pub fn decode(text: &str) -> Result<Vec<u8>, FrameError> {
    // The crate drops the high bits of a last pair above 255, so two texts would give the same bytes.
    if let [.., a, b] = text.as_bytes()
        && text.len() % 3 == 2
        && value(*a).zip(value(*b)).is_none_or(|(a, b)| a + 45 * b > 255)
    {
        return Err(FrameError::Base45);
    }
    base45::decode(text).map_err(|_| FrameError::Base45)
}

/// Encodes bytes as base45.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    base45::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_string_of_up_to_two_bytes_has_exactly_one_text() {
        let mut texts = std::collections::HashSet::new();
        for n in 0..=u16::MAX {
            let text = encode(&n.to_be_bytes());
            assert_eq!(decode(&text).as_deref(), Ok(&n.to_be_bytes()[..]));
            assert!(texts.insert(text));
        }
        for a in ALPHABET {
            for b in ALPHABET {
                let text = String::from_utf8(vec![*a, *b]).expect("ASCII");
                if let Ok(bytes) = decode(&text) {
                    assert_eq!(encode(&bytes), text);
                }
            }
        }
    }

    #[test]
    fn texts_outside_the_standard_are_refused() {
        for text in ["GGW", ":::", "B", "BB8A", "::", "V5", "bb8", "BB_", "BB８"] {
            assert_eq!(decode(text), Err(FrameError::Base45), "{text}");
        }
        assert_eq!(decode(""), Ok(Vec::new()));
    }
}
