//! Times as arguments: a day in Japan, or a moment.

use tegata_certificate::{Date, UnixTime};

/// Seconds that Japan's clocks are ahead.
const JAPAN: i64 = 9 * 3600;

/// From when: the beginning of a day in Japan, or a moment.
pub fn parse_since(text: &str) -> Result<UnixTime, String> {
    parse(text, 0)
}

/// Until when: the end of a day in Japan, or a moment.
pub fn parse_until(text: &str) -> Result<UnixTime, String> {
    parse(text, 86_400)
}

fn parse(text: &str, more: i64) -> Result<UnixTime, String> {
    let day = |date: Date| date.start().plus(more - JAPAN);
    Date::parse(text).map(day).or_else(|| UnixTime::parse(text)).ok_or_else(|| {
        "a time is a day such as 2026-07-01 (in Japan), or a moment such as 2026-07-01T09:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_japans_and_whole() {
        assert_eq!(parse_since("2026-07-01"), Ok(UnixTime(1_782_831_600)));
        assert_eq!(parse_until("2026-07-01"), Ok(UnixTime(1_782_831_600 + 86_400)));
        assert_eq!(parse_until("2026-07-01T00:00:00+09:00"), Ok(UnixTime(1_782_831_600)));
        assert!(parse_since("yesterday").is_err());
    }
}
