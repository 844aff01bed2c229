//! Which certificates make way for new ones.

use crate::issue::{Edition, Refusal, number_of};
use crate::record::Record;
use crate::register::{Amendment, CardNumber, CertificateHash, Given, Holdings};
use crate::review::{Standing, origin};
use std::collections::HashSet;
use tegata_certificate::{Format, StatusIndex, UnixTime};

/// A certificate that makes way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Successor {
    /// The family.
    pub format: Format,
    /// How the old one stands to the corrected record.
    pub standing: Standing,
    /// The old one's identifier in the register.
    pub old: String,
    /// The new one's identifier; none for a dry run, and where there is no new one.
    pub new: Option<String>,
    /// Why there is no new one.
    pub refusal: Option<Refusal>,
    /// Whether the old one can be withdrawn by itself: a family without a place in a list of ours stays in force.
    pub is_withdrawn: bool,
}

/// An old certificate, and what becomes of it.
pub(super) struct Replacement {
    given: Given,
    standing: Standing,
    /// What takes its place.
    pub(super) edition: Option<Edition>,
    refusal: Option<Refusal>,
    new: Option<String>,
}

impl Replacement {
    pub(super) fn format(&self) -> Format {
        self.given.format
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        (self.edition, self.refusal) = (None, Some(refusal));
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    fn card(&self) -> Option<CardNumber> {
        match self.given.status {
            Some(_) => None,
            None => number_of(self.given.format, &self.given.kid, &self.given.identifier),
        }
    }
}

/// All of them.
pub(super) struct Replacements {
    all: Vec<Replacement>,
    /// In force, and not known what they say.
    pub(super) unknown: u64,
}

impl Replacements {
    /// The certificates in force that the record of today contradicts; with `renew` also those that say less than it.
    pub(super) fn find(
        amendment: &mut Amendment<'_>,
        before: &Record,
        today: &Record,
        renew: bool,
        now: UnixTime,
    ) -> Result<Self, sqlx::Error> {
        let numbers = amendment.numbers_of(&today.person.number)?;
        let Holdings { given, earlier, rules } = amendment.given(&numbers)?;
        let identifiers: Vec<&str> = given.iter().map(|given| given.identifier.as_str()).collect();
        let replaced = amendment.replaced(&identifiers)?;
        let cards = given.iter().filter(|given| given.status.is_none());
        let cards: Vec<CardNumber> =
            cards.filter_map(|given| number_of(given.format, &given.kid, &given.identifier)).collect();
        let withdrawn: HashSet<CardNumber> = amendment.withdrawn_cards(&cards)?;
        let mut found = Self { all: Vec::new(), unknown: 0 };
        for given in given {
            let card = number_of(given.format, &given.kid, &given.identifier);
            let over = given.expires_at <= now
                || given.latest.is_some_and(|latest| latest.withdrawn)
                || replaced.contains(&given.identifier)
                || given.status.is_none() && card.is_some_and(|card| withdrawn.contains(&card));
            if over {
                continue;
            }
            let versions = [before, today].into_iter().chain(&earlier);
            let versions = versions.filter(|version| version.person.number == given.number);
            let Some((edition, said)) = origin(given.format, &given.content, versions) else {
                found.unknown += 1;
                continue;
            };
            let lots = || said.doses.iter().filter_map(|dose| dose.lot.as_deref());
            if given.status.is_some() && rules.iter().any(|rule| rule.scope.covers(&given.kid, given.issued_at, lots()))
            {
                continue;
            }
            let standing = Standing::of(edition, said, today);
            match standing {
                Standing::Contradicted(_) => {}
                Standing::Surpassed if renew => {}
                _ => continue,
            }
            let edition = edition.in_record(said, today);
            let refusal = edition.is_none().then_some(Refusal::NoDoseForFamily);
            found.all.push(Replacement { given, standing, edition, refusal, new: None });
        }
        Ok(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Replacement> {
        self.all.iter_mut()
    }

    /// Whether there is any new certificate.
    pub(super) fn issues(&self) -> bool {
        self.all.iter().any(|one| one.edition.is_some())
    }

    /// Whether any is withdrawn without a new one.
    pub(super) fn withdraws_only(&self) -> bool {
        self.all.iter().any(|one| one.edition.is_none())
    }

    /// What is to be issued, each once.
    pub(super) fn editions(&self) -> Vec<Edition> {
        let mut editions = Vec::new();
        for edition in self.all.iter().filter_map(|one| one.edition) {
            if !editions.contains(&edition) {
                editions.push(edition);
            }
        }
        editions
    }

    /// The places of those that have one.
    pub(super) fn places(&self) -> Vec<StatusIndex> {
        self.all.iter().filter_map(|one| one.given.status).collect()
    }

    /// The numbers of those that have one of their own.
    pub(super) fn cards(&self) -> Vec<CardNumber> {
        self.all.iter().filter_map(Replacement::card).collect()
    }

    /// Those that are withdrawn by a number of their own, for the audit; of the others the request tells.
    pub(super) fn withdrawn_cards(&self) -> Vec<CertificateHash> {
        let withdrawn = self.all.iter().filter(|one| one.card().is_some());
        let hash = |one: &Replacement| CertificateHash::of(&one.given.kid, one.given.format, &one.given.identifier);
        withdrawn.map(hash).collect()
    }

    /// Notes what took the place of all of that edition.
    pub(super) fn succeed(&mut self, edition: Edition, identifier: Option<&str>) {
        for one in self.all.iter_mut().filter(|one| one.edition == Some(edition)) {
            one.new = identifier.map(str::to_owned);
        }
    }

    /// Which stands in the place of which.
    pub(super) fn links(&self) -> Vec<(String, Option<String>)> {
        self.all.iter().map(|one| (one.given.identifier.clone(), one.new.clone())).collect()
    }

    /// What the paper holds: the new ones, or where there are none it tells of the old.
    pub(super) fn letter_certificates(&self) -> Vec<String> {
        let new: Vec<String> = self.all.iter().filter_map(|one| one.new.clone()).collect();
        if new.is_empty() { self.all.iter().map(|one| one.given.identifier.clone()).collect() } else { new }
    }

    pub(super) fn into_successors(self) -> Vec<Successor> {
        let successor = |one: Replacement| {
            let is_withdrawn = one.given.status.is_some() || one.card().is_some();
            let Replacement { given: Given { format, identifier: old, .. }, standing, refusal, new, .. } = one;
            Successor { format, standing, old, new, refusal, is_withdrawn }
        };
        self.all.into_iter().map(successor).collect()
    }
}
