//! What the International Health Regulations make of a vaccination at a border (Annexes 6 and 7; SMART
//! ICVP's decision tables DT.1 and DT.2).
//!
//! Only what the Regulations fix is here. Which states ask for a polio dose, and how old it may be, are
//! temporary recommendations that change every three months: data for rules, not code.

use crate::caution::Caution;
use crate::certificate::{Certificate, Dose};
use crate::date::Date;
use crate::vaccine::{CodeSystem, Disease, who};

/// A yellow fever vaccination counts from the tenth day after it (Annex 7).
const YELLOW_FEVER_DAYS: i64 = 10;

/// What a dose comes to at a border.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Border {
    /// It counts, from that day on. For yellow fever it is for life since 2016-07-11, whatever end the
    /// certificate states, and no booster may be asked for.
    Valid {
        /// The first day.
        from: Date,
    },
    /// It will count.
    TooEarly {
        /// The first day.
        from: Date,
    },
    /// The product is not on WHO's list as it is known here ([`who::AS_OF`]): a newer list may have it.
    NotListed,
    /// No day is known from which it counts: the day of vaccination is missing, or at the end of the calendar.
    Undated,
}

/// What a dose comes to on a day.
#[must_use]
pub fn border(dose: &Dose, on: Date) -> Border {
    let listed = (dose.vaccine.system == CodeSystem::WhoProduct).then(|| who::find(&dose.vaccine.code)).flatten();
    let Some(product) = listed else { return Border::NotListed };
    let Some(given) = dose.date else { return Border::Undated };
    let yellow_fever = product.vaccine.group().diseases.contains(&Disease::YellowFever);
    let wait = if yellow_fever { YELLOW_FEVER_DAYS } else { 0 };
    // Beyond the last day that there is (9999-12-31) none can be named.
    let Some(from) = Date::from_days(i64::from(given.days()) + wait) else { return Border::Undated };
    if on >= from { Border::Valid { from } } else { Border::TooEarly { from } }
}

/// What to weigh: nothing, if any dose counts.
pub(super) fn caution(certificate: &Certificate, on: Date) -> Option<Caution> {
    let mut caution = None;
    for dose in &certificate.doses {
        let found = match border(dose, on) {
            Border::Valid { .. } => return None,
            Border::TooEarly { from } => Caution::TooRecent { from },
            Border::NotListed => Caution::ProductNotListed,
            Border::Undated => Caution::Undated,
        };
        caution.get_or_insert(found);
    }
    caution
}
