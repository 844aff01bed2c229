//! An import on its way into the working state.
//!
//! A source that is imported again replaces what it said before, but nothing of it vanishes: a key that it
//! lists no more is revoked and stays so, until nothing that it signed could be valid anyway. A verifier that
//! missed a list must never take back what another has refused.

use super::draft::{Draft, DraftError, DraftKey, hex};
use super::draft_import::DraftImport;
use crate::anchor::AnchorRevocation;
use crate::entry::{KeyEntry, KeyState, RevocationReason};
use crate::import::{Imported, Outcome};
use crate::index::{Frame, MAX_CANDIDATES, hints};
use crate::trust::{Issuer, MAX_ISSUERS, MAX_KEYS};
use std::collections::{HashMap, HashSet};
use tegata_certificate::{Country, UnixTime};

/// Up to so many keys of a source may disappear at once without a word of the operator …
const FEW_WITHDRAWN: usize = 5;
/// … and above that, up to one in so many.
const ONE_IN: usize = 4;

/// What an import changed in the working state.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Merged {
    /// Keys and anchors that are new.
    pub added: u64,
    /// Listed before, and with another scope or window now.
    pub changed: u64,
    /// Listed before, and the same.
    pub unchanged: u64,
    /// Listed before and absent now: revoked from now on, and kept as such.
    pub withdrawn: u64,
    /// Revoked before, and listed again by the source: they stay revoked.
    pub still_revoked: u64,
    /// Absent, and nothing of theirs could be valid any more: taken out.
    pub removed: u64,
    /// Certificates withdrawn by hash or identifier.
    pub withdrawals: u64,
}

/// Why an import is not merged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MergeError {
    /// The working state is not understood.
    #[error("{0}\n  remedy: correct repository.json")]
    Draft(#[from] DraftError),
    /// The name is used for a source of another kind.
    #[error(
        "`{name}` is the name of an imported {kind} list\n  remedy: give this source a name of its own with --source"
    )]
    OtherKind {
        /// The name.
        name: String,
        /// The kind that it stands for.
        kind: String,
    },
    /// An older list than the one that was imported before.
    #[error("an older list than the one imported before, which was made at {as_of}\n  remedy: get the current list")]
    Older {
        /// When the imported one was made.
        as_of: String,
    },
    /// So many keys are absent that the list is rather the wrong one.
    #[error(
        "{absent} of the {listed} keys and anchors that count from this source are not in this list: they would be revoked for good\n  remedy: check that the list, its kind and the policy are the right ones; if they are, add --withdraw-many"
    )]
    ManyWithdrawn {
        /// How many are absent.
        absent: usize,
        /// Of how many.
        listed: usize,
    },
    /// More keys or issuers than a trust list may hold.
    #[error(
        "the trust list would have {keys} keys of {issuers} issuers; it may have {MAX_KEYS} and {MAX_ISSUERS}\n  remedy: import fewer countries, or make a second repository"
    )]
    TooMany {
        /// Keys.
        keys: usize,
        /// Issuers.
        issuers: usize,
    },
}

/// What makes an imported key the same one when its source is imported again: its kid, and the country or exact
/// issuer that it speaks for. Its issuer's name may change, and the country of an exact issuer be told or not.
type Identity = ([u8; 32], Speaker);

/// For whom a key speaks, as far as that stays.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Speaker {
    Country(Country),
    Iss(String),
}

/// What makes a listed key the same as another source's.
type Listed = ([u8; 32], Issuer, Option<String>);

/// Where a key stands in the draft.
type Place = (usize, usize);

