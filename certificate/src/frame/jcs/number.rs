//! Numbers as ECMAScript writes them (ECMA-262 section 6.1.6.1.20, RFC 8785 section 3.2.2.3).
//!
//! Rust's `{:e}` gives as many digits, the fewest that read back as this double. Which of two neighbours it
//! takes where both are equally near, where the point stands and when an exponent is written differs; that is
//! little enough to need no crate.

use std::fmt::Write;

/// Writes a finite number.
pub(super) fn write(number: f64, out: &mut String) {
    // Most numbers of certificates; also takes −0 to 0.
    if number.fract() == 0.0 && number.abs() < 1e15 {
        // Writing to a String cannot fail.
        let _ = write!(out, "{}", number as i64);
        return;
    }
    let scientific = shortest(number);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    out.push_str(sign);
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    // The place of the point behind the first digit, ECMAScript's n.
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    let count = digits.len() as i32;
    match point {
        _ if (count..=21).contains(&point) => {
            out.push_str(&digits);
            push_zeros(point - count, out);
        }
        1..=21 => {
            let (whole, fraction) = digits.split_at(point as usize);
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        -5..=0 => {
            out.push_str("0.");
            push_zeros(-point, out);
            out.push_str(&digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            let _ = write!(out, "e{:+}", point - 1);
        }
    }
}

/// The fewest digits, of several the nearest, of two as near the even one (ECMA-262, note 2 of the section).
fn shortest(number: f64) -> String {
    let fewest = format!("{number:e}");
    let digits = fewest.bytes().take_while(|c| *c != b'e').filter(u8::is_ascii_digit).count();
    // With a given number of digits Rust rounds the exact value, halves to even. At a power of two the nearest of
    // that length may read back as the neighbour below.
    let nearest = format!("{number:.*e}", digits.saturating_sub(1));
    if nearest.parse() == Ok(number) { nearest } else { fewest }
}

fn push_zeros(count: i32, out: &mut String) {
    (0..count).for_each(|_| out.push('0'));
}

#[cfg(test)]
mod tests {
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
}
