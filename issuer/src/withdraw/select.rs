//! From what a person names to places in the status list.

use super::list::Named;
use super::{ListError, ListRow, RowProblem, WithdrawError};
use crate::record::RegisterNumber;
use crate::register::{Given, Register, RuleScope};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tegata_certificate::{DecodeError, Format, Sealed, StatusIndex, UnixTime};
use tegata_trust_lists::{StatusRange, TrustState};

/// What to withdraw or to reinstate.
#[derive(Clone, Debug)]
pub enum Target {
    /// A person's certificates.
    Person(RegisterNumber),
    /// One certificate, by the text in its code.
    Certificate(String),
    /// The certificates of everyone whose record names this lot.
    Lot(String),
    /// One place in the status list, whoever has it.
    Place(StatusIndex),
    /// The rows of a list.
    List(Vec<ListRow>),
    /// Whatever a key issued in a span of time or from a lot.
    Rule(RuleScope),
}

/// Why a certificate's text leads to no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateProblem {
    /// It cannot be read.
    #[error("that is no certificate ({0}): give the text of its code, beginning with TG1:, or a file that holds it")]
    Unreadable(#[from] DecodeError),
    /// A family without status.
    #[error(
        "that certificate is of another format than compact and has no place in the status list: only its whole key can be withdrawn, by the list's operator (tegata-trust set-key --state revoked); nothing was changed"
    )]
    NoPlace,
    /// Nobody on the list signed it.
    #[error("no key on the trust list signed that certificate: every verifier refuses it already")]
    Unsigned,
}

/// What was chosen.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Chosen {
    /// The places, each once.
    pub places: Vec<StatusIndex>,
    /// The rules, each once.
    pub rules: Vec<RuleScope>,
    /// Certificates left out because they have expired.
    pub expired: u64,
    /// Certificates in force that have no place (`eu-dcc`) and so stay as they are.
    pub without_place: u64,
    /// People of a list without any certificate.
    pub without_certificate: u64,
}

impl Chosen {
    fn take(&mut self, given: &Given, now: UnixTime, places: &mut BTreeSet<(u64, u64)>) {
        match given.status {
            _ if given.expires_at <= now => self.expired += 1,
            None => self.without_place += 1,
            Some(place) => {
                places.insert((place.shard, place.index));
            }
        }
    }

    /// How many places and rules there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.places.len() + self.rules.len()) as u64
    }
}

/// Finds what the targets name. `progress` hears how much of the register or the list was looked at.
///
/// # Errors
/// [`WithdrawError`]: what cannot be found, or what is not this office's.
pub fn choose(
    register: &mut Register,
    state: &TrustState,
    targets: &[Target],
    now: UnixTime,
    progress: &mut dyn FnMut(u64),
) -> Result<Chosen, WithdrawError> {
    let office = Office::of(register, state)?;
    let mut chosen = Chosen::default();
    let mut places = BTreeSet::new();
    let mut rules = BTreeSet::new();
    for target in targets {
        match target {
            Target::Person(number) => {
                take_people(register, std::slice::from_ref(number), now, &mut chosen, &mut places)?;
            }
            Target::Lot(lot) => {
                let people = register.people_with_lot(lot, progress)?;
                if people.is_empty() {
                    return Err(WithdrawError::NoSuchLot);
                }
                take_people(register, &people, now, &mut chosen, &mut places)?;
            }
            Target::Certificate(text) => {
                let place = opened_place(state, text)?;
                take_places(register, &office, &[place], now, &mut chosen, &mut places)?;
            }
            Target::Place(place) => {
                take_places(register, &office, std::slice::from_ref(place), now, &mut chosen, &mut places)?;
            }
            Target::List(rows) => take_list(register, state, &office, rows, now, &mut chosen, &mut places, progress)?,
            Target::Rule(rule) => {
                if !office.kids.contains(&rule.kid) {
                    return Err(WithdrawError::NotOurKey);
                }
                rules.insert(rule.clone());
            }
        }
    }
    chosen.places = places.into_iter().map(|(shard, index)| StatusIndex { shard, index }).collect();
    chosen.rules = rules.into_iter().collect();
    if chosen.count() == 0 {
        return Err(chosen.nothing());
    }
    if chosen.places.len() > super::MAX_PLACES {
        return Err(WithdrawError::TooMany);
    }
    Ok(chosen)
}

impl Chosen {
    /// Why there is nothing to ask for.
    fn nothing(&self) -> WithdrawError {
        match (self.without_place, self.expired) {
            (0, 0) => WithdrawError::NothingIssued,
            (0, _) => WithdrawError::OnlyExpired,
            _ => WithdrawError::NoPlace,
        }
    }
}

/// The keys and ranges of this office.
struct Office {
    kids: HashSet<[u8; 32]>,
    ranges: Vec<StatusRange>,
}

impl Office {
    /// What the register issued with, and what the list has allotted to the same keys since.
    fn of(register: &mut Register, state: &TrustState) -> Result<Self, WithdrawError> {
        let known = register.ranges()?;
        let kids: HashSet<[u8; 32]> = known.iter().map(|(kid, _)| *kid).collect();
        let mut ranges: Vec<StatusRange> = known.into_iter().map(|(_, range)| range).collect();
        let listed = state.trust().keys.iter().filter(|entry| kids.contains(&entry.kid));
        ranges.extend(listed.flat_map(|entry| &entry.ranges));
        Ok(Self { kids, ranges })
    }

    fn holds(&self, place: StatusIndex) -> bool {
        let holds = |range: &StatusRange| range.shard == place.shard && (range.from..range.to).contains(&place.index);
        self.ranges.iter().any(holds)
    }
}

