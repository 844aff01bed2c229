//! Names, birth dates and documents as seals write them.

use super::PayloadError;
use super::fields::Fields;
use crate::certificate::Sex;
use crate::date::BirthDate;
use crate::name::{RegisteredName, RomanisedName, halves};

/// Characters of a name in a machine-readable zone of a passport.
pub(super) const NAME_MAX: usize = 39;

/// A name as in the machine-readable zone with its fillers made blanks. Only two blanks tell where the family
/// name ends; Japan writes one, and then no reader knows.
pub(super) fn name(text: &str) -> (Option<RomanisedName>, Option<RegisteredName>) {
    let romanised = halves(text, b' ').and_then(|(family, given)| {
        RomanisedName::new(&family.replace(' ', "<"), &given.trim_end_matches(' ').replace(' ', "<"))
    });
    match romanised {
        Some(name) => (Some(name), None),
        None => (None, Some(RegisteredName::Whole(text.to_owned()))),
    }
}

/// A birth date: `1970-05-17`, or where it is not known in full `1970`, `1970-05`, `1970-05-XX`, `1970-XX-XX` and
/// `XXXX-XX-XX`, which binds to nobody.
pub(super) fn birth(fields: &mut Fields<'_>) -> Result<Option<BirthDate>, PayloadError> {
    let Some(text) = fields.optional("dob", usize::MAX)? else { return Ok(None) };
    parse_birth(&text).map(Some).ok_or(PayloadError::Person)
}

fn parse_birth(text: &str) -> Option<BirthDate> {
    if text == "XXXX-XX-XX" {
        return Some(BirthDate::Unknown);
    }
    // Filled is the whole form only.
    let filled = text.strip_suffix("-XX-XX").or_else(|| text.strip_suffix("-XX")).filter(|_| text.len() == 10);
    BirthDate::parse(filled.unwrap_or(text))
}

/// The letter of a machine-readable zone.
pub(super) fn sex(fields: &mut Fields<'_>) -> Result<Option<Sex>, PayloadError> {
    if !fields.has("sex") {
        return Ok(None);
    }
    Ok(Some(match fields.one_of("sex", &["M", "F", "X"])?.as_str() {
        "M" => Sex::Male,
        "F" => Sex::Female,
        _ => Sex::NotApplicable,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blanks_part_family_and_given_names_and_one_does_not() {
        let (romanised, registered) = name("VAN DER BERG  ANNA MARIA");
        let romanised = romanised.expect("two blanks");
        assert_eq!((romanised.family(), romanised.given()), ("VAN<DER<BERG", "ANNA<MARIA"));
        assert_eq!(registered, None);
        for text in ["MIYAKE SHOTA", "ÅSA  LIND", "A  B  C", "O'NEIL  ANN", "LONE"] {
            assert_eq!(name(text), (None, Some(RegisteredName::Whole(text.to_owned()))), "{text}");
        }
    }

    #[test]
    fn a_birth_date_is_filled_in_the_whole_form_only() {
        for (text, read) in [
            ("1970-05-17", "1970-05-17"),
            ("1970-05-XX", "1970-05"),
            ("1970-XX-XX", "1970"),
            ("1970-05", "1970-05"),
            ("1970", "1970"),
            ("XXXX-XX-XX", ""),
        ] {
            assert_eq!(parse_birth(text).map(|birth| birth.to_string()).as_deref(), Some(read), "{text}");
        }
        for text in [
            "1970-XX",
            "1970-05-17-XX",
            "1970-05-XX-XX",
            "1970-XX-XX-XX",
            "1970-XX-17",
            "1970-13-XX",
            "XXXX",
            "XXXX-XX",
            "XXXX-05-17",
            "-XX",
            "-XX-XX",
            "1970-xx-xx",
        ] {
            assert_eq!(parse_birth(text), None, "{text}");
        }
    }
}
