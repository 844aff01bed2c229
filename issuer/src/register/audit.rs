//! The audit: an append-only chain of all that was done with the register, reads included.
//!
//! An act and its entry are one transaction. An entry's `link` is SHA-256 over its fields and the link before it, so that
//! whoever has the entries can check the chain without a key (docs/audit.md defines it to the byte); its `seal` is a keyed
//! hash of the link, so that who can write the database but has no key can write no entry. The newest link is also noted
//! beside the key file ([`HeadMark`]): a tail that was dropped is missed.

use super::act::{Act, ActKind};
use super::actor::Actor;
use super::audit_head::{Head, HeadMark};
use super::database::{Database, Isolation, values};
use super::read::{count, damaged, kid};
use super::seal::{AuditKey, Nonces, Place, Seals, fill_random};
use super::statements::insert;
use super::stations::{self, Count, Exceeded};
use super::{Register, RegisterError, Undone};
use crate::import::Scope;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use tegata_certificate::UnixTime;

/// Bytes of a seal and of a pseudonym.
pub(super) const SHORT: usize = 16;

/// A year's key of pseudonyms.
pub(super) type YearKey = Hmac<Sha256>;

/// Who acts with this opening of the register, and what is to be noted outside the database once a transaction is there
/// to stay.
pub(super) struct Journal {
    pub(super) seals: Arc<Seals>,
    pub(super) actor: Actor,
    clock: Option<UnixTime>,
    /// The epoch in which the register was opened: it ends when the register gets another key.
    epoch: i64,
    head: Mutex<Option<Head>>,
    exceeded: Mutex<Option<Exceeded>>,
    /// The pseudonym key that was read last, with its year.
    year: Mutex<Option<(i64, YearKey)>>,
}

impl Journal {
    pub(super) fn new(seals: Arc<Seals>, actor: Actor, epoch: i64) -> Self {
        let (head, exceeded, year) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { seals, actor, clock: None, epoch, head, exceeded, year }
    }

    /// The same for another actor.
    pub(super) fn of_actor(&self, actor: Actor) -> Self {
        Self { clock: self.clock, ..Self::new(self.seals.clone(), actor, self.epoch) }
    }

    /// For the same actor, with other keys and in another epoch.
    pub(super) fn in_epoch(&self, seals: Arc<Seals>, epoch: i64) -> Self {
        Self { clock: self.clock, ..Self::new(seals, self.actor.clone(), epoch) }
    }

    /// For another opening of the same register.
    pub(super) fn of_opening(&self, other: &Self) -> Self {
        Self { clock: self.clock, ..other.of_actor(self.actor.clone()) }
    }

    /// Forgets what a transaction that was undone would have had noted.
    pub(super) fn forget(&self) {
        let _ = (take(&self.head), take(&self.exceeded));
    }

    /// The newest entry of the transaction that was committed, if it wrote any.
    pub(super) fn take_head(&self) -> Option<Head> {
        take(&self.head)
    }

