//! What holds people back: findings that somebody has to confirm, and the confirmations.
//!
//! A finding is known by its fingerprint, a keyed hash of its code, its person and its facts. So a confirmation outlasts
//! the next import of the same facts, and falls when they change; and no fact is in the clear here.

use super::act::{Act, ActKind, ActPurpose};
use super::audit::append;
use super::closing::Dispersed;
use super::database::{Database, Isolation, Row, values};
use super::entry::{Entry, PersonPart};
use super::read::{count, damaged, kid, number, text};
use super::seal::fill_random;
use super::statements::{insert, select};
use super::{Mode, Register, RegisterError, Undone, Writer, waiting};
use crate::check::lots::KnownLot;
use crate::check::series::Fault;
use crate::check::{Code, Level, Subject};
use crate::record::RegisterNumber;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;

/// What an import needs of this.
#[derive(Default)]
pub(super) struct Holds {
    key: [u8; 32],
    accept: Vec<Code>,
    day: String,
    lots: Vec<KnownLot>,
    /// Whether the register had findings before this import, which its rows may do away with.
    had_some: bool,
}

/// A finding that is to hold a person.
pub(crate) struct NewHold {
    pub(crate) person: RegisterNumber,
    /// Another person that it holds, too, with role and line of that one's row.
    pub(crate) also: Option<(RegisterNumber, Arc<str>, u64)>,
    pub(crate) code: Code,
    pub(crate) subject: Subject,
    pub(crate) facts: String,
    /// The file's role in the journal.
    pub(crate) role: Arc<str>,
    pub(crate) line: u64,
    /// From 1; 0 for the whole row.
    pub(crate) column: u64,
}

impl NewHold {
    /// The finding that a person seems to be registered as `other`, too, shown by that row.
    pub(crate) fn twin(person: &RegisterNumber, other: &RegisterNumber, (role, line): (Arc<str>, u64)) -> Self {
        let (code, subject, facts) = (Code::SamePersonTwice, Subject::Person, Self::twin_facts(other));
        Self { person: person.clone(), also: None, code, subject, facts, role, line, column: 0 }
    }

    /// What is known by that.
    pub(crate) fn twin_facts(other: &RegisterNumber) -> String {
        format!("reading of {other}")
    }

    fn fingerprint(&self, key: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(key);
        for part in [self.code.number(), self.person.as_str(), &self.facts] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    fn subject_number(&self) -> i64 {
        match self.subject {
            Subject::Person => 0,
            Subject::Dose(_) => 1,
            Subject::Series => 2,
        }
    }

    fn dose(&self) -> i64 {
        if let Subject::Dose(number) = self.subject { i64::from(number) } else { 0 }
    }
}

/// A finding that holds somebody, or has been confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OpenFinding {
    /// The person's number in the register.
    pub person: String,
    /// What was found.
    pub code: Code,
    /// Its number.
    pub number: &'static str,
    /// The import that last found it.
    pub import: u64,
    /// The file.
    pub file: String,
    /// The line of its row.
    pub line: u64,
    /// The column, from 1; absent for the whole row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The day on which it was confirmed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<String>,
    #[serde(skip)]
    fingerprint: Vec<u8>,
}

impl OpenFinding {
    /// What it is called in forms: it tells nothing to whoever has not the register's key.
    #[must_use]
    pub fn id(&self) -> String {
        base16ct::lower::encode_string(&self.fingerprint)
    }
}

/// Which findings are meant.
#[derive(Clone, Debug)]
pub enum FindingChoice {
    /// Those of a row: file as it was named (or the last part of its name), line, and an import if not the newest of that file.
    Row {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The import.
        import: Option<u64>,
    },
    /// Those of a person.
    Person(RegisterNumber),
    /// All.
    All,
}

