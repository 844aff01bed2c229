//! An amendment: one person's record changed by hand, with everything that follows from it, in one transaction.
//!
//! The steps belong to [`correct`](crate::correct); here is what they read and write. Nothing is kept unless all of it is.

use super::act::Act;
use super::approvals::consume;
use super::audit::{Journal, append};
use super::cards::{self, CardNumber};
use super::certificates::{Reservation, ReserveError, Wanted, Withdrawn, reserve_in};
use super::database::{Database, Isolation, values};
use super::entry::FileEntry;
use super::findings::{self, known_lots};
use super::letters;
use super::mark::Mark;
use super::pack::{PackedDose, pack};
use super::particulars::Particulars;
use super::people::{PersonRow, update};
use super::ranges::Taken;
use super::read::{Opened, count, damaged, number, records, select_person, text};
use super::requests::ask_in_transaction;
use super::seal::{Nonces, Seals};
use super::signatures;
use super::statements::{insert, select};
use super::versions::{Change as RecordChange, earlier_in, keep_earlier};
use super::withdrawals::{Given, RuleEntry, certificates_in, rules_in_force};
use super::{
    Ask, AskError, Change, LetterError, NewHold, NewLetter, Outcome, Register, RegisterError, Settled, Undone,
};
use super::{Tally, Vocabulary};
use crate::approval::{ApprovalError, Granted, Permit};
use crate::import::Scope;
use crate::record::{Record, RegisterNumber};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use tegata_certificate::UnixTime;

/// A transaction in which one record is amended.
pub(crate) struct Amendment<'a> {
    database: &'a mut dyn Database,
    seals: &'a Arc<Seals>,
    mark: &'a Mark,
    journal: &'a Journal,
    /// Whose people are told of, if not everybody's.
    scope: Option<Arc<Scope>>,
    taken: Taken,
    /// What is noted of it at the end.
    acts: Vec<Act>,
}

/// A record as the register has it, and in the form that it keeps.
pub(crate) struct Held {
    pub record: Record,
    pub person: Particulars,
    pub doses: Vec<PackedDose>,
    import: u64,
    line: u64,
}

/// A record as it is to be.
pub(crate) struct Amended {
    pub person: Particulars,
    /// By series and number.
    pub doses: Vec<PackedDose>,
    /// The import's number that their new doses carry.
    pub import: u64,
    /// Terms that the register does not have yet.
    pub terms: Vec<(u32, String)>,
}

/// What some people were given, what their records said before, and the rules in force.
pub(crate) struct Holdings {
    pub given: Vec<Given>,
    pub earlier: Vec<Record>,
    pub rules: Vec<RuleEntry>,
}

/// A correction, for the register.
pub(crate) struct CorrectionNote {
    pub reason: i64,
    pub before: [u8; 32],
    pub after: [u8; 32],
    pub sequence: Option<u64>,
    /// Which certificate stands in the place of which.
    pub replaced: Vec<(String, Option<String>)>,
}

/// The journal's role of a correction.
pub(super) const ROLE: &str = "correction";

impl Register {
    /// Does all of `work` in one transaction, and nothing if it refuses. It may be run more than once, where others were
    /// in the way.
    pub(crate) fn amend<T, E: From<RegisterError>>(
        &mut self,
        mut work: impl FnMut(&mut Amendment<'_>) -> Result<T, Undone<E>>,
    ) -> Result<T, E> {
        let (seals, journal, scope) = (self.seals(), self.journal(), self.scope.clone());
        // Borrowed apart from the rest: a transaction only reads it.
        let mark = std::mem::take(&mut self.mark);
        let done = self.transaction(Isolation::Alone, |database| {
            let (taken, acts) = (Taken::default(), Vec::new());
            let (seals, mark, journal, scope) = (&seals, &mark, &*journal, scope.clone());
            let mut amendment = Amendment { database, seals, mark, journal, scope, taken, acts };
            let done = work(&mut amendment)?;
            let Amendment { database, taken, acts, .. } = amendment;
            append::<E>(database, journal, &acts)?;
            Ok((done, taken))
        });
        self.mark = mark;
        let (done, taken) = done?;
        self.closed.extend(taken.closed);
        // Before anything is handed out: whoever restores the register from here on will be noticed.
        self.mark.raise(&taken.counted)?;
        Ok(done)
    }
}

impl Amendment<'_> {
    /// The record with that number.
    pub(crate) fn held(&mut self, person: &RegisterNumber) -> Result<Option<Held>, sqlx::Error> {
        let rows = select(self.database, select_person!(""), &[person.as_str()])?;
        let Some(opened) = rows.first().map(|row| Opened::from_row(row, self.seals)).transpose()? else {
            return Ok(None);
        };
        let record = records(self.database, vec![opened.clone()])?.pop().ok_or_else(damaged)?;
        let Opened { person, doses, import, line, .. } = opened;
        Ok(Some(Held { record, person, doses, import, line }))
    }

