//! A repository that can be made wrong in any way: every list is a value until it is signed, and
//! any key can sign anything.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use tegata_certificate::cbor::{Head as CborHead, Reader, Writer};
use tegata_certificate::{Country, Format, Kind, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::publish::sign_list;
use tegata_trust_lists::{
    Authority, Bundle, Head, Header, Issuer, KeyEntry, KeyState, NamedFile, Role, RoleKeys, Root, RootPin, ShardFiles,
    StatusFiles, StatusRange, StatusSet, Trust, TrustError, TrustState, WithdrawalGroup, Withdrawals, Withdrawn,
    encode_base, encode_delta, result_hash,
};

pub const NOW: UnixTime = UnixTime(1_767_225_600);
pub const DAY: i64 = 86_400;
pub const ID: &str = "example.jp/test";

pub type Key = Arc<PrivateKey>;

pub fn key() -> Key {
    Arc::new(PrivateKey::generate(KeyType::Ed25519).expect("random"))
}

pub fn p256() -> Key {
    Arc::new(PrivateKey::generate(KeyType::P256).expect("random"))
}

pub fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|_| key()).collect()
}

pub fn role(threshold: u64, keys: &[Key]) -> RoleKeys {
    RoleKeys { threshold, keys: keys.iter().map(|key| key.verifying_key().clone()).collect() }
}

/// One root version and who signs it.
#[derive(Clone)]
pub struct RootScene {
    pub list: Root,
    pub signers: Vec<Key>,
}

/// A status shard: the indices of its base, and what they are by its delta, each with its header.
#[derive(Clone)]
pub struct ShardScene {
    pub base: (Header, Vec<u32>),
    pub delta: Option<(Header, Vec<u32>)>,
    pub signers: Vec<Key>,
}

/// A kind of file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Root,
    Trust,
    Head,
    Base,
    Delta,
    Withdrawals,
}

impl Part {
    pub const ALL: [Self; 6] = [Self::Root, Self::Trust, Self::Head, Self::Base, Self::Delta, Self::Withdrawals];

    pub fn role(self) -> Role {
        match self {
            Self::Root => Role::Root,
            Self::Trust => Role::Trust,
            Self::Head => Role::Head,
            Self::Base | Self::Delta | Self::Withdrawals => Role::Status,
        }
    }
}

/// How one kind of file is signed instead of as it should be; of several roots the last.
#[derive(Clone)]
pub struct Forgery {
    pub part: Part,
    pub role: Role,
    pub id: String,
    pub signers: Vec<Key>,
}

/// A whole repository before it is signed. `new` makes a good production one: root 2 of 3, trust 2 of 3, head and
/// status 1 of 2; shards and withdrawal lists are added by [`add_shard`](Scene::add_shard) and `add_withdrawals`.
#[derive(Clone)]
pub struct Scene {
    pub root_keys: Vec<Key>,
    pub trust_keys: Vec<Key>,
    pub head_keys: Vec<Key>,
    pub status_keys: Vec<Key>,
    pub roots: Vec<RootScene>,
    pub trust: Trust,
    pub trust_signers: Vec<Key>,
    pub head: Header,
    pub head_signers: Vec<Key>,
    pub shards: BTreeMap<u64, ShardScene>,
    pub withdrawals: BTreeMap<u64, Withdrawals>,
    pub status_signers: Vec<Key>,
    /// The repository that signatures are made for.
    pub signed_for: String,
    pub forgery: Option<Forgery>,
    pub document_key: Key,
}

pub fn header(version: u64, life: i64) -> Header {
    Header { version, issued_at: NOW, expires_at: NOW.plus(life), repository_id: ID.to_owned() }
}

pub fn issuer(name: &str) -> Issuer {
    Issuer { name_ja: "架空市".to_owned(), name_en: name.to_owned(), country: Country::parse("JP").expect("JP") }
}

