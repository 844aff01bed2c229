//! Status lists and requests are what the published CDDL says.

use std::collections::BTreeMap;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyType, PrivateKey};
use tegata_trust_lists::{
    Header, Request, RevocationReason, RevokedSerials, Rule, StatusSet, WithdrawalGroup, Withdrawals, Withdrawn,
    encode_base, encode_delta,
};

const NOW: UnixTime = UnixTime(1_767_225_600);

fn conforms(rule: &str, bytes: &[u8]) -> Result<(), String> {
    let cddl = include_str!("../vc-trust.cddl");
    // The first rule of a CDDL text is the one that counts.
    cddl::validate_cbor_from_slice(&format!("start = {rule}\n{cddl}"), bytes, None).map_err(|error| error.to_string())
}

fn header(version: u64) -> Header {
    Header { version, issued_at: NOW, expires_at: NOW.plus(86_400), repository_id: "example.jp/test".to_owned() }
}

fn rules() -> Vec<Rule> {
    let (issued, lot) = (Some((NOW, NOW.plus(60))), Some("EX0001".to_owned()));
    let reason = RevocationReason::Compromised;
    let rule = |issued, lot| Rule { kid: [7; 32], issued, lot, reason, at: NOW };
    vec![rule(issued, None), rule(None, lot.clone()), rule(issued, lot)]
}

#[test]
fn bases_deltas_withdrawals_and_requests_are_what_the_published_cddl_says() {
    let [empty, few, more] =
        [&[][..], &[1, 5], &[1, 6, 900]].map(|indices| StatusSet::from_sorted(1000, indices).expect("a set"));
    let bare = encode_base(&header(1), 0, &empty, &[]).expect("encodes");
    let base = encode_base(&header(1), 300, &few, &rules()).expect("encodes");
    let delta = encode_delta(&header(2), 300, (&few, &rules()), (&more, &rules()[1..])).expect("encodes");
    let groups = vec![
        WithdrawalGroup { kid: vec![], iss: None, entries: Withdrawn::Uci(vec![]) },
        WithdrawalGroup { kid: vec![1; 8], iss: None, entries: Withdrawn::Signature(vec![[3; 16], [4; 16]]) },
        WithdrawalGroup {
            kid: vec![2; 32],
            iss: Some("https://example.org".to_owned()),
            entries: Withdrawn::Rid(vec![("a".to_owned(), None), ("b".to_owned(), Some(NOW))]),
        },
        WithdrawalGroup {
            kid: vec![3; 32],
            iss: None,
            entries: Withdrawn::Serial(RevokedSerials { made: NOW, next: None, serials: vec![vec![0]] }),
        },
        WithdrawalGroup {
            kid: vec![4; 32],
            iss: None,
            entries: Withdrawn::Serial(RevokedSerials {
                made: NOW,
                next: Some(NOW.plus(60)),
                serials: vec![vec![1], vec![2; 20]],
            }),
        },
    ];
    let withdrawals = Withdrawals::new(header(1), 3, "the other network", groups).expect("a list").encode();
    let request = Request {
        header: header(1),
        revoke: BTreeMap::from([(0, vec![1, 2]), (300, vec![3])]),
        reinstate: BTreeMap::from([(0, vec![5])]),
        add: rules(),
        lift: rules()[..1].to_vec(),
        reason: RevocationReason::Withdrawn,
    };
    let bare_request =
        Request { revoke: BTreeMap::new(), reinstate: BTreeMap::new(), add: vec![], lift: vec![], ..request.clone() };
    let key = PrivateKey::generate(KeyType::Ed25519).expect("random");
    let payload = request.encode().expect("encodes");
    for (rule, bytes) in [
        ("status-list", &bare),
        ("status-list", &base),
        ("status-list", &delta),
        ("withdrawal-list", &withdrawals),
        ("request", &payload),
        ("request", &bare_request.encode().expect("encodes")),
        ("signed-list", &request.sign(&key).expect("signs")),
    ] {
        conforms(rule, bytes).unwrap_or_else(|error| panic!("{rule}: {error}"));
    }
    for (rule, bytes) in [("status-list", &withdrawals), ("withdrawal-list", &base), ("request", &base)] {
        assert!(conforms(rule, bytes).is_err(), "the schema tells {rule} from others");
    }
}
