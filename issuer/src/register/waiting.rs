//! What an import has read and not joined or judged yet. Its tables live as long as its transaction.

use super::closing::{Dispersed, Twin};
use super::database::{Database, Row, values};
use super::entry::{Doses, Entry, PersonPart};
use super::read::{count, damaged, number, text};
use super::seal::{Nonces, Place, Seals};
use super::statements::{insert, select};
use crate::import::Scope;
use crate::record::RegisterNumber;
use std::collections::HashMap;

const TABLES: [&str; 4] = ["waiting", "refused", "dispersed", "refused_doses"];

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
        let doses = Some(Doses::stored(count(row, 2)?, doses, packed));
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

/// Where the doses lie that a person had before.
fn dispersed_place(number: &RegisterNumber) -> Place<'_> {
    Place { table: "dispersed", number: number.as_str(), column: "sealed" }
}

/// Keeps people whose doses came in several rows or beside others, with what the register had of them. The first counts.
pub(super) fn keep_dispersed(
    database: &mut dyn Database,
    seals: &Seals,
    people: &[Dispersed],
) -> Result<(), sqlx::Error> {
    let mut nonces = Nonces::for_values(people.len());
    let mut rows = Vec::with_capacity(people.len());
    for person in people {
        rows.push((person, seals.seal(dispersed_place(&person.number), &person.before, &mut nonces)?));
    }
    let head = "INSERT INTO dispersed (number, sealed, lost)";
    insert(database, head, 3, "ON CONFLICT (number) DO NOTHING", &rows, |to, (person, sealed)| {
        to.extend(values![person.number.as_str(), sealed.as_slice(), person.lost.as_slice()]);
    })
    .map(drop)
}

/// The next of them.
pub(super) fn dispersed_page(
    database: &mut dyn Database,
    seals: &Seals,
    after: &str,
) -> Result<Vec<Dispersed>, sqlx::Error> {
    let sql = "SELECT number, sealed, lost FROM dispersed WHERE number > ? ORDER BY number LIMIT 1000";
    let person = |row: &Row| {
        let number = number(row, 0)?;
        let before = seals.open(dispersed_place(&number), row.bytes(1)?.ok_or_else(damaged)?)?.to_vec();
        Ok(Dispersed { number, before, lost: row.bytes(2)?.ok_or_else(damaged)?.to_vec() })
    };
    database.query(sql, values![after])?.iter().map(person).collect()
}

/// Keeps people of whom a row of doses was refused.
pub(super) fn keep_refused_doses(database: &mut dyn Database, numbers: &[RegisterNumber]) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO refused_doses (number)";
    let tail = "ON CONFLICT (number) DO NOTHING";
    insert(database, head, 1, tail, numbers, |to, number| to.push(number.as_str().into())).map(drop)
}

/// The next people of this import without doses, none of whose rows was refused, and the lines of their rows.
pub(super) fn without_doses_page(
    database: &mut dyn Database,
    import: u64,
    after: &str,
) -> Result<Vec<(RegisterNumber, u64)>, sqlx::Error> {
    let sql = "SELECT number, line FROM person WHERE number > ? AND import_id = ? AND dose_count = 0 \
               AND number NOT IN (SELECT number FROM refused_doses) ORDER BY number LIMIT 1000";
    let rows = database.query(sql, values![after, import])?;
    rows.iter().map(|row| Ok((number(row, 0)?, count(row, 1)?))).collect()
}

/// Whether the register has people whom this import does not give.
pub(super) fn has_earlier_people(database: &mut dyn Database, import: u64) -> Result<bool, sqlx::Error> {
    let sql = "SELECT number FROM person WHERE import_id <> ? LIMIT 1";
    Ok(!database.query(sql, values![import])?.is_empty())
}

/// The next people of an import whom the register seems to have by another number, too, one row a person; within a
/// scope, if the import has one: who may not write somebody is not told of them, and does not hold them either.
pub(super) fn twins_page(
    database: &mut dyn Database,
    import: u64,
    after: &str,
    scope: Option<&Scope>,
) -> Result<Vec<Twin>, sqlx::Error> {
    let within = scope.map_or_else(String::new, |scope| format!("AND {} ", scope.condition("o.municipality")));
    let sql = format!(
        "SELECT p.number, MIN(p.line), MIN(o.number) FROM person p JOIN person o ON o.lookup = p.lookup \
         WHERE p.import_id = ? AND o.import_id <> ? AND p.number > ? {within}\
         GROUP BY p.number ORDER BY p.number LIMIT 1000"
    );
    let rows = database.query(&sql, values![import, import, after])?;
    rows.iter().map(|row| Ok(Twin { number: number(row, 0)?, line: count(row, 1)?, other: number(row, 2)? })).collect()
}

/// Leaves no trace of the import in these tables.
pub(super) fn clear(database: &mut dyn Database) -> Result<(), sqlx::Error> {
    for sql in TABLES.map(|table| format!("DELETE FROM {table}")) {
        database.execute(&sql, Vec::new())?;
    }
    Ok(())
}
