//! An update from a source that does whatever the input says.

use super::{NOW, role_key, seeds, signed};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tegata_certificate::UnixTime;
use tegata_keys::Signer;
use tegata_trust_lists::{
    Bundle, FileName, Head, Header, Held, NamedFile, Role, RoleKeys, Root, RootPin, ShardFiles, Source, StatusFiles,
    StatusSet, TrustError, UpdateError, Updated, WithdrawalGroup, Withdrawals, Withdrawn, encode_base, encode_delta,
    result_hash, update as run,
};

const DAY: i64 = 86_400;

/// One publication: its files, and the payload that each of them signs.
struct Publication {
    bundle: Bundle,
    files: BTreeMap<FileName, (Vec<u8>, Vec<u8>)>,
}

/// Three publications of one repository: a base each; a delta; a new root and a new base.
static PUBLICATIONS: LazyLock<[Publication; 3]> = LazyLock::new(|| {
    [
        publication(1, 1, &[3, 500], None),
        publication(1, 2, &[3, 500], Some(&[3, 7, 500])),
        publication(2, 4, &[3, 7, 500, 900], None),
    ]
});

fn header(version: u64, days: i64) -> Header {
    Header { version, ..seeds::header(days) }
}

fn root(version: u64) -> Vec<u8> {
    let keys = |role| RoleKeys { threshold: 1, keys: vec![role_key(role).verifying_key().clone()] };
    Root {
        header: header(version, 730),
        root: keys(Role::Root),
        trust: keys(Role::Trust),
        status: Some(keys(Role::Status)),
        head: keys(Role::Head),
        rules: None,
        grace_cap: 30 * DAY,
    }
    .encode()
}

fn set(indices: &[u32]) -> StatusSet {
    StatusSet::from_sorted(1 << 16, indices).expect("ascending")
}

fn publication(roots: u64, version: u64, base: &[u32], delta: Option<&[u32]>) -> Publication {
    let mut files = BTreeMap::new();
    let mut sign = |role: Role, payload: Vec<u8>, name: &dyn Fn([u8; 32]) -> FileName, version: u64| {
        let file = signed(role, &payload);
        let named = NamedFile::of(&file, version);
        files.insert(name(named.hash), (file.clone(), payload));
        (file, named)
    };
    let chain: Vec<_> = (1..=roots).map(|n| sign(Role::Root, root(n), &|_| FileName::Root(n), n)).collect();
    let trust = sign(Role::Trust, seeds::trust(), &|hash| FileName::Trust(hash), 1);
    let base_version = if delta.is_some() { 1 } else { version };
    let payload = encode_base(&header(base_version, 14), 1, &set(base), &[]).expect("a base");
    let first = sign(Role::Status, payload, &|hash| FileName::StatusBase { shard: 1, hash }, base_version);
    let second = delta.map(|next| {
        let payload = encode_delta(&header(version, 14), 1, (&set(base), &[]), (&set(next), &[])).expect("a delta");
        sign(Role::Status, payload, &|hash| FileName::StatusDelta { shard: 1, hash }, version)
    });
    let group = WithdrawalGroup { kid: vec![7; 8], iss: None, entries: Withdrawn::Uci(vec![[9; 16]]) };
    let list = Withdrawals::new(header(version, 14), 4, "XX", vec![group]).expect("a list").encode();
    let list = sign(Role::Status, list, &|hash| FileName::Withdrawals { list: 4, hash }, version);
    let result = result_hash(&set(delta.unwrap_or(base)), &[]).expect("a hash");
    let status = StatusFiles { base: first.1, delta: second.as_ref().map(|(_, named)| *named), result };
    let head = Head {
        header: header(version, 7),
        roots: chain.iter().map(|(_, named)| *named).collect(),
        trust: trust.1,
        status: [(1, status)].into(),
        withdrawals: [(4, list.1)].into(),
        rules: None,
    };
    let head = sign(Role::Head, head.encode(), &|_| FileName::Head, version);
    let shard = ShardFiles { base: first.0, delta: second.map(|(file, _)| file) };
    let roots = chain.into_iter().map(|(file, _)| file).collect();
    let bundle =
        Bundle { roots, trust: trust.0, head: head.0, status: vec![shard], withdrawals: vec![list.0], rules: None };
    Publication { bundle, files }
}

