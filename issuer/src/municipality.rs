//! Codes of local governments (全国地方公共団体コード): five digits and a check digit.

use std::fmt;

/// A six-digit code of a Japanese municipality or prefecture whose check digit holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MunicipalityCode(u32);

impl MunicipalityCode {
    /// The code that consists of these five digits (0 to 99,999) and their check digit.
    #[must_use]
    pub fn from_body(body: u32) -> Option<Self> {
        (body <= 99_999).then(|| Self(body * 10 + check_digit(body)))
    }

    /// The code with this value, if its check digit holds: 0 to 999,999.
    #[must_use]
    pub fn new(code: u32) -> Option<Self> {
        Self::from_body(code / 10).filter(|right| right.0 == code)
    }

    /// The code as a number; leading zeros are not in it.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// Weights 6, 5, 4, 3, 2 over the five digits; 11 less the sum modulo 11, of which the last digit.
fn check_digit(body: u32) -> u32 {
    let sum: u32 = (0..5).map(|place| (body / 10_u32.pow(place)) % 10 * (place + 2)).sum();
    (11 - sum % 11) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_tells_a_code_from_its_misreadings() {
        for code in [131_016, 11_002, 271_004, 401_307, 472_018, 141_003] {
            assert_eq!(MunicipalityCode::new(code).map(MunicipalityCode::number), Some(code));
        }
        for code in [131_017, 131_106, 311_016, 1_131_016] {
            assert_eq!(MunicipalityCode::new(code), None);
        }
        assert_eq!(MunicipalityCode::new(11_002).map(|code| code.to_string()).as_deref(), Some("011002"));
    }
}
