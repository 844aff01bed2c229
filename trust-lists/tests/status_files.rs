//! Status files: what a base and a delta make, and that nothing else passes.

use proptest::prelude::*;
use std::collections::BTreeSet;
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::Writer;
use tegata_keys::{KeyType, PrivateKey};
use tegata_trust_lists::publish::sign_list;
use tegata_trust_lists::{
    Header, MAX_RULES, RevocationReason, Role, Rule, SHARD_SIZE, StatusAnswer, StatusFault, StatusSet, StatusSubject,
    TrustError, encode_base, encode_delta, open_shard, result_hash,
};

const NOW: UnixTime = UnixTime(1_767_225_600);
const DAY: i64 = 86_400;
const SHARD: u64 = 7;

fn header(version: u64) -> Header {
    Header {
        version,
        issued_at: NOW.plus(version as i64 * DAY),
        expires_at: NOW.plus((version as i64 + 14) * DAY),
        repository_id: "example.jp/test".to_owned(),
    }
}

fn set(size: u64, indices: &[u32]) -> StatusSet {
    StatusSet::from_sorted(size, indices).expect("a set")
}

fn lot(kid: u8, lot: &str) -> Rule {
    Rule { kid: [kid; 32], issued: None, lot: Some(lot.to_owned()), reason: RevocationReason::Withdrawn, at: NOW }
}

fn base(set: &StatusSet, rules: &[Rule]) -> Vec<u8> {
    encode_base(&header(1), SHARD, set, rules).expect("encodes")
}

fn delta(old: &StatusSet, new: &StatusSet) -> Vec<u8> {
    encode_delta(&header(2), SHARD, (old, &[]), (new, &[])).expect("encodes")
}

