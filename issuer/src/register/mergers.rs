//! Two numbers that turn out to be one person: a mover whom two municipalities registered, or somebody entered twice.
//!
//! The doses of both become one record under the number that stays. The other number leads to it from then on: what
//! later files say of it goes into that record. Both records are kept as they were, so that it can be undone.

use super::act::{Act, ActKind};
use super::audit::append;
use super::database::{Database, Isolation, values};
use super::findings::{hold_for, merge_holds};
use super::pack::{PackedDose, Series, Term, pack};
use super::particulars::Particulars;
use super::people::{PersonRow, update};
use super::read::{Opened, count, damaged, kid, number, open, records, select_person};
use super::seal::{Nonces, Place, Seals};
use super::statements::select;
use super::versions::{Change, keep_earlier};
use super::{Register, RegisterError, Undone};
use crate::check::series::judge;
use crate::check::{Code, Language, Level};
use crate::record::{Record, RegisterNumber};
use std::collections::HashMap;
use tegata_certificate::{BirthDate, UnixTime};

/// How doses of both records come together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbering {
    /// Each dose keeps its number; two different doses with one number are refused.
    Kept,
    /// The doses of each series are numbered anew, by their days.
    ByDay,
}

/// What a merger came to, or would.
#[derive(Clone, PartialEq, Eq)]
pub struct Merger {
    /// The record of both.
    pub record: Record,
    /// How many doses came from the number that is given up.
    pub doses_added: u64,
    /// How many doses both had.
    pub doses_shared: u64,
}

/// Why two numbers are not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Both are the same.
    #[error("that is one and the same number: name two")]
    Same,
    /// One is nobody's.
    #[error(
        "the register has nobody with the {0} number: look it up (tegata-issuer register show); nothing was changed"
    )]
    Nobody(Which),
    /// The number was merged before.
    #[error(
        "the first number was merged into another before: undo that first (tegata-issuer register unmerge); nothing was changed"
    )]
    MergedBefore,
    /// Two people, by what the register says.
    #[error(
        "the birth dates differ, so these may be two people: correct the wrong one and import again, or say --other-birth-date; nothing was changed"
    )]
    OtherPerson,
    /// Both have a dose with that number, and the doses are not the same.
    #[error(
        "both have a dose {0}, and not the same one: correct the wrong one, or say --by-day to number the doses anew by their days; nothing was changed"
    )]
    Dose(u8),
    /// The doses of both contradict each other.
    #[error(
        "the doses of both contradict each other ({}): tegata-issuer explain {}; correct the wrong one, or say --by-day to number the doses anew by their days; nothing was changed",
        .0.title(Language::En), .0.number()
    )]
    Doses(Code),
    /// There is nothing to undo.
    #[error(
        "that number was not merged into another: look at it with tegata-issuer register show; nothing was changed"
    )]
    NotMerged,
    /// The record was changed since.
    #[error(
        "the record was changed since, so what belongs to whom is not known: correct both by an import; nothing was changed"
    )]
    ChangedSince,
}

/// One of the two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The one that is given up.
    First,
    /// The one that stays.
    Second,
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::First => "first",
            Self::Second => "second",
        })
    }
}

/// What is to be merged, and how.
#[derive(Clone, Debug)]
pub struct Merge<'a> {
    /// The number that is given up.
    pub from: &'a RegisterNumber,
    /// The number that stays.
    pub into: &'a RegisterNumber,
    /// How doses come together.
    pub numbering: Numbering,
    /// Whether other birth dates are let pass.
    pub other_birth_date: bool,
    /// Whether it is only looked at.
    pub dry_run: bool,
    /// When.
    pub now: UnixTime,
}