    /// The station that the transaction's refusal suspends.
    pub(super) fn take_exceeded(&self) -> Option<Exceeded> {
        take(&self.exceeded)
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.unwrap_or_else(|| {
            let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            UnixTime(i64::try_from(passed.as_secs()).unwrap_or(UnixTime::MAX.0)).min(UnixTime::MAX)
        })
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn put<T>(slot: &Mutex<Option<T>>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

impl Register {
    /// From here on `actor` acts with this opening of the register. Unless told, it is the system's account, at the
    /// station that `TEGATA_STATION` names, or `cli`.
    pub fn act_for(&mut self, actor: Actor) {
        self.journal = Arc::new(self.journal.of_actor(actor));
        self.keep_within(None);
    }

    /// From here on, until another acts, corrections tell of people in that scope only.
    pub(crate) fn keep_within(&mut self, scope: Option<Scope>) {
        self.scope = scope.map(Arc::new);
    }

    /// Who acts with this opening of the register.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.journal.actor
    }

    /// From here on entries carry this time and not the clock's: for registers that tests make.
    #[doc(hidden)]
    pub fn act_at(&mut self, time: UnixTime) {
        self.journal = Arc::new(Journal { clock: Some(time), ..self.journal.of_actor(self.actor().clone()) });
    }

    /// What [`append`] needs.
    pub(super) fn journal(&self) -> Arc<Journal> {
        self.journal.clone()
    }

    /// Notes acts that change nothing else, such as looking somebody up. Nothing may be shown before this returns.
    ///
    /// # Errors
    /// If the register cannot be written, or [`RegisterError::Suspended`].
    pub fn note(&mut self, acts: &[Act]) -> Result<(), RegisterError> {
        let journal = self.journal();
        self.transaction(Isolation::Statement, |database| append(database, &journal, acts))
    }

    /// Appends as part of a transaction that is open and that [`transaction`](Self::transaction) did not begin.
    pub(super) fn append_alone(&mut self, acts: &[Act]) -> Result<(), RegisterError> {
        let journal = self.journal();
        journal.forget();
        match self.run(|database| Ok(append(database, &journal, acts)))? {
            Ok(()) => Ok(()),
            Err(Undone::Refused(error)) => Err(error),
            Err(Undone::Database(error)) => Err(RegisterError::from_sqlx(&self.place, &error)),
        }
    }

    /// Notes the newest entry beside the key file; after a commit.
    pub(super) fn raise_head(&mut self) -> Result<(), RegisterError> {
        match self.journal.take_head() {
            Some(head) => HeadMark::beside(&self.key_file).raise(&head),
            None => Ok(()),
        }
    }
}

/// Appends an entry for each act, as part of the transaction that is open and best as its last step: other transactions
/// that append wait from here until it ends.
///
/// A station that is suspended, or that would do more than it may, is refused.
pub(super) fn append<E: From<RegisterError>>(
    database: &mut dyn Database,
    journal: &Journal,
    acts: &[Act],
) -> Result<(), Undone<E>> {
    if acts.is_empty() {
        return Ok(());
    }
    let refuse = |error: RegisterError| Undone::Refused(E::from(error));
    let head = lock_head(database, journal.epoch)?.ok_or_else(|| refuse(RegisterError::Rekeying))?;
    let now = journal.now();
    let station = journal.actor.station();
    if acts.iter().any(|act| !act.kind.passes_suspension())
        && let Some(suspension) = stations::suspension_of(database, station)?
    {
        return Err(refuse(suspension.into_error()));
    }
    let mut chain = Chain { journal, now, head, rows: Vec::with_capacity(acts.len() + 1) };
    chain.extend(database, acts)?;
    let counted = Count::of(acts);
    if let Some(exceeded) = stations::count(database, &journal.actor, now, counted)? {
        if !exceeded.is_let_through() {
            let error = exceeded.suspension(now).into_error();
            put(&journal.exceeded, exceeded);
            return Err(refuse(error));
        }
        // What was refused stays noted, and the suspension with it.
        if stations::suspend(database, &exceeded.suspension(now))? {
            chain.extend(database, &[exceeded.act()])?;
        }
    }
    chain.write(database)?;
    Ok(())
}

/// The newest entry; whoever has it keeps others from appending until the transaction ends. None while the register gets
/// another key, or has got one since it was opened.
fn lock_head(database: &mut dyn Database, epoch: i64) -> Result<Option<Head>, sqlx::Error> {
    let sql = "UPDATE audit_head SET sequence = sequence WHERE id = 1 AND epoch = ? RETURNING sequence, link";
    let rows = database.query(sql, values![epoch])?;
    rows.first().map(|row| Ok(Head { sequence: count(row, 0)?, link: kid(row, 1)? })).transpose()
}

/// Entries that are being appended.
struct Chain<'j> {
    journal: &'j Journal,
    now: UnixTime,
    head: Head,
    rows: Vec<(Fields, Head, [u8; SHORT])>,
}

impl Chain<'_> {
    fn extend(&mut self, database: &mut dyn Database, acts: &[Act]) -> Result<(), sqlx::Error> {
        let key = if acts.iter().any(|act| act.person.is_some()) { Some(self.year_key(database)?) } else { None };
        for act in acts {
            let person = act.person.as_ref().zip(key.as_ref()).map(|(person, key)| pseudonym(key, person.as_str()));
            self.push(act, person);
        }
        Ok(())
    }

