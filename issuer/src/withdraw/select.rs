//! From what a person names to places in the status list.

use super::list::Named;
use super::{ListError, ListRow, RowProblem, WithdrawError};
use crate::issue::number_of;
use crate::record::RegisterNumber;
use crate::register::{CardNumber, Given, Register, RuleScope};
use crate::review::{Standing, review_given};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tegata_certificate::{DecodeError, Sealed, StatusIndex, UnixTime};
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
    /// The certificates in force that state what the records of today deny.
    Contradicted,
}

impl Target {
    /// What it names, in a form that is the same for the same.
    pub(super) fn parts(&self) -> Vec<Vec<u8>> {
        let place = |place: &StatusIndex| [place.shard.to_be_bytes(), place.index.to_be_bytes()].concat();
        match self {
            Self::Person(number) => vec![b"person".to_vec(), number.as_str().into()],
            Self::Certificate(text) => vec![b"certificate".to_vec(), text.trim_end().into()],
            Self::Lot(lot) => vec![b"lot".to_vec(), lot.as_bytes().into()],
            Self::Place(one) => vec![b"place".to_vec(), place(one)],
            Self::List(rows) => {
                let row = |row: &ListRow| match &row.names {
                    Named::Person(number) => [b"p", number.as_str().as_bytes()].concat(),
                    Named::Place(one) => [b"i", place(one).as_slice()].concat(),
                    Named::Certificate(text) => [b"c", text.trim_end().as_bytes()].concat(),
                };
                std::iter::once(b"list".to_vec()).chain(rows.iter().map(row)).collect()
            }
            Self::Rule(rule) => {
                let issued = rule.issued.map(|(from, until)| [from.0.to_be_bytes(), until.0.to_be_bytes()].concat());
                let lot = rule.lot.as_deref().unwrap_or_default().as_bytes().to_vec();
                vec![b"rule".to_vec(), rule.kid.to_vec(), issued.unwrap_or_default(), lot]
            }
            Self::Contradicted => vec![b"contradicted".to_vec()],
        }
    }
}

/// Why a certificate's text leads to no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateProblem {
    /// It cannot be read.
    #[error("that is no certificate ({0}): give the text of its code, beginning with TG1:, or a file that holds it")]
    Unreadable(#[from] DecodeError),
    /// A family without status.
    #[error(
        "that certificate is of another format than compact and has no place in the status list: a health card is withdrawn with its holder's certificates (--person); of other formats only the whole key, by the list's operator (tegata-trust set-key --state revoked) or, of vds-nc, by the authority that issued its certificate; nothing was changed"
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
    /// Certificates that are withdrawn by a number of their own, each once.
    pub cards: Vec<CardNumber>,
    /// Certificates left out because they have expired.
    pub expired: u64,
    /// Certificates in force that have no place (`eu-dcc`) and so stay as they are.
    pub without_place: u64,
    /// People of a list without any certificate.
    pub without_certificate: u64,
}

impl Chosen {
    /// How many places, rules and numbers there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.places.len() + self.rules.len() + self.cards.len()) as u64
    }

    /// Why there is nothing to ask for.
    fn nothing(&self) -> WithdrawError {
        match (self.without_place, self.expired) {
            (0, 0) => WithdrawError::NothingIssued,
            (0, _) => WithdrawError::OnlyExpired,
            _ => WithdrawError::NoPlace,
        }
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
    let (places, rules) = (BTreeSet::new(), BTreeSet::new());
    let mut search = Search { register, state, office, now, progress, chosen: Chosen::default(), places, rules };
    for target in targets {
        search.take(target)?;
    }
    let Search { mut chosen, places, rules, .. } = search;
    chosen.places = places.into_iter().map(|(shard, index)| StatusIndex { shard, index }).collect();
    chosen.rules = rules.into_iter().collect();
    chosen.cards.sort_unstable();
    chosen.cards.dedup();
    if chosen.count() == 0 {
        return Err(chosen.nothing());
    }
    if chosen.places.len() > super::MAX_PLACES {
        return Err(WithdrawError::TooMany);
    }
    Ok(chosen)
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

/// Rows of a list that are looked up at once.
const PAGE: usize = 1_000;

/// What was found so far.
struct Search<'a> {
    register: &'a mut Register,
    state: &'a TrustState,
    office: Office,
    now: UnixTime,
    progress: &'a mut dyn FnMut(u64),
    chosen: Chosen,
    places: BTreeSet<(u64, u64)>,
    rules: BTreeSet<RuleScope>,
}