impl Register {
    /// Merges two numbers, in one transaction. Of the particulars those of the number that stays hold; what it lacks
    /// is taken from the other. A dose that both have is there once.
    ///
    /// # Errors
    /// [`MergeError`]; nothing was changed then.
    pub fn merge(&mut self, merge: &Merge<'_>) -> Result<Merger, MergeError> {
        if merge.from == merge.into {
            return Err(MergeError::Same);
        }
        let (seals, journal) = (self.seals(), self.journal());
        self.transaction(Isolation::Alone, |database| {
            let (from, into) = both(database, &seals, merge)?;
            let (doses, doses_added) = together(&from.doses, &into.doses, merge.numbering).map_err(Undone::Refused)?;
            let doses_shared = from.doses.len() as u64 - doses_added;
            let person = completed(&into.person, &from.person);
            let after = Opened { number: into.number.clone(), person, doses, import: into.import, line: into.line };
            let judged = judge(Some(after.person.birth), &after.doses, &[], true);
            if let Some(fault) = judged.faults.iter().find(|fault| fault.code.level() == Level::Block) {
                return Err(Undone::Refused(MergeError::Doses(fault.code)));
            }
            let merged = records(database, vec![after.clone()])?.pop().ok_or_else(damaged)?;
            if !merge.dry_run {
                note(database, &seals, (&from, &into), &merged, merge)?;
                keep_earlier(database, &seals, 0, vec![Change { before: into, after: after.clone() }])?;
                keep_last(database, &seals, from)?;
                write(database, &seals, &after)?;
                merge_holds(database, merge.from, merge.into)?;
                hold_for(database, merge.into, after.import, judged.faults)?;
                append::<MergeError>(database, &journal, &acts(ActKind::Merge, merge.from, merge.into))?;
            }
            Ok(Merger { record: merged, doses_added, doses_shared })
        })
    }

    /// Undoes a merger: both records are as they were before it.
    ///
    /// # Errors
    /// [`MergeError`]; nothing was changed then.
    pub fn unmerge(&mut self, from: &RegisterNumber) -> Result<RegisterNumber, MergeError> {
        let (seals, journal) = (self.seals(), self.journal());
        self.transaction(Isolation::Alone, |database| {
            let sql = "SELECT into_number, merged, from_import, from_line, from_municipality, from_shielded, from_sealed, \
                       into_municipality, into_shielded, into_sealed FROM merger WHERE number = ?";
            let rows = database.query(sql, values![from.as_str()])?;
            let row = rows.first().ok_or(Undone::Refused(MergeError::NotMerged))?;
            let into = number(row, 0)?;
            let rows_now = select(database, select_person!(""), &[into.as_str()])?;
            let now = rows_now.first().map(|row| Opened::from_row(row, &seals)).transpose()?;
            let now = now.ok_or(Undone::Refused(MergeError::ChangedSince))?;
            let (import, line) = (now.import, now.line);
            let today = records(database, vec![now])?.pop().ok_or_else(damaged)?;
            if today.content_hash() != kid(row, 1)? {
                return Err(Undone::Refused(MergeError::ChangedSince));
            }
            let opened = |at: usize, number: &RegisterNumber, column, import, line| {
                let sealed = row.bytes(at + 2)?.ok_or_else(damaged)?;
                let place = Place { table: "merger", number: from.as_str(), column };
                let (person, doses) = open((row.integer(at)?, row.integer(at + 1)?), place, sealed, &seals)?;
                Ok::<_, sqlx::Error>(Opened { number: number.clone(), person, doses, import, line })
            };
            let first = opened(4, from, "from_sealed", count(row, 2)?, count(row, 3)?)?;
            let second = opened(7, &into, "into_sealed", import, line)?;
            write(database, &seals, &first)?;
            write(database, &seals, &second)?;
            database.execute("DELETE FROM merger WHERE number = ?", values![from.as_str()])?;
            append::<MergeError>(database, &journal, &acts(ActKind::Unmerge, from, &into))?;
            Ok(into)
        })
    }

    /// Which of these numbers were merged, and into which.
    pub(crate) fn merged_into(
        &mut self,
        numbers: &[&str],
    ) -> Result<HashMap<RegisterNumber, RegisterNumber>, RegisterError> {
        self.run(|database| {
            let rows = select(database, "SELECT number, into_number FROM merger", numbers)?;
            rows.iter().map(|row| Ok((number(row, 0)?, number(row, 1)?))).collect()
        })
    }
}

