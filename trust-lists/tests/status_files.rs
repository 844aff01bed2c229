//! Status files: what a base and a delta make, and that nothing else passes.

use tegata_certificate::UnixTime;
use tegata_trust_lists::{
    Header, RevocationReason, Rule, StatusAnswer, StatusSet, StatusSubject, encode_base, encode_delta, open_shard,
    result_hash,
};

const NOW: UnixTime = UnixTime(1_767_225_600);
const DAY: i64 = 86_400;

fn header(version: u64) -> Header {
    Header {
        version,
        issued_at: NOW.plus(version as i64 * DAY),
        expires_at: NOW.plus((version as i64 + 14) * DAY),
        repository_id: "example.jp/test".to_owned(),
    }
}

fn set(indices: &[u32]) -> StatusSet {
    StatusSet::from_sorted(1000, indices).expect("a set")
}

fn rule(kid: u8, lot: &str) -> Rule {
    Rule { kid: [kid; 32], issued: None, lot: Some(lot.to_owned()), reason: RevocationReason::Withdrawn, at: NOW }
}

#[test]
fn a_base_and_its_delta_make_the_next_set_by_the_same_hash() {
    let (old, new) = (set(&[3, 70, 999]), set(&[0, 3, 71, 999]));
    let (old_rules, new_rules) = ([rule(1, "A")], [rule(2, "B"), rule(1, "A")]);
    let base = encode_base(&header(1), 7, &old, &old_rules).expect("encodes");
    let delta = encode_delta(&header(2), 7, (&old, &old_rules), (&new, &new_rules)).expect("encodes");
    let (shard, hash) = open_shard(7, &base, None).expect("opens");
    assert_eq!((shard.set(), shard.rules(), shard.header()), (&old, &old_rules[..], &header(1)));
    assert_eq!(hash, result_hash(&old, &old_rules).expect("hashes"));
    let (shard, hash) = open_shard(7, &base, Some(&delta)).expect("opens");
    assert_eq!((shard.set(), shard.header(), shard.base_header()), (&new, &header(2), &header(1)));
    assert_eq!(shard.rules(), [rule(1, "A"), rule(2, "B")]);
    assert_eq!(hash, result_hash(&new, &new_rules).expect("hashes"));
    let whole = encode_base(&header(2), 7, &new, &new_rules).expect("encodes");
    assert_eq!(open_shard(7, &whole, None).expect("opens").1, hash);

    let subject = |index| StatusSubject { index, kid: &[9; 32], issued_at: NOW, lots: &[] };
    let revoked = StatusAnswer::Revoked { reason: None, at: None };
    let good = StatusAnswer::Good { as_of: header(2).issued_at };
    assert_eq!(shard.answer(&subject(3)), revoked);
    assert_eq!(shard.answer(&subject(70)), good, "reinstated");
    assert_eq!(shard.answer(&subject(71)), revoked);
}
