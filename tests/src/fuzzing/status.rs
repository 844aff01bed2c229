//! The target over status files, foreign withdrawal lists and requests.

use super::{KEY, NOW, REPOSITORY};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tegata_certificate::cbor::Writer;
use tegata_certificate::{Algorithm, UnixTime};
use tegata_keys::Signer;
use tegata_trust_lists::publish::sign_list;
use tegata_trust_lists::{
    Header, Request, RevocationReason, RevokedSerials, Role, Rule, Shard, StatusAnswer, StatusSet, StatusSubject,
    Withdrawable, WithdrawalGroup, Withdrawals, Withdrawn, encode_base, encode_delta, open_shard, open_withdrawals,
    result_hash, short_hash,
};

const SHARD: u64 = 1;
const LIST: u64 = 1;

/// Size of the shard in the seeds.
const SIZE: u64 = 4096;

/// The base under every delta.
static BASE: LazyLock<(StatusSet, Vec<u8>)> = LazyLock::new(|| {
    let set = set(&(0..SIZE as u32).step_by(97).collect::<Vec<_>>());
    let base = encode_base(&header(1), SHARD, &set, &[]).expect("encodes");
    (set, base)
});

fn header(version: u64) -> Header {
    Header { version, issued_at: NOW, expires_at: NOW.plus(14 * 86_400), repository_id: REPOSITORY.to_owned() }
}

fn set(indices: &[u32]) -> StatusSet {
    StatusSet::from_sorted(SIZE, indices).expect("a set")
}

/// The first byte chooses: a base, a delta, a withdrawal list, the payload of a request, a signed request; or only the
/// data of a base, of a delta, with everything around them as it should be.
///
/// # Panics
/// Where what was accepted is not what our own writer writes, or a set contradicts itself.
pub fn status(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    match choice % 7 {
        0 => shard(rest, None),
        1 => shard(&BASE.1, Some(rest)),
        2 => withdrawals(rest),
        3 => request(&sign_list(Role::Request, REPOSITORY, rest, &[&*KEY]).expect("signs")),
        4 => request(rest),
        5 => {
            let Some((size, count, data)) = numbers(rest) else { return false };
            shard(&file(1, 8, |writer| write_set(writer, size, count, data)), None)
        }
        _ => {
            let Some((added, removed, data)) = numbers(rest) else { return false };
            let (first, second) = data.split_at(data.len() / 2);
            shard(&BASE.1, Some(&file(2, 9, |writer| write_delta(writer, (added, first), (removed, second)))))
        }
    }
}

/// Two numbers of three bytes, and the rest.
fn numbers(input: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (six, rest) = input.split_first_chunk::<6>()?;
    let [a, b, c, d, e, f] = six.map(u64::from);
    Some((a << 16 | b << 8 | c, d << 16 | e << 8 | f, rest))
}

fn file(version: i64, label: u64, body: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(8);
    for (label, number) in [(1, 3), (2, version), (3, NOW.0), (4, NOW.0 + 60)] {
        writer.uint(label);
        writer.int(number);
    }
    writer.uint(5);
    writer.text("vc-trust/1");
    writer.uint(6);
    writer.text(REPOSITORY);
    writer.uint(7);
    writer.uint(SHARD);
    writer.uint(label);
    body(&mut writer);
    writer.into_bytes()
}

fn write_set(writer: &mut Writer, size: u64, count: u64, data: &[u8]) {
    writer.array(4);
    writer.uint(size);
    writer.uint(count);
    writer.bytes(data);
    writer.array(0);
}

fn write_delta(writer: &mut Writer, added: (u64, &[u8]), removed: (u64, &[u8])) {
    writer.array(5);
    writer.bytes(&result_hash(&BASE.0, &[]).expect("hashes"));
    writer.uint(SIZE);
    for (count, data) in [added, removed] {
        writer.array(2);
        writer.uint(count);
        writer.bytes(data);
    }
    writer.array(0);
}

fn shard(base: &[u8], delta: Option<&[u8]>) -> bool {
    let Ok((shard, hash)) = open_shard(SHARD, base, delta) else { return false };
    let indices: Vec<u32> = shard.set().iter().collect();
    let again = StatusSet::from_sorted(shard.set().size(), &indices).expect("ascending, below the size");
    assert_eq!(&again, shard.set(), "one set has one encoding");
    assert_eq!(indices.len(), shard.set().len());
    for index in indices.iter().step_by(1 + indices.len() / 64) {
        assert!(shard.set().contains(u64::from(*index)));
    }
    let between = indices.windows(2).filter(|pair| pair[0] + 1 < pair[1]).step_by(1 + indices.len() / 64);
    assert!(between.into_iter().all(|pair| !shard.set().contains(u64::from(pair[0]) + 1)));
    answers(&shard);
    // What optional labels a rule may have is lost on the way, and only that.
    let rewritten = encode_base(shard.header(), SHARD, shard.set(), shard.rules()).expect("encodes");
    let (reread, rehashed) = open_shard(SHARD, &rewritten, None).expect("opens again");
    assert_eq!((reread.set(), reread.rules()), (shard.set(), shard.rules()));
    assert!(rehashed == hash || !shard.rules().is_empty(), "equal sets, equal hashes");
    true
}

