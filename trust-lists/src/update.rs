//! From the set held to the set published, without reading anything itself.

use crate::bundle::{Bundle, MAX_BUNDLE, ShardFiles};
use crate::chain::Chain;
use crate::continuity::{self, Rekeyed};
use crate::error::TrustError;
use crate::head::{Head, NamedFile};
use crate::held::Held;
use crate::pin::RootPin;
use crate::role::Role;
use crate::source::{FileName, Source};
use crate::state::{self, TrustState};
use std::borrow::Borrow;
use std::convert::Infallible;
use tegata_certificate::UnixTime;

/// What an update came to.
#[derive(Debug)]
pub enum Updated {
    /// What is held is what is published.
    Unchanged,
    /// A newer set, complete and checked, to be kept instead of the old one.
    Changed(Box<Held>),
}

/// Why the old set stays.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UpdateError<E = Infallible> {
    /// The source could not read a file.
    #[error("{file}: {error}")]
    Source {
        /// The file.
        file: FileName,
        /// What the source said.
        error: E,
    },
    /// What it read does not hold.
    #[error(transparent)]
    Refused(#[from] TrustError),
}

/// A file that an update needs next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Which.
    pub file: FileName,
    /// Its greatest length in bytes; reading may stop one byte after.
    pub cap: u64,
}

/// An update between two reads: [`wanted`](Self::wanted) says what to read,
/// [`give`](Self::give) takes it, [`finish`](Self::finish) gives the outcome.
///
/// It reads nothing itself, so the same code runs in a tool, in a browser and in a test;
/// [`update`] is the loop for a [`Source`]. Files that are held already are not asked for again. A
/// repository without news costs a question for the next root and the head. What is held may be
/// borrowed, or owned where an update outlives the call that began it, as in a page.
#[derive(Debug)]
pub struct Update<H = Held> {
    held: Option<H>,
    pin: RootPin,
    now: UnixTime,
    /// The roots that came, with those held before.
    roots: Vec<Vec<u8>>,
    chain: Option<Chain>,
    rekeyed: Rekeyed,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Root(u64),
    Head,
    Files(Gathering),
    Unchanged,
    Failed(TrustError),
}

/// The files that a verified head names, as far as they are there.
#[derive(Debug)]
struct Gathering {
    bundle: Bundle,
    /// What is missing, the next one last.
    missing: Vec<Missing>,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    file: FileName,
    named: NamedFile,
    place: usize,
}

/// Brings what is held up to date from a source, at the device's time `now`.
///
/// Roots are followed one by one from the last one held; then the head; then each file that the
/// head names and that is not held. Nothing of the new set is used unless all of it holds and it
/// follows from the old one: no version falls, no listed key and no status file vanishes before its
/// time. On any error what was held is untouched and stays in force.
///
/// ```
/// # #[cfg(feature = "tool")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tegata_certificate::UnixTime;
/// use tegata_trust_lists::{Held, Updated, update};
///
/// let now = UnixTime(1_767_225_600);
/// # let mut repository = tegata_trust_lists::publish::DemoRepository::new("docs", now)?;
/// # let (published, pin) = repository.publish(now)?;
/// // A bundle is one source among others: a folder, a web server.
/// let Updated::Changed(held) = update(None, &pin, &mut &published, now)? else { panic!("the first set") };
/// let kept = held.encode();
///
/// // At the next start.
/// let held = Held::open(&kept, &pin)?;
/// assert!(matches!(update(Some(&held), &pin, &mut &published, now)?, Updated::Unchanged));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tool"))]
/// # fn main() {}
/// ```
///
/// # Errors
/// [`UpdateError`]: what the source said, or the first thing that does not hold.
pub fn update<S: Source>(
    held: Option<&Held>,
    pin: &RootPin,
    source: &mut S,
    now: UnixTime,
) -> Result<Updated, UpdateError<S::Error>> {
    let mut update = Update::begin(held, pin, now);
    while let Some(Wanted { file, cap }) = update.wanted() {
        let bytes = source.read(&file, cap).map_err(|error| UpdateError::Source { file, error })?;
        update.give(bytes);
    }
    Ok(update.finish()?)
}