fn fault(base: &[u8], delta: Option<&[u8]>) -> Option<StatusFault> {
    match open_shard(SHARD, base, delta) {
        Err(TrustError::BadStatus { shard: SHARD, fault }) => Some(fault),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

/// A status file with this body after the header.
fn file(version: u64, label: u64, body: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let header = header(version);
    let mut writer = Writer::default();
    writer.map(8);
    for (label, number) in [(1, 3), (2, version as i64), (3, header.issued_at.0), (4, header.expires_at.0)] {
        writer.uint(label);
        writer.int(number);
    }
    writer.uint(5);
    writer.text("vc-trust/1");
    writer.uint(6);
    writer.text(&header.repository_id);
    writer.uint(7);
    writer.uint(SHARD);
    writer.uint(label);
    body(&mut writer);
    writer.into_bytes()
}

/// A base file of whatever is stated.
fn base_file(size: u64, count: u64, data: &[u8]) -> Vec<u8> {
    file(1, 8, |writer| {
        writer.array(4);
        writer.uint(size);
        writer.uint(count);
        writer.bytes(data);
        writer.array(0);
    })
}

/// A delta file of whatever is stated.
fn delta_file(base: [u8; 32], size: u64, added: (u64, &[u8]), removed: (u64, &[u8])) -> Vec<u8> {
    file(2, 9, |writer| {
        writer.array(5);
        writer.bytes(&base);
        writer.uint(size);
        for (count, data) in [added, removed] {
            writer.array(2);
            writer.uint(count);
            writer.bytes(data);
        }
        writer.array(0);
    })
}

#[test]
fn a_base_and_its_delta_make_the_next_set_by_the_same_hash() {
    let (old, new) = (set(1000, &[3, 70, 999]), set(1000, &[0, 3, 71, 999]));
    let (old_rules, new_rules) = ([lot(1, "A")], [lot(2, "B"), lot(1, "A")]);
    let base = base(&old, &old_rules);
    let delta = encode_delta(&header(2), SHARD, (&old, &old_rules), (&new, &new_rules)).expect("encodes");
    let (shard, hash) = open_shard(SHARD, &base, None).expect("opens");
    assert_eq!((shard.set(), shard.rules(), shard.header()), (&old, &old_rules[..], &header(1)));
    assert_eq!(hash, result_hash(&old, &old_rules).expect("hashes"));
    let (shard, hash) = open_shard(SHARD, &base, Some(&delta)).expect("opens");
    assert_eq!((shard.set(), shard.header(), shard.base_header()), (&new, &header(2), &header(1)));
    assert_eq!(shard.rules(), [lot(1, "A"), lot(2, "B")], "rules have one order");
    assert_eq!(hash, result_hash(&new, &new_rules).expect("hashes"));
    let whole = encode_base(&header(2), SHARD, &new, &new_rules).expect("encodes");
    assert_eq!(open_shard(SHARD, &whole, None).expect("opens").1, hash, "either way gives one hash");
}

#[test]
fn a_reinstated_certificate_is_good_again_and_a_later_delta_needs_no_earlier_one() {
    let sets = [set(100, &[]), set(100, &[5, 6]), set(100, &[6])];
    let base = base(&sets[0], &[]);
    let subject = StatusSubject { index: 5, kid: &[1; 32], issued_at: NOW, lots: &[] };
    let answer = |to: &StatusSet| {
        let (shard, _) = open_shard(SHARD, &base, Some(&delta(&sets[0], to))).expect("opens");
        shard.answer(&subject)
    };
    let good = StatusAnswer::Good { as_of: header(2).issued_at };
    assert_eq!(answer(&sets[0]), good, "an empty delta only renews");
    assert_eq!(answer(&sets[1]), StatusAnswer::Revoked { reason: None, at: None });
    assert_eq!(answer(&sets[2]), good, "cumulative from the base");
}

#[test]
fn what_was_issued_later_or_beyond_the_shard_is_not_covered_but_what_is_revoked_is_revoked() {
    let (shard, _) = open_shard(SHARD, &base(&set(100, &[7]), &[lot(1, "A")]), None).expect("opens");
    let as_of = shard.as_of();
    let answer = |index, kid: u8, issued_at, lots: &[&str]| {
        shard.answer(&StatusSubject { index, kid: &[kid; 32], issued_at, lots })
    };
    assert_eq!(answer(1, 1, as_of, &["B"]), StatusAnswer::Good { as_of });
    assert_eq!(answer(1, 1, as_of.plus(1), &["B"]), StatusAnswer::NotCovered { as_of });
    assert_eq!(answer(100, 1, as_of, &[]), StatusAnswer::NotCovered { as_of });
    assert_eq!(answer(7, 1, as_of.plus(1), &[]), StatusAnswer::Revoked { reason: None, at: None });
    let by_rule = StatusAnswer::Revoked { reason: Some(RevocationReason::Withdrawn), at: Some(NOW) };
    assert_eq!(answer(1, 1, as_of.plus(1), &["C", "A"]), by_rule);
    assert_eq!(answer(1, 2, as_of, &["A"]), StatusAnswer::Good { as_of }, "another key's lot");
}

#[test]
fn a_rule_of_time_and_lot_needs_both_and_times_count_from_the_first_up_to_the_second() {
    let both = Rule { issued: Some((NOW, NOW.plus(10))), ..lot(1, "A") };
    let applies = |issued_at, lots: &[&str]| both.applies(&StatusSubject { index: 0, kid: &[1; 32], issued_at, lots });
    assert_eq!(
        [NOW.plus(-1), NOW, NOW.plus(9), NOW.plus(10)].map(|at| applies(at, &["A"])),
        [false, true, true, false]
    );
    assert!(!applies(NOW, &["a"]) && !applies(NOW, &[]));
}

#[test]
fn impossible_rules_are_neither_written_nor_read() {
    let empty = set(10, &[]);
    let nothing = Rule { lot: None, ..lot(1, "A") };
    let backwards = Rule { issued: Some((NOW, NOW)), ..lot(1, "A") };
    let long = lot(1, &"A".repeat(81));
    for rule in [nothing, backwards, long] {
        assert_eq!(encode_base(&header(1), SHARD, &empty, &[rule]), Err(StatusFault::Rules));
    }
    let many: Vec<Rule> = (0..=MAX_RULES).map(|number| lot(1, &number.to_string())).collect();
    assert_eq!(encode_base(&header(1), SHARD, &empty, &many), Err(StatusFault::Rules));
    assert_eq!(fault(&base(&empty, &many[1..]), None), None);
    // Out of order, and twice.
    let encoding = |rule: &Rule| {
        // The array of rules is the last item, its head one byte.
        base(&empty, std::slice::from_ref(rule)).split_off(base(&empty, &[]).len())
    };
    let (a, b) = (encoding(&lot(1, "A")), encoding(&lot(1, "B")));
    for (rules, expected) in
        [([&a, &b], None), ([&b, &a], Some(StatusFault::Rules)), ([&a, &a], Some(StatusFault::Rules))]
    {
        let file = file(1, 8, |writer| {
            writer.array(4);
            writer.uint(10);
            writer.uint(0);
            writer.bytes(&[]);
            writer.array(2);
            rules.iter().for_each(|rule| writer.encoded(rule));
        });
        assert_eq!(fault(&file, None), expected);
    }
}

#[test]
fn impossible_sets_are_refused() {
    use StatusFault::{Count, Range, Size, Trailing, Truncated};
    // Of 16 indices one or two give 2 or 3 low bits: 16 * 0.4812 / 2 = 3.8 and 7.7.
    let cases: [(u64, u64, &[u8], Option<StatusFault>); 14] = [
        (SHARD_SIZE, 0, &[], None),
        (SHARD_SIZE + 1, 0, &[], Some(Size)),
        (u64::MAX, u64::MAX, &[], Some(Size)),
        (16, 17, &[0xff; 8], Some(Count)),
        (16, 1, &[0x07, 0x02], None),
        (16, 1, &[0x07, 0x04], Some(Range)),
        (16, 1, &[0x07, 0x00], Some(Truncated)),
        (16, 1, &[0x07], Some(Truncated)),
        (16, 1, &[], Some(Truncated)),
        (16, 1, &[0x0f, 0x02], Some(Trailing)),
        (16, 1, &[0x07, 0x06], Some(Trailing)),
        (16, 1, &[0x07, 0x02, 0x00], Some(Trailing)),
        (16, 0, &[0x00], Some(Trailing)),
        (SHARD_SIZE, SHARD_SIZE, &[0xff; 100], Some(Truncated)),
    ];
    for (size, count, data, expected) in cases {
        assert_eq!(fault(&base_file(size, count, data), None), expected, "{count} of {size} in {data:02x?}");
    }
}

#[test]
fn a_false_count_allocates_nothing() {
    let file = base_file(SHARD_SIZE, SHARD_SIZE / 2, &[0xff; 64]);
    let used = allocation_counter::measure(|| assert_eq!(fault(&file, None), Some(StatusFault::Truncated)));
    assert!(used.bytes_max < 4096, "{} bytes", used.bytes_max);
}

#[test]
fn a_delta_that_does_not_follow_from_its_base_is_refused() {
    let (old, new) = (set(16, &[1, 5]), set(16, &[1, 9]));
    let base = base(&old, &[]);
    let hash = result_hash(&old, &[]).expect("hashes");
    assert_eq!(fault(&base, Some(&delta(&old, &new))), None);
    assert_eq!(fault(&base, Some(&delta(&new, &old))), Some(StatusFault::OtherBase));
    assert_eq!(fault(&base, Some(&base)), Some(StatusFault::OtherShard), "a base as a delta");
    assert_eq!(fault(&delta(&old, &new), None), Some(StatusFault::OtherShard), "a delta as a base");
    let other = encode_base(&header(1), SHARD + 1, &old, &[]).expect("encodes");
    assert_eq!(fault(&other, None), Some(StatusFault::OtherShard));
    let older = encode_delta(&header(1), SHARD, (&old, &[]), (&new, &[])).expect("encodes");
    assert_eq!(fault(&base, Some(&older)), Some(StatusFault::NoSuccessor));
    let elsewhere = Header { repository_id: "example.jp/other".to_owned(), ..header(2) };
    let elsewhere = encode_delta(&elsewhere, SHARD, (&old, &[]), (&new, &[])).expect("encodes");
    assert_eq!(fault(&base, Some(&elsewhere)), Some(StatusFault::NoSuccessor));
    assert_eq!(encode_delta(&header(2), SHARD, (&old, &[]), (&set(8, &[1]), &[])), Err(StatusFault::NoSuccessor));

    // One index of 16: three low bits, then the rest in unary. 5 is there, 6 is not.
    let (five, six): (&[u8], &[u8]) = (&[0x05, 0x01], &[0x06, 0x01]);
    type Part<'a> = (u64, &'a [u8]);
    let cases: [(Part<'_>, Part<'_>, Option<StatusFault>); 5] = [
        ((1, six), (1, five), None),
        ((1, five), (0, &[]), Some(StatusFault::AddedTwice)),
        ((0, &[]), (1, six), Some(StatusFault::RemovedMissing)),
        ((1, six), (1, six), Some(StatusFault::RemovedMissing)),
        ((1, five), (1, five), Some(StatusFault::AddedTwice)),
    ];
    for (added, removed, expected) in cases {
        assert_eq!(fault(&base, Some(&delta_file(hash, 16, added, removed))), expected, "{added:?} {removed:?}");
    }
    assert_eq!(fault(&base, Some(&delta_file(hash, 15, (0, &[]), (0, &[])))), Some(StatusFault::NoSuccessor));
    assert_eq!(fault(&base, Some(&delta_file(hash, 17, (0, &[]), (0, &[])))), None, "a shard may grow");
}

#[test]
fn every_changed_bit_changes_the_hash_or_is_refused_and_nothing_panics() {
    let (old, new) = (set(4096, &[1, 5, 77, 1000, 4095]), set(4096, &[1, 5, 78, 1000, 2000]));
    let rules = [lot(3, "A"), Rule { issued: Some((NOW, NOW.plus(DAY))), ..lot(4, "B") }];
    let base = base(&old, &rules);
    let delta = encode_delta(&header(2), SHARD, (&old, &rules), (&new, &rules[1..])).expect("encodes");
    let whole = open_shard(SHARD, &base, None).expect("opens");
    let changed = open_shard(SHARD, &base, Some(&delta)).expect("opens");
    let same_answers =
        |a: &tegata_trust_lists::Shard, b: &tegata_trust_lists::Shard| a.set() == b.set() && a.rules() == b.rules();
    for bit in 0..8 * base.len() {
        let mut file = base.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        if let Ok((shard, hash)) = open_shard(SHARD, &file, None) {
            assert!(hash != whole.1 || same_answers(&shard, &whole.0), "bit {bit} of the base");
        }
        // The signature and the hash in the head cover the header too; the base's hash covers its set.
        if let Ok((shard, hash)) = open_shard(SHARD, &file, Some(&delta)) {
            assert!(hash == changed.1 && same_answers(&shard, &changed.0), "bit {bit} of the base under the delta");
        }
    }
    for bit in 0..8 * delta.len() {
        let mut file = delta.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        if let Ok((shard, hash)) = open_shard(SHARD, &base, Some(&file)) {
            assert!(hash != changed.1 || same_answers(&shard, &changed.0), "bit {bit} of the delta");
        }
    }
    for length in 0..base.len() {
        assert!(open_shard(SHARD, &base[..length], None).is_err(), "cut to {length}");
    }
}

proptest! {
    #[test]
    fn base_and_delta_make_the_next_set_whatever_changed(
        old in prop::collection::btree_set(0u32..5000, 0..200),
        new in prop::collection::btree_set(0u32..5000, 0..200),
        grown in 0u64..3,
    ) {
        let sorted = |indices: &BTreeSet<u32>| indices.iter().copied().collect::<Vec<_>>();
        let (old, new) = (set(5000, &sorted(&old)), set(5000 << grown, &sorted(&new)));
        let base = base(&old, &[]);
        let (shard, hash) = open_shard(SHARD, &base, Some(&delta(&old, &new))).expect("opens");
        prop_assert_eq!(shard.set(), &new);
        prop_assert_eq!(hash, result_hash(&new, &[]).expect("hashes"));
        prop_assert_eq!(&encode_base(&header(1), SHARD, &old, &[]).expect("encodes"), &base);
    }

    #[test]
    fn any_data_is_read_as_exactly_the_set_that_writes_it_or_refused(
        size in 0u64..3000, count in 0u64..40, data in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        if let Ok((shard, _)) = open_shard(SHARD, &base_file(size, count, &data), None) {
            let indices: Vec<u32> = shard.set().iter().collect();
            prop_assert_eq!(base(&set(size, &indices), &[]), base_file(size, count, &data), "one set, one encoding");
        }
    }
}

/// One percent of a whole shard, spread as a keyed permutation spreads them.
fn one_percent() -> BTreeSet<u32> {
    let mut indices = BTreeSet::new();
    let mut state = 1u64;
    while (indices.len() as u64) < SHARD_SIZE / 100 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        indices.insert((state >> 40) as u32);
    }
    indices
}