impl Draft {
    /// Puts an import into the working state; on an error nothing changes. `record` names the source and its files.
    /// What cannot be listed is moved to another count of the import's report.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn merge(
        &mut self,
        imported: &mut Imported,
        mut record: DraftImport,
        withdraw_many: bool,
        now: UnixTime,
    ) -> Result<Merged, MergeError> {
        self.refuse_rollback(&record, imported.as_of)?;
        record.state(imported.authenticity, imported.as_of);
        let mut next = self.clone();
        let mut merging = Merging::new(&next, &record)?;
        for key in std::mem::take(&mut imported.keys) {
            let name = hex(&key.entry.kid);
            match merging.put(&mut next, &key.issuer, key.entry.clone()) {
                Ok(()) => imported.keys.push(key),
                Err(outcome) => imported.report.reverse(outcome, &name),
            }
        }
        merging.put_anchors(&mut next, imported);
        merging.withdraw_absent(&mut next, withdraw_many, now)?;
        let keys = next.issuers.iter().map(|issuer| issuer.keys.len()).sum();
        if keys > MAX_KEYS || next.issuers.len() > MAX_ISSUERS {
            return Err(MergeError::TooMany { keys, issuers: next.issuers.len() });
        }
        let mut merged = merging.merged;
        merged.withdrawals = imported.withdrawals.iter().map(|group| group.entries.len() as u64).sum();
        next.imports.retain(|import| import.name != record.name);
        next.imports.push(record);
        next.imports.sort_by(|a, b| a.name.cmp(&b.name));
        *self = next;
        Ok(merged)
    }

    /// The note on what was imported from a source of that name.
    #[must_use]
    pub fn import_note(&self, name: &str) -> Option<String> {
        self.imports.iter().find(|import| import.name == name).map(DraftImport::note)
    }

    fn refuse_rollback(&self, record: &DraftImport, as_of: Option<UnixTime>) -> Result<(), MergeError> {
        let Some(before) = self.imports.iter().find(|import| import.name == record.name) else {
            return Ok(());
        };
        if before.kind != record.kind {
            return Err(MergeError::OtherKind { name: before.name.clone(), kind: before.kind.clone() });
        }
        match before.as_of.as_deref().and_then(UnixTime::parse) {
            Some(made) if as_of.is_none_or(|as_of| as_of < made) => Err(MergeError::Older { as_of: made.to_string() }),
            _ => Ok(()),
        }
    }
}

/// The state of a merge.
struct Merging {
    source: String,
    note: String,
    /// The source's keys as they stood.
    own: HashMap<Identity, (Place, KeyEntry)>,
    /// Everybody's keys.
    listed: HashSet<Listed>,
    /// How many keys answer to each short identifier.
    answering: HashMap<(Frame, [u8; 32]), usize>,
    /// Which of the source's keys and anchors the new list has.
    seen: HashSet<Identity>,
    seen_anchors: HashSet<String>,
    merged: Merged,
}

impl Merging {
    fn new(draft: &Draft, record: &DraftImport) -> Result<Self, MergeError> {
        let lists = draft.lists()?;
        let mut keys = lists.keys.into_iter();
        let (mut own, mut listed) = (HashMap::new(), HashSet::new());
        let mut answering: HashMap<_, usize> = HashMap::new();
        for (place, issuer) in lists.issuers.iter().enumerate() {
            let count = draft.issuers.get(place).map_or(0, |issuer| issuer.keys.len());
            for (number, entry) in keys.by_ref().take(count).enumerate() {
                listed.insert((entry.kid, issuer.clone(), entry.iss().map(str::to_owned)));
                hints(&entry).for_each(|hint| *answering.entry(hint).or_default() += 1);
                if entry.source.as_deref().is_some_and(|note| DraftImport::name_in(note) == record.name) {
                    own.insert(identity(&entry, issuer.country), ((place, number), entry));
                }
            }
        }
        Ok(Self {
            source: record.name.clone(),
            note: record.note(),
            own,
            listed,
            answering,
            seen: HashSet::new(),
            seen_anchors: HashSet::new(),
            merged: Merged::default(),
        })
    }

    /// Puts one key into the draft, or says why it cannot be listed.
    fn put(&mut self, draft: &mut Draft, issuer: &Issuer, mut entry: KeyEntry) -> Result<(), Outcome> {
        let key = identity(&entry, issuer.country);
        if self.seen.contains(&key) {
            return Err(Outcome::Duplicate);
        }
        entry.source = Some(self.note.clone());
        if let Some((place, before)) = self.own.get(&key) {
            if matches!(before.state, KeyState::Revoked { .. }) {
                self.merged.still_revoked += 1;
            } else {
                // What the operator retired stays retired.
                entry.state = before.state;
                let same = same_scope(&entry, before);
                if let Some(slot) = slot(draft, *place) {
                    *slot = DraftKey::from_entry(&entry);
                }
                if same { self.merged.unchanged += 1 } else { self.merged.changed += 1 }
            }
            self.seen.insert(key);
            return Ok(());
        }
        if !self.listed.insert((entry.kid, issuer.clone(), entry.iss().map(str::to_owned))) {
            return Err(Outcome::Duplicate);
        }
        let crowded = |hint| self.answering.get(&hint).is_some_and(|count| *count >= MAX_CANDIDATES);
        if hints(&entry).any(crowded) {
            return Err(Outcome::Crowded);
        }
        hints(&entry).for_each(|hint| *self.answering.entry(hint).or_default() += 1);
        entry.issuer = draft.issuer(&issuer.name_ja, &issuer.name_en, issuer.country);
        draft.add_key(&entry);
        self.merged.added += 1;
        self.seen.insert(key);
        Ok(())
    }

