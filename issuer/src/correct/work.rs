//! A correction under way, in the transaction that does all of it.

use super::change::Draft;
use super::check::{Checked, check};
use super::error::{Stopped, refuse};
use super::plan::Replacements;
use super::{CorrectError, Corrected, Correction, Fault, Tools};
use crate::approval::{ApprovalKind, Subject};
use crate::check::Level;
use crate::issue::{IssuedText, Replacing};
use crate::record::Record;
use crate::register::{
    Act, ActKind, Amended, Amendment, Ask, CertificateHash, Change, CorrectionNote, Held, LetterReason, NewHold,
    NewLetter, Undone,
};
use tegata_certificate::UnixTime;

/// A correction under way.
pub(super) struct Work<'w> {
    pub tools: &'w Tools<'w>,
    pub correction: &'w Correction<'w>,
    pub replacing: &'w Replacing<'w, 'w>,
    pub now: UnixTime,
}

impl Work<'_> {
    pub(super) fn run(&self, amendment: &mut Amendment<'_>) -> Result<Corrected, Undone<Stopped>> {
        let person = self.correction.person;
        let Some(held) = amendment.held(person)? else {
            let merged = amendment.merged_into(person)?.is_some();
            return refuse(if merged { CorrectError::Merged } else { CorrectError::NobodyThere });
        };
        let (amended, findings) = self.amended(amendment, &held)?;
        let record = amendment.record_of(person, &amended)?;
        let changed = held.person != amended.person || !same_doses(&held, &amended);
        let mut corrected = Corrected { changed, findings, ..Corrected::default() };
        if changed {
            let holds: Vec<NewHold> = corrected.findings.iter().map(|fault| fault.hold(person)).collect();
            let day = self.correction.today.to_string();
            amendment.write(&held, &amended, (&record, &day), &holds)?;
        }
        let replacements = Replacements::find(amendment, &held.record, &record, self.correction.renew, self.now)?;
        corrected.unknown = replacements.unknown;
        if !changed && replacements.is_empty() {
            return self.nothing_to_do(amendment, corrected, &record);
        }
        self.replace(amendment, &held.record, &record, replacements, corrected)
    }

    /// Done before, or never needed: what was done then is handed out again.
    fn nothing_to_do(
        &self,
        amendment: &mut Amendment<'_>,
        mut corrected: Corrected,
        record: &Record,
    ) -> Result<Corrected, Undone<Stopped>> {
        if let Some((_, sequence)) = amendment.correction_to(self.correction.person, &record.content_hash())? {
            corrected.requests.extend(sequence);
        }
        Ok(corrected)
    }

    /// The record as it is to be, with the findings that somebody has confirmed.
    fn amended(&self, amendment: &mut Amendment<'_>, held: &Held) -> Result<(Amended, Vec<Fault>), Undone<Stopped>> {
        let draft = match Draft::of(&held.record, self.correction.edits) {
            Ok(draft) => draft,
            Err(error) => return refuse(error),
        };
        let (import, words) = amendment.vocabulary()?;
        let checked = match check(&draft, self.correction.today, words, import) {
            Ok(checked) => checked,
            Err(error) => return refuse(error),
        };
        let Checked { person, doses, mut faults, terms } = checked;
        let blocking: Vec<Fault> = faults.iter().filter(|fault| fault.code.level() == Level::Block).cloned().collect();
        let (Some(mut person), true) = (person, blocking.is_empty()) else {
            return refuse(CorrectError::Blocked(blocking));
        };
        // What the cells of a correction do not say stays.
        (person.municipality, person.shielded) = (held.person.municipality, held.person.shielded);
        let doses = doses.into_iter().map(|dose| {
            let same = held.doses.iter().find(|other| other.key() == dose.key() && other.says_the_same(&dose));
            same.cloned().unwrap_or(dose)
        });
        let mut amended = Amended { person, doses: doses.collect(), import, terms };
        amended.doses.sort_by_key(crate::register::PackedDose::key);
        let number = self.correction.person;
        if (&amended.person.kana, amended.person.birth) != (&held.person.kana, held.person.birth)
            && let Some(twin) = amendment.twin_of(number, &amended.person)?
        {
            faults.push(Fault::twin(&twin));
        }
        faults.retain(|fault| fault.code.level() == Level::Eye);
        if let Some(unconfirmed) = self.unconfirmed(amendment, &faults)? {
            return refuse(CorrectError::Unconfirmed(unconfirmed));
        }
        Ok((amended, faults))
    }

    /// Findings that neither this correction nor anybody before has confirmed, if there are any.
    fn unconfirmed(
        &self,
        amendment: &mut Amendment<'_>,
        faults: &[Fault],
    ) -> Result<Option<Vec<Fault>>, Undone<Stopped>> {
        let holds: Vec<NewHold> = faults.iter().map(|fault| fault.hold(self.correction.person)).collect();
        let before = amendment.confirmed(&holds)?;
        let open = faults.iter().zip(before).filter(|(fault, before)| {
            let confirmed = *before || self.correction.confirm.contains(&fault.code);
            !confirmed
        });
        let open: Vec<Fault> = open.map(|(fault, _)| fault.clone()).collect();
        Ok((!open.is_empty()).then_some(open))
    }

    /// Puts new certificates in the place of old ones, and notes all of it.
    fn replace(
        &self,
        amendment: &mut Amendment<'_>,
        before: &Record,
        record: &Record,
        mut replacements: Replacements,
        mut corrected: Corrected,
    ) -> Result<Corrected, Undone<Stopped>> {
        if !replacements.is_empty() && amendment.is_held(self.correction.person)? {
            return refuse(CorrectError::Held);
        }
        let untested = self.correction.dry_run && self.tools.keys.is_empty();
        if !untested {
            self.look_for_refusals(record, &mut replacements)?;
        }
        if self.correction.dry_run {
            corrected.successors = replacements.into_successors();
            return Err(Undone::Refused(Stopped::Tried(Box::new(corrected))));
        }
        self.permit(amendment, before, record, &replacements)?;
        // The old ones first: what is withdrawn is not found as one that counts.
        let sequence = self.withdraw(amendment, &replacements, &mut corrected)?;
        self.issue(amendment, record, &mut replacements, &mut corrected)?;
        let note = CorrectionNote {
            reason: self.correction.reason.number(),
            before: before.content_hash(),
            after: record.content_hash(),
            sequence,
            replaced: replacements.links(),
        };
        let id = amendment.note(self.correction.person, &note, self.now)?;
        corrected.correction = Some(id);
        self.note_acts(amendment, &replacements);
        corrected.letter = self.letter(amendment, &replacements, id)?;
        corrected.successors = replacements.into_successors();
        Ok(corrected)
    }

    /// What the audit notes of it, beside the request and the certificates that are issued.
    fn note_acts(&self, amendment: &mut Amendment<'_>, replacements: &Replacements) {
        let person = self.correction.person;
        let act = Act::new(ActKind::Correct).about(person).with("reason", self.correction.reason.name());
        amendment.act(act.with("replaced", replacements.links().len() as u64));
        for certificate in replacements.withdrawn_cards() {
            amendment.act(Act::new(ActKind::Revoke).about(person).certificate(certificate));
        }
    }

    /// Whether each has a successor that the record can give.
    fn look_for_refusals(&self, record: &Record, replacements: &mut Replacements) -> Result<(), Undone<Stopped>> {
        for one in replacements.each() {
            if let Some(edition) = one.edition {
                match self.replacing.wanted(record, edition) {
                    Ok(Ok(_)) => {}
                    Ok(Err(refusal)) => one.refuse(refusal),
                    Err(error) => return refuse(error),
                }
            }
            if let (Some(refusal), false) = (one.refusal(), self.correction.withdraw_only || self.correction.dry_run) {
                return refuse(CorrectError::NoReplacement { format: one.format(), refusal });
            }
        }
        Ok(())
    }

    /// Uses up the approval that it needs, if it needs one.
    fn permit(
        &self,
        amendment: &mut Amendment<'_>,
        before: &Record,
        record: &Record,
        replacements: &Replacements,
    ) -> Result<(), Undone<Stopped>> {
        let subject = Subject::Person(self.correction.person.clone());
        let protected = before.person.shielded || record.person.shielded;
        let kind = if protected && replacements.issues() {
            ApprovalKind::IssueProtected
        } else if replacements.withdraws_only() {
            ApprovalKind::Revoke
        } else {
            return Ok(());
        };
        match self.tools.permit.approval_for(kind, &subject, 1) {
            Ok(None) => Ok(()),
            Ok(Some(granted)) => amendment.consume(granted, self.now).map_err(Undone::into_other),
            Err(error) => refuse(error),
        }
    }

    /// The old certificates into the next request; gives its number.
    fn withdraw(
        &self,
        amendment: &mut Amendment<'_>,
        replacements: &Replacements,
        corrected: &mut Corrected,
    ) -> Result<Option<u64>, Undone<Stopped>> {
        corrected.cards = amendment.change_cards(&replacements.cards(), Change::Withdraw, self.now)?;
        let places = replacements.places();
        if places.is_empty() {
            return Ok(None);
        }
        let Some(key) = self.tools.status else { return refuse(CorrectError::NoStatusKey) };
        let ask = Ask {
            change: Change::Withdraw,
            places: &places,
            rules: &[],
            reason: self.correction.reason.revocation(),
            repository: key.repository(),
            kid: key.kid(),
            made_at: self.now,
            sequence: None,
        };
        let mut sign = |settled: &_| key.sign(&ask, settled, self.tools.requests);
        let outcome = amendment.ask(&ask, &mut sign).map_err(Undone::into_other::<Stopped>)?;
        corrected.requests.clone_from(&outcome.requests);
        Ok(outcome.made)
    }

    /// The new certificates, written down and signed.
    fn issue(
        &self,
        amendment: &mut Amendment<'_>,
        record: &Record,
        replacements: &mut Replacements,
        corrected: &mut Corrected,
    ) -> Result<(), Undone<Stopped>> {
        let editions = replacements.editions();
        let mut wanted = Vec::with_capacity(editions.len());
        for edition in &editions {
            match self.replacing.wanted(record, *edition) {
                Ok(Ok(want)) => wanted.push(want),
                Ok(Err(refusal)) => return refuse(CorrectError::NoReplacement { format: edition.format, refusal }),
                Err(error) => return refuse(error),
            }
        }
        let reserved =
            amendment.reserve(&wanted, &self.replacing.published()).map_err(Undone::into_other::<Stopped>)?;
        for (edition, reservation) in editions.into_iter().zip(reserved) {
            let text = match self.replacing.sign(amendment, record, edition, reservation.as_ref()) {
                Ok(Ok(text)) => text,
                Ok(Err(refusal)) => return refuse(CorrectError::NoReplacement { format: edition.format, refusal }),
                Err(Undone::Refused(error)) => return refuse(error),
                Err(Undone::Database(error)) => return Err(Undone::Database(error)),
            };
            if let Some(reservation) = reservation.as_ref().filter(|reservation| reservation.new) {
                let hash = CertificateHash::of(&reservation.kid, edition.format, &reservation.identifier);
                let act = Act::new(ActKind::Issue).about(self.correction.person).certificate(hash);
                amendment.act(act.with("format", edition.format.name()));
            }
            let identifier = reservation.map(|reservation| reservation.identifier);
            replacements.succeed(edition, identifier.as_deref());
            corrected.texts.push(IssuedText { edition, identifier, text: Ok(text) });
        }
        Ok(())
    }

    /// The paper that tells of it, if there is anything to tell.
    fn letter(
        &self,
        amendment: &mut Amendment<'_>,
        replacements: &Replacements,
        correction: u64,
    ) -> Result<Option<u64>, Undone<Stopped>> {
        if replacements.is_empty() {
            return Ok(None);
        }
        let reason = if replacements.issues() { LetterReason::Corrected } else { LetterReason::Revoked };
        let certificates = replacements.letter_certificates();
        let (person, language, way) = (self.correction.person, self.correction.language, self.correction.way);
        let letter = NewLetter { person, reason, language, way, certificates: &certificates };
        let due = amendment.letter_due(&letter, correction, &self.tools.permit, self.now);
        due.map(Some).map_err(Undone::into_other::<Stopped>)
    }
}

fn same_doses(held: &Held, amended: &Amended) -> bool {
    let same = |(one, other): (&crate::register::PackedDose, &crate::register::PackedDose)| {
        one.key() == other.key() && one.says_the_same(other)
    };
    held.doses.len() == amended.doses.len() && held.doses.iter().zip(&amended.doses).all(same)
}
