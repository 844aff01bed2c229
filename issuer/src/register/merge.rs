//! How the doses of a file come into those of the register.

use super::pack::PackedDose;
use super::{Mode, Series, Tally};

/// Brings the doses of a file into those of the register; returns the lines of those that contradict
/// another line of the same import, which then stay out.
pub(super) fn merge(
    kept: &mut Vec<PackedDose>,
    given: Vec<PackedDose>,
    import: u64,
    mode: Mode,
    tally: &mut Tally,
) -> Vec<(u64, u64)> {
    if mode == Mode::ByDay {
        return merge_by_day(kept, given, import, tally);
    }
    let contradicted = |kept: &[PackedDose], dose: &PackedDose| {
        kept.iter()
            .find(|other| other.key() == dose.key() && other.import == import && !other.says_the_same(dose))
            .map(|other| (dose.line, other.line))
    };
    let mut conflicts: Vec<(u64, u64)> = given.iter().filter_map(|dose| contradicted(kept, dose)).collect();
    if mode == Mode::WholeSeries {
        // One row gave them all: it is refused as a whole, and named once.
        conflicts.truncate(1);
        if !conflicts.is_empty() {
            return conflicts;
        }
        let before = kept.len();
        kept.retain(|dose| {
            dose.import == import
                || Series::of(dose.cvx) != Series::Covid19
                || given.iter().any(|other| other.key() == dose.key())
        });
        tally.doses_removed += (before - kept.len()) as u64;
    }
    for dose in given {
        match kept.iter_mut().find(|other| other.key() == dose.key()) {
            None => {
                kept.push(dose);
                tally.doses_inserted += 1;
            }
            Some(other) if other.says_the_same(&dose) => {
                tally.doses_unchanged += 1;
                if other.import != import {
                    *other = dose;
                }
            }
            Some(other) if other.import == import => {}
            Some(other) => {
                *other = dose;
                tally.doses_updated += 1;
            }
        }
    }
    kept.sort_by_key(PackedDose::key);
    conflicts
}

/// The same where the doses were numbered anew: a dose is known by its day and product, and keeps its number.
fn merge_by_day(kept: &mut Vec<PackedDose>, given: Vec<PackedDose>, import: u64, tally: &mut Tally) -> Vec<(u64, u64)> {
    let mut conflicts = Vec::new();
    for dose in given {
        if let Some(same) = kept.iter_mut().find(|other| (other.day, other.cvx) == (dose.day, dose.cvx)) {
            let dose = PackedDose { number: same.number, ..dose };
            *(if same.says_the_same(&dose) { &mut tally.doses_unchanged } else { &mut tally.doses_updated }) += 1;
            *same = dose;
        } else if let Some(other) = kept.iter().find(|other| other.key() == dose.key()) {
            // Which of the person's doses was meant, only a person can tell.
            conflicts.push((dose.line, other.line));
        } else {
            kept.push(PackedDose { import, ..dose });
            tally.doses_inserted += 1;
        }
    }
    kept.sort_by_key(PackedDose::key);
    conflicts
}