impl Writer<'_> {
    /// Makes ready to hold people; gives the lots that earlier imports saw.
    pub(super) fn begin_holds(&mut self, (accept, day): (&[Code], &str)) -> Result<Vec<KnownLot>, RegisterError> {
        let (key, had_some, lots) = self.run(|database| {
            let key = finding_key(database)?;
            let some = database.query("SELECT number FROM open_finding LIMIT 1", values![])?;
            Ok((key, !some.is_empty(), known_lots(database)?))
        })?;
        self.holds = Holds { key, accept: accept.to_vec(), day: day.to_owned(), lots: Vec::new(), had_some };
        Ok(lots)
    }

    /// Holds people because of findings. What was confirmed stays confirmed.
    pub(crate) fn hold(&mut self, holds: &[NewHold]) -> Result<(), RegisterError> {
        if holds.is_empty() {
            return Ok(());
        }
        let (key, import) = (self.holds.key, self.import());
        let (accept, day) = (self.holds.accept.clone(), self.holds.day.clone());
        self.run(|database| {
            for hold in holds {
                let fingerprint = hold.fingerprint(&key);
                let own = (&hold.person, &*hold.role, hold.line);
                let also = hold.also.as_ref().map(|(number, role, line)| (number, &**role, *line));
                for (person, role, line) in std::iter::once(own).chain(also) {
                    let (code, subject, dose) = (hold.code.name(), hold.subject_number(), hold.dose());
                    let mut row = values![person.as_str(), code, &fingerprint, subject, dose];
                    row.extend(values![import, role, line, hold.column]);
                    database.execute(INSERT_FINDING, row)?;
                }
                if accept.contains(&hold.code) {
                    confirm_one(database, &fingerprint, &day)?;
                }
            }
            Ok(())
        })
    }

    /// Findings of earlier imports fall with the facts that these entries give anew; those that still hold are found again.
    pub(super) fn forget_superseded(&mut self, entries: &[Entry]) -> Result<(), RegisterError> {
        if !self.holds.had_some {
            return Ok(());
        }
        let (import, whole) = (self.import(), self.is_whole_series());
        let people: Vec<&str> = entries
            .iter()
            .filter(|entry| matches!(entry.person, PersonPart::Given(..)))
            .map(|entry| entry.number.as_str())
            .collect();
        let with_doses = || entries.iter().filter_map(|entry| Some((&entry.number, entry.doses.as_ref()?)));
        let dosed: Vec<&str> = with_doses().map(|(number, _)| number.as_str()).collect();
        self.run(|database| {
            for number in &people {
                forget(database, "subject = 0", number, import)?;
            }
            for number in &dosed {
                forget(database, if whole { "subject > 0" } else { "subject = 2" }, number, import)?;
            }
            if whole {
                return Ok(());
            }
            for (number, doses) in with_doses() {
                for dose in doses.unpacked() {
                    let sql =
                        "DELETE FROM open_finding WHERE subject = 1 AND dose = ? AND number = ? AND import_id < ?";
                    database.execute(sql, values![i64::from(dose.number), number.as_str(), import])?;
                }
            }
            Ok(())
        })
    }

    /// Lays people aside whose doses are judged when all rows were read.
    pub(super) fn lay_aside(&mut self, people: &[Dispersed]) -> Result<(), RegisterError> {
        let seals = self.seals();
        self.run(|database| waiting::keep_dispersed(database, &seals, people))
    }

    /// Notes people of whom a row of doses was refused.
    pub(crate) fn refused_doses(&mut self, numbers: &[RegisterNumber]) -> Result<(), RegisterError> {
        self.run(|database| waiting::keep_refused_doses(database, numbers))
    }

    /// Keeps what is known of lots now.
    pub(crate) fn keep_lots(&mut self, mut lots: Vec<KnownLot>) {
        self.holds.lots.append(&mut lots);
    }

    /// How many people this import holds.
    pub(crate) fn held_people(&mut self) -> Result<u64, RegisterError> {
        let import = self.import();
        self.run(|database| {
            let sql = "SELECT COUNT(DISTINCT o.number) FROM open_finding o JOIN person p ON p.number = o.number \
                       LEFT JOIN confirmation c ON c.fingerprint = o.fingerprint \
                       WHERE o.import_id = ? AND c.fingerprint IS NULL";
            count(database.query(sql, values![import])?.first().ok_or_else(damaged)?, 0)
        })
    }

    /// Writes what is left to write before the import is made permanent.
    pub(super) fn finish_holds(&mut self) -> Result<(), RegisterError> {
        let (import, lots) = (self.import(), std::mem::take(&mut self.holds.lots));
        self.run(|database| {
            // Of people whose row was refused after all.
            let sql = "DELETE FROM open_finding WHERE import_id = ? AND number NOT IN (SELECT number FROM person)";
            database.execute(sql, values![import])?;
            let head = "INSERT INTO lot (lot, maker, seen, first_day, last_day)";
            let tail = "ON CONFLICT (lot, maker) DO UPDATE SET seen = excluded.seen, first_day = excluded.first_day, \
                        last_day = excluded.last_day";
            insert(database, head, 5, tail, &lots, |to, lot| {
                let (first, last) = (i64::from(lot.days.0), i64::from(lot.days.1));
                to.extend(values![lot.lot.as_str(), lot.maker.as_str(), lot.seen, first, last]);
            })
            .map(drop)
        })
    }

    fn is_whole_series(&self) -> bool {
        self.mode() == Mode::WholeSeries
    }
}

