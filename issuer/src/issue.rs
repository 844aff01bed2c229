//! Issuing: from records of the register to signed texts and their pictures.
//!
//! Nothing is signed from claims: people are named, or all, and what their records say becomes the
//! certificate. A page of records is reserved in the register first (index, times), then signed, then
//! written. Whoever kills the program in between finds, on the next run, the same reservations, and
//! with them the same signatures and the same files. Where a key gives another signature each time, the register keeps
//! the first, before anybody sees it.

mod clerk;
mod edition;
mod job;
mod key;
mod layout;
mod manifest;
mod output;
mod parts;
mod preview;
mod progress;
mod replace;
pub(crate) mod status_index;

pub use crate::register::{JobEntry, JobState};
pub use clerk::{Certified, Clerk, NotCertified};
pub use edition::{Edition, Purpose};
pub use job::{JobEnd, Watch, begin_job, go_on, issue_all, job_subject, unfinished_job};
pub use key::{IssuingKey, KeyProblem};
pub use layout::Refusal;
pub(crate) use layout::number_of;
pub use manifest::MANIFEST;
pub use output::{OutputError, Picture};
pub use preview::{Preview, Reading, preview};
pub use progress::prometheus;
pub(crate) use replace::Replacing;

use crate::approval::{ApprovalError, ApprovalKind, Granted, Permit, Subject};
use crate::record::{Record, RegisterNumber};
use crate::register::{
    ClosedRange, Register, RegisterError, Reservation, ReserveError, Signatures, Usage, Wanted, Withdrawn,
};
use crate::withdraw::publishes_as_withdrawn;
use output::{Issued, Output};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use tegata_certificate::icvp::Generation;
use tegata_certificate::{Format, StatusIndex, UnixTime, Unsigned};
use tegata_keys::SignError;
use tegata_trust_lists::KeyState;

/// Records that are reserved in one transaction and in memory at once.
const PAGE: usize = 512;

/// How to issue.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The families, each once.
    pub formats: Vec<Format>,
    /// What the certificates are for.
    pub purpose: Purpose,
    /// The generation that `icvp` is written in, instead of the released one.
    pub icvp: Option<Generation>,
    /// Life in seconds, instead of the family's usual one.
    pub life: Option<i64>,
    /// The pictures to write.
    pub pictures: Vec<Picture>,
    /// Leaves out people whose address is shielded: for a job under a policy that wants a second person for each of them.
    pub skip_shielded: bool,
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Issuance {
    /// Certificates that this run reserved and signed.
    pub issued: u64,
    /// Certificates of earlier runs, signed again to the same bytes.
    pub again: u64,
    /// What could not be issued, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Ranges of status indices that were given up, because the register is older than what was issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed_ranges: Vec<ClosedRange>,
}

impl Issuance {
    fn refuse(&mut self, refusal: Refusal) {
        *self.refused.entry(refusal.code()).or_default() += 1;
    }
}

/// Why issuing stopped.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// No key given may sign a wanted family.
    #[error("no key given may sign {}: name one that the trust list has for it with --key", .0.name())]
    NoKey(Format),
    /// All status indices are used.
    #[error(
        "all status indices of the key are used: have the list's operator allot another range (tegata-trust set-key --add-indices) and publish; what was issued so far is complete"
    )]
    Exhausted,
    /// The register was restored from a backup, and no other range is left.
    #[error(
        "the register is older than what was issued (restored from a backup?), and the key has no other status indices: have the list's operator allot another range (tegata-trust set-key --add-indices) and publish; what was issued so far is complete"
    )]
    Restored,
    /// Somebody that was asked for is not in the register.
    #[error("nobody has that number in the register: look it up again (row order and blanks do not matter)")]
    NobodyThere,
    /// Somebody paused the job.
    #[error(
        "job {0} is paused: tegata-issuer jobs resume {0}, then run the same command again; what was issued is complete"
    )]
    Paused(u64),
    /// Somebody cancelled the job.
    #[error("job {0} was cancelled; what was issued is complete, and the same command begins a new one")]
    Cancelled(u64),
    /// Nothing of a job is left to do, or it is none of this plan and these keys.
    #[error("job {0} has ended, or was begun with other keys or for other certificates; tegata-issuer jobs shows it")]
    Ended(u64),
    /// This process left a job as it is.
    #[error("job {0} was left off; what was issued is complete, and it goes on where it was")]
    LeftOff(u64),
    /// The key did not sign.
    #[error("{0}; what was issued so far is complete")]
    Sign(#[from] SignError),
    /// A signature that was kept does not fit the certificate as it is laid out now.
    #[error(
        "the signature that the register keeps of a certificate does not fit it any more: restore the register from a backup, or withdraw the certificate (tegata-issuer revoke) and issue anew"
    )]
    KeptSignature,
    /// No randomness.
    #[error("the operating system gives no randomness: try again")]
    Random,
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

