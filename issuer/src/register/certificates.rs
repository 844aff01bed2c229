//! Reservations: what a certificate will say of itself is written down before it is signed, so that
//! a killed run leaves nothing that the next one would not finish in the same way. What was withdrawn is
//! not given out again.

use super::act::{Act, ActKind, CertificateHash};
use super::approvals::{Granted, consume};
use super::audit::append;
use super::cards::{self, CardNumber};
use super::database::{Database, Isolation, Row, values};
use super::mark::Mark;
use super::ranges::{Taken, take_places};
use super::read::{count, damaged, kid, text};
use super::seal::fill_random;
use super::statements::{insert, select};
use super::withdrawals::{RuleEntry, latest_of, rules_in_force, status_index, time};
use super::{Register, RegisterError, Undone};
use crate::approval::ApprovalError;
use crate::issue::number_of;
use crate::record::{Dose, RegisterNumber};
use std::collections::{BTreeMap, HashMap, HashSet};
use tegata_certificate::{Format, StatusIndex, UnixTime};

/// A certificate that is wanted.
#[derive(Clone)]
pub(crate) struct Wanted<'a> {
    pub number: &'a RegisterNumber,
    pub content: [u8; 32],
    /// Whose lots it will name.
    pub doses: &'a [Dose],
    pub format: Format,
    pub kid: [u8; 32],
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
}

impl Wanted<'_> {
    /// Whether a rule in force withdraws what a key issues for it at that time. Only families with a status index
    /// are looked up in a status list.
    fn falls_under(&self, rules: &[RuleEntry], kid: &[u8; 32], issued_at: UnixTime) -> bool {
        let lots = || self.doses.iter().filter_map(|dose| dose.lot.as_deref());
        self.format.names_status_index() && rules.iter().any(|rule| rule.scope.covers(kid, issued_at, lots()))
    }
}

/// What is withdrawn besides what the register's own requests say.
pub(crate) trait Withdrawn {
    /// Whether nothing that this key signed counts any more.
    fn key(&self, kid: &[u8; 32]) -> bool;

    /// Whether this place is published as withdrawn. It's asked only where the register knows of no request: a
    /// register restored from a backup may have lost some.
    fn place(&self, place: StatusIndex) -> bool;
}

/// What was written down for it: new, or by an earlier run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reservation {
    pub kid: [u8; 32],
    pub status: Option<StatusIndex>,
    /// An opaque random text of A-Z and 0-9, for families that want an identifier.
    pub identifier: String,
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
    /// Whether this run made it.
    pub new: bool,
}

impl Reservation {
    /// What a reservation will look like, for trying whether a record can be laid out at all.
    pub(crate) fn draft(wanted: &Wanted<'_>) -> Self {
        Self {
            kid: wanted.kid,
            status: wanted.format.names_status_index().then_some(StatusIndex { shard: 0, index: 0 }),
            identifier: "A".repeat(IDENTIFIER),
            issued_at: wanted.issued_at,
            expires_at: wanted.expires_at,
            new: true,
        }
    }
}

/// Why nothing could be reserved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReserveError {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error("all status indices of the key are used")]
    Exhausted,
    #[error("the register is older than what was issued, and all other status indices of the key are used")]
    Restored,
    #[error("no randomness from the operating system")]
    Random,
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

/// Characters of an identifier: 25 of 36 carry 129 bits.
const IDENTIFIER: usize = 25;

