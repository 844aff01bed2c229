//! What is past its term goes: people, their certificates, findings and what else is kept by their number, and the keys
//! that lead from pseudonyms of the audit to people. The audit itself stays, and can be verified still.
//!
//! Copies of before are not reached by this: another key (register/rekey.rs) and the destruction of the old one make
//! them unreadable.

use super::act::{Act, ActKind};
use super::audit::{Journal, append, year_of};
use super::database::{Database, Isolation, Value, Values, values};
use super::pack::unpack;
use super::particulars::Particulars;
use super::read::{count, damaged, text};
use super::seal::{Place, Seals};
use super::statements::{select, select_in};
use super::{Register, RegisterError, Undone};
use serde::Serialize;
use std::collections::HashMap;
use tegata_certificate::{Date, UnixTime};

/// People that are looked at, and deleted, in one transaction.
const PAGE: i64 = 500;

/// Years that what is past its use is kept, unless the office chose otherwise.
const DEFAULT_YEARS: u64 = 5;

/// Tables whose rows go with a person, and the column with the number. Whoever adds a table that is kept by a person's
/// number adds a line here.
const BY_NUMBER: &[(&str, &str)] = &[
    ("certificate", "number"),
    ("record_version", "number"),
    ("open_finding", "number"),
    ("letter", "number"),
    ("correction", "number"),
    ("merger", "into_number"),
    ("merger", "number"),
    ("person", "number"),
];

/// For how many years things are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RetentionTerms {
    /// A person, after the last dose and the end of the last certificate (of who has neither: after the last import that
    /// named them).
    pub records: u64,
    /// A certificate's row, after its expiry.
    pub certificates: u64,
    /// The key that leads from the audit's pseudonyms of a year to people, after the end of that year.
    pub pseudonyms: u64,
    /// A job, after its end.
    pub jobs: u64,
}

impl Default for RetentionTerms {
    fn default() -> Self {
        Self { records: DEFAULT_YEARS, certificates: DEFAULT_YEARS, pseudonyms: DEFAULT_YEARS, jobs: DEFAULT_YEARS }
    }
}

impl RetentionTerms {
    /// The longest term, in years.
    pub const LONGEST: u64 = 100;

    const NAMES: [&str; 4] = ["years-records", "years-certificates", "years-pseudonyms", "years-jobs"];

    fn fields(&mut self) -> [&mut u64; 4] {
        [&mut self.records, &mut self.certificates, &mut self.pseudonyms, &mut self.jobs]
    }
}

/// What went, or would.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Retired {
    /// People.
    pub people: u64,
    /// Certificates, of these people and of others.
    pub certificates: u64,
    /// Findings of these people.
    pub findings: u64,
    /// Earlier versions of records.
    pub versions: u64,
    /// Years whose pseudonyms lead to nobody now.
    pub years: u64,
    /// Jobs.
    pub jobs: u64,
}

