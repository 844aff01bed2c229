//! Publishing rule sets.

use crate::head::NamedFile;
use crate::publish::repository::{Lifetimes, PublishError, Repository, sign_list, signers_of};
use crate::role::Role;
use crate::rules::{RuleList, RuleSet};
use tegata_certificate::UnixTime;
use tegata_keys::Signer;

impl Repository {
    /// Publishes these rule sets and no others, and a head over all. A set that changed gets the version after the one
    /// in force; one that did not keeps its own. On an error nothing changes.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish_rules(
        &mut self,
        mut sets: Vec<RuleSet>,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let role = self.coming_root().rules.clone().ok_or(PublishError::NoRulesRole)?;
        let previous = self.state().and_then(|state| state.rules());
        sets.sort_by(|a, b| a.id.cmp(&b.id));
        for set in &mut sets {
            if let Some(known) = previous.and_then(|list| list.set(&set.id)) {
                set.version = known.version;
                if set != known {
                    set.version = known.version.saturating_add(1);
                }
            }
        }
        let header = self.next_header(Role::Rules, previous.map(|list| &list.header), lifetimes.rules, now)?;
        let version = header.version;
        let payload = RuleList { header, sets }.encode();
        // What a verifier would not read is not signed.
        RuleList::parse(&payload)?;
        let file = sign_list(Role::Rules, self.id(), &payload, &signers_of(Role::Rules, &role, signers)?)?;
        let mut edition = self.edition();
        edition.rules = Some((NamedFile::of(&file, version), file));
        self.publish_head(None, Some(edition), lifetimes, signers, now)
    }
}