impl From<ReserveError> for IssueError {
    fn from(error: ReserveError) -> Self {
        match error {
            ReserveError::Register(error) => Self::Register(error),
            ReserveError::Exhausted => Self::Exhausted,
            ReserveError::Restored => Self::Restored,
            ReserveError::Random => Self::Random,
            ReserveError::Approval(error) => Self::Approval(error),
        }
    }
}

/// Issues the certificates of these people into a folder, which gets one file a picture and [`MANIFEST`]; the
/// lines of an earlier manifest about others are kept. `progress` hears how many records are done.
///
/// Doing it again gives the same certificates; only what is missing or damaged in the folder is
/// written.
///
/// # Errors
/// [`IssueError`]. What was issued before is complete and is found again by the next run.
pub fn issue(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    people: &[RegisterNumber],
    folder: &Path,
    now: UnixTime,
    progress: &mut dyn FnMut(u64),
) -> Result<Issuance, IssueError> {
    let press = Press::new(register, keys, plan, now)?;
    let mut output = Output::begin(folder, &plan.pictures)?;
    let mut issuance = Issuance::default();
    for page in people.chunks(PAGE) {
        let records = page.iter().map(|number| register.record(number)?.ok_or(IssueError::NobodyThere));
        let records = records.collect::<Result<Vec<_>, _>>()?;
        let certificates = press.page(register, &records, &mut issuance)?;
        output.write(&certificates)?;
        progress(records.len() as u64);
    }
    output.finish()?;
    issuance.closed_ranges = register.take_closed_ranges();
    Ok(issuance)
}

/// The text of one certificate, or why there is none.
pub struct IssuedText {
    /// In which family, for what, about which dose.
    pub edition: Edition,
    /// Its identifier in the register; none where there is no certificate.
    pub identifier: Option<String>,
    /// The text for the QR symbol.
    pub text: Result<String, Refusal>,
}

/// Signs what one person's record says, without touching a folder.
///
/// # Errors
/// [`IssueError`].
pub fn issue_texts(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    number: &RegisterNumber,
    now: UnixTime,
) -> Result<Vec<IssuedText>, IssueError> {
    issue_texts_under(register, keys, plan, number, now, &Permit::KEY_HOLDER)
}

/// The same under a policy: for a person whose address is shielded an approval is used up, in the transaction that reserves
/// the certificates, each time that they are given out.
///
/// # Errors
/// [`IssueError`], among them [`ApprovalError::Needed`].
pub fn issue_texts_under(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    number: &RegisterNumber,
    now: UnixTime,
    permit: &Permit<'_>,
) -> Result<Vec<IssuedText>, IssueError> {
    let record = register.record(number)?.ok_or(IssueError::NobodyThere)?;
    let granted = match record.person.shielded {
        true => permit.approval_for(ApprovalKind::IssueProtected, &Subject::Person(number.clone()), 1)?,
        false => None,
    };
    let press = Press { granted, ..Press::new(register, keys, plan, now)? };
    let issued = press.page(register, &[record], &mut Issuance::default())?;
    let text = |issued: Issued| {
        let identifier = issued.reservation.filter(|_| issued.text.is_ok()).map(|reservation| reservation.identifier);
        IssuedText { edition: issued.edition, identifier, text: issued.text }
    };
    Ok(issued.into_iter().map(text).collect())
}