/// What the audit says: one entry for each number.
fn acts(kind: ActKind, from: &RegisterNumber, into: &RegisterNumber) -> [Act; 2] {
    [Act::new(kind).about(from).with("number", "from"), Act::new(kind).about(into).with("number", "into")]
}

/// Every merger of a register, for an import: few beside its people.
#[derive(Default)]
pub(crate) struct Mergers {
    into: HashMap<RegisterNumber, RegisterNumber>,
    numbering: HashMap<RegisterNumber, Numbering>,
}

impl Mergers {
    pub(super) fn read(database: &mut dyn Database) -> Result<Self, sqlx::Error> {
        let mut mergers = Self::default();
        for row in database.query("SELECT number, into_number, by_day FROM merger", values![])? {
            let (from, into) = (number(&row, 0)?, number(&row, 1)?);
            let numbering = mergers.numbering.entry(into.clone()).or_insert(Numbering::Kept);
            if count(&row, 2)? == 1 {
                *numbering = Numbering::ByDay;
            }
            mergers.into.insert(from, into);
        }
        Ok(mergers)
    }

    /// The number that this one leads to.
    pub(crate) fn leads_to(&self, number: &RegisterNumber) -> Option<&RegisterNumber> {
        if self.into.is_empty() { None } else { self.into.get(number) }
    }

    /// How the doses of a person came together, if they come of more than one number.
    pub(super) fn numbering(&self, number: &RegisterNumber) -> Option<Numbering> {
        if self.into.is_empty() { None } else { self.numbering.get(number).copied() }
    }
}

/// Both records, if they may be merged.
fn both(database: &mut dyn Database, seals: &Seals, merge: &Merge<'_>) -> Result<(Opened, Opened), Undone<MergeError>> {
    let rows = select(database, select_person!(""), &[merge.from.as_str(), merge.into.as_str()])?;
    let mut found = HashMap::new();
    for row in &rows {
        let opened = Opened::from_row(row, seals)?;
        found.insert(opened.number.clone(), opened);
    }
    let refuse = |error| Undone::Refused(error);
    let merged = "SELECT number FROM merger WHERE number = ? OR number = ?";
    if !database.query(merged, values![merge.from.as_str(), merge.into.as_str()])?.is_empty() {
        return Err(refuse(MergeError::MergedBefore));
    }
    let from = found.remove(merge.from).ok_or(refuse(MergeError::Nobody(Which::First)))?;
    let into = found.remove(merge.into).ok_or(refuse(MergeError::Nobody(Which::Second)))?;
    if from.person.birth != into.person.birth && !merge.other_birth_date {
        return Err(refuse(MergeError::OtherPerson));
    }
    Ok((from, into))
}

/// The particulars of the number that stays, with what it lacks from the other.
fn completed(into: &Particulars, from: &Particulars) -> Particulars {
    let mut person = into.clone();
    macro_rules! take {
        ($($field:ident),*) => {$(
            if person.$field.is_none() {
                person.$field.clone_from(&from.$field);
            }
        )*};
    }
    take!(name, kana, romanised, sex, municipality, nationality, passport);
    // Who is shielded anywhere is shielded.
    person.shielded |= from.shielded;
    person
}