    /// The number that this one was merged into.
    pub(crate) fn merged_into(&mut self, person: &RegisterNumber) -> Result<Option<RegisterNumber>, sqlx::Error> {
        let sql = "SELECT into_number FROM merger WHERE number = ?";
        let rows = self.database.query(sql, values![person.as_str()])?;
        rows.first().map(|row| number(row, 0)).transpose()
    }

    /// The person's number, and those that were merged into it.
    pub(crate) fn numbers_of(&mut self, person: &RegisterNumber) -> Result<Vec<RegisterNumber>, sqlx::Error> {
        let sql = "SELECT number FROM merger WHERE into_number = ? ORDER BY number";
        let rows = self.database.query(sql, values![person.as_str()])?;
        let merged = rows.iter().map(|row| number(row, 0));
        std::iter::once(Ok(person.clone())).chain(merged).collect()
    }

    /// The number of the next import, and the words that the register knows.
    pub(crate) fn vocabulary(&mut self) -> Result<(u64, Vocabulary), sqlx::Error> {
        let (import, terms) = super::write::begin(self.database)?;
        Ok((import, Vocabulary::new(terms).with_lots(known_lots(self.database)?)))
    }

    /// Somebody else with the same reading and birth date, of those whom the register's user may see.
    pub(crate) fn twin_of(
        &mut self,
        person: &RegisterNumber,
        particulars: &Particulars,
    ) -> Result<Option<RegisterNumber>, sqlx::Error> {
        let Some(lookup) = self.seals.lookup(particulars.kana.as_deref(), particulars.birth) else { return Ok(None) };
        let mut sql = "SELECT MIN(number) FROM person WHERE lookup = ? AND number <> ?".to_owned();
        if let Some(scope) = &self.scope {
            sql += &format!(" AND {}", scope.condition("municipality"));
        }
        let rows = self.database.query(&sql, values![&lookup, person.as_str()])?;
        match rows.first() {
            Some(row) if row.text(0)?.is_some() => number(row, 0).map(Some),
            _ => Ok(None),
        }
    }

    /// Which of these findings somebody has confirmed before.
    pub(crate) fn confirmed(&mut self, holds: &[NewHold]) -> Result<Vec<bool>, sqlx::Error> {
        findings::confirmed(self.database, holds)
    }

    /// The record that an amended one would be.
    pub(crate) fn record_of(&mut self, person: &RegisterNumber, amended: &Amended) -> Result<Record, sqlx::Error> {
        self.insert_terms(&amended.terms)?;
        let (person, doses) = (person.clone(), amended.doses.clone());
        let opened = Opened { number: person, person: amended.person.clone(), doses, import: amended.import, line: 0 };
        records(self.database, vec![opened])?.pop().ok_or_else(damaged)
    }

    /// Terms that doses refer to, written once however often they are asked for.
    fn insert_terms(&mut self, terms: &[(u32, String)]) -> Result<(), sqlx::Error> {
        let tail = "ON CONFLICT (id) DO NOTHING";
        insert(self.database, "INSERT INTO term (id, text)", 2, tail, terms, |to, (id, text)| {
            to.extend(values![i64::from(*id), text]);
        })
        .map(drop)
    }

