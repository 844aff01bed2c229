//! What an older version of the program wrote, brought to this version's form: plain records are sealed, and
//! certificates get the positions that they are found by.

use super::database::{Database, Row, Value, values};
use super::pack::unpack;
use super::particulars::{self, Particulars};
use super::people::{INSERT_PERSON, PERSON_COLUMNS, PersonRow};
use super::ranges::Positions;
use super::read::{count, damaged, kid, number, text};
use super::seal::{Nonces, Seals};
use super::statements::{BATCH, insert_bound};
use std::sync::Arc;
use tegata_certificate::{Sex, StatusIndex};

/// Seals everyone in the table `person_plain` into `person`, and drops it. Part of a transaction.
pub(super) fn seal_people(database: &mut dyn Database, seals: &Seals) -> Result<(), sqlx::Error> {
    let sql = "SELECT number, name, kana, romanised, birth, sex, municipality, nationality, passport, shielded, \
               import_id, line, dose_count, doses FROM person_plain WHERE number > ? ORDER BY number LIMIT ?";
    let mut nonces = Nonces::for_values(BATCH);
    let mut after = String::new();
    loop {
        let rows = database.query(sql, values![&after, BATCH as i64])?;
        let Some(last) = rows.last() else { break };
        after = number(last, 0)?.to_string();
        let mut people = Vec::with_capacity(PERSON_COLUMNS * rows.len());
        for row in &rows {
            sealed(row, seals, &mut nonces)?.into_values(&mut people);
        }
        insert_bound(database, INSERT_PERSON, PERSON_COLUMNS, "", people)?;
    }
    if !after.is_empty() {
        let sql = "INSERT INTO register_key (id, key_id, scrubbed) VALUES (1, ?, 0)";
        database.execute(sql, vec![Value::from(seals.id())])?;
    }
    database.execute("DROP TABLE person_plain", Vec::new()).map(drop)
}

/// Finds the position of each certificate that has a place in a status list. Part of a transaction.
pub(super) fn fill_positions(database: &mut dyn Database) -> Result<(), sqlx::Error> {
    let positions = Positions::read(database)?;
    let people = "SELECT DISTINCT number FROM certificate WHERE number > ? ORDER BY number LIMIT ?";
    let held = "SELECT format, content, renewal, shard, status_index, number FROM certificate \
                WHERE number > ? AND number <= ? AND shard IS NOT NULL";
    let fill = "UPDATE certificate SET position = ? WHERE number = ? AND format = ? AND content = ? AND renewal = ?";
    let mut after = String::new();
    loop {
        let page = database.query(people, values![&after, BATCH as i64])?;
        let Some(last) = page.last() else { return Ok(()) };
        let last = number(last, 0)?.to_string();
        for row in &database.query(held, values![&after, &last])? {
            let place = StatusIndex { shard: count(row, 3)?, index: count(row, 4)? };
            // Whatever has a place has it from a range that the register knows.
            let position = positions.of(place).ok_or_else(damaged)?;
            let (number, format, content) = (text(row, 5)?, text(row, 0)?, kid(row, 1)?);
            database.execute(fill, values![position, number, format, &content, count(row, 2)?])?;
        }
        after = last;
    }
}

fn sealed(row: &Row, seals: &Seals, nonces: &mut Nonces) -> Result<PersonRow, sqlx::Error> {
    let packed = row.bytes(13)?.ok_or_else(damaged)?;
    // What is no record stays told as damage: it must not be sealed as one.
    let doses = unpack(packed).ok_or_else(damaged)?;
    let number = number(row, 0)?;
    PersonRow::seal(&number, &plain(row)?, (count(row, 10)?, count(row, 11)?), doses.len(), packed, seals, nonces)
}

/// Particulars in columns of their own, as migration 1 had them.
fn plain(row: &Row) -> Result<Particulars, sqlx::Error> {
    let text = |at| Ok::<_, sqlx::Error>(row.text(at)?.map(Arc::from));
    Ok(Particulars {
        name: text(1)?,
        kana: text(2)?,
        romanised: text(3)?,
        birth: particulars::birth(count(row, 4)?).ok_or_else(damaged)?,
        sex: row
            .integer(5)?
            .map(|number| u64::try_from(number).ok().and_then(Sex::from_number).ok_or_else(damaged))
            .transpose()?,
        municipality: row.integer(6)?.map(particulars::municipality).transpose()?,
        nationality: text(7)?,
        passport: text(8)?,
        shielded: row.integer(9)?.ok_or_else(damaged)? != 0,
    })
}