pub fn entry(key: &Key, issuer: usize) -> KeyEntry {
    KeyEntry {
        kid: key.verifying_key().thumbprint(),
        key: key.verifying_key().clone(),
        issuer,
        formats: vec![Format::Compact],
        authority: Authority::Countries(vec![Country::parse("JP").expect("JP")]),
        kinds: vec![Kind::Vaccination],
        diseases: Vec::new(),
        sign_from: NOW,
        sign_until: NOW.plus(365 * DAY),
        valid_until: NOW.plus(4000 * DAY),
        max_life: Some(3653 * DAY),
        ranges: vec![StatusRange { shard: 1, from: 0, to: 1000 }],
        state: KeyState::Active,
        hint: None,
        source: None,
    }
}

impl Scene {
    pub fn new() -> Self {
        let (root_keys, trust_keys, head_keys, status_keys) = (keys(3), keys(3), keys(2), keys(2));
        let list = Root {
            header: header(1, 730 * DAY),
            root: role(2, &root_keys),
            trust: role(2, &trust_keys),
            status: Some(role(1, &status_keys)),
            head: role(1, &head_keys),
            rules: None,
            grace_cap: 30 * DAY,
        };
        let document_key = key();
        Self {
            roots: vec![RootScene { list, signers: root_keys[..2].to_vec() }],
            trust: Trust {
                header: header(1, 90 * DAY),
                issuers: vec![issuer("Kakuu City")],
                keys: vec![entry(&document_key, 0)],
                anchors: Vec::new(),
            },
            trust_signers: trust_keys[..2].to_vec(),
            head: header(1, 7 * DAY),
            head_signers: head_keys[..1].to_vec(),
            shards: BTreeMap::new(),
            withdrawals: BTreeMap::new(),
            status_signers: status_keys[..1].to_vec(),
            signed_for: ID.to_owned(),
            forgery: None,
            root_keys,
            trust_keys,
            head_keys,
            status_keys,
            document_key,
        }
    }

    /// The same with one key a role.
    pub fn one_of_one(id: &str) -> Self {
        let mut scene = Self::new();
        let root = &mut scene.roots[0];
        root.list.root = role(1, &scene.root_keys[..1]);
        root.list.trust = role(1, &scene.trust_keys[..1]);
        root.list.head = role(1, &scene.head_keys[..1]);
        scene.rename(id);
        scene
    }

    pub fn rename(&mut self, id: &str) {
        for root in &mut self.roots {
            root.list.header.repository_id = id.to_owned();
        }
        self.trust.header.repository_id = id.to_owned();
        self.head.repository_id = id.to_owned();
        for shard in self.shards.values_mut() {
            shard.base.0.repository_id = id.to_owned();
            if let Some((header, _)) = &mut shard.delta {
                header.repository_id = id.to_owned();
            }
        }
        for list in self.withdrawals.values_mut() {
            list.header.repository_id = id.to_owned();
        }
        self.signed_for = id.to_owned();
    }

    pub fn sign(&self, role: Role, payload: &[u8], signers: &[Key]) -> Vec<u8> {
        sign(role, &self.signed_for, payload, signers)
    }

    /// Signs a file as its kind is signed in this scene.
    fn sign_part(&self, part: Part, payload: &[u8], signers: &[Key]) -> Vec<u8> {
        match &self.forgery {
            Some(forgery) if forgery.part == part => sign(forgery.role, &forgery.id, payload, &forgery.signers),
            _ => self.sign(part.role(), payload, signers),
        }
    }

    pub fn root_files(&self) -> Vec<Vec<u8>> {
        let last = self.roots.len() - 1;
        let file = |(place, root): (usize, &RootScene)| match place {
            _ if place == last => self.sign_part(Part::Root, &root.list.encode(), &root.signers),
            _ => self.sign(Role::Root, &root.list.encode(), &root.signers),
        };
        self.roots.iter().enumerate().map(file).collect()
    }

