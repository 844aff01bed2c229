//! Earlier versions of a record: what a certificate was made from stays readable, sealed, when an import changes the
//! record.
//!
//! A version is kept under the hash of the record as it was ([`Record::content_hash`]). A certificate's row holds a
//! hash derived from that by edition, so whoever has a version derives the editions' hashes and compares.

use super::database::{Database, Row, values};
use super::pack::pack;
use super::read::{Opened, damaged, number, open, records};
use super::seal::{Nonces, Place, Seals};
use super::statements::{insert, select};
use super::{Register, RegisterError};
use crate::record::{Record, RegisterNumber};
use std::collections::HashSet;

/// A record that is being changed.
pub(super) struct Change {
    pub(super) before: Opened,
    pub(super) after: Opened,
}

impl Register {
    /// A record as it was before it was changed, by its hash ([`Record::content_hash`]). Kept are those that a
    /// certificate was issued for.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn earlier(&mut self, number: &RegisterNumber, content: &[u8; 32]) -> Result<Option<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let sql = "SELECT number, municipality, shielded, content, sealed FROM record_version \
                       WHERE number = ? AND content = ?";
            let rows = database.query(sql, values![number.as_str(), content])?;
            Ok(versions(database, &seals, &rows)?.pop())
        })
    }

    /// Every earlier version of a record that is kept, in no order.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn earlier_all(&mut self, number: &RegisterNumber) -> Result<Vec<Record>, RegisterError> {
        self.earlier_of(&[number.as_str()])
    }

    /// Every earlier version that is kept of these people's records, in no order.
    pub(crate) fn earlier_of(&mut self, numbers: &[&str]) -> Result<Vec<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| earlier_in(database, &seals, numbers))
    }
}

/// The same, in a transaction that is open.
pub(super) fn earlier_in(
    database: &mut dyn Database,
    seals: &Seals,
    numbers: &[&str],
) -> Result<Vec<Record>, sqlx::Error> {
    let head = "SELECT number, municipality, shielded, content, sealed FROM record_version";
    let rows = select(database, head, numbers)?;
    versions(database, seals, &rows)
}

fn place(number: &str) -> Place<'_> {
    Place { table: "record_version", number, column: "sealed" }
}

fn versions(database: &mut dyn Database, seals: &Seals, rows: &[Row]) -> Result<Vec<Record>, sqlx::Error> {
    let opened = rows.iter().map(|row| {
        let number = number(row, 0)?;
        let sealed = row.bytes(4)?.ok_or_else(damaged)?;
        let (person, doses) = open((row.integer(1)?, row.integer(2)?), place(number.as_str()), sealed, seals)?;
        Ok(Opened { number, person, doses, import: 0, line: 0 })
    });
    let opened = opened.collect::<Result<Vec<_>, sqlx::Error>>()?;
    let versions = records(database, opened)?;
    // One person's versions exchanged for each other are damage too.
    for (row, version) in rows.iter().zip(&versions) {
        if row.bytes(3)? != Some(&version.content_hash()) {
            return Err(damaged());
        }
    }
    Ok(versions)
}

/// Keeps the earlier record of everyone for whom a certificate was issued, where a certificate would say something
/// else now. `import` is what changes them.
pub(super) fn keep_earlier(
    database: &mut dyn Database,
    seals: &Seals,
    import: u64,
    changes: Vec<Change>,
) -> Result<(), sqlx::Error> {
    let numbers: Vec<&str> = changes.iter().map(|change| change.before.number.as_str()).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let rows = select(database, "SELECT DISTINCT number FROM certificate", &numbers)?;
    let certified = rows.iter().map(|row| number(row, 0)).collect::<Result<HashSet<_>, _>>()?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut sealed = Vec::new();
    let mut nonces = Nonces::for_values(certified.len());
    for change in changes.into_iter().filter(|change| certified.contains(&change.before.number)) {
        let Opened { number, person, doses, .. } = &change.before;
        let plain = person.with_doses(&pack(doses));
        sealed.push(seals.seal(place(number.as_str()), &plain, &mut nonces)?);
        before.push(change.before);
        after.push(change.after);
    }
    let (before, after) = (records(database, before)?, records(database, after)?);
    let kept = before.iter().zip(&after).zip(sealed).filter_map(|((before, after), sealed)| {
        let content = before.content_hash();
        (content != after.content_hash()).then_some((before, content, sealed))
    });
    let kept: Vec<_> = kept.collect();
    let head = "INSERT INTO record_version (number, content, municipality, shielded, import_id, sealed)";
    let tail = "ON CONFLICT (number, content) DO UPDATE SET import_id = excluded.import_id";
    insert(database, head, 6, tail, &kept, |to, (record, content, sealed)| {
        let person = &record.person;
        let municipality = person.municipality.map(|code| i64::from(code.number()));
        let shielded = i64::from(person.shielded);
        to.extend(values![person.number.as_str(), content, municipality, shielded, import, sealed.as_slice()]);
    })
    .map(drop)
}
