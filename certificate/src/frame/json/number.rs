//! Numbers of JSON as doubles, and as ECMAScript writes them (ECMA-262 section 6.1.6.1.20, RFC 8785 section 3.2.2.3).
//!
//! Exact by arithmetic on whole numbers of any length. The standard library does both faster and gives the same
//! (tested), with tables and code that weigh much more in a page; numbers are rare here.

use std::cmp::Ordering;
use std::fmt::Write;

/// Significant digits beyond which only the question remains whether all that follow are zeros: the decimal
/// expansion of a midpoint between two doubles has at most 767.
const DIGITS_MAX: usize = 800;
/// The bits of a double's mantissa, the leading one included.
const MANTISSA: i64 = 53;
/// The exponents of the smallest double above zero and of the largest.
const LOWEST: i64 = -1074;
const HIGHEST: i64 = 1023;

/// A number by its digits, as 0.d₁d₂d₃… · 10^point.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

/// The double nearest to a number of the grammar of RFC 8259 section 6; `None` beyond the largest.
pub(super) fn parse(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut decimal = Decimal { digits: Vec::new(), point: whole.len() as i64 };
    let mut rest_is_zero = true;
    for digit in whole.bytes().chain(fraction.bytes()).map(|digit| digit.wrapping_sub(b'0')) {
        if digit == 0 && decimal.digits.is_empty() {
            decimal.point -= 1;
        } else if decimal.digits.len() < DIGITS_MAX {
            decimal.digits.push(digit);
        } else {
            rest_is_zero &= digit == 0;
        }
    }
    if !rest_is_zero {
        decimal.digits.push(1);
    }
    decimal.point += read_exponent(exponent);
    let magnitude = decimal.nearest()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// The exponent; one that is longer than any text with a double's number could need, by its sign.
fn read_exponent(text: &str) -> i64 {
    let digits = text.trim_start_matches(['+', '-']);
    let magnitude = digits.bytes().fold(0, |sum: i64, digit| {
        // Saturating, far beyond the length of any text.
        (sum * 10 + i64::from(digit.wrapping_sub(b'0'))).min(1 << 40)
    });
    if text.starts_with('-') { -magnitude } else { magnitude }
}

impl Decimal {
    /// The nearest double, of two as near the even one.
    fn nearest(&self) -> Option<f64> {
        if self.digits.is_empty() || self.point < -330 {
            return Some(0.0);
        }
        if self.point > 310 {
            return None;
        }
        let (mut over, mut under) = (Big::of(&self.digits), Big::of(&[1]));
        let power = self.point - self.digits.len() as i64;
        over.shift_decimal(power);
        under.shift_decimal(-power);
        // over/under · 2^exponent, over/under from 1 to below 2.
        let mut exponent = over.bits() - under.bits();
        under.shift(exponent);
        over.shift(-exponent);
        if over.cmp(&under) == Ordering::Less {
            over.shift(1);
            exponent -= 1;
        }
        if exponent > HIGHEST {
            return None;
        }
        let bits = MANTISSA.min(exponent - LOWEST + 1);
        if bits < 0 {
            return Some(0.0);
        }
        let mut mantissa = 0_u64;
        for _ in 0..bits {
            mantissa = mantissa << 1 | u64::from(over.subtract(&under));
            over.shift(1);
        }
        mantissa += match over.cmp(&under) {
            Ordering::Greater => 1,
            Ordering::Equal => mantissa & 1,
            Ordering::Less => 0,
        };
        // Below 2^52 it is a subnormal number. A mantissa that was rounded up to 2^53 carries into the exponent.
        let biased = u64::try_from(exponent - bits + 1 - LOWEST).ok()?;
        let double = f64::from_bits((biased << (MANTISSA - 1)) + mantissa);
        double.is_finite().then_some(double)
    }

    /// The digits of a double above zero: 18 of them, and one more that is zero only if nothing follows.
    fn of(double: f64) -> Self {
        let bits = double.to_bits();
        let (biased, fraction) = (bits >> (MANTISSA - 1), bits & ((1 << (MANTISSA - 1)) - 1));
        let hidden = if biased == 0 { 0 } else { 1 << (MANTISSA - 1) };
        let exponent = LOWEST + (biased as i64 - 1).max(0);
        let mantissa = fraction | hidden;
        let (mut over, mut under) = (Big(vec![mantissa as u32, (mantissa >> 32) as u32]), Big::of(&[1]));
        over.shift(exponent);
        under.shift(-exponent);
        // over/under from 1 to below 10.
        let mut point = 1;
        while over.cmp(&under) == Ordering::Less {
            over.multiply(10);
            point -= 1;
        }
        loop {
            let mut ten = Big(under.0.clone());
            ten.multiply(10);
            if over.cmp(&ten) == Ordering::Less {
                break;
            }
            under = ten;
            point += 1;
        }
        let mut digits = Vec::new();
        for _ in 0..18 {
            let mut digit = 0;
            while over.subtract(&under) {
                digit += 1;
            }
            digits.push(digit);
            over.multiply(10);
        }
        digits.push(u8::from(over.bits() > 0));
        Self { digits, point }
    }

    /// Cut to so many digits, and the neighbour above: the nearer first, of two as near the even one.
    fn cut(&self, length: usize) -> [Self; 2] {
        let (kept, rest) = self.digits.split_at(length);
        let half = match rest.split_first() {
            Some((5, after)) if after.iter().all(|digit| *digit == 0) => kept.last().is_some_and(|last| last & 1 == 1),
            Some((first, _)) => *first >= 5,
            None => false,
        };
        let below = Self { digits: kept.to_vec(), point: self.point };
        let mut above = Self { digits: kept.to_vec(), point: self.point };
        while above.digits.last() == Some(&9) {
            above.digits.pop();
        }
        match above.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                above.digits.push(1);
                above.point += 1;
            }
        }
        if half { [above, below] } else { [below, above] }
    }

    /// The fewest digits that are this double and no other, of several the nearest (ECMA-262, note 2 of the section).
    fn shortest(double: f64) -> Self {
        let exact = Self::of(double);
        let fits = |decimal: &Self| decimal.nearest() == Some(double);
        // Any 15 digits survive in a double that is not subnormal, so fewer are those with zeros behind. Unsigned input
        // gets here: each try costs a division of long numbers. 17 digits always do.
        let least = if double < f64::MIN_POSITIVE { 1 } else { 15 };
        let mut found = (least..=17).find_map(|length| exact.cut(length).into_iter().find(fits)).unwrap_or(exact);
        while found.digits.last() == Some(&0) {
            found.digits.pop();
        }
        found
    }
}

