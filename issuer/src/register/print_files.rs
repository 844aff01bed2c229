//! Print files that are released: what is on them becomes printed, approvals are used up, the audit hears of it and the file
//! is noted, in one transaction. Only then the file gets the name under which it is given to a printer.
//!
//! A run that is killed between the two finds the file noted, and only gives it its name. So nobody's paper is printed
//! twice, and none is marked that no file holds.

use super::act::{Act, ActKind, ActPurpose, CertificateHash};
use super::approvals::{Granted, consume};
use super::audit::append;
use super::database::{Database, Isolation, values};
use super::letters::{LetterError, LetterState, find};
use super::read::text;
use super::statements::select;
use super::{Register, RegisterError, Undone};
use crate::approval::{ApprovalError, ApprovalKind, Subject};
use crate::record::RegisterNumber;
use tegata_certificate::UnixTime;

/// A page of a print file.
#[derive(Clone)]
pub(crate) struct ReleasedPage {
    /// Whose.
    pub person: RegisterNumber,
    /// Which certificate is on it.
    pub certificate: CertificateHash,
    /// The paper that was due, if it is one's.
    pub letter: Option<u64>,
}

/// A print file whose every code was read back.
pub(crate) struct PrintRelease<'a> {
    /// What tells it from all other files: a hash of the run, the file's name and the PDF.
    pub id: [u8; 32],
    /// SHA-256 of the PDF.
    pub sha256: [u8; 32],
    /// What the register calls the file where it says into which file a paper was printed.
    pub name: &'a str,
    /// The kind of paper.
    pub kind: &'static str,
    /// Its pages.
    pub pages: &'a [ReleasedPage],
    /// Second persons' word for those whose address is shielded.
    pub approvals: &'a [Granted],
    /// Whether papers may be on it that were printed before.
    pub again: bool,
    /// What it is printed for.
    pub purpose: Option<&'a ActPurpose>,
}

impl Register {
    /// Whether a print file was released.
    pub(crate) fn is_released(&mut self, id: &[u8; 32]) -> Result<bool, RegisterError> {
        self.run(|database| is_noted(database, id))
    }

    /// Releases a print file: all of what is on it, or nothing. What was released before is left as it is.
    ///
    /// # Errors
    /// [`LetterError`]: a paper that is not there, was printed meanwhile or delivered, or must not be posted; and
    /// [`ApprovalError::Needed`] where somebody's address is shielded now and nobody has approved that it is printed.
    pub(crate) fn release_print(&mut self, release: &PrintRelease<'_>, now: UnixTime) -> Result<(), LetterError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            if is_noted(database, &release.id)? {
                return Ok(());
            }
            let mut acts = Vec::with_capacity(release.pages.len() + 1);
            for granted in release.approvals {
                consume(database, granted, &journal, now, &mut acts).map_err(Undone::into_other::<LetterError>)?;
            }
            all_approved(database, release)?;
            let mut letters: Vec<u64> = release.pages.iter().filter_map(|page| page.letter).collect();
            letters.dedup();
            for id in letters {
                mark(database, id, release, (journal.actor.name(), now))?;
            }
            let sql = "INSERT INTO print_file (id, kind, pages, released_at, released_by, station) \
                       VALUES (?, ?, ?, ?, ?, ?)";
            let pages = release.pages.len() as u64;
            let mut row = values![&release.id, release.kind, pages, now.0];
            row.extend(values![journal.actor.name(), journal.actor.station()]);
            database.execute(sql, row)?;
            acts.extend(release.pages.iter().map(|page| of_page(page, release)));
            let act = release.act(ActKind::Release).with("pages", pages);
            acts.push(act.with("file", release.sha256));
            append(database, &journal, &acts)
        })
    }
}

fn is_noted(database: &mut dyn Database, id: &[u8; 32]) -> Result<bool, sqlx::Error> {
    Ok(!database.query("SELECT kind FROM print_file WHERE id = ?", values![id])?.is_empty())
}

impl PrintRelease<'_> {
    fn act(&self, act: ActKind) -> Act {
        let act = Act::new(act).with("kind", self.kind);
        match self.purpose {
            Some(purpose) => act.purpose(purpose.clone()),
            None => act,
        }
    }
}

fn of_page(page: &ReleasedPage, release: &PrintRelease<'_>) -> Act {
    let act = release.act(ActKind::Print).about(&page.person).certificate(page.certificate);
    match page.letter {
        Some(letter) => act.with("letter", letter),
        None => act,
    }
}

/// Whether a second person has approved all that are shielded now: a flag that came in since the page was made counts.
fn all_approved(database: &mut dyn Database, release: &PrintRelease<'_>) -> Result<(), Undone<LetterError>> {
    let kind = ApprovalKind::PrintProtected;
    let mut people: Vec<&str> = release.pages.iter().map(|page| page.person.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    for row in &select(database, "SELECT number, shielded FROM person", &people)? {
        let number = text(row, 0)?;
        let is_about = |granted: &Granted| {
            granted.kind() == kind && matches!(granted.subject(), Subject::Person(person) if person.as_str() == number)
        };
        if row.integer(1)? != Some(0) && !release.approvals.iter().any(is_about) {
            return Err(Undone::Refused(ApprovalError::Needed { kind }.into()));
        }
    }
    Ok(())
}

/// Marks a paper as printed.
fn mark(
    database: &mut dyn Database,
    id: u64,
    release: &PrintRelease<'_>,
    (who, now): (&str, UnixTime),
) -> Result<(), Undone<LetterError>> {
    let entry = find(database, id)?;
    match entry.state {
        LetterState::Due => {}
        LetterState::Printed if release.again => {}
        before => return Err(Undone::Refused(LetterError::Before(before))),
    }
    if entry.withheld {
        return Err(Undone::Refused(LetterError::Shielded));
    }
    let sql = "UPDATE letter SET printed_at = ?, printed_by = ?, print_file = ? WHERE id = ?";
    database.execute(sql, values![now.0, who, release.name, id])?;
    Ok(())
}