const INSERT_FINDING: &str = "INSERT INTO open_finding (number, code, fingerprint, subject, dose, import_id, role, line, \
    column_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number, code, fingerprint) DO UPDATE SET \
    subject = excluded.subject, dose = excluded.dose, import_id = excluded.import_id, role = excluded.role, \
    line = excluded.line, column_number = excluded.column_number";

/// What becomes of findings when a number is merged into another: that both may be one person is settled, and what else
/// holds the first holds the second from now on.
pub(super) fn merge_holds(
    database: &mut dyn Database,
    from: &RegisterNumber,
    into: &RegisterNumber,
) -> Result<(), sqlx::Error> {
    let key = finding_key(database)?;
    for (one, other) in [(from, into), (into, from)] {
        let settled = NewHold::twin(one, other, (Arc::from(""), 0)).fingerprint(&key);
        database.execute("DELETE FROM open_finding WHERE fingerprint = ?", values![&settled])?;
    }
    // One that was found within a file has both people.
    let sql = "DELETE FROM open_finding WHERE code = ? AND fingerprint IN (SELECT fingerprint FROM open_finding WHERE \
               number = ?) AND fingerprint IN (SELECT fingerprint FROM open_finding WHERE number = ?)";
    database.execute(sql, values![Code::SamePersonTwice.name(), from.as_str(), into.as_str()])?;
    let sql = "UPDATE open_finding SET number = ? WHERE number = ?";
    database.execute(sql, values![into.as_str(), from.as_str()]).map(drop)
}

/// Holds a person for what is wrong with the doses of two numbers together.
pub(super) fn hold_for(
    database: &mut dyn Database,
    person: &RegisterNumber,
    import: u64,
    faults: Vec<Fault>,
) -> Result<(), sqlx::Error> {
    let key = finding_key(database)?;
    let sql = "SELECT role FROM import_file WHERE import_id = ? ORDER BY role LIMIT 1";
    let roles = database.query(sql, values![import])?;
    let role = text(roles.first().ok_or_else(damaged)?, 0)?;
    for fault in faults.into_iter().filter(|fault| fault.code.level() == Level::Eye) {
        let Fault { code, line, subject, facts, .. } = fault;
        let hold =
            NewHold { person: person.clone(), also: None, code, subject, facts, role: Arc::from(""), line, column: 0 };
        let fingerprint = hold.fingerprint(&key);
        let mut row = values![person.as_str(), code.name(), &fingerprint];
        row.extend(values![hold.subject_number(), hold.dose(), import, role, line, 0_i64]);
        database.execute(INSERT_FINDING, row)?;
    }
    Ok(())
}

/// Who of these people is held, in a transaction that is open.
pub(super) fn held_in(database: &mut dyn Database, numbers: &[&str]) -> Result<HashSet<String>, sqlx::Error> {
    let head = "SELECT number FROM (SELECT o.number FROM open_finding o LEFT JOIN confirmation c \
                ON c.fingerprint = o.fingerprint WHERE c.fingerprint IS NULL) held";
    select(database, head, numbers)?.iter().map(|row| Ok(text(row, 0)?.to_owned())).collect()
}

/// Which of these findings somebody has confirmed.
pub(super) fn confirmed(database: &mut dyn Database, holds: &[NewHold]) -> Result<Vec<bool>, sqlx::Error> {
    let key = finding_key(database)?;
    let is_confirmed = |hold: &NewHold| {
        let sql = "SELECT day FROM confirmation WHERE fingerprint = ?";
        Ok(!database.query(sql, values![&hold.fingerprint(&key)])?.is_empty())
    };
    holds.iter().map(is_confirmed).collect()
}