#[test]
fn a_shard_with_one_percent_revoked_takes_no_more_than_a_hundredth_above_the_entropy() {
    let indices: Vec<u32> = one_percent().into_iter().collect();
    let set = set(SHARD_SIZE, &indices);
    let key = PrivateKey::generate(KeyType::Ed25519).expect("random");
    let file = sign_list(Role::Status, "example.jp/test", &base(&set, &[]), &[&key]).expect("signs");
    let share = indices.len() as f64 / SHARD_SIZE as f64;
    let entropy = -(share * share.log2() + (1.0 - share) * (1.0 - share).log2()) * SHARD_SIZE as f64 / 8.0;
    let ratio = file.len() as f64 / entropy;
    assert!(ratio <= 1.01, "{} bytes are {ratio:.4} of {entropy:.0}", file.len());
}

#[test]
fn a_thousand_more_revocations_cost_a_delta_of_2500_bytes_at_most() {
    let mut indices = one_percent();
    let old: Vec<u32> = indices.iter().copied().collect();
    let mut state = 2u64;
    while indices.len() < old.len() + 1000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        indices.insert((state >> 40) as u32);
    }
    let new: Vec<u32> = indices.into_iter().collect();
    let key = PrivateKey::generate(KeyType::Ed25519).expect("random");
    let delta = delta(&set(SHARD_SIZE, &old), &set(SHARD_SIZE, &new));
    let file = sign_list(Role::Status, "example.jp/test", &delta, &[&key]).expect("signs");
    assert!(file.len() <= 2500, "{} bytes", file.len());
}