impl Register {
    /// For how many years things are kept.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn retention_terms(&mut self) -> Result<RetentionTerms, RegisterError> {
        self.run(|database| {
            let mut terms = RetentionTerms::default();
            for row in &database.query("SELECT name, value FROM setting", Vec::new())? {
                let name = text(row, 0)?;
                for (known, years) in RetentionTerms::NAMES.iter().zip(terms.fields()) {
                    if *known == name {
                        *years = count(row, 1)?;
                    }
                }
            }
            Ok(terms)
        })
    }

    /// Chooses for how many years things are kept; none longer than [`RetentionTerms::LONGEST`].
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn set_retention_terms(&mut self, terms: &RetentionTerms) -> Result<(), RegisterError> {
        let (journal, mut terms) = (self.journal(), *terms);
        self.transaction(Isolation::Statement, |database| {
            let mut act = Act::new(ActKind::SettingChanged);
            for (name, years) in RetentionTerms::NAMES.into_iter().zip(terms.fields()) {
                *years = (*years).min(RetentionTerms::LONGEST);
                let sql = "INSERT INTO setting (name, value) VALUES (?, ?) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                database.execute(sql, values![name, *years])?;
                act = act.with(name, *years);
            }
            append(database, &journal, &[act])
        })
    }

    /// What would go if what is past its term went now.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn preview_retention(&mut self, now: UnixTime) -> Result<Retired, RegisterError> {
        self.retire(now, false)
    }

    /// Deletes what is past its term, page by page: whoever is interrupted goes on by doing it again.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn run_retention(&mut self, now: UnixTime) -> Result<Retired, RegisterError> {
        // What is deleted is overwritten, where the database can.
        self.run(|database| database.shred())?;
        self.retire(now, true)
    }

    fn retire(&mut self, now: UnixTime, really: bool) -> Result<Retired, RegisterError> {
        let terms = self.retention_terms()?;
        let (seals, journal) = (self.seals(), self.journal());
        let mut sum = Retired::default();
        let mut after = String::new();
        loop {
            let page = self.transaction(Isolation::Alone, |database| {
                let (due, last) = people_due(database, &seals, &terms, now, &after)?;
                let retired = retire_people(database, &journal, &due, really)?;
                Ok::<_, Undone<RegisterError>>((retired, last))
            })?;
            sum.add(page.0);
            let Some(last) = page.1 else { break };
            after = last;
        }
        let rest = self.transaction(Isolation::Alone, |database| {
            let mut retired = retire_certificates(database, &terms, now, really)?;
            retired.jobs = retire_jobs(database, &terms, now, really)?;
            let years = years_due(database, &terms, now)?;
            retired.years = years.len() as u64;
            let mut acts = Vec::new();
            if really && retired != Retired::default() {
                acts.push(retired.act());
                for year in years {
                    database.execute("DELETE FROM pseudonym_key WHERE year = ?", values![year])?;
                    acts.push(Act::new(ActKind::Retention).with("year", year.unsigned_abs()));
                }
            }
            append::<RegisterError>(database, &journal, &acts)?;
            Ok::<_, Undone<RegisterError>>(retired)
        })?;
        // People's own certificates were counted with them; a dry run sees them a second time.
        let certificates = if really { rest.certificates } else { rest.certificates.saturating_sub(sum.certificates) };
        sum.add(Retired { certificates, ..rest });
        Ok(sum)
    }
}

impl Retired {
    fn add(&mut self, other: Self) {
        self.people += other.people;
        self.certificates += other.certificates;
        self.findings += other.findings;
        self.versions += other.versions;
        self.years += other.years;
        self.jobs += other.jobs;
    }

    fn act(&self) -> Act {
        Act::new(ActKind::Retention)
            .with("people", self.people)
            .with("certificates", self.certificates)
            .with("findings", self.findings)
            .with("versions", self.versions)
            .with("jobs", self.jobs)
    }
}

/// The moment so many years before, by the calendar; what happened before it is past the term.
fn years_before(now: UnixTime, years: u64) -> UnixTime {
    let years = i32::try_from(years).unwrap_or(i32::MAX);
    let Some((year, month, day)) = now.date().map(Date::ymd) else { return UnixTime(i64::MIN) };
    let earlier = year.checked_sub(years);
    // The 29th of February is the 28th in other years.
    let date = earlier.and_then(|year| Date::from_ymd(year, month, day).or_else(|| Date::from_ymd(year, month, 28)));
    date.map_or(UnixTime(i64::MIN), Date::start)
}