/// Takes these findings of a person, all confirmed on that day, in place of those that one record alone shows. What only
/// a whole file shows stays, and that somebody else seems to be the same person too, unless reading or birth date are new.
pub(super) fn replace(
    database: &mut dyn Database,
    person: &RegisterNumber,
    import: u64,
    (holds, day): (&[NewHold], &str),
    twin_is_new: bool,
) -> Result<(), sqlx::Error> {
    let key = finding_key(database)?;
    let sql = "DELETE FROM open_finding WHERE number = ? AND code <> ? AND code <> ?";
    let coupon = Code::DuplicateCoupon.name();
    let twin = if twin_is_new { coupon } else { Code::SamePersonTwice.name() };
    database.execute(sql, values![person.as_str(), coupon, twin])?;
    for hold in holds {
        let fingerprint = hold.fingerprint(&key);
        let mut row = values![person.as_str(), hold.code.name(), &fingerprint, hold.subject_number(), hold.dose()];
        row.extend(values![import, super::amendment::ROLE, hold.line, hold.column]);
        database.execute(INSERT_FINDING, row)?;
        confirm_one(database, &fingerprint, day)?;
    }
    Ok(())
}

/// `which` is a constant.
fn forget(database: &mut dyn Database, which: &str, number: &str, import: u64) -> Result<(), sqlx::Error> {
    let sql = format!("DELETE FROM open_finding WHERE {which} AND number = ? AND import_id < ?");
    database.execute(&sql, values![number, import]).map(drop)
}

fn confirm_one(database: &mut dyn Database, fingerprint: &[u8], day: &str) -> Result<u64, sqlx::Error> {
    let sql = "INSERT INTO confirmation (fingerprint, day) VALUES (?, ?) ON CONFLICT (fingerprint) DO NOTHING";
    database.execute(sql, values![fingerprint, day])
}

/// The key of this register's fingerprints; made when the first is needed.
fn finding_key(database: &mut dyn Database) -> Result<[u8; 32], sqlx::Error> {
    let rows = database.query("SELECT fingerprint_key FROM finding_key WHERE id = 1", values![])?;
    if let Some(row) = rows.first() {
        return kid(row, 0);
    }
    let mut key = [0; 32];
    fill_random(&mut key)?;
    database.execute("INSERT INTO finding_key (id, fingerprint_key) VALUES (1, ?)", values![&key])?;
    Ok(key)
}

/// The lots that were seen most.
pub(super) fn known_lots(database: &mut dyn Database) -> Result<Vec<KnownLot>, sqlx::Error> {
    let sql = "SELECT lot, maker, seen, first_day, last_day FROM lot ORDER BY seen DESC, lot LIMIT 8192";
    let day = |row: &Row, at| row.integer(at)?.and_then(|day| i32::try_from(day).ok()).ok_or_else(damaged);
    let lot = |row: &Row| {
        let days = (day(row, 3)?, day(row, 4)?);
        Ok(KnownLot { lot: text(row, 0)?.to_owned(), maker: text(row, 1)?.to_owned(), seen: count(row, 2)?, days })
    };
    database.query(sql, values![])?.iter().map(lot).collect()
}