    /// Writes the record anew, keeps what it was where a certificate was issued for it, and takes the findings that hold
    /// it now in place of those that did. All of `holds` count as confirmed on that day.
    pub(crate) fn write(
        &mut self,
        held: &Held,
        amended: &Amended,
        (record, day): (&Record, &str),
        holds: &[NewHold],
    ) -> Result<(), sqlx::Error> {
        let number = &record.person.number;
        let opened = |person: &Particulars, doses: &[PackedDose]| Opened {
            number: number.clone(),
            person: person.clone(),
            doses: doses.to_vec(),
            import: held.import,
            line: held.line,
        };
        let (before, after) = (opened(&held.person, &held.doses), opened(&amended.person, &amended.doses));
        keep_earlier(self.database, self.seals, amended.import, vec![RecordChange { before, after }])?;
        let (packed, mut row) = (pack(&amended.doses), Vec::new());
        let from = (amended.import, 1);
        let (count, mut nonces) = (amended.doses.len(), Nonces::for_values(1));
        PersonRow::seal(number, &amended.person, from, count, &packed, self.seals, &mut nonces)?.into_values(&mut row);
        update(self.database, row)?;
        self.journal(held, amended, record, day)?;
        let twin_is_new = (&held.person.kana, held.person.birth) != (&amended.person.kana, amended.person.birth);
        findings::replace(self.database, number, amended.import, (holds, day), twin_is_new)
    }

    /// Notes the correction among the imports, so that each dose and finding says where it comes from.
    fn journal(&mut self, held: &Held, amended: &Amended, record: &Record, day: &str) -> Result<(), sqlx::Error> {
        let key = |doses: &[PackedDose]| doses.iter().map(PackedDose::key).collect::<HashSet<_>>();
        let (before, after) = (key(&held.doses), key(&amended.doses));
        let fresh = amended.doses.iter().filter(|dose| dose.import == amended.import).count() as u64;
        let inserted = after.difference(&before).count() as u64;
        let tally = Tally {
            people_updated: u64::from(held.person != amended.person),
            doses_inserted: inserted,
            doses_updated: fresh.saturating_sub(inserted),
            doses_removed: before.difference(&after).count() as u64,
            ..Tally::default()
        };
        let sha256 = record.content_hash();
        let file =
            FileEntry { role: ROLE, name: ROLE, sha256: &sha256, bytes: 0, encoding: "utf-8", good: 1, refused: 0 };
        super::write::note_import(self.database, amended.import, day, &tally, &[file])
    }

    /// Whether a finding that nobody has confirmed holds the person.
    pub(crate) fn is_held(&mut self, person: &RegisterNumber) -> Result<bool, sqlx::Error> {
        Ok(!findings::held_in(self.database, &[person.as_str()])?.is_empty())
    }

    /// Every certificate of these numbers, and every earlier version of their records.
    pub(crate) fn given(&mut self, numbers: &[RegisterNumber]) -> Result<Holdings, sqlx::Error> {
        let numbers: Vec<&str> = numbers.iter().map(RegisterNumber::as_str).collect();
        let given = certificates_in(self.database, &numbers)?;
        let earlier = earlier_in(self.database, self.seals, &numbers)?;
        Ok(Holdings { given, earlier, rules: rules_in_force(self.database)? })
    }

    /// Which of these certificates have a successor already, or were withdrawn for a correction.
    pub(crate) fn replaced(&mut self, identifiers: &[&str]) -> Result<HashSet<String>, sqlx::Error> {
        let head = "SELECT identifier FROM replacement WHERE";
        let rows =
            super::statements::select_in(self.database, head, &[], "identifier", identifiers, |one| (*one).into())?;
        rows.iter().map(|row| Ok(text(row, 0)?.to_owned())).collect()
    }

    /// Which of these numbered certificates are withdrawn.
    pub(crate) fn withdrawn_cards(&mut self, cards: &[CardNumber]) -> Result<HashSet<CardNumber>, sqlx::Error> {
        let withdrawn = cards::withdrawn_of(self.database, cards)?;
        Ok(withdrawn.into_iter().filter(|(_, withdrawn)| *withdrawn).map(|(card, _)| card).collect())
    }