/// Lets keys issue from a register: their ranges become known, and what the register is for. What is for demonstrations
/// and what counts never come together.
fn admit(register: &mut Register, keys: &[IssuingKey<'_>], now: UnixTime) -> Result<(), IssueError> {
    for key in keys {
        register.use_for(Usage::of(key.state().is_demo()), now)?;
        register.adopt_ranges(key.kid(), key.ranges())?;
    }
    Ok(())
}

/// For each family the first key given that the list has for it.
fn choose_keys<'k, 'a>(
    keys: &'k [IssuingKey<'a>],
    formats: &[Format],
) -> Result<Vec<(Format, &'k IssuingKey<'a>)>, IssueError> {
    formats
        .iter()
        .map(|format| {
            let key = keys.iter().find(|key| key.signs(*format));
            Ok((*format, key.ok_or(IssueError::NoKey(*format))?))
        })
        .collect()
}

/// What reserves and signs pages of records, on as many threads as there are registers to give it.
struct Press<'k, 'a> {
    by_format: Vec<(Format, &'k IssuingKey<'a>)>,
    plan: &'k Plan,
    now: UnixTime,
    /// The approval that reserving uses up.
    granted: Option<&'k Granted>,
}

impl<'k, 'a> Press<'k, 'a> {
    /// Chooses a key for each family and makes the keys' ranges known to the register.
    fn new(
        register: &mut Register,
        keys: &'k [IssuingKey<'a>],
        plan: &'k Plan,
        now: UnixTime,
    ) -> Result<Self, IssueError> {
        let by_format = choose_keys(keys, &plan.formats)?;
        admit(register, keys, now)?;
        Ok(Self { by_format, plan, now, granted: None })
    }

    /// Reserves and signs the certificates of a page of records.
    fn page(
        &self,
        register: &mut Register,
        records: &[Record],
        issuance: &mut Issuance,
    ) -> Result<Vec<Issued>, IssueError> {
        self.page_of(register, records, &|record, format| editions(record, format, self.plan), issuance)
    }

    /// The same of those that are chosen.
    fn page_of(
        &self,
        register: &mut Register,
        records: &[Record],
        choose: &dyn Fn(&Record, Format) -> Vec<Chosen>,
        issuance: &mut Issuance,
    ) -> Result<Vec<Issued>, IssueError> {
        let mut wanted = Vec::new();
        let mut work = Vec::new();
        // One place for each record and edition, so that the manifest keeps the order of the records.
        let mut issued: Vec<Option<Issued>> = Vec::new();
        let numbers: Vec<&str> = records.iter().map(|record| record.person.number.as_str()).collect();
        let held = register.held(&numbers)?;
        for record in records {
            let is_held = held.contains(record.person.number.as_str());
            let content = record.content_hash();
            for (format, key) in &self.by_format {
                for (edition, refusal) in choose(record, *format) {
                    let refusal = match record.person.shielded && self.plan.skip_shielded {
                        _ if is_held => Some(Refusal::Unconfirmed),
                        true => Some(Refusal::Shielded),
                        false => refusal,
                    };
                    let want = self.want(record, edition.content(content), *format, key);
                    // Laid out once before anything is reserved: what cannot be written takes no index.
                    let draft = || layout::lay_out(record, edition, key, &Reservation::draft(&want));
                    match refusal.map_or_else(|| draft().map(drop), Err) {
                        Ok(()) => {
                            wanted.push(want);
                            work.push((record, edition, issued.len()));
                            issued.push(None);
                        }
                        Err(refusal) => {
                            issuance.refuse(refusal);
                            issued.push(Some(Issued::refused(&record.person.number, edition, refusal)));
                        }
                    }
                }
            }
        }
        let reserved = register.reserve(&wanted, &Published::by(&self.by_format), self.granted)?;
        let drafts = work.into_iter().zip(&reserved).map(|((record, edition, place), reservation)| {
            (self.draft(record, edition, reservation.as_ref()), place, reservation)
        });
        let drafts: Vec<_> = drafts.collect();
        let signatures = signatures(register, drafts.iter().filter_map(|(draft, ..)| draft.unsigned.as_ref().ok()))?;
        for (draft, place, reservation) in drafts {
            let signed = draft.seal(&signatures)?;
            match &signed.text {
                Ok(_) if reservation.as_ref().is_some_and(|reservation| reservation.new) => issuance.issued += 1,
                Ok(_) => issuance.again += 1,
                Err(refusal) => issuance.refuse(*refusal),
            }
            if let Some(slot) = issued.get_mut(place) {
                *slot = Some(signed);
            }
        }
        Ok(issued.into_iter().flatten().collect())
    }

    fn want<'r>(&self, record: &'r Record, content: [u8; 32], format: Format, key: &IssuingKey<'_>) -> Wanted<'r> {
        let life = self.plan.life.unwrap_or_else(|| layout::of(format).default_life());
        Wanted {
            number: &record.person.number,
            content,
            doses: &record.doses,
            format,
            kid: key.kid(),
            issued_at: self.now,
            expires_at: key.expiry(life, self.now),
        }
    }

    /// Lays out one reserved certificate.
    fn draft<'p>(&'p self, record: &'p Record, edition: Edition, reservation: Option<&'p Reservation>) -> Draft<'p> {
        let unsigned = match reservation.map(|reservation| (reservation, key_of(&self.by_format, reservation))) {
            None => Err(Refusal::Rule),
            Some((_, None)) => Err(Refusal::OtherKey),
            Some((reservation, Some(key))) => lay(record, edition, key, reservation),
        };
        // A manifest's line is about what it hands out: one that another key signed is not.
        let reservation = reservation.filter(|_| !matches!(unsigned, Err(Refusal::OtherKey)));
        Draft { number: &record.person.number, edition, reservation, unsigned }
    }
}

