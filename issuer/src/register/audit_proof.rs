//! Whether the chain of the audit is whole.

use super::act::ActKind;
use super::audit::{Fields, SHORT, key_id, read_year_key};
use super::audit_head::{Head, HeadMark};
use super::audit_log::{COLUMNS, PAGE, read_row};
use super::database::{Database, Row, values};
use super::read::{count, kid};
use super::seal::Seals;
use super::{Register, RegisterError};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with the chain, at the first entry that is not as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuditFault {
    /// An entry is not there.
    Missing {
        /// Its number.
        sequence: u64,
    },
    /// An entry, or its place in the chain, was changed.
    Changed {
        /// Its number.
        sequence: u64,
    },
    /// An entry was written by somebody who has no key of this register.
    Unsealed {
        /// Its number.
        sequence: u64,
    },
    /// The newest entries are gone: the register was set back, or they were deleted.
    Dropped {
        /// The first that is missing.
        first: u64,
        /// The last that is known to have been there.
        last: u64,
    },
    /// The chain is another one than what was noted outside the database.
    SetBack {
        /// The number of the entry that was noted.
        sequence: u64,
    },
    /// The database's own note of the newest entry is not that of the newest entry.
    Head {
        /// The newest entry.
        sequence: u64,
    },
    /// A year's key of pseudonyms is not the one that was made, or is gone and no retention took it.
    PseudonymKey {
        /// The year.
        year: u64,
    },
}

impl AuditFault {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Changed { .. } => "changed",
            Self::Unsealed { .. } => "unsealed",
            Self::Dropped { .. } => "dropped",
            Self::SetBack { .. } => "set-back",
            Self::Head { .. } => "head",
            Self::PseudonymKey { .. } => "pseudonym-key",
        }
    }

    /// The entry where it shows first, if it is one.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        match self {
            Self::Missing { sequence }
            | Self::Changed { sequence }
            | Self::Unsealed { sequence }
            | Self::SetBack { sequence }
            | Self::Head { sequence }
            | Self::Dropped { first: sequence, .. } => Some(*sequence),
            Self::PseudonymKey { .. } => None,
        }
    }
}

impl std::fmt::Display for AuditFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { sequence } => write!(f, "entry {sequence} is missing"),
            Self::Changed { sequence } => write!(f, "entry {sequence} was changed, or moved there"),
            Self::Unsealed { sequence } => write!(f, "entry {sequence} was written by somebody without the key"),
            Self::Dropped { first, last } => {
                write!(f, "entries {first} to {last} are missing: the register was set back, or they were deleted")
            }
            Self::SetBack { sequence } => {
                write!(f, "entry {sequence} is another one than was noted outside the register")
            }
            Self::Head { sequence } => write!(f, "the note of the newest entry, {sequence}, was changed"),
            Self::PseudonymKey { year } => write!(f, "the key of {year}'s pseudonyms was exchanged or deleted"),
        }
    }
}

/// A chain that was gone through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditProof {
    /// The newest entry.
    pub head: Head,
    /// The first fault, if there is any.
    pub fault: Option<AuditFault>,
}

impl Register {
    /// Goes through the whole chain and says what is wrong first, if anything is: against its own links and seals, the
    /// note beside the key file, and `published`, heads that were published or written down elsewhere.
    ///
    /// # Errors
    /// If the register or the note cannot be read. What was changed is no error but a fault.
    pub fn verify_audit(&mut self, published: &[Head]) -> Result<AuditProof, RegisterError> {
        let mark = HeadMark::beside(&self.key_file).read()?;
        let mut outside: Vec<Head> = published.iter().cloned().chain(mark).filter(|head| head.sequence > 0).collect();
        outside.sort_by_key(|head| head.sequence);
        let mut walk = Walk::new(outside);
        let seals = self.seals();
        let noted = loop {
            let sql = format!("{COLUMNS} WHERE sequence > ? ORDER BY sequence LIMIT ?");
            let rows = self.run(|database| database.query(&sql, values![walk.head.sequence, PAGE]))?;
            for row in &rows {
                if let Err(fault) = walk.step(row, &|link| seals.seal_link(link)) {
                    return Ok(AuditProof { head: walk.head, fault: Some(fault) });
                }
            }
            if rows.is_empty() {
                // Read after the entries, so it is not behind them; it is ahead where more were appended meanwhile.
                let noted = self.run(noted)?;
                let ahead = noted.as_ref().is_some_and(|noted| noted.sequence > walk.head.sequence);
                if !ahead || walk.is_stuck() {
                    break noted;
                }
            }
        };
        let first = self.run(|database| {
            let rows = database.query("SELECT sequence FROM audit WHERE sequence < 1 LIMIT 1", Vec::new())?;
            Ok(!rows.is_empty())
        })?;
        let mut fault = if first { Some(AuditFault::Changed { sequence: 1 }) } else { walk.end(noted.as_ref()) };
        if fault.is_none() {
            fault = self.run(|database| walk.check_years(database, &seals))?;
        }
        Ok(AuditProof { head: walk.head, fault })
    }
}