    fn put_anchors(&mut self, draft: &mut Draft, imported: &mut Imported) {
        for mut anchor in std::mem::take(&mut imported.anchors) {
            let sha256 = hex(&anchor.sha256);
            if !self.seen_anchors.insert(sha256.clone()) {
                imported.report.reverse(Outcome::Duplicate, &sha256);
                continue;
            }
            anchor.source = Some(self.note.clone());
            match draft.anchors.iter_mut().find(|listed| listed.sha256() == sha256) {
                None => {
                    draft.add_anchor(&anchor);
                    self.merged.added += 1;
                }
                Some(listed) if !listed.is_from(&self.source) => {
                    imported.report.reverse(Outcome::Duplicate, &sha256);
                    continue;
                }
                Some(listed) if listed.is_revoked() => self.merged.still_revoked += 1,
                Some(listed) => {
                    listed.replace(&anchor);
                    self.merged.unchanged += 1;
                }
            }
            imported.anchors.push(anchor);
        }
    }

    /// Revokes what the source lists no more, and takes out what could not count anyway.
    fn withdraw_absent(&mut self, draft: &mut Draft, withdraw_many: bool, now: UnixTime) -> Result<(), MergeError> {
        let revoked = KeyState::Revoked { at: now, reason: RevocationReason::Withdrawn };
        let live = |entry: &KeyEntry| !matches!(entry.state, KeyState::Revoked { .. }) && now < entry.valid_until;
        let (mut absent, mut listed) = (0, 0);
        let mut lapsed = Vec::new();
        for (key, (place, entry)) in &self.own {
            let counts = live(entry);
            listed += usize::from(counts);
            if self.seen.contains(key) {
                continue;
            }
            if now >= entry.valid_until {
                lapsed.push(*place);
            } else if counts && let Some(slot) = slot(draft, *place) {
                absent += 1;
                slot.set_state(revoked);
            }
        }
        let gone = AnchorRevocation { at: now, reason: RevocationReason::Withdrawn };
        for anchor in draft.anchors.iter_mut().filter(|anchor| anchor.is_from(&self.source) && !anchor.is_revoked()) {
            listed += 1;
            if !self.seen_anchors.contains(anchor.sha256()) {
                absent += 1;
                anchor.set_revoked(Some(gone));
            }
        }
        if absent > FEW_WITHDRAWN && absent > listed / ONE_IN && !withdraw_many {
            return Err(MergeError::ManyWithdrawn { absent, listed });
        }
        self.merged.withdrawn = absent as u64;
        self.merged.removed = lapsed.len() as u64;
        // From behind, so that the places before stay what they are.
        lapsed.sort_unstable();
        for (issuer, number) in lapsed.into_iter().rev() {
            if let Some(keys) = draft.issuers.get_mut(issuer).map(|issuer| &mut issuer.keys)
                && number < keys.len()
            {
                keys.remove(number);
            }
        }
        Ok(())
    }
}

fn identity(entry: &KeyEntry, country: Country) -> Identity {
    (entry.kid, entry.iss().map_or(Speaker::Country(country), |iss| Speaker::Iss(iss.to_owned())))
}

fn slot(draft: &mut Draft, (issuer, number): Place) -> Option<&mut DraftKey> {
    draft.issuers.get_mut(issuer)?.keys.get_mut(number)
}

/// Whether two entries of one key say the same, but for the note on their source.
fn same_scope(a: &KeyEntry, b: &KeyEntry) -> bool {
    a.formats == b.formats
        && a.authority == b.authority
        && a.kinds == b.kinds
        && a.diseases == b.diseases
        && (a.sign_from, a.sign_until, a.valid_until, a.max_life)
            == (b.sign_from, b.sign_until, b.valid_until, b.max_life)
        && a.hint == b.hint
}
