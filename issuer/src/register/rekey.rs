//! Another key for a register: everything sealed is sealed anew, page by page, and the old key can be destroyed.
//!
//! Meanwhile nobody else writes or opens the register. Each page is a transaction that also notes how far it came, so that
//! whoever is killed in between goes on where it was. The chain of the audit keeps the key it began with, which from then
//! on is itself kept sealed.

use super::act::{Act, ActKind};
use super::audit::{AUDIT_KEY, append};
use super::audit_head::HeadMark;
use super::database::{Database, Isolation, Row, values};
use super::key;
use super::mark::Mark;
use super::particulars::Particulars;
use super::read::{count, damaged};
use super::seal::{Nonces, Place, Seals};
use super::sealed::{KeyValue, SEALED, SealedTable};
use super::{Register, RegisterError, RegisterLocation, Undone};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows a transaction.
const PAGE: i64 = 500;

/// What giving a register another key came to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Rekeyed {
    /// Values that this run sealed anew.
    pub values: u64,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
}

/// Why a register did not get another key, or not yet.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// It is the key that it has.
    #[error("{} is the key that the register has: name a new file; nothing was changed", .0.display())]
    Same(PathBuf),
    /// It was begun with another key.
    #[error("the register was half given another key than {}: name the key file that was named then", .0.display())]
    Other(PathBuf),
}