impl<H: Borrow<Held>> Update<H> {
    /// Begins with what is held, or with nothing but the pin.
    #[must_use]
    pub fn begin(held: Option<H>, pin: &RootPin, now: UnixTime) -> Self {
        let before = held.as_ref().map(H::borrow);
        let chain = before.map(|held| held.state().chain().clone());
        let roots = before.map(|held| held.bundle().roots.clone()).unwrap_or_default();
        let step = match before {
            Some(held) if held.pin() != pin => Step::Failed(TrustError::NotPinned),
            _ => next_root(chain.as_ref()),
        };
        Self { held, pin: *pin, now, roots, chain, rekeyed: Rekeyed::default(), step }
    }

    /// The file to read next; `None` when [`finish`](Self::finish) has the outcome.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        let (file, cap) = match &self.step {
            Step::Root(version) => (FileName::Root(*version), Role::Root.max_length() as u64),
            Step::Head => (FileName::Head, Role::Head.max_length() as u64),
            Step::Files(gathering) => gathering.missing.last().map(|missing| (missing.file, missing.named.length))?,
            Step::Unchanged | Step::Failed(_) => return None,
        };
        Some(Wanted { file, cap })
    }

    /// Takes the file that was [`wanted`](Self::wanted), or `None` if there is no such file. When
    /// none is wanted any more, it does nothing.
    pub fn give(&mut self, bytes: Option<Vec<u8>>) {
        let Some(Wanted { file, cap }) = self.wanted() else { return };
        let taken = match bytes {
            Some(bytes) if bytes.len() as u64 > cap => Err(TrustError::TooLarge { role: file.role() }),
            Some(bytes) => self.take(bytes),
            None => self.miss(file),
        };
        if let Err(error) = taken {
            self.step = Step::Failed(error);
        }
    }

    /// The outcome.
    ///
    /// # Errors
    /// The first thing that does not hold; [`TrustError::Withheld`] if a file is still wanted.
    pub fn finish(self) -> Result<Updated, TrustError> {
        if let Some(Wanted { file, .. }) = self.wanted() {
            return Err(TrustError::Withheld { file });
        }
        match self.step {
            Step::Failed(error) => Err(error),
            Step::Files(gathering) => {
                let mut state = TrustState::open(&gathering.bundle, &self.pin)?;
                if let Some(held) = self.held.as_ref().map(H::borrow) {
                    continuity::check(held.state(), &state, &self.rekeyed, self.now)?;
                    state.raise_clock_floor(held.state().clock_floor());
                }
                state.refuse_future(self.now)?;
                state.refuse_expired(self.now)?;
                Ok(Updated::Changed(Box::new(Held::new(gathering.bundle, self.pin, state))))
            }
            _ => Ok(Updated::Unchanged),
        }
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<(), TrustError> {
        match &mut self.step {
            Step::Root(_) => self.take_root(bytes),
            Step::Head => self.take_head(bytes),
            Step::Files(gathering) => gathering.take(bytes),
            Step::Unchanged | Step::Failed(_) => Ok(()),
        }
    }

    /// The root after the last one is the only file that may be absent.
    fn miss(&mut self, file: FileName) -> Result<(), TrustError> {
        match self.step {
            Step::Root(version) if version > 1 => self.end_of_roots(),
            _ => Err(TrustError::Withheld { file }),
        }
    }

    fn take_root(&mut self, bytes: Vec<u8>) -> Result<(), TrustError> {
        match &mut self.chain {
            Some(chain) => {
                let before = chain.last.clone();
                chain.follow(&bytes)?;
                self.rekeyed.note(&before, &chain.last);
            }
            None => self.chain = Some(Chain::begin(&bytes, &self.pin)?),
        }
        self.roots.push(bytes);
        self.step = next_root(self.chain.as_ref());
        if matches!(self.step, Step::Head) { self.end_of_roots() } else { Ok(()) }
    }

    /// No head is asked for in the name of a root that no longer counts.
    fn end_of_roots(&mut self) -> Result<(), TrustError> {
        if let Some(chain) = &self.chain {
            state::refuse_expired_root(&chain.last, self.floored_now())?;
        }
        self.step = Step::Head;
        Ok(())
    }

    fn held(&self) -> Option<&Held> {
        self.held.as_ref().map(H::borrow)
    }

    fn floored_now(&self) -> UnixTime {
        self.held().map_or(self.now, |held| self.now.max(held.state().clock_floor()))
    }

    fn take_head(&mut self, bytes: Vec<u8>) -> Result<(), TrustError> {
        let Some(chain) = &self.chain else { return Err(TrustError::NotPinned) };
        let head = chain.open_head(&bytes)?;
        if let Some(held) = self.held.as_ref().map(H::borrow) {
            let identical = held.bundle().head == bytes;
            continuity::check_head(held.state().head(), &head, identical, &self.rekeyed)?;
            if identical && held.bundle().roots.len() == self.roots.len() {
                held.state().refuse_future(self.now)?;
                held.state().refuse_expired(self.now)?;
                self.step = Step::Unchanged;
                return Ok(());
            }
        }
        let held = self.held.as_ref().map(|held| held.borrow().bundle());
        self.step = Step::Files(Gathering::begin(std::mem::take(&mut self.roots), bytes, head, held)?);
        Ok(())
    }
}

