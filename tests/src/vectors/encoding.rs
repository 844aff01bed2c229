//! The text encodings that vector files use for bytes.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

/// Hexadecimal digits of either case; `None` where the text is not that.
#[must_use]
pub fn hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()
}

/// Base64 with padding (RFC 4648 section 4); white space between is allowed, as PEM-like files
/// wrap their lines.
#[must_use]
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let packed: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64.decode(&packed).ok()
}

/// Base64url without padding (RFC 7515 section 2).
#[must_use]
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}