/// A whole number of any length, its lowest digits first.
struct Big(Vec<u32>);

impl Big {
    /// The number of decimal digits.
    fn of(digits: &[u8]) -> Self {
        let mut number = Self(Vec::new());
        for digit in digits {
            number.multiply_add(10, u32::from(*digit));
        }
        number
    }

    fn multiply(&mut self, factor: u32) {
        self.multiply_add(factor, 0);
    }

    fn multiply_add(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Doubles it so often, if that is more than never.
    fn shift(&mut self, times: i64) {
        let times = times.max(0);
        (0..times / 31).for_each(|_| self.multiply(1 << 31));
        self.multiply(1 << (times % 31));
    }

    /// Multiplies it by ten so often, if that is more than never.
    fn shift_decimal(&mut self, times: i64) {
        let times = times.max(0);
        (0..times / 9).for_each(|_| self.multiply(1_000_000_000));
        (0..times % 9).for_each(|_| self.multiply(10));
    }

    /// The place of its highest bit; 0 for zero.
    fn bits(&self) -> i64 {
        let limbs = self.0.iter().rposition(|limb| *limb != 0).map_or(0, |top| top + 1);
        let top = limbs.checked_sub(1).and_then(|top| self.0.get(top)).copied().unwrap_or_default();
        limbs as i64 * 32 - if limbs == 0 { 0 } else { i64::from(top.leading_zeros()) }
    }

    fn limb(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or_default()
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let places = (0..length).rev().map(|place| self.limb(place).cmp(&other.limb(place)));
        places.fold(Ordering::Equal, Ordering::then)
    }

    /// Takes the other away, if it is not greater.
    fn subtract(&mut self, other: &Self) -> bool {
        if self.cmp(other) == Ordering::Less {
            return false;
        }
        let mut borrow = 0;
        for (place, limb) in self.0.iter_mut().enumerate() {
            let difference = i64::from(*limb) - i64::from(other.limb(place)) - borrow;
            *limb = difference as u32;
            borrow = i64::from(difference < 0);
        }
        true
    }
}

/// Writes a finite number.
pub(in super::super) fn write(number: f64, out: &mut String) {
    // Most numbers of certificates; also takes −0 to 0.
    if number.fract() == 0.0 && number.abs() < 1e15 {
        // Writing to a String cannot fail.
        let _ = write!(out, "{}", number as i64);
        return;
    }
    if number < 0.0 {
        out.push('-');
    }
    // The place of the point behind the first digit is ECMAScript's n.
    let Decimal { digits, point } = Decimal::shortest(number.abs());
    let count = digits.len() as i64;
    let before = match point {
        1..=21 => point,
        -5..=0 => {
            out.push_str("0.");
            push_zeros(-point, out);
            count
        }
        _ => 1,
    };
    for (place, digit) in (0..).zip(&digits) {
        if place == before {
            out.push('.');
        }
        out.push(char::from(b'0' + digit));
    }
    match point {
        1..=21 => push_zeros(point - count, out),
        -5..=0 => {}
        _ => {
            let _ = write!(out, "e{:+}", point - 1);
        }
    }
}

fn push_zeros(count: i64, out: &mut String) {
    (0..count).for_each(|_| out.push('0'));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn written(bits: u64) -> String {
        let mut out = String::new();
        super::write(f64::from_bits(bits), &mut out);
        out
    }

    /// The samples of RFC 8785 appendix B.
    #[test]
    fn the_samples_of_the_rfc_are_written_as_there() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(written(bits), expected);
        }
    }

    #[test]
    fn whole_numbers_have_neither_point_nor_exponent_up_to_21_digits() {
        for (number, expected) in [
            (1e15, "1000000000000000"),
            (-1e15, "-1000000000000000"),
            (1e20, "100000000000000000000"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (0.1, "0.1"),
            (-0.5, "-0.5"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(written(f64::to_bits(number)), expected);
        }
    }

    /// The standard library's doubles; its digits are the fewest too, but not always the nearest of them.
    fn agrees(number: f64) {
        let text = format!("{number:e}");
        assert_eq!(super::parse(&text).map(f64::to_bits), Some(number.to_bits()), "{text}");
        let mut ours = String::new();
        super::write(number, &mut ours);
        // Of zero the sign is not written.
        assert_eq!(ours.parse::<f64>().map(|read| read + 0.0).as_ref(), Ok(&(number + 0.0)), "{ours}");
        let significant = |text: &str| {
            let digits: String =
                text.split('e').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').len()
        };
        assert_eq!(significant(&ours), significant(&text), "{ours} {text}");
    }

    #[test]
    fn numbers_at_the_edges_are_the_standard_librarys() {
        for exponent in 0..=0x7fe_u64 {
            for mantissa in [0, 1, 0x8_0000_0000_0000, 0xf_ffff_ffff_ffff] {
                agrees(f64::from_bits(exponent << 52 | mantissa));
            }
        }
        for text in [
            "2.2250738585072011e-308",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "1.7976931348623158e308",
            "9007199254740993",
            "9007199254740992.9999999999999999999999",
            "0.1e1",
            "0e999999999999999999999",
            "1e-999999999999999999999",
            "123456789012345678901234567890",
        ] {
            assert_eq!(super::parse(text), text.parse().ok(), "{text}");
        }
        for beyond in ["1.7976931348623159e308", "1e309", "1e999999999999999999999"] {
            assert_eq!(super::parse(beyond), None, "{beyond}");
        }
    }

    proptest! {
        #[test]
        fn any_double_is_read_and_written_as_by_the_standard_library(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                agrees(number);
            }
        }

        /// Fifteen digits are told apart by any double that is not subnormal.
        #[test]
        fn a_number_of_few_digits_is_written_with_those(digits in "[1-9]([0-9]{0,13}[1-9])?", exponent in -307_i64..=293) {
            let number = super::parse(&format!("{digits}e{exponent}")).expect("a double");
            let super::Decimal { digits: written, point } = super::Decimal::shortest(number);
            prop_assert_eq!(written.iter().map(|digit| char::from(b'0' + digit)).collect::<String>(), digits.as_str());
            prop_assert_eq!(point, exponent + digits.len() as i64);
        }

        /// A search from one digit on, as the definition has it.
        #[test]
        fn no_fewer_digits_than_those_written_are_the_same_double(bits in 1..0x7ff0_0000_0000_0000_u64, round in 0_u32..52) {
            // Zeros at the end of the mantissa make short numbers likelier.
            let double = f64::from_bits((bits >> round << round).max(1));
            let exact = super::Decimal::of(double);
            let fits = |decimal: &super::Decimal| decimal.nearest() == Some(double);
            let fewest = (1..=17).find_map(|length| exact.cut(length).into_iter().find(fits)).expect("17 digits do");
            let found = super::Decimal::shortest(double);
            let trimmed = |digits: &[u8]| digits.iter().rposition(|digit| *digit != 0).map(|last| digits[..=last].to_vec());
            prop_assert_eq!((Some(found.digits), found.point), (trimmed(&fewest.digits), fewest.point));
        }

        #[test]
        fn any_text_of_a_number_is_read_as_by_the_standard_library(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?") {
            let read: f64 = text.parse().expect("a number");
            prop_assert_eq!(super::parse(&text).map(f64::to_bits), read.is_finite().then_some(read.to_bits()), "{}", text);
        }

        /// The exact decimal expansion of the middle between two doubles, and what is next to it.
        #[test]
        fn numbers_in_the_middle_between_two_doubles_are_read_as_by_the_standard_library(mantissa in 1_u64 << 52..1 << 53, shift in 0_usize..60) {
            let middle = (u128::from(mantissa) * 2 + 1) << shift;
            for number in [middle - 1, middle, middle + 1] {
                for text in [number.to_string(), format!("{number}.0000000000000000000000000001"), format!("{number}e-30"), format!("{number}e+20")] {
                    prop_assert_eq!(super::parse(&text), text.parse().ok());
                }
            }
        }
    }
}
