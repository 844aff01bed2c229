//! A publication that fails or is killed at any of its writes leaves the old set or the new one.

use super::*;
use crate::entry::KeyEntry;
use crate::publish::{Lists, Roles, StatusContent};
use crate::root::RoleKeys;
use crate::update::{Updated, update};
use crate::{Source, TrustState};
use std::collections::BTreeMap;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyType, PrivateKey, Signer};

const NOW: UnixTime = UnixTime(1_767_225_600);

/// A verifier's view of what a web server has.
struct Served<'a>(&'a Path);

impl Source for Served<'_> {
    type Error = io::Error;

    fn read(&mut self, file: &FileName, _: u64) -> Result<Option<Vec<u8>>, io::Error> {
        match fs::read(self.0.join("published").join(file.path())) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

struct Keys {
    root: PrivateKey,
    trust: PrivateKey,
    status: PrivateKey,
    head: PrivateKey,
    spare: PrivateKey,
}

impl Keys {
    fn new() -> Self {
        let key = || PrivateKey::generate(KeyType::Ed25519).expect("random");
        Self { root: key(), trust: key(), status: key(), head: key(), spare: key() }
    }

    fn signers(&self) -> [&dyn Signer; 5] {
        [&self.root, &self.trust, &self.status, &self.head, &self.spare]
    }
}

/// A folder with a published repository of one status shard, and its next publication, with a new root too.
fn stage(folder: &Path) -> (Repository, Repository, Vec<JournalEntry>) {
    let keys = Keys::new();
    let role = |keys: &[&PrivateKey]| RoleKeys {
        threshold: 1,
        keys: keys.iter().map(|key| key.verifying_key().clone()).collect(),
    };
    let roles = Roles {
        root: role(&[&keys.root]),
        trust: role(&[&keys.trust]),
        status: Some(role(&[&keys.status])),
        head: role(&[&keys.head, &keys.spare]),
        rules: None,
    };
    let lifetimes = crate::publish::Lifetimes::default();
    let mut old = Repository::init("DEMO/faults", roles, lifetimes, &keys.signers(), NOW).expect("a root");
    let shard = crate::publish::ShardContent { size: 100, revoked: vec![1], rules: Vec::new() };
    let mut content = StatusContent { shards: BTreeMap::from([(1, shard)]), ..StatusContent::default() };
    old.publish(Lists { keys: Vec::<KeyEntry>::new(), ..Lists::default() }, lifetimes, &keys.signers(), NOW)
        .expect("publishes");
    old.publish_status(&content, lifetimes, &keys.signers(), NOW).expect("publishes");
    let place = Folder::create(folder).expect("a folder");
    place.save_draft(&Draft::new("DEMO/faults")).expect("writes");
    place.write(&old).expect("writes");

    let mut new = old.clone();
    let later = NOW.plus(60);
    let changes = crate::publish::RootChanges {
        remove: vec![hex(&keys.spare.verifying_key().thumbprint())],
        ..crate::publish::RootChanges::default()
    };
    let proposal = new.propose_root(&changes, lifetimes, later).expect("a proposal");
    let signature = proposal.sign(&keys.root, "root-1", later).expect("signs");
    let review = proposal.review(None).expect("makes sense");
    new.take_root(proposal.assemble(&review, &[signature]).list.expect("enough")).expect("follows");
    place.save_pending(&new).expect("writes");
    content.shards.insert(1, crate::publish::ShardContent { size: 100, revoked: vec![1, 2], rules: Vec::new() });
    new.publish_status(&content, lifetimes, &keys.signers(), later).expect("publishes");
    let entry = JournalEntry {
        issuer: ("市".into(), "City".into(), "JP".into()),
        sequence: 1,
        sha256: "00".repeat(32),
        kid: "00".repeat(32),
        issued_at: later.to_string(),
        applied_at: later.to_string(),
        reason: "withdrawn".into(),
        revoked: 1,
        reinstated: 0,
        rules_added: 0,
        rules_lifted: 0,
    };
    (old, new, vec![entry])
}

/// Performs the first `count` writes, then fails. Gives how many were done.
fn write_some(place: &Folder, new: &Repository, requests: &[JournalEntry], count: usize) -> (usize, bool) {
    let mut done = 0;
    let result = place.write_through(new, requests, &mut |write| {
        if done == count {
            return Err(FolderError::Locked(PathBuf::new()));
        }
        done += 1;
        place.perform(write)
    });
    (done, result.is_ok())
}

#[test]
fn a_publication_that_ends_at_any_write_leaves_the_old_or_the_new_set_and_its_requests_with_it() {
    let mut count = 0;
    loop {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new, requests) = stage(folder.path());
        let pin = old.pin();
        let place = Folder { path: folder.path().to_owned(), _lock: File::open(folder.path()).expect("opens") };
        let (_, whole) = write_some(&place, &new, &requests, count);

        // A verifier that is new, and one that held the old set.
        let Ok(Updated::Changed(held)) = update(None, &pin, &mut &old.bundle().expect("files"), NOW) else {
            panic!("the old set")
        };
        let later = NOW.plus(120);
        let seen = match update(None, &pin, &mut Served(folder.path()), later).expect("a whole set") {
            Updated::Changed(fresh) => fresh.state().head().header.version,
            Updated::Unchanged => panic!("it had nothing"),
        };
        let updated = match update(Some(&held), &pin, &mut Served(folder.path()), later).expect("a whole set") {
            Updated::Changed(held) => held.state().head().header.version,
            Updated::Unchanged => held.state().head().header.version,
        };
        assert!(seen == updated && [2, 3].contains(&seen), "after {count} writes: {seen}, {updated}");

        // The publisher goes on from there: the request counts exactly if its revocation is in force.
        let reopened = place.repository().expect("the folder opens");
        let revoked = |state: &TrustState| state.shard(1).expect("published").set().len();
        let counted: usize = place.journal().expect("reads").iter().map(|page| page.requests.len()).sum();
        assert_eq!(counted + 1, revoked(reopened.state().expect("lists")), "after {count} writes");
        assert_eq!(reopened.coming_root().header.version, 2, "the signed root is not lost");
        place.write_with(&new, &requests).expect("the next run completes");
        assert_eq!(place.repository().expect("opens").root().header.version, 2);
        if whole {
            break;
        }
        count += 1;
    }
    assert!(count >= 8, "{count} writes were tried");
}