    fn push(&mut self, act: &Act, person: Option<[u8; SHORT]>) {
        let fields = Fields {
            time: self.now.0,
            act: act.kind.number(),
            outcome: act.outcome.number(),
            actor: self.journal.actor.name().to_owned(),
            station: self.journal.actor.station().to_owned(),
            purpose: act.purpose.as_ref().map(|purpose| purpose.as_str().to_owned()),
            person: person.map(Vec::from),
            certificate: act.certificate.map(|hash| hash.as_bytes().to_vec()),
            details: (!act.details.is_empty()).then(|| act.details.clone()),
        };
        let sequence = self.head.sequence + 1;
        self.head = Head { sequence, link: fields.link(sequence, &self.head.link) };
        let seal = self.journal.seals.seal_link(&self.head.link);
        self.rows.push((fields, self.head.clone(), seal));
    }

    /// The pseudonym key of this year; made, and noted as made, with the year's first entry of a person.
    fn year_key(&mut self, database: &mut dyn Database) -> Result<YearKey, sqlx::Error> {
        let year = year_of(self.now);
        let cached = self.journal.year.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, key)) = cached.filter(|(cached, _)| *cached == year) {
            return Ok(key);
        }
        let seals = &self.journal.seals;
        if let Some(key) = read_year_key(database, seals, year)? {
            let key = mac_of(&key);
            put(&self.journal.year, (year, key.clone()));
            return Ok(key);
        }
        let mut key = zeroize::Zeroizing::new([0; 32]);
        fill_random(key.as_mut_slice())?;
        let sealed = seals.seal(year_place(&year.to_string()), key.as_slice(), &mut Nonces::for_values(1))?;
        database.execute("INSERT INTO pseudonym_key (year, sealed) VALUES (?, ?)", values![year, sealed])?;
        let made = Act::new(ActKind::PseudonymKey).with("year", year.unsigned_abs()).with("key", key_id(&key));
        self.push(&made, None);
        // Not remembered before it is there to stay.
        Ok(mac_of(&key))
    }

    fn write(self, database: &mut dyn Database) -> Result<(), sqlx::Error> {
        let head = "INSERT INTO audit (sequence, time, act, outcome, actor, station, purpose, person, certificate, \
                    details, link, seal)";
        insert(database, head, 12, "", &self.rows, |to, (fields, head, seal)| {
            to.extend(values![head.sequence, fields.time, fields.act, fields.outcome, &fields.actor, &fields.station]);
            to.extend(values![fields.purpose.as_deref(), fields.person.clone(), fields.certificate.clone()]);
            to.extend(values![fields.details.as_deref(), &head.link, seal]);
        })?;
        let sql = "UPDATE audit_head SET sequence = ?, link = ? WHERE id = 1";
        database.execute(sql, values![self.head.sequence, &self.head.link])?;
        put(&self.journal.head, self.head);
        Ok(())
    }
}

/// What an entry says, as it is kept. The numbers stay what they are also where this program knows no such kind.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) time: i64,
    pub(super) act: i64,
    pub(super) outcome: i64,
    pub(super) actor: String,
    pub(super) station: String,
    pub(super) purpose: Option<String>,
    pub(super) person: Option<Vec<u8>>,
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) details: Option<String>,
}

