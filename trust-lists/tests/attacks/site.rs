//! A web server in the attacker's hands, and the device that updates from it.

use crate::simulator::{DAY, NOW, Scene, header};
use std::collections::BTreeMap;
use std::fmt::Debug;
use tegata_certificate::UnixTime;
use tegata_trust_lists::{
    Bundle, FileName, Held, NamedFile, RootPin, Source, TrustError, TrustState, UpdateError, Updated, update,
};

/// A repository with every kind of file: two shards, one of them with a delta, and a withdrawal list.
pub fn full() -> Scene {
    let mut scene = Scene::new();
    scene.add_shard(1, &[3, 500]);
    scene.shards.get_mut(&1).expect("a shard").delta = Some((header(2, 14 * DAY), vec![3, 7, 500]));
    scene.add_shard(2, &[]);
    scene.add_withdrawals(4);
    scene
}

/// A source that failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the connection broke")]
pub struct Broken;

/// Files by name, and a log of what was asked for.
#[derive(Clone, Default)]
pub struct Site {
    pub files: BTreeMap<FileName, Vec<u8>>,
    pub asked: Vec<FileName>,
    /// Bytes that were given.
    pub sent: u64,
    /// The request that breaks, from 0.
    pub breaks: Option<usize>,
    /// The request that finds nothing.
    pub loses: Option<usize>,
}

impl Site {
    pub fn of(scene: &Scene) -> Self {
        Self::serving(&scene.bundle(), &scene.head_list(&scene.root_files(), &scene.trust_file()))
    }

    /// The files of a bundle under the names that this head gives them.
    pub fn serving(bundle: &Bundle, head: &tegata_trust_lists::Head) -> Self {
        let mut files = BTreeMap::new();
        files.insert(FileName::Head, bundle.head.clone());
        for (root, version) in bundle.roots.iter().zip(1..) {
            files.insert(FileName::Root(version), root.clone());
        }
        files.insert(FileName::Trust(head.trust.hash), bundle.trust.clone());
        for ((shard, named), there) in head.status.iter().zip(&bundle.status) {
            files.insert(FileName::StatusBase { shard: *shard, hash: named.base.hash }, there.base.clone());
            if let (Some(named), Some(there)) = (&named.delta, &there.delta) {
                files.insert(FileName::StatusDelta { shard: *shard, hash: named.hash }, there.clone());
            }
        }
        for ((list, named), there) in head.withdrawals.iter().zip(&bundle.withdrawals) {
            files.insert(FileName::Withdrawals { list: *list, hash: named.hash }, there.clone());
        }
        Self { files, ..Self::default() }
    }

    /// The same with every file of `other` that it lacks, as on a server that deletes nothing.
    pub fn keeping(mut self, other: &Self) -> Self {
        for (name, file) in &other.files {
            self.files.entry(*name).or_insert_with(|| file.clone());
        }
        self
    }

    pub fn named(&self, is: impl Fn(&FileName) -> bool) -> FileName {
        *self.files.keys().find(|name| is(name)).expect("such a file")
    }
}

impl Source for Site {
    type Error = Broken;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Broken> {
        let request = self.asked.len();
        self.asked.push(*file);
        if self.breaks == Some(request) {
            return Err(Broken);
        }
        if self.loses == Some(request) {
            return Ok(None);
        }
        let read = |bytes: &Vec<u8>| bytes.iter().copied().take(cap as usize + 1).collect::<Vec<_>>();
        let found = self.files.get(file).map(read);
        self.sent += found.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Ok(found)
    }
}

/// A device between two starts: bytes, and the pin it was given.
#[derive(Clone)]
pub struct Device {
    pub stored: Option<Vec<u8>>,
    pub pin: RootPin,
}

impl Device {
    /// With nothing but the pin.
    pub fn pinned(scene: &Scene) -> Self {
        Self { stored: None, pin: RootPin::of(&scene.root_files()[0]) }
    }

    /// With the scene's files, as of [`NOW`].
    pub fn with(scene: &Scene) -> Self {
        let mut device = Self::pinned(scene);
        assert_eq!(device.update(&mut Site::of(scene), NOW), Ok(true), "a good repository is taken");
        device
    }

    pub fn held(&self) -> Option<Held> {
        self.stored.as_ref().map(|bytes| Held::open(bytes, &self.pin).expect("what was kept opens"))
    }

    pub fn state(&self) -> TrustState {
        self.held().expect("something is held").into_state()
    }

    /// Head, trust list and each shard: the versions held.
    pub fn versions(&self) -> (u64, u64, Vec<u64>) {
        let state = self.state();
        let shards = state.shards().map(|shard| shard.header().version).collect();
        (state.head().header.version, state.trust().header.version, shards)
    }

    /// Whether the set changed.
    pub fn update<S: Source>(&mut self, source: &mut S, now: UnixTime) -> Result<bool, UpdateError<S::Error>> {
        match update(self.held().as_ref(), &self.pin, source, now)? {
            Updated::Unchanged => Ok(false),
            Updated::Changed(held) => {
                self.stored = Some(held.encode());
                Ok(true)
            }
        }
    }

    /// Why the update is refused, which it must be, and what is held stays as it is.
    pub fn refuses<S: Source<Error: Debug>>(&mut self, source: &mut S, now: UnixTime) -> TrustError {
        let before = self.stored.clone();
        let error = match self.update(source, now) {
            Err(UpdateError::Refused(error)) => error,
            other => panic!("must be refused: {other:?}"),
        };
        assert_eq!(self.stored, before, "what was held stays byte for byte");
        error
    }

    /// The same by all ways that files come: a server, and a bundle.
    pub fn refuses_scene(&mut self, scene: &Scene) -> TrustError {
        let error = self.refuses(&mut Site::of(scene), NOW);
        assert_eq!(self.refuses(&mut &scene.bundle(), NOW), error, "from a bundle");
        error
    }

    pub fn accepts(&mut self, scene: &Scene) {
        assert_eq!(self.update(&mut Site::of(scene), NOW).map_err(|error| error.to_string()), Ok(true));
    }
}

/// How a head names a file of that version.
pub fn named(bytes: &[u8], version: u64) -> NamedFile {
    NamedFile::of(bytes, version)
}