/// Gives a register another key: `new_key` is made if it is not there. `progress` hears how many values were sealed.
///
/// # Errors
/// [`RekeyError`]. What was done stays; doing it again with the same files goes on.
pub fn rekey(
    location: impl Into<RegisterLocation>,
    new_key: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Rekeyed, RekeyError> {
    let location = RegisterLocation { rekeying: true, ..location.into() };
    let mut register = Register::open(location)?;
    let (master, _) = key::read_or_make(new_key)?;
    let old = register.seals();
    let new = Arc::new(Seals::new(&master).with_audit_key(old.audit_key().clone()));
    if new.id() == old.id() {
        return Err(RekeyError::Same(new_key.to_path_buf()));
    }
    let mut rekeyed = Rekeyed { resumed: register.begin_rekey(&new, new_key)?, values: 0 };
    // Nobody issues or appends from here on, so that the marks do not move.
    Mark::beside(&register.key_file)?.copy_beside(new_key)?;
    if let Some(head) = HeadMark::beside(&register.key_file).read()? {
        HeadMark::beside(new_key).set(&head)?;
    }
    while let Some(sealed) = register.rekey_page(&old, &new)? {
        rekeyed.values += sealed;
        progress(sealed);
    }
    register.end_rekey(&new, new_key)?;
    register.close()?;
    Ok(rekeyed)
}

impl Register {
    /// Shuts out everybody else; says whether that was done by an earlier run.
    fn begin_rekey(&mut self, new: &Seals, new_key: &Path) -> Result<bool, RekeyError> {
        self.transaction(Isolation::Alone, |database| {
            let rows = database.query("SELECT key_id FROM rekey WHERE id = 1", Vec::new())?;
            if let Some(row) = rows.first() {
                let same = row.bytes(0)? == Some(new.id());
                return if same { Ok(true) } else { Err(Undone::Refused(RekeyError::Other(new_key.to_path_buf()))) };
            }
            database.execute("INSERT INTO rekey (id, key_id, place) VALUES (1, ?, 0)", values![new.id()])?;
            // Whoever is appending now is waited for, and nobody does so after.
            database.execute("UPDATE audit_head SET epoch = epoch + 1 WHERE id = 1", Vec::new())?;
            Ok(false)
        })
    }

    /// Seals the next page anew; `None` when there is none left.
    fn rekey_page(&mut self, old: &Seals, new: &Seals) -> Result<Option<u64>, RekeyError> {
        self.transaction(Isolation::Alone, |database| {
            let rows = database.query("SELECT place, after FROM rekey WHERE id = 1", Vec::new())?;
            let row = rows.first().ok_or_else(damaged)?;
            let place = usize::try_from(count(row, 0)?).map_err(|_| damaged())?;
            let Some(table) = SEALED.get(place) else { return Ok(None) };
            let after = row.bytes(1)?.map(|after| serde_json::from_slice(after).map_err(|_| damaged())).transpose()?;
            let (sealed, last) = page(database, table, after, old, new)?;
            let (place, after) = match &last {
                Some(last) => (place, Some(serde_json::to_vec(last).map_err(|_| damaged())?)),
                None => (place + 1, None),
            };
            let sql = "UPDATE rekey SET place = ?, after = ? WHERE id = 1";
            database.execute(sql, values![place as u64, after])?;
            Ok::<_, Undone<RekeyError>>(Some(sealed))
        })
    }

    /// From here on the new key is the register's, for everybody.
    fn end_rekey(&mut self, new: &Arc<Seals>, new_key: &Path) -> Result<(), RekeyError> {
        let sealed = new.seal(AUDIT_KEY, new.audit_key().as_slice(), &mut Nonces::for_values(1));
        let sealed = sealed.map_err(|error| RegisterError::from_sqlx(&self.place, &error))?;
        let epoch = self.run(super::audit::read_epoch)?;
        let journal = Arc::new(self.journal.in_epoch(new.clone(), epoch + 1));
        (self.key_file, self.journal, self.seals) = (new_key.to_path_buf(), journal.clone(), new.clone());
        self.transaction(Isolation::Alone, |database| {
            let sql = "INSERT INTO audit_key (id, sealed) VALUES (1, ?) \
                       ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed";
            database.execute(sql, values![sealed.as_slice()])?;
            database.execute("UPDATE register_key SET key_id = ? WHERE id = 1", values![new.id()])?;
            database.execute("DELETE FROM rekey", Vec::new())?;
            database.execute("UPDATE audit_head SET epoch = ? WHERE id = 1", values![epoch + 1])?;
            append::<RekeyError>(database, &journal, &[Act::new(ActKind::Rekey)])
        })?;
        // Opened as everybody opens it, before anybody is told to destroy the old key.
        let location = RegisterLocation { rekeying: false, ..self.location.clone() };
        Self::open(location.with_key(Some(new_key.to_path_buf())))?.close()?;
        Ok(())
    }
}

/// Seals a page anew, and gives its last key; none if it was empty.
fn page(
    database: &mut dyn Database,
    table: &SealedTable,
    after: Option<Vec<KeyValue>>,
    old: &Seals,
    new: &Seals,
) -> Result<(u64, Option<Vec<KeyValue>>), sqlx::Error> {
    let names: Vec<&str> = table.key.iter().map(|(name, _)| *name).collect();
    let (key, marks) = (names.join(", "), vec!["?"; names.len()].join(", "));
    let mut sql = format!("SELECT {key}, {} FROM {}", table.columns.join(", "), table.table);
    let mut values = Vec::new();
    if let Some(after) = &after {
        sql.push_str(&format!(" WHERE ({key}) > ({marks})"));
        values.extend(after.iter().map(KeyValue::value));
    }
    sql.push_str(&format!(" ORDER BY {key} LIMIT ?"));
    values.push(PAGE.into());
    let rows = database.query(&sql, values)?;
    let mut nonces = Nonces::for_values(rows.len() * table.columns.len());
    let (mut sealed, mut last) = (0, None);
    for row in &rows {
        let keys = table.key.iter().enumerate().map(|(at, (_, kind))| KeyValue::read(row, at, *kind));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        sealed += reseal(database, table, (row, &keys), (old, new), &mut nonces)?;
        last = Some(keys);
    }
    Ok((sealed, last))
}

fn reseal(
    database: &mut dyn Database,
    table: &SealedTable,
    (row, keys): (&Row, &[KeyValue]),
    (old, new): (&Seals, &Seals),
    nonces: &mut Nonces,
) -> Result<u64, sqlx::Error> {
    let number = keys.get(table.bound).ok_or_else(damaged)?.number();
    let (mut set, mut values, mut sealed) = (Vec::new(), Vec::new(), 0);
    for (at, column) in table.columns.iter().enumerate() {
        let Some(bytes) = row.bytes(keys.len() + at)? else { continue };
        let place = Place { table: table.table, number: &number, column };
        let plain = old.open(place, bytes)?;
        set.push(format!("{column} = ?"));
        values.push(new.seal(place, &plain, nonces)?.into());
        sealed += 1;
        if table.lookup && at == 0 {
            let person = Particulars::unpack(&mut plain.as_slice(), None, false).ok_or_else(damaged)?;
            set.push("lookup = ?".to_owned());
            values.push(new.lookup(person.kana.as_deref(), person.birth).map(Vec::from).into());
        }
    }
    if set.is_empty() {
        return Ok(0);
    }
    let known: Vec<String> = table.key.iter().map(|(name, _)| format!("{name} = ?")).collect();
    values.extend(keys.iter().map(KeyValue::value));
    let sql = format!("UPDATE {} SET {} WHERE {}", table.table, set.join(", "), known.join(" AND "));
    database.execute(&sql, values)?;
    Ok(sealed)
}