    pub fn trust_file(&self) -> Vec<u8> {
        self.sign_part(Part::Trust, &self.trust.encode(), &self.trust_signers)
    }

    /// A shard with these indices in its base, version 1.
    pub fn add_shard(&mut self, number: u64, revoked: &[u32]) {
        let base = (Header { repository_id: self.signed_for.clone(), ..header(1, 14 * DAY) }, revoked.to_vec());
        self.shards.insert(number, ShardScene { base, delta: None, signers: self.status_signers.clone() });
    }

    /// A list of one country's withdrawals, version 1.
    pub fn add_withdrawals(&mut self, number: u64) {
        let group = WithdrawalGroup { kid: vec![7; 8], iss: None, entries: Withdrawn::Uci(vec![[9; 16]]) };
        let header = Header { repository_id: self.signed_for.clone(), ..header(1, 14 * DAY) };
        self.withdrawals.insert(number, Withdrawals::new(header, number, "XX", vec![group]).expect("a list"));
    }

    /// Everything published anew: each list one version on, each shard with a delta that revokes `more` too.
    pub fn renew(&mut self, more: u32) {
        self.trust.header.version += 1;
        self.head.version += 1;
        for shard in self.shards.values_mut() {
            let (header, mut revoked) = shard.delta.take().unwrap_or_else(|| shard.base.clone());
            revoked.push(more);
            revoked.sort_unstable();
            revoked.dedup();
            shard.delta = Some((Header { version: header.version + 1, ..header }, revoked));
        }
        for list in self.withdrawals.values_mut() {
            list.header.version += 1;
        }
    }

    /// The shard's files and what the head says of them.
    pub fn shard_files(&self, number: u64, shard: &ShardScene) -> (ShardFiles, StatusFiles) {
        let (header, revoked) = &shard.base;
        let set = status_set(revoked);
        let payload = encode_base(header, number, &set, &[]).expect("a base");
        let base = self.sign_part(Part::Base, &payload, &shard.signers);
        let named = NamedFile::of(&base, header.version);
        let Some((header, revoked)) = &shard.delta else {
            let result = result_hash(&set, &[]).expect("a hash");
            return (ShardFiles { base, delta: None }, StatusFiles { base: named, delta: None, result });
        };
        let next = status_set(revoked);
        let payload = encode_delta(header, number, (&set, &[]), (&next, &[])).expect("a delta");
        let delta = self.sign_part(Part::Delta, &payload, &shard.signers);
        let result = result_hash(&next, &[]).expect("a hash");
        let files = StatusFiles { base: named, delta: Some(NamedFile::of(&delta, header.version)), result };
        (ShardFiles { base, delta: Some(delta) }, files)
    }

    pub fn withdrawals_file(&self, list: &Withdrawals) -> Vec<u8> {
        self.sign_part(Part::Withdrawals, &list.encode(), &self.status_signers)
    }

    pub fn head_list(&self, roots: &[Vec<u8>], trust: &[u8]) -> Head {
        let withdrawn = |list: &Withdrawals| NamedFile::of(&self.withdrawals_file(list), list.header.version);
        Head {
            header: self.head.clone(),
            roots: roots.iter().zip(1..).map(|(root, version)| NamedFile::of(root, version)).collect(),
            trust: NamedFile::of(trust, self.trust.header.version),
            status: self.shards.iter().map(|(n, shard)| (*n, self.shard_files(*n, shard).1)).collect(),
            withdrawals: self.withdrawals.iter().map(|(number, list)| (*number, withdrawn(list))).collect(),
            rules: None,
        }
    }

    pub fn head_file(&self, roots: &[Vec<u8>], trust: &[u8]) -> Vec<u8> {
        self.sign_part(Part::Head, &self.head_list(roots, trust).encode(), &self.head_signers)
    }