impl Search<'_> {
    fn take(&mut self, target: &Target) -> Result<(), WithdrawError> {
        match target {
            Target::Person(number) => self.take_people(std::slice::from_ref(number)),
            Target::Lot(lot) => {
                let people = self.register.people_with_lot(lot, self.progress)?;
                if people.is_empty() { Err(WithdrawError::NoSuchLot) } else { self.take_people(&people) }
            }
            Target::Certificate(text) => {
                let place = opened_place(self.state, text)?;
                self.take_places(&[place])
            }
            Target::Place(place) => self.take_places(std::slice::from_ref(place)),
            Target::List(rows) => self.take_list(rows),
            Target::Rule(rule) if self.office.kids.contains(&rule.kid) => {
                self.rules.insert(rule.clone());
                Ok(())
            }
            Target::Rule(_) => Err(WithdrawError::NotOurKey),
            Target::Contradicted => self.take_contradicted(),
        }
    }

    /// The certificates that a review finds to be wrong.
    fn take_contradicted(&mut self) -> Result<(), WithdrawError> {
        let mut wrong = Vec::new();
        review_given(self.register, None, self.now, self.progress, &mut |given, reviewed| {
            if matches!(reviewed.standing, Standing::Contradicted(_)) {
                wrong.push(given.clone());
            }
        })?;
        if wrong.is_empty() {
            return Err(WithdrawError::NothingContradicted);
        }
        wrong.iter().for_each(|given| self.take_given(given));
        Ok(())
    }

    fn take_given(&mut self, given: &Given) {
        match given.status {
            _ if given.expires_at <= self.now => self.chosen.expired += 1,
            None => match number_of(given.format, &given.kid, &given.identifier) {
                Some(card) => self.chosen.cards.push(card),
                None => self.chosen.without_place += 1,
            },
            Some(place) => {
                self.places.insert((place.shard, place.index));
            }
        }
    }

    /// The certificates of people, all of whom must be known.
    fn take_people(&mut self, people: &[RegisterNumber]) -> Result<(), WithdrawError> {
        if self.take_known_people(people)?.is_empty() { Ok(()) } else { Err(WithdrawError::NobodyThere) }
    }

    /// The certificates of people, and who of them is unknown. Whoever has a certificate is known, also if the
    /// record is gone.
    fn take_known_people(&mut self, people: &[RegisterNumber]) -> Result<HashSet<RegisterNumber>, WithdrawError> {
        let numbers: Vec<&str> = people.iter().map(RegisterNumber::as_str).collect();
        let given = self.register.certificates_of(&numbers)?;
        for given in &given {
            self.take_given(given);
        }
        let holders: HashSet<&str> = given.iter().map(|given| given.number.as_str()).collect();
        let mut without: HashSet<RegisterNumber> =
            people.iter().filter(|number| !holders.contains(number.as_str())).cloned().collect();
        let numbers: Vec<&str> = without.iter().map(RegisterNumber::as_str).collect();
        let known = self.register.known_people(&numbers)?;
        self.chosen.without_certificate += known.len() as u64;
        for number in &known {
            without.remove(number);
        }
        Ok(without)
    }

    /// Places, all of which must be this office's.
    fn take_places(&mut self, wanted: &[StatusIndex]) -> Result<(), WithdrawError> {
        if !wanted.iter().all(|place| self.office.holds(*place)) {
            return Err(WithdrawError::NotOurRange);
        }
        for (place, given) in wanted.iter().zip(self.register.certificates_at(wanted)?) {
            match given {
                Some(given) => self.take_given(&given),
                // Given out by nobody here: a forged certificate names it.
                None => {
                    self.places.insert((place.shard, place.index));
                }
            }
        }
        Ok(())
    }

    /// The rows of a list. All that lead nowhere are told together, by their lines.
    fn take_list(&mut self, rows: &[ListRow]) -> Result<(), WithdrawError> {
        let mut bad = BTreeMap::<RowProblem, Vec<u64>>::new();
        for page in rows.chunks(PAGE) {
            let (mut people, mut named) = (Vec::new(), Vec::new());
            for row in page {
                match self.place_in(row) {
                    Ok(Some(place)) => named.push(place),
                    Ok(None) => {}
                    Err(problem) => bad.entry(problem).or_default().push(row.line),
                }
                if let Named::Person(number) = &row.names {
                    people.push((number.clone(), row.line));
                }
            }
            let numbers: BTreeSet<RegisterNumber> = people.iter().map(|(number, _)| number.clone()).collect();
            let unknown = self.take_known_people(&numbers.into_iter().collect::<Vec<_>>())?;
            let unknown = people.iter().filter(|(number, _)| unknown.contains(number)).map(|(_, line)| *line);
            bad.entry(RowProblem::NobodyThere).or_default().extend(unknown);
            self.take_places(&named)?;
            (self.progress)(page.len() as u64);
        }
        bad.retain(|_, lines| !lines.is_empty());
        if bad.is_empty() { Ok(()) } else { Err(ListError::Rows(bad).into()) }
    }

    /// The place that a row names, by itself or by a certificate; none if it names a person.
    fn place_in(&self, row: &ListRow) -> Result<Option<StatusIndex>, RowProblem> {
        let place = match &row.names {
            Named::Person(_) => return Ok(None),
            Named::Place(place) => *place,
            Named::Certificate(text) => opened_place(self.state, text).map_err(|_| RowProblem::Certificate)?,
        };
        if self.office.holds(place) { Ok(Some(place)) } else { Err(RowProblem::NotOurRange) }
    }
}

/// The place that a certificate names, if a key on the list signed it.
///
/// # Errors
/// [`CertificateProblem`].
pub fn opened_place(state: &TrustState, text: &str) -> Result<StatusIndex, CertificateProblem> {
    // Line ends only: a blank is a character of base45, also at the end.
    let sealed = Sealed::decode(text.trim_end_matches(['\r', '\n']))?;
    if !sealed.format().names_status_index() {
        return Err(CertificateProblem::NoPlace);
    }
    let hint = sealed.kid().unwrap_or_default();
    let mut keys = state.candidates(sealed.format(), hint);
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
    base16ct::lower::encode_string(bytes)
}