impl Fields {
    /// SHA-256 of: `tegata audit/1` and a zero byte; the link before (32 bytes, zeros for the first entry); sequence, time,
    /// act and outcome (8 bytes each, big-endian, two's complement); then actor, station, purpose, person, certificate and
    /// details, each as its length in bytes (4 bytes, big-endian) and its bytes, or `ff ff ff ff` where it is missing.
    pub(super) fn link(&self, sequence: u64, before: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"tegata audit/1\0");
        hash.update(before);
        hash.update(sequence.to_be_bytes());
        for number in [self.time, self.act, self.outcome] {
            hash.update(number.to_be_bytes());
        }
        let fields = [
            Some(self.actor.as_bytes()),
            Some(self.station.as_bytes()),
            self.purpose.as_deref().map(str::as_bytes),
            self.person.as_deref(),
            self.certificate.as_deref(),
            self.details.as_deref().map(str::as_bytes),
        ];
        for field in fields {
            match field {
                Some(bytes) => {
                    // A column holds less than 4 GiB.
                    hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1).to_be_bytes());
                    hash.update(bytes);
                }
                None => hash.update([0xff; 4]),
            }
        }
        hash.finalize().into()
    }
}

/// Where the chain's key is sealed to, once it is not derived from the register's key.
pub(super) const AUDIT_KEY: Place<'static> = Place { table: "audit_key", number: "1", column: "sealed" };

/// The chain's key, if it is kept.
pub(super) fn read_audit_key(database: &mut dyn Database, seals: &Seals) -> Result<Option<AuditKey>, sqlx::Error> {
    let rows = database.query("SELECT sealed FROM audit_key WHERE id = 1", Vec::new())?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opened = seals.open(AUDIT_KEY, row.bytes(0)?.ok_or_else(damaged)?)?;
    Ok(Some(AuditKey::new(opened.as_slice().try_into().map_err(|_| damaged())?)))
}

/// The register's epoch.
pub(super) fn read_epoch(database: &mut dyn Database) -> Result<i64, sqlx::Error> {
    let rows = database.query("SELECT epoch FROM audit_head WHERE id = 1", Vec::new())?;
    // Without that row nothing is appended; verify tells of it.
    rows.first().map_or(Ok(0), |row| row.integer(0)?.ok_or_else(damaged))
}

/// Where a year's key of pseudonyms is sealed to.
pub(super) fn year_place(year: &str) -> Place<'_> {
    Place { table: "pseudonym_key", number: year, column: "sealed" }
}

/// The calendar year of a time, in UTC.
pub(super) fn year_of(time: UnixTime) -> i64 {
    time.date().map_or(9999, |date| i64::from(date.ymd().0))
}

/// A year's key, if the register has it still.
pub(super) fn read_year_key(
    database: &mut dyn Database,
    seals: &Seals,
    year: i64,
) -> Result<Option<zeroize::Zeroizing<[u8; 32]>>, sqlx::Error> {
    let rows = database.query("SELECT sealed FROM pseudonym_key WHERE year = ?", values![year])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opened = seals.open(year_place(&year.to_string()), row.bytes(0)?.ok_or_else(damaged)?)?;
    let key = opened.as_slice().try_into().map_err(|_| damaged())?;
    Ok(Some(zeroize::Zeroizing::new(key)))
}

/// Names a year's key in the entry that says it was made.
pub(super) fn key_id(key: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tegata pseudonym key/1\0");
    hash.update(key);
    hash.finalize().into()
}

/// The keyed hash that a year's key makes.
pub(super) fn mac_of(key: &[u8; 32]) -> YearKey {
    <YearKey as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

/// A person in the entries of a year.
pub(super) fn pseudonym(key: &YearKey, number: &str) -> [u8; SHORT] {
    let mut mac = key.clone();
    mac.update(number.as_bytes());
    let hash: [u8; 32] = mac.finalize().into_bytes().into();
    hash.first_chunk().copied().unwrap_or_default()
}