    /// Around any trust file, a head that names it.
    pub fn bundle_around(&self, trust: Vec<u8>) -> Bundle {
        let roots = self.root_files();
        let head = self.head_file(&roots, &trust);
        let status = self.shards.iter().map(|(number, shard)| self.shard_files(*number, shard).0).collect();
        let withdrawals = self.withdrawals.values().map(|list| self.withdrawals_file(list)).collect();
        Bundle { roots, trust, head, status, withdrawals, rules: None }
    }

    pub fn bundle(&self) -> Bundle {
        self.bundle_around(self.trust_file())
    }

    pub fn load(&self) -> Result<TrustState, TrustError> {
        self.load_at(NOW)
    }

    pub fn load_at(&self, now: UnixTime) -> Result<TrustState, TrustError> {
        load(&self.bundle(), now)
    }

    /// The error of loading, which must fail.
    pub fn error(&self) -> TrustError {
        self.load().expect_err("must be refused")
    }

    /// A next root version, signed by the old and the new keys as it should be.
    pub fn roll(&mut self, root_keys: Vec<Key>) -> &mut RootScene {
        let last = self.roots.last().expect("a root").clone();
        let mut list = last.list.clone();
        list.header.version += 1;
        list.root = role(2, &root_keys);
        let mut signers = last.signers.clone();
        signers.extend(root_keys.iter().take(2).cloned());
        self.roots.push(RootScene { list, signers });
        self.root_keys = root_keys;
        self.roots.last_mut().expect("a root")
    }
}

pub fn status_set(revoked: &[u32]) -> StatusSet {
    StatusSet::from_sorted(1 << 16, revoked).expect("ascending indices")
}

pub fn sign(role: Role, id: &str, payload: &[u8], signers: &[Key]) -> Vec<u8> {
    let signers: Vec<&dyn Signer> = signers.iter().map(|key| key.as_ref() as &dyn Signer).collect();
    sign_list(role, id, payload, &signers).expect("signs")
}

/// Loads a bundle pinned to its own first root.
pub fn load(bundle: &Bundle, now: UnixTime) -> Result<TrustState, TrustError> {
    TrustState::load(bundle, &RootPin::of(&bundle.roots[0]), now)
}

/// An anchor with a P-256 key of its own.
pub fn anchor() -> tegata_trust_lists::Anchor {
    let cose_key = p256().verifying_key().to_cose_key();
    // {1: 2, -1: 1, -2: x, -3: y} has both coordinates at fixed places.
    let point = [&[4], &cose_key[8..40], &cose_key[43..75]].concat();
    let head =
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
    tegata_trust_lists::Anchor {
        country: tegata_certificate::Country::parse("UT").expect("two letters"),
        subject: b"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02UT".to_vec(),
        key_identifier: Some(vec![7; 20]),
        spki: [&head[..], &point].concat(),
        from: NOW.plus(-DAY),
        until: NOW.plus(3650 * DAY),
        sha256: std::array::from_fn(|place| point[1 + place]),
        revoked: None,
        source: None,
    }
}

/// A file's payload and its signatures, each as its encoded array of three.
pub fn signatures(file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut reader = Reader::new(file);
    assert_eq!(reader.head(), Ok(CborHead::Tag(98)));
    assert_eq!(reader.head(), Ok(CborHead::Array(Some(4))));
    reader.skip().expect("protected");
    reader.skip().expect("unprotected");
    let payload = reader.bytes().expect("payload").to_vec();
    let Ok(CborHead::Array(Some(count))) = reader.head() else { panic!("signatures") };
    let mut item = || {
        let start = reader.position();
        reader.skip().expect("signature");
        file[start..reader.position()].to_vec()
    };
    (payload, (0..count).map(|_| item()).collect())
}

pub fn assembled(payload: &[u8], signatures: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.tag(98);
    writer.array(4);
    writer.bytes(&[]);
    writer.map(0);
    writer.bytes(payload);
    writer.array(signatures.len());
    signatures.iter().for_each(|signature| writer.encoded(signature));
    writer.into_bytes()
}
