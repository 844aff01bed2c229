//! Print files being filled: what belongs together is in one file.

use super::held::{HeldBack, HoldReason};
use super::print::{PAGES, PrintError, PrintOrder};
use super::{Authority, PaperKind, Press, Sheet};
use crate::approval::{ApprovalKind, ApprovalState, Subject};
use crate::issue::Certified;
use crate::record::RegisterNumber;
use crate::register::{ApprovalChoice, CertificateHash, Granted, Register, ReleasedPage};
use std::collections::{HashMap, HashSet};
use std::sync::mpsc;
use tegata_certificate::UnixTime;

/// A print file to be made.
pub(super) struct Batch {
    pub number: u64,
    pub sheets: Vec<Sheet>,
    /// What the register notes of each page.
    pub pages: Vec<ReleasedPage>,
    /// What is used up when the file is released.
    pub approvals: Vec<Granted>,
}

/// Second persons' word for people whose address is shielded.
#[derive(Default)]
pub(super) struct Approvals {
    by_person: HashMap<RegisterNumber, Granted>,
}

impl Approvals {
    /// Those that were given and not used.
    pub(super) fn given(register: &mut Register, now: UnixTime) -> Result<Self, PrintError> {
        let mut by_person = HashMap::new();
        for entry in register.approvals(ApprovalChoice::Open, now)? {
            let is_given = entry.kind == ApprovalKind::PrintProtected && entry.state == ApprovalState::Approved;
            if let (true, Subject::Person(person)) = (is_given, entry.subject) {
                by_person.insert(person, register.granted(entry.id, now)?);
            }
        }
        Ok(Self { by_person })
    }
}

/// Fills files, and hands them on to whoever makes them.
pub(super) struct Files<'f> {
    order: &'f PrintOrder,
    press: &'f Press,
    send: mpsc::SyncSender<Batch>,
    approvals: Approvals,
    /// Certificates that the folder holds on released pages: what was approved for them is used up.
    printed: HashSet<String>,
    batch: Batch,
}

impl<'f> Files<'f> {
    /// Files with numbers behind `last`.
    pub(super) fn new(
        (order, press): (&'f PrintOrder, &'f Press),
        send: mpsc::SyncSender<Batch>,
        (approvals, printed): (Approvals, HashSet<String>),
        last: u64,
    ) -> Self {
        let batch = Batch { number: last + 1, sheets: Vec::new(), pages: Vec::new(), approvals: Vec::new() };
        Self { order, press, send, approvals, printed, batch }
    }

    /// Takes certificates of one person, and for the paper that was due, if they are one's: all of a paper or nothing, else
    /// each that can be printed. What is held back goes to `held`.
    pub(super) fn take(&mut self, all: Vec<Certified>, letter: Option<u64>, held: &mut Vec<HeldBack>) {
        let mut bundle = Vec::with_capacity(all.len());
        let before = held.len();
        for one in all {
            match self.sheet(one, letter) {
                Ok(made) => bundle.push(made),
                Err(one) => held.push(one),
            }
        }
        if bundle.is_empty() || letter.is_some() && held.len() > before {
            return;
        }
        match self.approval(&bundle) {
            Ok(approval) => self.add(bundle, approval),
            Err(reason) => held.extend(bundle.into_iter().map(|(sheet, page)| HeldBack {
                number: page.person,
                identifier: Some(sheet.identifier),
                reason: reason.clone(),
            })),
        }
    }

    /// The second person's word for what is printed of a person, where it takes one.
    fn approval(&mut self, bundle: &[(Sheet, ReleasedPage)]) -> Result<Option<Granted>, HoldReason> {
        let Some((sheet, page)) = bundle.first() else { return Ok(None) };
        if !sheet.record.person.shielded {
            return Ok(None);
        }
        let granted = self.approvals.by_person.remove(&page.person);
        if granted.is_none() && bundle.iter().any(|(sheet, _)| !self.printed.contains(&sheet.identifier)) {
            return Err(HoldReason::Unapproved);
        }
        Ok(granted)
    }

    fn add(&mut self, bundle: Vec<(Sheet, ReleasedPage)>, approval: Option<Granted>) {
        if self.batch.sheets.len() + bundle.len() > PAGES {
            self.hand_on();
        }
        let (sheets, pages): (Vec<_>, Vec<_>) = bundle.into_iter().unzip();
        self.batch.sheets.extend(sheets);
        self.batch.pages.extend(pages);
        self.batch.approvals.extend(approval);
        if self.batch.sheets.len() >= PAGES {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        if !self.batch.sheets.is_empty() {
            let number = self.batch.number + 1;
            let next = Batch { number, sheets: Vec::new(), pages: Vec::new(), approvals: Vec::new() };
            // The workers take all until this is dropped.
            let _ = self.send.send(std::mem::replace(&mut self.batch, next));
        }
    }

    /// Hands on what is left; gives the number of the last file.
    pub(super) fn end(mut self) -> u64 {
        self.hand_on();
        self.batch.number - 1
    }

    /// The sheet of a certificate, or why it is held back.
    fn sheet(&self, of: Certified, letter: Option<u64>) -> Result<(Sheet, ReleasedPage), HeldBack> {
        let number = of.record.person.number.clone();
        let held = |reason, of: &str| HeldBack { number: number.clone(), identifier: Some(of.to_owned()), reason };
        if of.record.person.shielded && !self.order.include_shielded {
            return Err(held(HoldReason::Shielded, &of.identifier));
        }
        let address = self.order.addresses.of(&number);
        let certificate = CertificateHash::of(&of.kid, of.edition.format, &of.identifier);
        let (name_ja, name_en) = of.issuer;
        let sheet = Sheet {
            record: of.record,
            edition: of.edition,
            identifier: of.identifier,
            text: of.text,
            issued_at: of.issued_at,
            expires_at: of.expires_at,
            authority: Authority { name_ja, name_en },
            address: address.filter(|_| self.order.kind == PaperKind::Letter).cloned(),
            verifier: self.order.verifier.clone(),
        };
        match self.press.admit(&sheet, self.order.kind) {
            Ok(()) => Ok((sheet, ReleasedPage { person: number, certificate, letter })),
            Err(error) => Err(held(HoldReason::of(error), &sheet.identifier)),
        }
    }
}