/// The database's own note of the newest entry; none where it is not one.
pub(super) fn noted(database: &mut dyn Database) -> Result<Option<Head>, sqlx::Error> {
    let rows = database.query("SELECT sequence, link FROM audit_head WHERE id = 1", Vec::new())?;
    Ok(rows.first().and_then(|row| Some(Head { sequence: count(row, 0).ok()?, link: kid(row, 1).ok()? })))
}

/// The way through a chain.
struct Walk {
    head: Head,
    /// Heads that are known from outside and not passed yet, by number.
    outside: std::iter::Peekable<std::vec::IntoIter<Head>>,
    /// How far it was when it last found no more.
    stood: Option<u64>,
    /// Years' keys that were made, and those that a retention took.
    made: BTreeMap<u64, String>,
    taken: BTreeSet<u64>,
}

impl Walk {
    fn new(outside: Vec<Head>) -> Self {
        let head = Head { sequence: 0, link: [0; 32] };
        Self {
            head,
            outside: outside.into_iter().peekable(),
            stood: None,
            made: BTreeMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// Whether it found no more at the same entry before.
    fn is_stuck(&mut self) -> bool {
        self.stood.replace(self.head.sequence) == Some(self.head.sequence)
    }

    fn step(&mut self, row: &Row, seal: &dyn Fn(&[u8; 32]) -> [u8; SHORT]) -> Result<(), AuditFault> {
        let sequence = self.head.sequence + 1;
        match row.integer(0) {
            Ok(Some(number)) if u64::try_from(number) == Ok(sequence) => {}
            _ => return Err(AuditFault::Missing { sequence }),
        }
        let changed = || AuditFault::Changed { sequence };
        // What is not even of the column's type was not written by this program.
        let (fields, link, sealed) = read_row(row).map_err(|_| changed())?;
        if fields.link(sequence, &self.head.link) != link {
            return Err(changed());
        }
        if seal(&link)[..] != sealed[..] {
            return Err(AuditFault::Unsealed { sequence });
        }
        self.head = Head { sequence, link };
        while let Some(known) = self.outside.next_if(|known| known.sequence == sequence) {
            if known.link != link {
                return Err(AuditFault::SetBack { sequence });
            }
        }
        self.note_years(&fields);
        Ok(())
    }

    fn note_years(&mut self, fields: &Fields) {
        let detail = |name: &str| {
            let details = fields.details.as_deref().unwrap_or_default().split(' ');
            details
                .filter_map(|detail| detail.split_once('='))
                .find(|(other, _)| *other == name)
                .map(|(_, value)| value)
        };
        let Some(year) = detail("year").and_then(|year| year.parse().ok()) else { return };
        if fields.act == ActKind::PseudonymKey.number() {
            self.made.insert(year, detail("key").unwrap_or_default().to_owned());
        } else if fields.act == ActKind::Retention.number() {
            self.taken.insert(year);
        }
    }

    /// What the end of the chain shows.
    fn end(&mut self, noted: Option<&Head>) -> Option<AuditFault> {
        let newest = self.head.sequence;
        if let Some(known) = self.outside.by_ref().last() {
            return Some(AuditFault::Dropped { first: newest + 1, last: known.sequence });
        }
        (noted != Some(&self.head)).then_some(AuditFault::Head { sequence: newest })
    }

    fn check_years(&self, database: &mut dyn Database, seals: &Seals) -> Result<Option<AuditFault>, sqlx::Error> {
        for (year, made) in &self.made {
            let fault = Some(AuditFault::PseudonymKey { year: *year });
            let year_number = i64::try_from(*year).unwrap_or(i64::MAX);
            match read_year_key(database, seals, year_number) {
                Ok(Some(key)) if base16ct::lower::encode_string(&key_id(&key)).starts_with(made.as_str()) => {}
                Ok(None) if self.taken.contains(year) => {}
                Ok(_) | Err(sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) => return Ok(fault),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
