//! The list of rule sets, as its role signs it.

use super::rule::Rule;
use super::rule_set::RuleSet;
use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use tegata_certificate::{Kind, UnixTime};

/// The label of the sets after the header.
pub(crate) const SETS: u64 = 7;

/// The most sets of a list.
const SETS_MAX: u64 = 256;

/// The rule sets of a repository: `7: [+ rule set]`, ascending by id.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleList {
    /// Version, lifetime, repository.
    pub header: Header,
    /// The sets, ascending by id.
    pub sets: Vec<RuleSet>,
}

impl RuleList {
    /// Reads a payload.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Rules, payload)?;
        let mut header = HeaderFields::default();
        let mut sets: Vec<RuleSet> = Vec::new();
        list.fields(|label, list| {
            match label {
                SETS => sets = list.items(SETS_MAX, RuleSet::parse)?,
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Rules)?;
        let ascending = sets.is_sorted_by(|before, after| before.id < after.id);
        if sets.is_empty() || !ascending { Err(list.malformed()) } else { Ok(Self { header, sets }) }
    }

    /// Reads a payload that nobody vouches for: for tests of what can be read.
    ///
    /// # Errors
    /// [`TrustError`].
    #[cfg(feature = "tool")]
    pub fn read(payload: &[u8]) -> Result<Self, TrustError> {
        Self::parse(payload)
    }

    /// The set with that id.
    #[must_use]
    pub fn set(&self, id: &str) -> Option<&RuleSet> {
        self.sets.iter().find(|set| set.id == id)
    }

    /// Every rule of the country that issued which says what of its own is not accepted, whatever set it stands in.
    #[must_use]
    pub fn invalidation(&self, country: &str, kinds: &[Kind], at: UnixTime) -> Vec<&Rule> {
        self.sets.iter().flat_map(|set| set.invalidation(country, kinds, at)).collect()
    }
}