impl Register {
    /// Who of these people is held by a finding that nobody has confirmed.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub(crate) fn held(&mut self, numbers: &[&str]) -> Result<HashSet<String>, RegisterError> {
        self.run(|database| held_in(database, numbers))
    }

    /// How many people with a dose are held by a finding that nobody has confirmed.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn people_held(&mut self) -> Result<u64, RegisterError> {
        self.run(|database| {
            let sql = "SELECT COUNT(DISTINCT o.number) FROM open_finding o JOIN person p ON p.number = o.number \
                       LEFT JOIN confirmation c ON c.fingerprint = o.fingerprint \
                       WHERE p.dose_count > 0 AND c.fingerprint IS NULL";
            count(database.query(sql, values![])?.first().ok_or_else(damaged)?, 0)
        })
    }

    /// The findings that hold somebody, or did until they were confirmed, by file, line and code.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn open_findings(
        &mut self,
        choice: &FindingChoice,
        code: Option<Code>,
    ) -> Result<Vec<OpenFinding>, RegisterError> {
        let findings = self.run(|database| {
            let sql = "SELECT o.number, o.code, o.import_id, f.name, o.line, o.column_number, c.day, o.fingerprint \
                       FROM open_finding o JOIN import_file f ON f.import_id = o.import_id AND f.role = o.role \
                       LEFT JOIN confirmation c ON c.fingerprint = o.fingerprint \
                       WHERE (? = '' OR o.number = ?) AND (? = '' OR o.code = ?) AND (? < 0 OR o.line = ?) \
                       ORDER BY o.import_id, f.name, o.line, o.code";
            let (person, line) = match choice {
                FindingChoice::Person(number) => (number.as_str(), -1),
                FindingChoice::Row { line, .. } => ("", i64::try_from(*line).unwrap_or(i64::MAX)),
                FindingChoice::All => ("", -1),
            };
            let code = code.map_or("", Code::name);
            let rows = database.query(sql, values![person, person, code, code, line, line])?;
            rows.iter().map(open_finding).collect::<Result<Vec<_>, sqlx::Error>>()
        })?;
        let FindingChoice::Row { file, import, .. } = choice else { return Ok(findings) };
        let newest = match import {
            Some(import) => Some(*import),
            None => self.newest_import_of(file)?,
        };
        let wanted = |found: &OpenFinding| is_named(&found.file, file) && Some(found.import) == newest;
        Ok(findings.into_iter().filter(wanted).collect())
    }

    /// The newest import of a file.
    fn newest_import_of(&mut self, file: &str) -> Result<Option<u64>, RegisterError> {
        self.run(|database| {
            let rows = database.query("SELECT import_id, name FROM import_file ORDER BY import_id DESC", values![])?;
            for row in &rows {
                if is_named(text(row, 1)?, file) {
                    return count(row, 0).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// Confirms findings, or takes their confirmation back; says how many were not so already. `day` is noted.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn confirm(&mut self, findings: &[OpenFinding], undo: bool, day: &str) -> Result<u64, RegisterError> {
        let kind = if undo { ActKind::UnconfirmFinding } else { ActKind::ConfirmFinding };
        self.change_confirmations(findings, kind, None, day)
    }

    /// Confirms findings for a reason, which the audit keeps.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn confirm_for(
        &mut self,
        findings: &[OpenFinding],
        reason: &ActPurpose,
        day: &str,
    ) -> Result<u64, RegisterError> {
        self.change_confirmations(findings, ActKind::ConfirmFinding, Some(reason), day)
    }

    fn change_confirmations(
        &mut self,
        findings: &[OpenFinding],
        kind: ActKind,
        reason: Option<&ActPurpose>,
        day: &str,
    ) -> Result<u64, RegisterError> {
        let journal = self.journal();
        let act = |finding: &OpenFinding| {
            let act = Act::new(kind).with("code", finding.code.name());
            let act = reason.map_or(act.clone(), |reason| act.purpose(reason.clone()));
            RegisterNumber::from_register(&finding.person).map_or(act.clone(), |person| act.about(&person))
        };
        let acts: Vec<Act> = findings.iter().map(act).collect();
        self.transaction(Isolation::Alone, |database| {
            let mut changed = 0;
            for finding in findings {
                changed += if kind == ActKind::UnconfirmFinding {
                    let sql = "DELETE FROM confirmation WHERE fingerprint = ?";
                    database.execute(sql, values![finding.fingerprint.as_slice()])?
                } else {
                    confirm_one(database, &finding.fingerprint, day)?
                };
            }
            append::<RegisterError>(database, &journal, &acts)?;
            Ok::<_, Undone<RegisterError>>(changed)
        })
    }
}

/// Whether a file is meant: by its whole name, or by the last part of it.
fn is_named(name: &str, meant: &str) -> bool {
    name == meant || name.rsplit(['/', '\\']).next() == Some(meant)
}

fn open_finding(row: &Row) -> Result<OpenFinding, sqlx::Error> {
    let code = Code::find(text(row, 1)?).ok_or_else(damaged)?;
    Ok(OpenFinding {
        person: number(row, 0)?.to_string(),
        code,
        number: code.number(),
        import: count(row, 2)?,
        file: text(row, 3)?.to_owned(),
        line: count(row, 4)?,
        column: Some(count(row, 5)?).filter(|&column| column > 0),
        confirmed: row.text(6)?.map(str::to_owned),
        fingerprint: row.bytes(7)?.ok_or_else(damaged)?.to_vec(),
    })
}
