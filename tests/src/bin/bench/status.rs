//! Status sets: their size against the entropy, loading against a plain copy of what they hold, a
//! query against a binary search in it. And how large a nation's trust list is.

use crate::measure::{Bound, Candidate, Table, in_turns, micros};
use std::collections::BTreeSet;
use tegata_certificate::{Format, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer as _};
use tegata_tests::specimen::japan;
use tegata_trust_lists::publish::{DemoRepository, sign_list};
use tegata_trust_lists::{
    Header, Issuer, Role, SHARD_SIZE, StatusRange, StatusSet, encode_base, encode_delta, open_shard, token_status_list,
};

const REPOSITORY: &str = "DEMO/bench";
const NOW: UnixTime = UnixTime(1_767_225_600);

/// Shards of about 100 million certificates.
const SHARDS: u64 = 6;

/// Municipalities of Japan, the wards of Tokyo among them.
const MUNICIPALITIES: u64 = 1_741;

/// Queries in one run of a candidate, so that asking the clock costs nothing.
const QUERIES: usize = 1024;

/// A fixed sequence, the same in every run (splitmix64).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn index(&mut self) -> u32 {
        (self.next() % SHARD_SIZE) as u32
    }

    /// One percent of a shard at random, as the issuers' permutations spread them.
    fn one_percent(&mut self) -> Vec<u32> {
        let mut drawn = BTreeSet::new();
        while (drawn.len() as u64) < SHARD_SIZE / 100 {
            drawn.insert(self.index());
        }
        drawn.into_iter().collect()
    }
}

fn header(version: u64) -> Header {
    Header { version, issued_at: NOW, expires_at: NOW.plus(14 * 86_400), repository_id: REPOSITORY.to_owned() }
}

fn set(indices: &[u32]) -> StatusSet {
    StatusSet::from_sorted(SHARD_SIZE, indices).expect("a set")
}

/// Bits that no exact set of so many random indices can do without, in bytes.
fn entropy(count: usize) -> f64 {
    let share = count as f64 / SHARD_SIZE as f64;
    -(share * share.log2() + (1.0 - share) * (1.0 - share).log2()) * SHARD_SIZE as f64 / 8.0
}

pub fn measure(table: &mut Table) {
    let mut sequence = Sequence(1);
    let indices = sequence.one_percent();
    table.heading(&format!("Status: {} of 2^24 indices revoked", indices.len()));
    sizes(table, &mut sequence, &indices);
    times(table, &mut sequence, &indices);
    nation(table, &mut sequence);
    issuers(table);
}

fn sizes(table: &mut Table, sequence: &mut Sequence, indices: &[u32]) {
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let signed = |payload: &[u8]| sign_list(Role::Status, REPOSITORY, payload, &[&key]).expect("signs").len();
    let old = set(indices);
    let base = encode_base(&header(1), 1, &old, &[]).expect("encodes");
    let (bytes, least) = (signed(&base), entropy(indices.len()));
    table.ratio("base file, signed", &format!("{bytes} B"), bytes as f64 / least, "the entropy", Bound::AtMost(1.01));
    let mut more: BTreeSet<u32> = indices.iter().copied().collect();
    for (count, bound) in [(100, Bound::None), (1_000, Bound::AtMost(1.0)), (10_000, Bound::None)] {
        while more.len() < indices.len() + count {
            more.insert(sequence.index());
        }
        let new = set(&more.iter().copied().collect::<Vec<_>>());
        let delta = signed(&encode_delta(&header(2), 1, (&old, &[]), (&new, &[])).expect("encodes"));
        let name = format!("delta file of {count} more, signed");
        let allowed = 2.5 * count as f64;
        table.ratio(&name, &format!("{delta} B"), delta as f64 / allowed, "2.5 B each", bound);
    }
    let (shard, _) = open_shard(1, &base, None).expect("opens");
    let token = token_status_list(&shard, "https://example.jp/1", 86_400, &key).expect("signs").len();
    table.ratio("  as a Token Status List", &format!("{token} B"), token as f64 / least, "the entropy", Bound::None);
}

