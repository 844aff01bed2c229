//! Base64 of both alphabets, as leniently as a faulty card or key needs: unused bits at the end are let be, so that
//! what they belong to can still be looked at.

/// Bytes of base64url without padding.
pub(super) fn decode_url(text: &str) -> Option<Vec<u8>> {
    decode(text, b'-', b'_')
}

/// Bytes of base64, with its padding or without (RFC 4648 section 4).
pub(super) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    decode(text.trim_end_matches('='), b'+', b'/')
}

fn decode(text: &str, sixty_two: u8, sixty_three: u8) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            c if c == sixty_two => 62,
            c if c == sixty_three => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64UrlUnpadded, Encoding};

    #[test]
    fn every_length_survives_the_round_trip() {
        for length in 0..70u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(199)).collect();
            let text = Base64UrlUnpadded::encode_string(&bytes);
            assert_eq!(decode_url(&text).as_deref(), Some(bytes.as_slice()));
            let standard = text.replace('-', "+").replace('_', "/");
            assert_eq!(decode_standard(&format!("{standard}=")).as_deref(), Some(bytes.as_slice()));
        }
        assert_eq!((decode_url("A"), decode_url("A+"), decode_url("A=")), (None, None, None));
    }
}