/// The input as a row of choices; zeros after its end.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn publication(&mut self) -> &'static Publication {
        let [first, second, third] = &*PUBLICATIONS;
        match self.next() % 3 {
            0 => third,
            1 => first,
            _ => second,
        }
    }

    /// A file of that name, or else one of the same kind, of a chosen publication; and its payload.
    fn file(&mut self, name: &FileName) -> Option<&'static (Vec<u8>, Vec<u8>)> {
        let files = &self.publication().files;
        let alike = |other: &&FileName| std::mem::discriminant(*other) == std::mem::discriminant(name);
        files.get(name).or_else(|| files.get(files.keys().find(alike)?))
    }
}

/// A source that could not read.
#[derive(Debug)]
struct Failed;

impl Source for Choices<'_> {
    type Error = Failed;

    fn read(&mut self, name: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Failed> {
        let newest = |name: &FileName| PUBLICATIONS.iter().rev().find_map(|one| one.files.get(name));
        Ok(match self.next() % 10 {
            0 => newest(name).map(|(file, _)| file.clone()),
            1 => self.file(name).map(|(file, _)| file.clone()),
            2 => None,
            3 => return Err(Failed),
            // A bit turned, in the file or in what is signed.
            4 => self.file(name).map(|(file, _)| self.turned(file)),
            5 => self.file(name).map(|(_, payload)| signed(name.role(), &self.turned(payload))),
            6 => self.file(name).map(|(file, _)| file.iter().copied().take(4 * self.next()).collect()),
            7 => {
                let count = 4 * self.next();
                Some(self.take(count).to_vec())
            }
            8 => {
                let count = 4 * self.next();
                Some(signed(name.role(), self.take(count)))
            }
            // More than asked for, as far as a fuzzer has memory.
            _ => Some(vec![0; usize::try_from(cap).unwrap_or(usize::MAX).min(1 << 16) + 1]),
        })
    }
}

impl Choices<'_> {
    fn turned(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (place, bit) = (self.next() << 8 | self.next(), self.next());
        let mut turned = bytes.to_vec();
        let length = turned.len().max(1);
        if let Some(byte) = turned.get_mut(place % length) {
            *byte ^= 1 << (bit % 8);
        }
        turned
    }
}

/// An update: the first byte chooses what is held, the second the time, the rest what the source answers.
///
/// # Panics
/// Where an update gives what does not open again, or what falls back behind what was held.
pub fn update(input: &[u8]) -> bool {
    let mut choices = Choices(input);
    let pin = RootPin::of(&PUBLICATIONS[0].bundle.roots[0]);
    let held = match choices.next() % 4 {
        0 => None,
        place => match run(None, &pin, &mut &PUBLICATIONS[place - 1].bundle, NOW).expect("genuine files") {
            Updated::Changed(held) => Some(*held),
            Updated::Unchanged => unreachable!("nothing was held"),
        },
    };
    let offsets = [0, 10 * DAY, -DAY, 40 * DAY, 400 * DAY, -NOW.0];
    let now = NOW.plus(offsets[choices.next() % offsets.len()]);
    match run(held.as_ref(), &pin, &mut choices, now) {
        Ok(Updated::Changed(next)) => {
            let kept = next.encode();
            let again = Held::open(&kept, &pin).expect("what was taken opens again");
            assert_eq!(again.encode(), kept, "and is the same");
            if let Some(held) = &held {
                assert_follows(held, &next, now);
            }
            true
        }
        Ok(Updated::Unchanged) => {
            assert!(held.is_some(), "nothing cannot stay unchanged");
            false
        }
        Err(UpdateError::Refused(TrustError::HeldMalformed)) => unreachable!("nothing kept was opened"),
        Err(_) => false,
    }
}

/// No key of a role can be replaced here by one that can sign, so nothing may fall or vanish.
fn assert_follows(held: &Held, next: &Held, now: UnixTime) {
    let (old, new) = (held.state(), next.state());
    assert!(new.root().header.version >= old.root().header.version);
    assert!(new.head().header.version >= old.head().header.version);
    assert!(new.trust().header.version >= old.trust().header.version);
    assert!(new.clock_floor() >= old.clock_floor());
    for key in old.trust().keys.iter().filter(|key| now < key.valid_until) {
        assert!(new.trust().keys.iter().any(|other| other.kid == key.kid), "a key vanished");
    }
    for shard in old.shards() {
        let there = new.shard(shard.number());
        assert!(there.is_none_or(|there| there.header().version >= shard.header().version), "a shard fell back");
    }
}