fn times(table: &mut Table, sequence: &mut Sequence, indices: &[u32]) {
    let old = set(indices);
    let base = encode_base(&header(1), 1, &old, &[]).expect("encodes");
    let mut more: BTreeSet<u32> = indices.iter().copied().collect();
    more.extend((0..1000).map(|_| sequence.index()));
    let new = set(&more.into_iter().collect::<Vec<_>>());
    let delta = encode_delta(&header(2), 1, (&old, &[]), (&new, &[])).expect("encodes");
    // Asked once each before any comes again, so that no branch predictor learns the answers.
    let asked: Vec<u32> = (0..64 * QUERIES).map(|_| sequence.index()).collect();
    let (mut ours, mut theirs) = (asked.chunks(QUERIES).cycle(), asked.chunks(QUERIES).cycle());
    let count = |held: &dyn Fn(&u32) -> bool, asked: Option<&[u32]>| {
        asked.unwrap_or_default().iter().filter(|index| held(index)).count()
    };
    let times = in_turns(vec![
        Candidate::new("plain copy", || indices.to_vec()),
        Candidate::new("load and check", || open_shard(1, &base, None).expect("opens")),
        Candidate::new("  with a delta of 1,000", || open_shard(1, &base, Some(&delta)).expect("opens")),
        Candidate::new("binary search", || count(&|index| indices.binary_search(index).is_ok(), theirs.next())),
        Candidate::new("query", || count(&|index| old.contains(u64::from(*index)), ours.next())),
        Candidate::new("  encode a base", || encode_base(&header(1), 1, &old, &[]).expect("encodes")),
        Candidate::new("  make the set", || set(indices)),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    let load = time("load and check");
    let of = format!("a plain copy, {}", micros(time("plain copy")));
    table.ratio("load and check", &micros(load), load / time("plain copy"), &of, Bound::AtMost(20.0));
    let nanos = |time: f64| time * 1e3 / QUERIES as f64;
    let (query, search) = (nanos(time("query")), nanos(time("binary search")));
    let of = format!("a binary search, {search:.0} ns");
    table.ratio("query", &format!("{query:.0} ns"), query / search, &of, Bound::AtMost(4.0));
    for (name, time) in times.iter().filter(|(name, _)| name.starts_with(' ')) {
        table.figure(name, &micros(*time));
    }
}

/// A million of a hundred million.
fn nation(table: &mut Table, sequence: &mut Sequence) {
    let sets: Vec<StatusSet> = (0..SHARDS).map(|_| set(&sequence.one_percent())).collect();
    let bases: Vec<Vec<u8>> = sets.iter().map(|set| encode_base(&header(1), 1, set, &[]).expect("encodes")).collect();
    let asked: Vec<(usize, u32)> =
        (0..64 * QUERIES).map(|_| ((sequence.next() % SHARDS) as usize, sequence.index())).collect();
    let mut some = asked.chunks(QUERIES).cycle();
    let times = in_turns(vec![
        Candidate::new("  load and check all", || {
            bases.iter().map(|base| open_shard(1, base, None).expect("opens")).collect::<Vec<_>>()
        }),
        Candidate::new("  query", || {
            let held =
                |(shard, index): &&(usize, u32)| sets.get(*shard).is_some_and(|set| set.contains(u64::from(*index)));
            some.next().unwrap_or_default().iter().filter(held).count()
        }),
    ]);
    let revoked: usize = sets.iter().map(StatusSet::len).sum();
    let bytes: usize = bases.iter().map(Vec::len).sum();
    table.heading(&format!("Status: {revoked} of {} million, in {SHARDS} shards", SHARDS * SHARD_SIZE / 1_000_000));
    table.figure("  all files", &format!("{} KB", bytes / 1000));
    for (name, time) in times {
        let figure = if name == "  query" { format!("{:.0} ns", time * 1e3 / QUERIES as f64) } else { micros(time) };
        table.figure(name, &figure);
    }
}

/// The trust list of a nation whose municipalities each have a key.
fn issuers(table: &mut Table) {
    let mut repository = DemoRepository::new(REPOSITORY, NOW).expect("makes keys");
    for number in 0..MUNICIPALITIES {
        let (name_ja, name_en) = (format!("架空{number:04}市"), format!("Kakuu {number:04} City"));
        let issuer = repository.add_issuer(Issuer { name_ja, name_en, country: japan() });
        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW);
        // A key's place is one of many shards here; the demonstration's way of allotting would leave the first.
        let shard = number / 256 + 1;
        let from = number % 256 * (SHARD_SIZE / 256);
        repository.keys.last_mut().expect("a key").ranges =
            vec![StatusRange { shard, from, to: from + SHARD_SIZE / 256 }];
    }
    let (bundle, _) = repository.publish(NOW).expect("publishes");
    table.heading(&format!("Trust list of {MUNICIPALITIES} issuers with a key each"));
    table.figure("  trust file, signed", &format!("{} B", bundle.trust.len()));
    table.figure("  head file, signed, without status", &format!("{} B", bundle.head.len()));
}