fn next_root(chain: Option<&Chain>) -> Step {
    match chain {
        None => Step::Root(1),
        Some(chain) => chain.next_version().map_or(Step::Head, Step::Root),
    }
}

impl Gathering {
    /// Notes what the head names, and takes what is held of it.
    fn begin(roots: Vec<Vec<u8>>, file: Vec<u8>, head: Head, held: Option<&Bundle>) -> Result<Self, TrustError> {
        let mut missing = named_files(&head);
        check_lengths(&missing, roots.iter().map(Vec::len).sum::<usize>() + file.len())?;
        let mut bundle = Bundle { roots, head: file, ..Bundle::default() };
        bundle.status = head.status.iter().map(|_| ShardFiles::default()).collect();
        bundle.withdrawals = vec![Vec::new(); head.withdrawals.len()];
        // What is asked for next stands last.
        missing.reverse();
        let mut gathering = Self { bundle, missing: Vec::new() };
        for file in missing {
            match held.and_then(|held| held.find(&file.file)) {
                Some(bytes) => gathering.put(&file, bytes.to_vec()),
                None => gathering.missing.push(file),
            }
        }
        Ok(gathering)
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<(), TrustError> {
        let Some(missing) = self.missing.pop() else { return Ok(()) };
        if NamedFile::of(&bytes, missing.named.version) != missing.named {
            return Err(TrustError::NotNamedByHead { role: missing.file.role() });
        }
        self.put(&missing, bytes);
        Ok(())
    }

    fn put(&mut self, missing: &Missing, bytes: Vec<u8>) {
        let bundle = &mut self.bundle;
        let shard = bundle.status.get_mut(missing.place);
        match (missing.file, shard) {
            (FileName::StatusBase { .. }, Some(files)) => files.base = bytes,
            (FileName::StatusDelta { .. }, Some(files)) => files.delta = Some(bytes),
            (FileName::Rules(_), _) => bundle.rules = Some(bytes),
            (FileName::Withdrawals { .. }, _) => {
                if let Some(list) = bundle.withdrawals.get_mut(missing.place) {
                    *list = bytes;
                }
            }
            _ => bundle.trust = bytes,
        }
    }
}

/// What a head names beside the roots, in the order of a bundle.
fn named_files(head: &Head) -> Vec<Missing> {
    let trust = Missing { file: FileName::Trust(head.trust.hash), named: head.trust, place: 0 };
    let mut files = vec![trust];
    for (place, (shard, named)) in head.status.iter().enumerate() {
        let (shard, base) = (*shard, named.base);
        files.push(Missing { file: FileName::StatusBase { shard, hash: base.hash }, named: base, place });
        if let Some(delta) = named.delta {
            files.push(Missing { file: FileName::StatusDelta { shard, hash: delta.hash }, named: delta, place });
        }
    }
    for (place, (list, named)) in head.withdrawals.iter().enumerate() {
        files.push(Missing { file: FileName::Withdrawals { list: *list, hash: named.hash }, named: *named, place });
    }
    if let Some(named) = head.rules {
        files.push(Missing { file: FileName::Rules(named.hash), named, place: 0 });
    }
    files
}

/// Refuses to ask for more than could be kept, before any of it is read.
fn check_lengths(files: &[Missing], others: usize) -> Result<(), TrustError> {
    // What the bundle's frame takes around a file at most.
    const FRAME: u64 = 16;
    let mut total = others as u64 + 5000;
    for Missing { file, named, .. } in files {
        if named.length > file.role().max_length() as u64 {
            return Err(TrustError::TooLarge { role: file.role() });
        }
        total += named.length + FRAME;
    }
    if total <= MAX_BUNDLE as u64 { Ok(()) } else { Err(TrustError::TooMuchNamed) }
}
