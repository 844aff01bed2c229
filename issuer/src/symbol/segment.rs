//! How a text is split into segments, and which version holds them.

use qrcode::bits::Bits;
use qrcode::optimize::Segment;
use qrcode::types::Mode;
use qrcode::{EcLevel, Version};

/// Digits at the end of a text that are worth a segment of their own: below this the header eats
/// the gain.
const LEAST_NUMERIC_TAIL: usize = 16;

/// Splits `text` as [`super::Symbol::encode`] promises.
pub(super) fn segments(text: &[u8]) -> Vec<Segment> {
    let whole = |mode| vec![Segment { mode, begin: 0, end: text.len() }];
    let tail = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if tail == text.len() {
        return whole(Mode::Numeric);
    }
    if text.iter().all(|byte| is_alphanumeric(*byte)) {
        return whole(Mode::Alphanumeric);
    }
    if tail < LEAST_NUMERIC_TAIL {
        return whole(Mode::Byte);
    }
    let cut = text.len() - tail;
    vec![Segment { mode: Mode::Byte, begin: 0, end: cut }, Segment { mode: Mode::Numeric, begin: cut, end: text.len() }]
}

/// Whether `segments` fit `version` at `level`.
///
/// Counts in bits; the encoder's own count does not check that a length fits its field, but no text
/// that fits a version overflows the length fields of that version.
pub(super) fn fits(segments: &[Segment], version: Version, level: EcLevel) -> bool {
    let needed: usize = segments.iter().map(|segment| segment.encoded_len(version)).sum();
    Bits::new(version).max_len(level).is_ok_and(|capacity| needed <= capacity)
}

/// Whether `byte` is in the alphanumeric set (ISO/IEC 18004, table 5), the alphabet of Base45 (RFC
/// 9285).
const fn is_alphanumeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':')
}