    /// Asks for what is left to ask for, signed.
    pub(crate) fn ask<E>(
        &mut self,
        ask: &Ask<'_>,
        sign: &mut dyn FnMut(&Settled) -> Result<Vec<u8>, E>,
    ) -> Result<Outcome, Undone<AskError<E>>> {
        let (outcome, acts) = ask_in_transaction(self.database, ask, sign)?;
        self.acts.extend(acts);
        Ok(outcome)
    }

    /// Withdraws or reinstates certificates by numbers of their own.
    pub(crate) fn change_cards(
        &mut self,
        cards: &[CardNumber],
        change: Change,
        now: UnixTime,
    ) -> Result<u64, sqlx::Error> {
        let mut by_key = BTreeMap::<&[u8; 32], BTreeSet<&str>>::new();
        for card in cards {
            by_key.entry(&card.kid).or_default().insert(&card.rid);
        }
        cards::change_lists(self.database, &by_key, change == Change::Withdraw, now)
    }

    /// Writes certificates down, or finds those that count already.
    pub(crate) fn reserve(
        &mut self,
        wanted: &[Wanted<'_>],
        withdrawn: &dyn Withdrawn,
    ) -> Result<Vec<Option<Reservation>>, Undone<ReserveError>> {
        reserve_in(self.database, wanted, withdrawn, self.mark, &mut self.taken)
    }

    /// A certificate's signature that cannot be made again: the one that is kept, or a new one, kept from now on.
    pub(crate) fn signature<E>(
        &mut self,
        identifier: &str,
        sign: &mut dyn FnMut() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, Undone<E>> {
        if let Some(kept) = signatures::kept(self.database, self.seals, &[identifier])?.remove(identifier) {
            return Ok(kept);
        }
        let new = sign().map_err(Undone::Refused)?;
        let mut kept = signatures::keep(self.database, self.seals, &[(identifier, new)])?;
        kept.remove(identifier).ok_or_else(|| Undone::Database(damaged()))
    }

    /// Uses an approval up.
    pub(crate) fn consume(&mut self, granted: &Granted, now: UnixTime) -> Result<(), Undone<ApprovalError>> {
        consume(self.database, granted, self.journal, now, &mut self.acts).map(drop)
    }

    /// Notes the correction; gives its number.
    pub(crate) fn note(
        &mut self,
        person: &RegisterNumber,
        note: &CorrectionNote,
        now: UnixTime,
    ) -> Result<u64, sqlx::Error> {
        let actor = &self.journal.actor;
        let next = self.database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM correction", values![])?;
        let id = count(next.first().ok_or_else(damaged)?, 0)?;
        let sql = "INSERT INTO correction (id, number, made_at, reason, made_by, station, before_content, \
                   after_content, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut row = values![id, person.as_str(), now.0, note.reason, actor.name(), actor.station()];
        row.extend(values![&note.before, &note.after, note.sequence]);
        self.database.execute(sql, row)?;
        let head = "INSERT INTO replacement (identifier, replaced_by, correction)";
        insert(self.database, head, 3, "", &note.replaced, |to, (old, new)| {
            to.extend(values![old, new.as_deref(), id]);
        })?;
        Ok(id)
    }

    /// The newest correction that made the record what it is, with its request.
    pub(crate) fn correction_to(
        &mut self,
        person: &RegisterNumber,
        content: &[u8; 32],
    ) -> Result<Option<(u64, Option<u64>)>, sqlx::Error> {
        let sql = "SELECT id, sequence, after_content FROM correction WHERE number = ? ORDER BY id DESC LIMIT 1";
        let rows = self.database.query(sql, values![person.as_str()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        if row.bytes(2)? != Some(content) {
            return Ok(None);
        }
        Ok(Some((count(row, 0)?, row.integer(1)?.map(i64::unsigned_abs))))
    }

    /// Says what is to be noted of it in the audit.
    pub(crate) fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    /// Notes a paper that is due because of a correction.
    pub(crate) fn letter_due(
        &mut self,
        letter: &NewLetter<'_>,
        correction: u64,
        permit: &Permit<'_>,
        now: UnixTime,
    ) -> Result<u64, Undone<LetterError>> {
        letters::due(self.database, (letter, Some(correction)), permit, (self.journal, now), &mut self.acts)
    }
}