/// A certificate that a record gets, or does not get, and why.
type Chosen = (Edition, Option<Refusal>);

/// The certificates of a family that a record gets; or the one that it does not get, and why.
fn editions(record: &Record, format: Format, plan: &Plan) -> Vec<Chosen> {
    let family = layout::of(format);
    let generation = family.generation(plan);
    let edition = |dose| Edition { format, purpose: plan.purpose, dose, generation };
    match family.doses(record) {
        Ok(doses) => doses.into_iter().map(|dose| (edition(dose), None)).collect(),
        Err(refusal) => vec![(edition(None), Some(refusal))],
    }
}

fn key_of<'k, 'a>(by_format: &[(Format, &'k IssuingKey<'a>)], reservation: &Reservation) -> Option<&'k IssuingKey<'a>> {
    by_format.iter().map(|(_, key)| *key).find(|key| key.kid() == reservation.kid)
}

/// What the lists of the keys publish as withdrawn.
struct Published<'k, 'a> {
    keys: &'k [(Format, &'k IssuingKey<'a>)],
    revoked: HashSet<[u8; 32]>,
}

impl<'k, 'a> Published<'k, 'a> {
    fn by(keys: &'k [(Format, &'k IssuingKey<'a>)]) -> Self {
        let entries = keys.iter().flat_map(|(_, key)| &key.state().trust().keys);
        let revoked = entries.filter(|entry| matches!(entry.state, KeyState::Revoked { .. }));
        Self { keys, revoked: revoked.map(|entry| entry.kid).collect() }
    }
}

impl Withdrawn for Published<'_, '_> {
    fn key(&self, kid: &[u8; 32]) -> bool {
        self.revoked.contains(kid)
    }

