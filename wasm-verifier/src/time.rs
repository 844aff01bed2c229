//! JavaScript's time.

use tegata_certificate::UnixTime;

/// Seconds since 1970. What is no time at all counts as 1970: a clock that far behind lets nothing be judged.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and gives 0 for what is no number")]
pub fn seconds(number: f64) -> UnixTime {
    UnixTime((number as i64).clamp(0, UnixTime::MAX.0))
}
