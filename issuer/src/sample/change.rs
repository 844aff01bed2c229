//! Faults that are in what a person's rows say together: done to the person before any row is written.

use super::people::{FictionalPerson, LOT_PEOPLE, person};
use crate::check::Code;
use tegata_certificate::Date;

/// What is around a person.
pub(super) struct Around<'a> {
    /// An earlier person without a fault, who is no other fault's counterpart.
    pub(super) earlier: Option<&'a FictionalPerson>,
    /// How many doses of the person's first lot will be taken, at least.
    pub(super) lot_doses: u64,
}

/// Changes the person so that import finds that code and nothing else; returns which dose it is found at (from 0), or
/// `None` where this person cannot have it.
pub(super) fn change(person: &mut FictionalPerson, code: Code, around: &Around<'_>) -> Option<usize> {
    let days = |date: Date, days: i64| Date::from_days(i64::from(date.days()) + days);
    let count = person.doses.len();
    match code {
        Code::DoseBeforeBirth => person.doses.first_mut()?.date = Date::from_ymd(1920, 1, 1)?,
        Code::BeforeFirstUse => {
            let day = Date::from_ymd(2003, 6, 1)?;
            // Otherwise it would lie before the birth, or be a baby's.
            if person.birth > Date::from_ymd(2002, 1, 1)? {
                return None;
            }
            person.doses.first_mut()?.date = day;
        }
        Code::BirthImplausible => person.birth = Date::from_ymd(55, 5, 6)?,
        Code::Over120 => person.birth = Date::from_ymd(1901, 1, 1)?,
        Code::TooYoung => person.birth = days(person.doses.first()?.date, -30)?,
        Code::DoseOnBirthDate => person.birth = person.doses.first()?.date,
        Code::DoseOrder => {
            let [first, second, ..] = person.doses.as_mut_slice() else { return None };
            std::mem::swap(&mut first.date, &mut second.date);
            return Some(1);
        }
        Code::IntervalTooShort => {
            let [first, second, ..] = person.doses.as_mut_slice() else { return None };
            second.date = days(first.date, 5)?;
            return Some(1);
        }
        Code::MissingMiddleDose if count > 2 => {
            person.doses.remove(1);
            return Some(1);
        }
        Code::SameDoseTwice => {
            let [_, second, third, ..] = person.doses.as_mut_slice() else { return None };
            (third.date, third.maker, third.lot) = (second.date, second.maker, second.lot.clone());
            return Some(2);
        }
        Code::LotOtherMaker | Code::LotOutOfRange | Code::LotLikeFrequent => return change_lot(person, code, around),
        Code::CouponCheckDigit => {
            let dose = person.doses.first_mut()?;
            dose.ticket += 211_310_170_000_000_000;
        }
        Code::CouponContradicts => {
            let place: u64 = person.municipality.parse().ok()?;
            let dose = person.doses.first_mut()?;
            dose.ticket += 240_000_000_000_000_000 + place * 10_000_000_000;
        }
        Code::DuplicateCoupon => {
            let earlier = around.earlier?;
            person.municipality.clone_from(&earlier.municipality);
            person.doses.first_mut()?.ticket = earlier.doses.first()?.ticket;
        }
        Code::SamePersonTwice => {
            let earlier = around.earlier?;
            person.name.clone_from(&earlier.name);
            person.kana.clone_from(&earlier.kana);
            person.letters = earlier.letters;
            (person.birth, person.sex) = (earlier.birth, earlier.sex);
            if !person.romanised.is_empty() {
                person.romanised = format!("{}<<{}", person.letters.0, person.letters.1);
            }
        }
        Code::RomanisedUnlikeKana => person.romanised = "GEGEGE<<WEGEGE".to_owned(),
        Code::NameHalvesSwapped => person.romanised = format!("{}<<{}", person.letters.1, person.letters.0),
        Code::NameOver20 => person.name = "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末".to_owned(),
        Code::RomanisedMissing if !person.passport.is_empty() => person.romanised.clear(),
        Code::ResidentWithoutDoses => person.doses.clear(),
        _ => return None,
    }
    Some(0)
}

/// A dose of the first lot, of which enough are seen that an exception shows.
fn change_lot(person: &mut FictionalPerson, code: Code, around: &Around<'_>) -> Option<usize> {
    // More than import asks for, since some rows are refused.
    let enough = if code == Code::LotLikeFrequent { 55 } else { 30 };
    // The last dose can be moved away from the others of its lot without coming after a later one.
    let at = if code == Code::LotOutOfRange { person.doses.len().checked_sub(1)? } else { 0 };
    let dose = person.doses.get_mut(at)?;
    if dose.number > 2 || dose.maker != "ファイザー" || around.lot_doses < enough {
        return None;
    }
    match code {
        Code::LotOtherMaker => dose.maker = "武田/モデルナ",
        Code::LotOutOfRange => dose.date = Date::from_days(i64::from(dose.date.days()) + 450)?,
        _ => {
            dose.lot.pop();
            dose.lot.push('Z');
        }
    }
    Some(at)
}

/// How many doses of the first lot of Pfizer's the people around one of them get, less those that a share of faults takes.
pub(super) fn lot_doses(seed: u64, at: u64, people: u64, faults: f64) -> u64 {
    let from = at / LOT_PEOPLE * LOT_PEOPLE;
    let doses = (from..people.min(from + LOT_PEOPLE))
        .filter_map(|at| person(seed, at))
        .flat_map(|person| person.doses)
        .filter(|dose| dose.number <= 2 && dose.maker == "ファイザー")
        .count();
    // Half of the faults refuse their rows; a wide row has both doses.
    (doses as f64 * (1.0 - faults.min(1.0))) as u64
}