    fn place(&self, place: StatusIndex) -> bool {
        self.keys.iter().any(|(_, key)| publishes_as_withdrawn(key.state(), place))
    }
}

/// A certificate that was reserved, or why there is none.
struct Draft<'p> {
    number: &'p RegisterNumber,
    edition: Edition,
    reservation: Option<&'p Reservation>,
    unsigned: Result<Laid<'p>, Refusal>,
}

/// A certificate that only wants its signature.
struct Laid<'p> {
    key: &'p IssuingKey<'p>,
    identifier: &'p str,
    unsigned: Unsigned,
}

/// Lays out a certificate that was reserved: what is signed is made here alone, and of a record.
fn lay<'p>(
    record: &Record,
    edition: Edition,
    key: &'p IssuingKey<'p>,
    reservation: &'p Reservation,
) -> Result<Laid<'p>, Refusal> {
    let unsigned = layout::lay_out(record, edition, key, reservation)?;
    Ok(Laid { key, identifier: &reservation.identifier, unsigned })
}

impl Laid<'_> {
    /// Whether its key gives the same signature each time.
    fn is_deterministic(&self) -> bool {
        self.key.signer().is_deterministic()
    }

    /// Signs it.
    fn sign(&self) -> Result<Vec<u8>, SignError> {
        self.key.signer().sign(self.unsigned.to_be_signed())
    }

    /// Whether a signature that was kept is its own. Whoever kept it had the same record, by its hash, but perhaps another
    /// version that laid it out otherwise.
    fn is_signed_by(&self, kept: &[u8]) -> Result<(), IssueError> {
        let fits = self.key.signer().verifying_key().verify(self.unsigned.to_be_signed(), kept);
        fits.map_err(|_| IssueError::KeptSignature)
    }

    /// The text, with its signature.
    fn seal(self, signature: &[u8]) -> Result<String, Refusal> {
        self.unsigned.seal(signature).map(|written| written.text().to_owned()).map_err(Refusal::from)
    }
}

impl Draft<'_> {
    /// The certificate, with its own signature of these.
    fn seal(self, signatures: &Signatures) -> Result<Issued, IssueError> {
        let text = match self.unsigned {
            Err(refusal) => Err(refusal),
            Ok(laid) => {
                let signature = signatures.get(laid.identifier).ok_or(SignError::Failed)?;
                laid.seal(signature)
            }
        };
        let (number, edition) = (self.number.clone(), self.edition);
        Ok(Issued { number, edition, reservation: self.reservation.cloned(), text })
    }
}

/// The signatures of a page: made now, and those that would come out otherwise each time kept before anybody sees them,
/// or found where they were kept before.
fn signatures<'p>(register: &mut Register, page: impl Iterator<Item = &'p Laid<'p>>) -> Result<Signatures, IssueError> {
    let mut all = Signatures::new();
    let mut random = Vec::new();
    for laid in page {
        if laid.is_deterministic() {
            all.insert(laid.identifier.to_owned(), laid.sign()?);
        } else {
            random.push(laid);
        }
    }
    if random.is_empty() {
        return Ok(all);
    }
    let identifiers: Vec<&str> = random.iter().map(|laid| laid.identifier).collect();
    let kept = register.kept_signatures(&identifiers)?;
    let mut new = BTreeMap::new();
    for laid in random.iter().filter(|laid| !kept.contains_key(laid.identifier)) {
        if !new.contains_key(laid.identifier) {
            new.insert(laid.identifier, laid.sign()?);
        }
    }
    let found = if new.is_empty() { Signatures::new() } else { register.keep_signatures(new.into_iter().collect())? };
    for laid in random {
        let signature = kept.get(laid.identifier).or_else(|| found.get(laid.identifier)).ok_or(SignError::Failed)?;
        laid.is_signed_by(signature)?;
        all.insert(laid.identifier.to_owned(), signature.clone());
    }
    Ok(all)
}
