//! What an import has read and not joined yet. The tables `waiting` and `refused` live as long as its transaction.

use super::database::{Database, values};
use super::read::{count, damaged, number, text};
use super::seal::{Nonces, Place, Seals};
use super::statements::{insert, select};
use super::write::{Doses, Entry, PersonPart};
use crate::record::RegisterNumber;
use std::collections::HashMap;

/// Where the doses of a person wait.
fn place(number: &RegisterNumber) -> Place<'_> {
    Place { table: "waiting", number: number.as_str(), column: "sealed" }
}

/// Keeps doses whose person is in no row read so far, counted on from `first`, and lines of people who were refused.
pub(super) fn keep(
    database: &mut dyn Database,
    seals: &Seals,
    first: u64,
    waiting: &[(RegisterNumber, Doses)],
    refused: &[(RegisterNumber, u64)],
) -> Result<(), sqlx::Error> {
    let mut nonces = Nonces::for_values(waiting.len());
    let mut rows = Vec::with_capacity(waiting.len());
    for (number, doses) in waiting {
        let sequence = first + rows.len() as u64 + 1;
        rows.push((sequence, number, doses, seals.seal(place(number), &doses.packed, &mut nonces)?));
    }
    let head = "INSERT INTO waiting (sequence, number, line, dose_count, sealed)";
    insert(database, head, 5, "", &rows, |to, (sequence, number, doses, sealed)| {
        to.extend(values![*sequence, number.as_str(), doses.line, doses.count as u64, sealed.as_slice()]);
    })?;
    let head = "INSERT INTO refused (number, line)";
    insert(database, head, 2, "ON CONFLICT (number) DO NOTHING", refused, |to, (number, line)| {
        to.extend(values![number.as_str(), *line]);
    })
    .map(drop)
}

/// The next entries that wait, and the number of the last of them.
pub(super) fn page(
    database: &mut dyn Database,
    seals: &Seals,
    after: u64,
) -> Result<Option<(u64, Vec<Entry>)>, sqlx::Error> {
    let sql = "SELECT sequence, number, line, dose_count, sealed FROM waiting WHERE sequence > ? \
               ORDER BY sequence LIMIT 1000";
    let rows = database.query(sql, values![after])?;
    let Some(last) = rows.last() else { return Ok(None) };
    let entry = |row| {
        let number = number(row, 1)?;
        let sealed = row.bytes(4)?.ok_or_else(damaged)?;
        let packed = seals.open(place(&number), sealed)?.to_vec();
        let doses = usize::try_from(count(row, 3)?).map_err(|_| damaged())?;
        let doses = Some(Doses { line: count(row, 2)?, count: doses, packed });
        Ok(Entry { number, person: PersonPart::Absent, doses })
    };
    Ok(Some((count(last, 0)?, rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?)))
}

/// The lines of those of the numbers whose people were refused.
pub(super) fn refused_lines(
    database: &mut dyn Database,
    numbers: &[&str],
) -> Result<HashMap<String, u64>, sqlx::Error> {
    let rows = select(database, "SELECT number, line FROM refused", numbers)?;
    rows.iter().map(|row| Ok((text(row, 0)?.to_owned(), count(row, 1)?))).collect()
}

/// Leaves no trace of the import in these tables.
pub(super) fn clear(database: &mut dyn Database) -> Result<(), sqlx::Error> {
    database.execute("DELETE FROM waiting", Vec::new())?;
    database.execute("DELETE FROM refused", Vec::new()).map(drop)
}
