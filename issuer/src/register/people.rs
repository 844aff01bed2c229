//! Rows of people, sealed.

use super::database::{Database, Values};
use super::entry::{Entry, PersonPart};
use super::mergers::Mergers;
use super::particulars::Particulars;
use super::seal::{Nonces, Place, Seals};
use super::statements::{BATCH, in_chunks, insert_bound};
use crate::import::Scope;
use crate::record::RegisterNumber;
use std::borrow::Cow;
use std::sync::Arc;

/// People that are best written at once.
pub(crate) const PEOPLE_BATCH: usize = BATCH;

/// Seals the people of one import, and knows who has more than one number.
#[derive(Clone)]
pub(crate) struct Sealer {
    import: u64,
    seals: Arc<Seals>,
    mergers: Arc<Mergers>,
    scope: Option<Arc<Scope>>,
}

/// People to write, sealed already if they fill one statement.
pub(crate) struct People {
    entries: Vec<Entry>,
    sealed: Option<Values<'static>>,
}

impl People {
    /// Seals entries that all give their person: work for another thread than the writing one.
    pub(crate) fn bind(entries: Vec<Entry>, sealer: &Sealer) -> Self {
        // What cannot be sealed here is tried again, and told, where it is written.
        let sealed = if entries.len() == BATCH { sealer.seal_all(&entries).ok() } else { None };
        Self { entries, sealed }
    }

    /// Writes those that are new; says whom it was given, and how many were new.
    pub(super) fn insert(self, database: &mut dyn Database, sealer: &Sealer) -> Result<(Vec<Entry>, u64), sqlx::Error> {
        const NEW_ONLY: &str = "ON CONFLICT (number) DO NOTHING";
        let Self { entries, sealed } = self;
        let mut inserted = 0;
        match sealed {
            Some(rows) => inserted += insert_bound(database, INSERT_PERSON, PERSON_COLUMNS, NEW_ONLY, rows)?,
            None => {
                for part in in_chunks(&entries) {
                    let rows = sealer.seal_all(part)?;
                    inserted += insert_bound(database, INSERT_PERSON, PERSON_COLUMNS, NEW_ONLY, rows)?;
                }
            }
        }
        Ok((entries, inserted))
    }
}

impl Sealer {
    pub(super) fn new(import: u64, seals: Arc<Seals>, mergers: Arc<Mergers>) -> Self {
        Self { import, seals, mergers, scope: None }
    }

    /// The same for an import that may write the people of some municipalities only.
    pub(super) fn within(self, scope: Option<Arc<Scope>>) -> Self {
        Self { scope, ..self }
    }

    /// Numbers that lead to others.
    pub(crate) fn mergers(&self) -> &Mergers {
        &self.mergers
    }

    fn seal_all(&self, entries: &[Entry]) -> Result<Values<'static>, sqlx::Error> {
        let mut nonces = Nonces::for_values(entries.len());
        let mut values = Vec::with_capacity(PERSON_COLUMNS * entries.len());
        for entry in entries {
            let PersonPart::Given(person, line) = &entry.person else {
                return Err(sqlx::Error::Encode("an entry without a person".into()));
            };
            let (count, packed) = entry.doses.as_ref().map_or((0, &[][..]), |doses| (doses.count, &doses.packed));
            let from = (self.import, *line);
            let person = self.scope.as_ref().map_or(Cow::Borrowed(person), |scope| scope.settle(person));
            PersonRow::seal(&entry.number, &person, from, count, packed, &self.seals, &mut nonces)?
                .into_values(&mut values);
        }
        Ok(values)
    }
}

/// A row of the table `person`.
pub(super) struct PersonRow {
    number: String,
    municipality: Option<i64>,
    shielded: bool,
    import: u64,
    line: u64,
    count: u64,
    lookup: Option<Vec<u8>>,
    sealed: Vec<u8>,
}

pub(super) const PERSON_COLUMNS: usize = 8;

pub(super) const INSERT_PERSON: &str =
    "INSERT INTO person (number, municipality, shielded, import_id, line, dose_count, lookup, sealed)";

const UPDATE_PERSON: &str = "ON CONFLICT (number) DO UPDATE SET municipality = excluded.municipality, \
    shielded = excluded.shielded, import_id = excluded.import_id, line = excluded.line, \
    dose_count = excluded.dose_count, lookup = excluded.lookup, sealed = excluded.sealed";

impl PersonRow {
    /// Seals a person with packed doses.
    pub(super) fn seal(
        number: &RegisterNumber,
        person: &Particulars,
        (import, line): (u64, u64),
        count: usize,
        packed: &[u8],
        seals: &Seals,
        nonces: &mut Nonces,
    ) -> Result<Self, sqlx::Error> {
        let plain = person.with_doses(packed);
        Ok(Self {
            number: number.to_string(),
            municipality: person.municipality.map(|code| i64::from(code.number())),
            shielded: person.shielded,
            import,
            line,
            count: count as u64,
            lookup: seals.lookup(person.kana.as_deref(), person.birth).map(Vec::from),
            sealed: seals.seal(Place::person(number.as_str()), &plain, nonces)?,
        })
    }

    pub(super) fn into_values(self, to: &mut Values<'static>) {
        to.push(self.number.into());
        to.push(self.municipality.into());
        to.push(i64::from(self.shielded).into());
        to.push(self.import.into());
        to.push(self.line.into());
        to.push(self.count.into());
        to.push(self.lookup.into());
        to.push(self.sealed.into());
    }
}

/// Writes people that the register has, whatever it had of them.
pub(super) fn update(database: &mut dyn Database, rows: Values<'static>) -> Result<(), sqlx::Error> {
    insert_bound(database, INSERT_PERSON, PERSON_COLUMNS, UPDATE_PERSON, rows).map(drop)
}