impl Register {
    /// Writes down each certificate that is wanted, or finds what was written down for it, all in one
    /// transaction. A certificate that has expired or was withdrawn is reserved anew. Nothing (`None`) is reserved
    /// where a rule would withdraw at once what is issued now.
    ///
    /// Any number of processes may reserve at once, the same records too: each record and edition gets one certificate.
    /// An approval that is given is used up in the same transaction.
    pub(crate) fn reserve(
        &mut self,
        wanted: &[Wanted<'_>],
        withdrawn: &dyn Withdrawn,
        granted: Option<&Granted>,
    ) -> Result<Vec<Option<Reservation>>, ReserveError> {
        let journal = self.journal();
        // Borrowed apart from the rest: a transaction only reads it.
        let mark = std::mem::take(&mut self.mark);
        let reserved = self.transaction(Isolation::Statement, |database| {
            let mut page = Page { wanted, withdrawn, mark: &mark, taken: Taken::default(), ours: HashSet::new() };
            let mut noted = Vec::new();
            if let (Some(granted), Some(first)) = (granted, wanted.first()) {
                consume(database, granted, &journal, first.issued_at, &mut noted).map_err(Undone::into_other)?;
            }
            let reserved = page.reserve(database)?;
            noted.extend(acts(wanted, &reserved));
            // Last, because other transactions that append wait from here on.
            append(database, &journal, &noted)?;
            Ok((reserved, page.taken))
        });
        self.mark = mark;
        let (reserved, taken) = reserved?;
        self.closed.extend(taken.closed);
        // Before anything is handed out: whoever restores the register from here on will be noticed.
        self.mark.raise(&taken.counted)?;
        Ok(reserved)
    }
}

/// The same, in a transaction that is open; `taken` says afterwards what it did to the ranges.
pub(super) fn reserve_in(
    database: &mut dyn Database,
    wanted: &[Wanted<'_>],
    withdrawn: &dyn Withdrawn,
    mark: &Mark,
    taken: &mut Taken,
) -> Result<Vec<Option<Reservation>>, Undone<ReserveError>> {
    let mut page = Page { wanted, withdrawn, mark, taken: std::mem::take(taken), ours: HashSet::new() };
    let reserved = page.reserve(database);
    *taken = page.taken;
    reserved
}

/// What the audit says of a page: each certificate that goes out.
fn acts(wanted: &[Wanted<'_>], reserved: &[Option<Reservation>]) -> Vec<Act> {
    let act = |(want, reservation): (&Wanted<'_>, &Option<Reservation>)| {
        let reservation = reservation.as_ref()?;
        let kind = if reservation.new { ActKind::Issue } else { ActKind::Reissue };
        let hash = CertificateHash::of(&reservation.kid, want.format, &reservation.identifier);
        Some(Act::new(kind).about(want.number).certificate(hash).with("format", want.format.name()))
    };
    wanted.iter().zip(reserved).filter_map(act).collect()
}

/// How often a page is looked at again because others reserved the same meanwhile: after the first time they are
/// found, so this is never reached.
const ROUNDS: usize = 16;

/// A page of certificates that is being reserved.
struct Page<'p, 'w> {
    wanted: &'p [Wanted<'w>],
    withdrawn: &'p dyn Withdrawn,
    mark: &'p Mark,
    taken: Taken,
    /// The identifiers of those that this transaction wrote.
    ours: HashSet<String>,
}

/// A certificate's row, without the number of its renewal.
type Key<'a> = (&'a str, &'static str, [u8; 32]);

fn key_of<'a>(want: &'a Wanted<'_>) -> Key<'a> {
    (want.number.as_str(), want.format.name(), want.content)
}

/// A certificate to be written, and for which that is wanted.
struct Fresh {
    place: usize,
    renewal: u64,
    reservation: Reservation,
    /// Where its range's counting stood, if it has a place in a status list.
    position: Option<u64>,
}

impl Page<'_, '_> {
    fn reserve(&mut self, database: &mut dyn Database) -> Result<Vec<Option<Reservation>>, Undone<ReserveError>> {
        let rules = rules_in_force(database)?;
        for _ in 0..ROUNDS {
            let kept = self.kept(database, &rules)?;
            let mut fresh = Vec::new();
            let mut first = HashMap::new();
            for (place, (want, (reservation, renewal))) in self.wanted.iter().zip(&kept).enumerate() {
                let lacking = reservation.is_none() && !want.falls_under(&rules, &want.kid, want.issued_at);
                // A record that is named twice gets one certificate.
                if lacking && *first.entry(key_of(want)).or_insert(place) == place {
                    fresh.push(self.draft(place, *renewal));
                }
            }
            self.take_indices(database, &mut fresh)?;
            if self.insert(database, &mut fresh)? < fresh.len() as u64 {
                // Others reserved some of it between our looking and our writing: look again.
                continue;
            }
            let mut reserved: Vec<Option<Reservation>> = kept.into_iter().map(|(reservation, _)| reservation).collect();
            let fresh: HashMap<usize, Reservation> =
                fresh.into_iter().map(|fresh| (fresh.place, fresh.reservation)).collect();
            for (place, want) in self.wanted.iter().enumerate() {
                let made = first.get(&key_of(want)).and_then(|first| Some((*first, fresh.get(first)?)));
                if let (Some((first, made)), Some(slot)) = (made, reserved.get_mut(place)) {
                    *slot = Some(Reservation { new: first == place, ..made.clone() });
                }
            }
            return Ok(reserved);
        }
        Err(Undone::Database(damaged()))
    }

    fn draft(&self, place: usize, renewal: u64) -> Fresh {
        let want = self.wanted.get(place).unwrap_or_else(|| unreachable!("a place of what is wanted"));
        let reservation = Reservation { identifier: String::new(), ..Reservation::draft(want) };
        Fresh { place, renewal, reservation, position: None }
    }

    /// For each that is wanted the newest certificate of the record that counts, and the number of the next renewal.
    fn kept(
        &self,
        database: &mut dyn Database,
        rules: &[RuleEntry],
    ) -> Result<Vec<(Option<Reservation>, u64)>, sqlx::Error> {
        let mut numbers: Vec<&str> = self.wanted.iter().map(|want| want.number.as_str()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let rows = select(
            database,
            "SELECT number, format, content, renewal, kid, shard, status_index, identifier, issued_at, expires_at \
             FROM certificate",
            &numbers,
        )?;
        let wanted: HashSet<Key<'_>> = self.wanted.iter().map(key_of).collect();
        let mut held: HashMap<Key<'_>, Vec<(u64, Reservation)>> = HashMap::new();
        for row in &rows {
            let Some(format) = Format::from_name(text(row, 1)?) else { continue };
            let key = (text(row, 0)?, format.name(), kid(row, 2)?);
            if let Some(key) = wanted.get(&key) {
                held.entry(*key).or_default().push((count(row, 3)?, reservation(row)?));
            }
        }
        let dead = self.dead(database, &held)?;
        let choose = |want: &Wanted<'_>| {
            let Some(held) = held.get(&key_of(want)) else { return (None, 0) };
            let next = held.iter().map(|(renewal, _)| renewal + 1).max().unwrap_or(0);
            let counts = |(_, one): &&(u64, Reservation)| {
                one.expires_at > want.issued_at
                    && !self.withdrawn.key(&one.kid)
                    && !want.falls_under(rules, &one.kid, one.issued_at)
                    && !dead.contains(&one.identifier)
            };
            let newest = held.iter().filter(counts).max_by_key(|(renewal, _)| *renewal);
            let reservation = newest.map(|(_, reservation)| Reservation {
                new: self.ours.contains(&reservation.identifier),
                ..reservation.clone()
            });
            (reservation, next)
        };
        Ok(self.wanted.iter().map(choose).collect())
    }

    /// The identifiers of those that were withdrawn: the newest request about their place says so, or it is published
    /// without one, or by their own number in a family that has one.
    fn dead(
        &self,
        database: &mut dyn Database,
        held: &HashMap<Key<'_>, Vec<(u64, Reservation)>>,
    ) -> Result<HashSet<String>, sqlx::Error> {
        let all = || held.iter().flat_map(|(key, held)| held.iter().map(|(_, reservation)| (key.1, reservation)));
        let places: Vec<StatusIndex> = all().filter_map(|(_, reservation)| reservation.status).collect();
        let latest = latest_of(database, &places)?;
        let number = |format: &str, one: &Reservation| {
            Format::from_name(format).and_then(|format| number_of(format, &one.kid, &one.identifier))
        };
        let cards: Vec<CardNumber> = all().filter_map(|(format, one)| number(format, one)).collect();
        let withdrawn = cards::withdrawn_of(database, &cards)?;
        let is_dead = |format: &str, one: &Reservation| {
            let by_place = one.status.is_some_and(|place| {
                latest.get(&place).map_or_else(|| self.withdrawn.place(place), |latest| latest.withdrawn)
            });
            by_place || number(format, one).is_some_and(|card| withdrawn.get(&card).copied().unwrap_or(false))
        };
        Ok(all().filter(|(format, one)| is_dead(format, one)).map(|(_, one)| one.identifier.clone()).collect())
    }

    /// Gives identifiers to all, and indices to those that have a place in a status list.
    fn take_indices(&mut self, database: &mut dyn Database, fresh: &mut [Fresh]) -> Result<(), Undone<ReserveError>> {
        // By key in one order: two transactions that wait for each other's ranges would be undone.
        let mut wanted = BTreeMap::<[u8; 32], usize>::new();
        for one in fresh.iter().filter(|one| one.reservation.status.is_some()) {
            *wanted.entry(one.reservation.kid).or_default() += 1;
        }
        let mut places = BTreeMap::new();
        for (kid, count) in wanted {
            let of_key = take_places(database, &kid, count, self.withdrawn, self.mark, &mut self.taken)?;
            places.insert(kid, of_key.into_iter());
        }
        let mut identifiers = Identifiers::for_certificates(fresh.len());
        for one in fresh {
            let Reservation { kid, status, identifier, .. } = &mut one.reservation;
            if status.is_some() {
                let taken = places.get_mut(kid).and_then(Iterator::next);
                (*status, one.position) = (taken.map(|taken| taken.place), taken.map(|taken| taken.position));
            }
            *identifier = identifiers.next()?;
        }
        Ok(())
    }

    /// Writes them down, but for those that others were faster with; says how many it wrote.
    fn insert(&mut self, database: &mut dyn Database, fresh: &mut [Fresh]) -> Result<u64, sqlx::Error> {
        let want = |fresh: &Fresh| self.wanted.get(fresh.place);
        // In one order, for the same reason.
        fresh.sort_by_cached_key(|fresh| {
            want(fresh).map(|want| (want.number.clone(), want.format.name(), want.content))
        });
        let rows: Vec<_> = fresh.iter().filter_map(|fresh| Some((want(fresh)?, fresh))).collect();
        let head = "INSERT INTO certificate (number, format, content, renewal, kid, shard, status_index, position, \
                    identifier, issued_at, expires_at)";
        let tail = "ON CONFLICT (number, format, content, renewal) DO NOTHING";
        let written = insert(database, head, 11, tail, &rows, |to, (want, fresh)| {
            let one = &fresh.reservation;
            let (shard, index) = (one.status.map(|place| place.shard), one.status.map(|place| place.index));
            to.extend(values![want.number.as_str(), want.format.name(), &want.content, fresh.renewal, &one.kid]);
            to.extend(values![shard, index, fresh.position, &one.identifier, one.issued_at.0, one.expires_at.0]);
        })?;
        self.ours.extend(fresh.iter().map(|fresh| fresh.reservation.identifier.clone()));
        Ok(written)
    }
}

fn reservation(row: &Row) -> Result<Reservation, sqlx::Error> {
    Ok(Reservation {
        kid: kid(row, 4)?,
        status: status_index(row, 5)?,
        identifier: text(row, 7)?.to_owned(),
        issued_at: time(row, 8)?,
        expires_at: time(row, 9)?,
        new: false,
    })
}

/// Random identifiers: the operating system is asked once for a page of them.
struct Identifiers {
    random: Vec<u8>,
    used: usize,
}

impl Identifiers {
    fn for_certificates(count: usize) -> Self {
        // A sixty-fourth of the bytes is passed over.
        Self { random: vec![0; (IDENTIFIER * count).div_ceil(32) * 33], used: usize::MAX }
    }

    fn next(&mut self) -> Result<String, sqlx::Error> {
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut identifier = String::with_capacity(IDENTIFIER);
        while identifier.len() < IDENTIFIER {
            let Some(byte) = self.random.get(self.used) else {
                fill_random(&mut self.random)?;
                self.used = 0;
                continue;
            };
            self.used += 1;
            // 252 is the largest multiple of 36 that a byte can count to: every character is as likely.
            if *byte < 252 {
                identifier.extend(ALPHABET.get(usize::from(byte % 36)).map(|c| char::from(*c)));
            }
        }
        Ok(identifier)
    }
}