/// The people of the next page who are past their term, and the page's last number.
fn people_due(
    database: &mut dyn Database,
    seals: &Seals,
    terms: &RetentionTerms,
    now: UnixTime,
    after: &str,
) -> Result<(Vec<String>, Option<String>), sqlx::Error> {
    let sql = "SELECT p.number, p.sealed, p.dose_count, i.day FROM person p LEFT JOIN import i ON i.id = p.import_id \
               WHERE p.number > ? ORDER BY p.number LIMIT ?";
    let rows = database.query(sql, values![after, PAGE])?;
    let Some(last) = rows.last().map(|row| text(row, 0).map(str::to_owned)).transpose()? else {
        return Ok((Vec::new(), None));
    };
    let limit = years_before(now, terms.records);
    let numbers = rows.iter().map(|row| text(row, 0)).collect::<Result<Vec<_>, _>>()?;
    let mut ends = HashMap::<String, i64>::new();
    for row in &select(database, "SELECT number, expires_at FROM certificate", &numbers)? {
        let end = ends.entry(text(row, 0)?.to_owned()).or_insert(i64::MIN);
        *end = row.integer(1)?.ok_or_else(damaged)?.max(*end);
    }
    let mut due = Vec::new();
    for row in &rows {
        let number = text(row, 0)?;
        if ends.get(number).is_some_and(|end| *end >= limit.0) {
            continue;
        }
        let named = row.text(3)?.and_then(Date::parse);
        let last = if count(row, 2)? > 0 {
            last_dose(seals, number, row.bytes(1)?.ok_or_else(damaged)?)?
        } else if ends.contains_key(number) {
            // The certificate's end says it all.
            Date::from_days(0)
        } else {
            named
        };
        if last.is_some_and(|last| last.start() < limit) {
            due.push(number.to_owned());
        }
    }
    Ok((due, Some(last)))
}

fn last_dose(seals: &Seals, number: &str, sealed: &[u8]) -> Result<Option<Date>, sqlx::Error> {
    let plain = seals.open(Place::person(number), sealed)?;
    let mut rest = plain.as_slice();
    Particulars::unpack(&mut rest, None, false).ok_or_else(damaged)?;
    let doses = unpack(rest).ok_or_else(damaged)?;
    Ok(doses.iter().map(|dose| i64::from(dose.day)).max().and_then(Date::from_days))
}

fn retire_people(
    database: &mut dyn Database,
    journal: &Journal,
    due: &[String],
    really: bool,
) -> Result<Retired, Undone<RegisterError>> {
    let numbers: Vec<&str> = due.iter().map(String::as_str).collect();
    if numbers.is_empty() {
        return Ok(Retired::default());
    }
    let mut rows_of = |table: &str| select(database, &format!("SELECT number FROM {table}"), &numbers);
    let retired = Retired {
        people: due.len() as u64,
        certificates: rows_of("certificate")?.len() as u64,
        findings: rows_of("open_finding")?.len() as u64,
        versions: rows_of("record_version")?.len() as u64,
        ..Retired::default()
    };
    if really {
        forget_confirmations(database, &numbers)?;
        for number in &numbers {
            forget_of_certificates(database, ("number = ?", &|| values![*number]))?;
            let sql = "DELETE FROM letter_certificate WHERE letter IN (SELECT id FROM letter WHERE number = ?)";
            database.execute(sql, values![*number])?;
        }
        for (table, column) in BY_NUMBER {
            for number in &numbers {
                database.execute(&format!("DELETE FROM {table} WHERE {column} = ?"), values![*number])?;
            }
        }
        append(database, journal, &[retired.act()])?;
    }
    Ok(retired)
}

/// What is kept of certificates by their identifiers, before their rows go.
fn forget_of_certificates<'a>(
    database: &mut dyn Database,
    (chosen, bound): (&str, &dyn Fn() -> Values<'a>),
) -> Result<(), sqlx::Error> {
    for table in ["kept_signature", "replacement", "letter_certificate"] {
        let sql =
            format!("DELETE FROM {table} WHERE identifier IN (SELECT identifier FROM certificate WHERE {chosen})");
        database.execute(&sql, bound())?;
    }
    Ok(())
}

