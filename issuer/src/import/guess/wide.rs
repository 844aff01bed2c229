//! Whether a row holds several doses, and where.

use super::choose::{unfit, why_heading};
use super::look::Column;
use super::text::Piece;
use super::{Doses, Guess, How, Line};
use crate::import::headings::Field;
use std::collections::BTreeMap;

/// The columns of a dose in the export of the Vaccination Record System.
const RECORD_SYSTEM: [Field; 8] = [
    Field::RecordTime,
    Field::Date,
    Field::Ticket,
    Field::Municipality,
    Field::Site,
    Field::Doctor,
    Field::Maker,
    Field::Lot,
];

/// Finds the doses of a wide row; `false` if it is none.
pub(super) fn doses(guess: &mut Guess, columns: &[Column]) -> bool {
    if guess.headings { by_heading(guess, columns) } else { record_system(guess, columns) }
}

fn by_heading(guess: &mut Guess, columns: &[Column]) -> bool {
    let mut groups: BTreeMap<usize, Vec<(Field, usize)>> = BTreeMap::new();
    for column in columns {
        let Some(meaning) = column.meaning else { continue };
        if let (Piece::Whole(field), Some(dose)) = (meaning.piece, meaning.dose) {
            let group = groups.entry(dose).or_default();
            if field.is_of_dose()
                && field != Field::DoseNumber
                && !unfit(column, field)
                && !group.iter().any(|(other, _)| *other == field)
            {
                group.push((field, column.at));
            }
        }
    }
    groups.retain(|_, group| group.iter().any(|(field, _)| *field == Field::Date));
    if groups.is_empty() {
        return false;
    }
    guess.doses = repeated(&groups)
        .unwrap_or_else(|| Doses::Listed(groups.iter().map(|(&dose, group)| (dose, listed(group, columns))).collect()));
    true
}

fn listed(group: &[(Field, usize)], columns: &[Column]) -> Vec<Line> {
    let line = |&(field, at): &(Field, usize)| Line {
        field,
        columns: vec![at],
        how: How::Joined(" "),
        why: columns.get(at).map(|column| why_heading(column, field)).unwrap_or_default(),
    };
    group.iter().map(line).collect()
}

/// Groups that are one like the other, one after another, from dose 1.
fn repeated(groups: &BTreeMap<usize, Vec<(Field, usize)>>) -> Option<Doses> {
    let (first_dose, pattern) = groups.first_key_value()?;
    let start = |group: &[(Field, usize)]| group.iter().map(|&(_, at)| at).min();
    let first = start(pattern)?;
    let relative = |group: &[(Field, usize)], from: usize| {
        let mut places: Vec<(Field, usize)> = group.iter().map(|&(field, at)| (field, at - from)).collect();
        places.sort_by_key(|&(_, at)| at);
        places
    };
    let pattern = relative(pattern, first);
    let starts: Option<Vec<usize>> = groups.values().map(|group| start(group)).collect();
    let starts = starts?;
    let width = match starts[..] {
        [first, second, ..] => second.checked_sub(first)?,
        _ => pattern.last()?.1 + 1,
    };
    let in_order = groups.keys().copied().eq(1..=groups.len()) && *first_dose == 1;
    let alike = groups.values().zip(&starts).enumerate().all(|(nth, (group, &from))| {
        from == first + nth * width && relative(group, from) == pattern && pattern.iter().all(|&(_, at)| at < width)
    });
    (in_order && alike && width > 0).then(|| Doses::Repeated {
        first,
        width,
        count: groups.len(),
        columns: pattern,
        why: "sure: headings are known, one dose like the other".to_owned(),
    })
}

/// A file without headings is known by the Vaccination Record System's first dose.
fn record_system(guess: &mut Guess, columns: &[Column]) -> bool {
    let width = RECORD_SYSTEM.len();
    let slots = columns.len().saturating_sub(1) / width;
    let looks = |place: usize, field: Field| columns.get(1 + place).is_some_and(|column| column.share(field) >= 0.9);
    if slots == 0
        || !(looks(0, Field::RecordTime)
            && looks(1, Field::Date)
            && looks(3, Field::Municipality)
            && looks(6, Field::Maker))
    {
        return false;
    }
    guess.doses = Doses::Repeated {
        first: 1,
        width,
        count: slots,
        columns: RECORD_SYSTEM.into_iter().zip(0..).collect(),
        why: "sure: the export of the Vaccination Record System, by the cells of the first dose".to_owned(),
    };
    true
}