/// The certificates of people, all of whom must be known.
fn take_people(
    register: &mut Register,
    people: &[RegisterNumber],
    now: UnixTime,
    chosen: &mut Chosen,
    places: &mut BTreeSet<(u64, u64)>,
) -> Result<(), WithdrawError> {
    match take_known_people(register, people, now, chosen, places)?.is_empty() {
        true => Ok(()),
        false => Err(WithdrawError::NobodyThere),
    }
}

/// The certificates of people, and who of them is unknown. Whoever has a certificate is known, also if the record
/// is gone.
fn take_known_people(
    register: &mut Register,
    people: &[RegisterNumber],
    now: UnixTime,
    chosen: &mut Chosen,
    places: &mut BTreeSet<(u64, u64)>,
) -> Result<HashSet<RegisterNumber>, WithdrawError> {
    let numbers: Vec<&str> = people.iter().map(RegisterNumber::as_str).collect();
    let given = register.certificates_of(&numbers)?;
    for given in &given {
        chosen.take(given, now, places);
    }
    let holders: HashSet<&str> = given.iter().map(|given| given.number.as_str()).collect();
    let mut without: HashSet<RegisterNumber> =
        people.iter().filter(|number| !holders.contains(number.as_str())).cloned().collect();
    let numbers: Vec<&str> = without.iter().map(RegisterNumber::as_str).collect();
    let known = register.known_people(&numbers)?;
    chosen.without_certificate += known.len() as u64;
    for number in &known {
        without.remove(number);
    }
    Ok(without)
}

/// Places, all of which must be this office's.
fn take_places(
    register: &mut Register,
    office: &Office,
    wanted: &[StatusIndex],
    now: UnixTime,
    chosen: &mut Chosen,
    places: &mut BTreeSet<(u64, u64)>,
) -> Result<(), WithdrawError> {
    if !wanted.iter().all(|place| office.holds(*place)) {
        return Err(WithdrawError::NotOurRange);
    }
    for (place, given) in wanted.iter().zip(register.certificates_at(wanted)?) {
        match given {
            Some(given) => chosen.take(&given, now, places),
            // Given out by nobody here: a forged certificate names it.
            None => {
                places.insert((place.shard, place.index));
            }
        }
    }
    Ok(())
}

/// Rows of a list that are looked up at once.
const PAGE: usize = 1_000;

/// The rows of a list. All that lead nowhere are told together, by their lines.
fn take_list(
    register: &mut Register,
    state: &TrustState,
    office: &Office,
    rows: &[ListRow],
    now: UnixTime,
    chosen: &mut Chosen,
    places: &mut BTreeSet<(u64, u64)>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), WithdrawError> {
    let mut bad = BTreeMap::<RowProblem, Vec<u64>>::new();
    for page in rows.chunks(PAGE) {
        let (mut people, mut named) = (Vec::new(), Vec::new());
        for row in page {
            let mut refuse = |problem| bad.entry(problem).or_default().push(row.line);
            match &row.names {
                Named::Person(number) => people.push((number.clone(), row.line)),
                Named::Place(place) if office.holds(*place) => named.push(*place),
                Named::Place(_) => refuse(RowProblem::NotOurRange),
                Named::Certificate(text) => match opened_place(state, text) {
                    Ok(place) if office.holds(place) => named.push(place),
                    Ok(_) => refuse(RowProblem::NotOurRange),
                    Err(_) => refuse(RowProblem::Certificate),
                },
            }
        }
        let numbers: BTreeSet<RegisterNumber> = people.iter().map(|(number, _)| number.clone()).collect();
        let numbers: Vec<RegisterNumber> = numbers.into_iter().collect();
        let unknown = take_known_people(register, &numbers, now, chosen, places)?;
        let unknown = people.iter().filter(|(number, _)| unknown.contains(number)).map(|(_, line)| *line);
        bad.entry(RowProblem::NobodyThere).or_default().extend(unknown);
        take_places(register, office, &named, now, chosen, places)?;
        progress(page.len() as u64);
    }
    bad.retain(|_, lines| !lines.is_empty());
    if bad.is_empty() { Ok(()) } else { Err(ListError::Rows(bad).into()) }
}

/// The place that a certificate names, if a key on the list signed it.
///
/// # Errors
/// [`CertificateProblem`].
pub fn opened_place(state: &TrustState, text: &str) -> Result<StatusIndex, CertificateProblem> {
    // Line ends only: a blank is a character of base45, also at the end.
    let sealed = Sealed::decode(text.trim_end_matches(['\r', '\n']))?;
    if sealed.format() != Format::Compact {
        return Err(CertificateProblem::NoPlace);
    }
    let hint = sealed.hints().kid.unwrap_or_default();
    let mut keys = state.candidates(Format::Compact, hint);
    let authentic = keys.find_map(|entry| sealed.open(&entry.key).ok()).ok_or(CertificateProblem::Unsigned)?;
    authentic.read().ok().and_then(|certificate| certificate.status).ok_or(CertificateProblem::NoPlace)
}

/// The one key of this register whose kid begins with that hex text.
///
/// # Errors
/// [`WithdrawError::NotOurKey`] if none or more than one does, or if the text is shorter than 8 characters.
pub fn key_with_prefix(register: &mut Register, prefix: &str) -> Result<[u8; 32], WithdrawError> {
    let kids: BTreeSet<[u8; 32]> = register.ranges()?.into_iter().map(|(kid, _)| kid).collect();
    let mut found = kids.into_iter().filter(|kid| hex(kid).starts_with(&prefix.to_ascii_lowercase()));
    match (found.next(), found.next()) {
        (Some(kid), None) if prefix.len() >= 8 => Ok(kid),
        _ => Err(WithdrawError::NotOurKey),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