/// The doses of both, and how many came from the first.
fn together(
    from: &[PackedDose],
    into: &[PackedDose],
    numbering: Numbering,
) -> Result<(Vec<PackedDose>, u64), MergeError> {
    let mut doses: Vec<PackedDose> = into.to_vec();
    let mut added = 0;
    for dose in from {
        let same = |other: &&PackedDose| match numbering {
            Numbering::Kept => other.key() == dose.key(),
            Numbering::ByDay => (other.day, other.cvx) == (dose.day, dose.cvx),
        };
        match doses.iter().find(same) {
            None => {
                doses.push(dose.clone());
                added += 1;
            }
            Some(other) if numbering == Numbering::ByDay || is_same(other, dose) => {}
            Some(_) => return Err(MergeError::Dose(dose.number)),
        }
    }
    if numbering == Numbering::ByDay {
        doses.sort_by_key(|dose| (Series::of(dose.cvx), dose.day));
        let mut numbers = HashMap::<Series, u8>::new();
        for dose in &mut doses {
            let number = numbers.entry(Series::of(dose.cvx)).or_default();
            *number = number.checked_add(1).filter(|number| *number < 100).ok_or(MergeError::Dose(dose.number))?;
            dose.number = *number;
        }
    }
    doses.sort_by_key(PackedDose::key);
    Ok((doses, added))
}

/// Whether two registers speak of one dose: what one of them does not say is no contradiction.
fn is_same(one: &PackedDose, other: &PackedDose) -> bool {
    let lot = one.lot == other.lot || one.lot == Term::Absent || other.lot == Term::Absent;
    (one.day, one.cvx) == (other.day, other.cvx) && lot
}

/// Writes down that the first leads to the second from now on, and what both were.
fn note(
    database: &mut dyn Database,
    seals: &Seals,
    (from, into): (&Opened, &Opened),
    merged: &Record,
    merge: &Merge<'_>,
) -> Result<(), sqlx::Error> {
    let mut nonces = Nonces::for_values(2);
    let mut sealed = |opened: &Opened, column| {
        let place = Place { table: "merger", number: from.number.as_str(), column };
        seals.seal(place, &opened.person.with_doses(&pack(&opened.doses)), &mut nonces)
    };
    let (from_sealed, into_sealed) = (sealed(from, "from_sealed")?, sealed(into, "into_sealed")?);
    let plain = |opened: &Opened| {
        let municipality = opened.person.municipality.map(|code| i64::from(code.number()));
        (municipality, i64::from(opened.person.shielded))
    };
    let ((from_municipality, from_shielded), (into_municipality, into_shielded)) = (plain(from), plain(into));
    let sql = "INSERT INTO merger (number, into_number, merged_at, by_day, merged, from_import, from_line, from_municipality, \
               from_shielded, from_sealed, into_municipality, into_shielded, into_sealed) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let by_day = i64::from(merge.numbering == Numbering::ByDay);
    let hash = merged.content_hash();
    let mut row = values![from.number.as_str(), into.number.as_str(), merge.now.0, by_day, &hash];
    row.extend(values![from.import, from.line]);
    row.extend(values![from_municipality, from_shielded, from_sealed]);
    row.extend(values![into_municipality, into_shielded, into_sealed]);
    database.execute(sql, row)?;
    // Who led to the first leads to the second.
    let sql = "UPDATE merger SET into_number = ? WHERE into_number = ?";
    database.execute(sql, values![into.number.as_str(), from.number.as_str()]).map(drop)
}

/// Keeps the record of a number that is given up, if a certificate was issued for it, and takes it out.
fn keep_last(database: &mut dyn Database, seals: &Seals, from: Opened) -> Result<(), sqlx::Error> {
    let number = from.number.clone();
    let mut gone = from.clone();
    // Another record than any: nobody has none of the doses and none of the names.
    gone.doses.clear();
    gone.person.name = None;
    gone.person.birth = BirthDate::Unknown;
    keep_earlier(database, seals, 0, vec![Change { before: from, after: gone }])?;
    database.execute("DELETE FROM person WHERE number = ?", values![number.as_str()]).map(drop)
}

/// Writes a person anew.
fn write(database: &mut dyn Database, seals: &Seals, person: &Opened) -> Result<(), sqlx::Error> {
    let (from, packed) = ((person.import, person.line), pack(&person.doses));
    let mut nonces = Nonces::for_values(1);
    let (number, count) = (&person.number, person.doses.len());
    let mut values = Vec::new();
    PersonRow::seal(number, &person.person, from, count, &packed, seals, &mut nonces)?.into_values(&mut values);
    update(database, values)
}