fn answers(shard: &Shard) {
    for rule in shard.rules() {
        let lots: Vec<&str> = rule.lot.as_deref().into_iter().collect();
        let issued_at = rule.issued.map_or(NOW, |(from, _)| from);
        let subject = StatusSubject { index: 0, kid: &rule.kid, issued_at, lots: &lots };
        assert!(rule.applies(&subject), "a rule that revokes nothing");
        assert!(matches!(shard.answer(&subject), StatusAnswer::Revoked { reason: Some(_), at: Some(_) }));
    }
}

fn withdrawals(payload: &[u8]) -> bool {
    let Ok(list) = open_withdrawals(LIST, payload) else { return false };
    let again = Withdrawals::new(list.header.clone(), LIST, &list.source, list.groups().to_vec()).expect("a list");
    assert_eq!(again, list, "one list has one order");
    assert_eq!(open_withdrawals(LIST, &again.encode()), Ok(again));
    let message = Withdrawable::Hc1 {
        kid: &[1; 8],
        uci: Some("URN:UVCI:01:XX:EXAMPLE"),
        country: Some("XX"),
        algorithm: Algorithm::Es256,
        signature: &[9; 64],
    };
    let card = Withdrawable::Shc { iss: "https://example.org", kid: &[2; 32], rid: "a", nbf: NOW };
    for what in [message, card] {
        assert!(list.covers(&what) || !list.holds(&what), "withdrawn by a list about others");
    }
    true
}

fn request(file: &[u8]) -> bool {
    let Ok((request, signer)) = Request::open(file, REPOSITORY, &[KEY.verifying_key().clone()]) else { return false };
    assert_eq!(signer, 0);
    let again = request.sign(&*KEY).expect("signs");
    assert_eq!(Request::open(&again, REPOSITORY, &[KEY.verifying_key().clone()]), Ok((request, 0)));
    true
}

fn rules() -> Vec<Rule> {
    let reason = RevocationReason::Withdrawn;
    let rule = |issued: Option<(UnixTime, UnixTime)>, lot: Option<&str>| Rule {
        kid: [7; 32],
        issued,
        lot: lot.map(str::to_owned),
        reason,
        at: NOW,
    };
    vec![rule(Some((NOW, NOW.plus(60))), None), rule(None, Some("EX0001"))]
}

fn groups() -> Vec<WithdrawalGroup> {
    let hc1 = |kid: &[u8], entries| WithdrawalGroup { kid: kid.to_vec(), iss: None, entries };
    vec![
        hc1(&[], Withdrawn::Uci(vec![short_hash(&[b"URN:UVCI:01:XX:EXAMPLE"])])),
        hc1(&[1; 8], Withdrawn::CountryUci(vec![[3; 16], [4; 16]])),
        hc1(&[1; 8], Withdrawn::Signature(vec![short_hash(&[&[9; 32]])])),
        WithdrawalGroup {
            kid: vec![2; 32],
            iss: Some("https://example.org".to_owned()),
            entries: Withdrawn::Rid(vec![("a".to_owned(), Some(NOW.plus(1))), ("b".to_owned(), None)]),
        },
        WithdrawalGroup {
            kid: vec![3; 32],
            iss: None,
            entries: Withdrawn::Serial(RevokedSerials {
                made: NOW,
                next: Some(NOW.plus(60)),
                serials: vec![vec![1], vec![0xff, 0x7f]],
            }),
        },
    ]
}

/// The seeds of the target.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let after = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    let changed = set(&(0..SIZE as u32).step_by(101).collect::<Vec<_>>());
    let dense = set(&(0..SIZE as u32).step_by(2).collect::<Vec<_>>());
    let base = |set: &StatusSet, rules: &[Rule]| encode_base(&header(1), SHARD, set, rules).expect("encodes");
    let delta = encode_delta(&header(2), SHARD, (&BASE.0, &[]), (&changed, &rules())).expect("encodes");
    let withdrawals = Withdrawals::new(header(1), LIST, "fuzzing", groups()).expect("a list").encode();
    let request = Request {
        header: header(1),
        revoke: BTreeMap::from([(1, vec![3, 70]), (300, vec![1])]),
        reinstate: BTreeMap::from([(1, vec![4])]),
        add: rules(),
        lift: Vec::new(),
        reason: RevocationReason::Compromised,
    };
    // One index of 4,096: eleven low bits and a one.
    let five = [5, 0, 1];
    vec![
        ("base", after(0, &base(&BASE.0, &rules()))),
        ("base-dense", after(0, &base(&dense, &[]))),
        ("base-empty", after(0, &base(&set(&[]), &[]))),
        ("delta", after(1, &delta)),
        ("withdrawals", after(2, &withdrawals)),
        ("request", after(3, &request.encode().expect("encodes"))),
        ("request-signed", after(4, &request.sign(&*KEY).expect("signs"))),
        ("data", after(5, &[&[0, 16, 0, 0, 0, 1][..], &five].concat())),
        ("data-delta", after(6, &[&[0, 0, 1, 0, 0, 1][..], &five, &[97, 0, 1]].concat())),
    ]
}