/// Confirmations of findings that nobody else has.
fn forget_confirmations(database: &mut dyn Database, numbers: &[&str]) -> Result<(), sqlx::Error> {
    let mut prints = Vec::new();
    for row in &select(database, "SELECT fingerprint FROM open_finding", numbers)? {
        prints.push(row.bytes(0)?.ok_or_else(damaged)?.to_vec());
    }
    let head = "SELECT fingerprint, number FROM open_finding WHERE";
    let of_others = select_in(database, head, &[], "fingerprint", &prints, |print| Value::from(print.as_slice()))?;
    let mut kept = std::collections::HashSet::new();
    for row in &of_others {
        if !numbers.contains(&text(row, 1)?) {
            kept.insert(row.bytes(0)?.ok_or_else(damaged)?.to_vec());
        }
    }
    for print in prints.iter().filter(|print| !kept.contains(*print)) {
        database.execute("DELETE FROM confirmation WHERE fingerprint = ?", values![print.as_slice()])?;
    }
    Ok(())
}

/// Certificates of people who stay, and versions of records that no certificate was made from any more.
fn retire_certificates(
    database: &mut dyn Database,
    terms: &RetentionTerms,
    now: UnixTime,
    really: bool,
) -> Result<Retired, sqlx::Error> {
    let limit = years_before(now, terms.certificates).0;
    let number = |rows: Vec<super::database::Row>| rows.first().map_or(Ok(0), |row| count(row, 0));
    let certificates = "SELECT COUNT(*) FROM certificate WHERE expires_at < ?";
    let certificates = number(database.query(certificates, values![limit])?)?;
    let without = "FROM record_version WHERE NOT EXISTS (SELECT 1 FROM certificate c \
                   WHERE c.number = record_version.number AND c.expires_at >= ?)";
    let versions = number(database.query(&format!("SELECT COUNT(*) {without}"), values![limit])?)?;
    if really {
        database.execute(&format!("DELETE {without}"), values![limit])?;
        forget_of_certificates(database, ("expires_at < ?", &|| values![limit]))?;
        database.execute("DELETE FROM certificate WHERE expires_at < ?", values![limit])?;
    }
    Ok(Retired { certificates, versions, ..Retired::default() })
}

/// Jobs that ended, with the numbers between which their parts lie.
fn retire_jobs(
    database: &mut dyn Database,
    terms: &RetentionTerms,
    now: UnixTime,
    really: bool,
) -> Result<u64, sqlx::Error> {
    let limit = years_before(now, terms.jobs).0;
    let rows = database.query("SELECT COUNT(*) FROM job WHERE ended_at < ?", values![limit])?;
    if really {
        let parts = "DELETE FROM job_part WHERE job IN (SELECT id FROM job WHERE ended_at < ?)";
        database.execute(parts, values![limit])?;
        database.execute("DELETE FROM job WHERE ended_at < ?", values![limit])?;
    }
    rows.first().map_or(Ok(0), |row| count(row, 0))
}

/// Years whose pseudonyms are past their term: the whole year.
fn years_due(database: &mut dyn Database, terms: &RetentionTerms, now: UnixTime) -> Result<Vec<i64>, sqlx::Error> {
    let newest = year_of(now) - i64::try_from(terms.pseudonyms).unwrap_or(i64::MAX) - 1;
    let rows = database.query("SELECT year FROM pseudonym_key WHERE year <= ? ORDER BY year", values![newest])?;
    rows.iter().map(|row| row.integer(0)?.ok_or_else(damaged)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_count_by_the_calendar() {
        let at = |text: &str| Date::parse(text).expect("a day").start();
        assert_eq!(years_before(at("2026-11-28"), 5), at("2021-11-28"));
        assert_eq!(years_before(at("2028-02-29"), 5), at("2023-02-28"));
        assert_eq!(years_before(at("2026-11-28"), 0), at("2026-11-28"));
        assert_eq!(years_before(at("2026-11-28"), u64::MAX), UnixTime(i64::MIN));
    }
}
