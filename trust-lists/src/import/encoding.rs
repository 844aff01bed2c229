//! Base64 in the spellings that lists use, and certificates in PEM or DER.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};

/// Bytes from base64 of either alphabet, padded or not; blanks and line ends are stepped over. Kids in the one
/// alphabet looked up in the other were a real outage, so both are read, and bytes are compared.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bare = text.trim_end_matches('=');
    if bare.contains(['-', '_']) {
        return Base64UrlUnpadded::decode_vec(bare).ok();
    }
    // Padding must be right where it is there.
    if bare.len() == text.len() { Base64Unpadded::decode_vec(bare).ok() } else { Base64::decode_vec(&text).ok() }
}

/// Base64url without padding, as in JOSE, and in its one spelling.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// The same the other way.
pub(super) fn to_base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The blocks of a PEM file, each with its label and bytes; a file that is not PEM is one block without label.
/// `None` for a block that does not end, or is not base64.
pub(super) fn blocks(file: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    const BEGIN: &str = "-----BEGIN ";
    let Some(text) = std::str::from_utf8(file).ok().filter(|text| text.contains(BEGIN)) else {
        return Some(vec![(String::new(), file.to_vec())]);
    };
    text.split(BEGIN)
        .skip(1)
        .map(|block| {
            let (label, rest) = block.split_once("-----")?;
            let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
            Some((label.to_owned(), base64(body)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_kid_gives_the_same_bytes() {
        let kid = [0xfb, 0xff, 0x00, 0x10, 0x83, 0x10, 0x51, 0x87];
        for text in ["+/8AEIMQUYc=", "-_8AEIMQUYc=", "+/8AEIMQUYc", "-_8AEIMQUYc", " +/8A\nEIMQUYc=\r\n"] {
            assert_eq!(base64(text).as_deref(), Some(&kid[..]), "{text}");
        }
        for bad in ["+/8AEIMQUYc==", "+_8AEIMQUYc", "A", "AB=C", "é"] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_block_of_a_bundle_is_read_or_none() {
        let block = |label: &str| format!("note\n-----BEGIN {label}-----\r\nAAEC\r\n-----END {label}-----\r\n");
        let bundle = block("CERTIFICATE") + &block("PUBLIC KEY");
        let read = blocks(bundle.as_bytes()).expect("reads");
        let expected = [("CERTIFICATE".to_owned(), vec![0, 1, 2]), ("PUBLIC KEY".to_owned(), vec![0, 1, 2])];
        assert_eq!(read, expected);
        assert_eq!(blocks(&[0x30, 0]), Some(vec![(String::new(), vec![0x30, 0])]));
        for bad in [bundle.replace("-----END PUBLIC KEY-----", ""), bundle.replace("AAEC", "AA!C")] {
            assert_eq!(blocks(bad.as_bytes()), None);
        }
    }
}
