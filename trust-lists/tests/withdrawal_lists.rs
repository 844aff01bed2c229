//! Foreign withdrawal lists: what they hold, and of whom.

use tegata_certificate::cbor::Writer;
use tegata_certificate::{Algorithm, UnixTime};
use tegata_trust_lists::{
    Header, RevokedSerials, Role, TrustError, Withdrawable, WithdrawalGroup, Withdrawals, Withdrawn, open_withdrawals,
    short_hash,
};

const NOW: UnixTime = UnixTime(1_767_225_600);
const LIST: u64 = 3;
const KID: [u8; 8] = [1; 8];
const UVCI: &str = "URN:UVCI:01:XX:EXAMPLE#7";

fn header() -> Header {
    Header { version: 1, issued_at: NOW, expires_at: NOW.plus(86_400), repository_id: "example.jp/test".to_owned() }
}

fn list(groups: Vec<WithdrawalGroup>) -> Withdrawals {
    let list = Withdrawals::new(header(), LIST, "the other network, 2026-01-01", groups).expect("a list");
    let read = open_withdrawals(LIST, &list.encode()).expect("opens");
    assert_eq!(read, list);
    read
}

fn hc1(kid: &[u8], entries: Withdrawn) -> WithdrawalGroup {
    WithdrawalGroup { kid: kid.to_vec(), iss: None, entries }
}

fn shc(iss: &str, rids: &[(&str, Option<UnixTime>)]) -> WithdrawalGroup {
    let rids = rids.iter().map(|(rid, before)| ((*rid).to_owned(), *before)).collect();
    WithdrawalGroup { kid: vec![2; 32], iss: Some(iss.to_owned()), entries: Withdrawn::Rid(rids) }
}

fn certificate<'a>(kid: &'a [u8], algorithm: Algorithm, signature: &'a [u8]) -> Withdrawable<'a> {
    Withdrawable::Hc1 { kid, uci: Some(UVCI), country: Some("XX"), algorithm, signature }
}

#[test]
fn a_certificate_is_found_by_its_identifier_with_or_without_its_country() {
    let by_uci = list(vec![hc1(&KID, Withdrawn::Uci(vec![short_hash(&[UVCI.as_bytes()])]))]);
    let by_both = list(vec![hc1(&KID, Withdrawn::CountryUci(vec![short_hash(&[b"XX", UVCI.as_bytes()])]))]);
    let ours = certificate(&KID, Algorithm::Es256, &[0; 64]);
    assert!(by_uci.holds(&ours) && by_both.holds(&ours));
    let of = |kid: &'static [u8], uci, country| Withdrawable::Hc1 {
        kid,
        uci,
        country,
        algorithm: Algorithm::Es256,
        signature: &[0; 64],
    };
    assert!(by_uci.holds(&of(&KID, Some(UVCI), None)), "the country is not in that hash");
    assert!(!by_both.holds(&of(&KID, Some(UVCI), Some("XY"))));
    assert!(!by_both.holds(&of(&KID, Some(UVCI), None)));
    assert!(!by_uci.holds(&of(&KID, Some("urn:uvci:01:XX:EXAMPLE#7"), None)), "case matters");
    assert!(!by_uci.holds(&of(&KID, None, Some("XX"))));
    assert!(!by_uci.holds(&of(&[9; 8], Some(UVCI), None)), "another key's");
    assert!(by_uci.covers(&ours) && !by_uci.covers(&of(&[9; 8], Some(UVCI), None)));
}

#[test]
fn an_ecdsa_signature_is_found_however_its_second_half_was_negated_and_an_rsa_one_as_a_whole() {
    let r: Vec<u8> = (0..32).collect();
    let (signature, negated) = ([r.clone(), vec![7; 32]].concat(), [r.clone(), vec![8; 32]].concat());
    let by_r = list(vec![hc1(&KID, Withdrawn::Signature(vec![short_hash(&[&r])]))]);
    assert!(by_r.holds(&certificate(&KID, Algorithm::Es256, &signature)));
    assert!(by_r.holds(&certificate(&KID, Algorithm::Es256, &negated)));
    assert!(!by_r.holds(&certificate(&KID, Algorithm::Ps256, &signature)));
    let whole: Vec<u8> = (0..=255).collect();
    let by_all = list(vec![hc1(&KID, Withdrawn::Signature(vec![short_hash(&[&whole])]))]);
    assert!(by_all.holds(&certificate(&KID, Algorithm::Ps256, &whole)));
    assert!(!by_all.holds(&certificate(&KID, Algorithm::Ps256, &whole[..128])));
    assert!(!by_all.holds(&certificate(&KID, Algorithm::Es256, &[])));
}

#[test]
fn a_group_without_a_key_applies_to_every_key_but_to_no_health_card() {
    let any =
        list(vec![hc1(&[], Withdrawn::Uci(vec![short_hash(&[UVCI.as_bytes()])])), hc1(&KID, Withdrawn::Uci(vec![]))]);
    for kid in [&KID[..], &[9; 8], &[]] {
        let ours = certificate(kid, Algorithm::Es256, &[0; 64]);
        assert!(any.holds(&ours) && any.covers(&ours), "{kid:?}");
    }
    let card = Withdrawable::Shc { iss: "https://example.org", kid: &[2; 32], rid: UVCI, nbf: NOW };
    assert!(!any.holds(&card) && !any.covers(&card));
}

#[test]
fn a_health_card_is_found_by_issuer_key_and_rid_and_by_time_where_the_list_says_so() {
    let iss = "https://example.org/issuer";
    let cards = list(vec![shc(iss, &[("always", None), ("before", Some(NOW))]), shc("https://example.org/empty", &[])]);
    let card = |iss, kid, rid, nbf| cards.holds(&Withdrawable::Shc { iss, kid, rid, nbf });
    assert!(card(iss, &[2; 32], "always", NOW.plus(1 << 30)));
    assert!(card(iss, &[2; 32], "before", NOW.plus(-1)));
    assert!(!card(iss, &[2; 32], "before", NOW), "issued again at that time");
    assert!(!card(iss, &[2; 32], "other", NOW.plus(-1)));
    assert!(!card("https://example.org/Issuer", &[2; 32], "always", NOW));
    assert!(!card(iss, &[3; 32], "always", NOW));
    let empty = Withdrawable::Shc { iss: "https://example.org/empty", kid: &[2; 32], rid: "always", nbf: NOW };
    assert!(cards.covers(&empty) && !cards.holds(&empty), "an empty list says that nothing is withdrawn");
}

fn serials(kid: u8, made: UnixTime, serials: &[&[u8]]) -> WithdrawalGroup {
    let serials = serials.iter().map(|serial| serial.to_vec()).collect();
    let entries = Withdrawn::Serial(RevokedSerials { made, next: Some(made.plus(60)), serials });
    WithdrawalGroup { kid: vec![kid; 32], iss: None, entries }
}

#[test]
fn a_seals_signer_is_found_by_its_authority_and_serial_number_and_only_the_newest_list_counts() {
    let (old, new) = (serials(7, NOW.plus(-1), &[&[1], &[2]]), serials(7, NOW, &[&[3], &[0x80], &[3]]));
    let both = list(vec![new.clone(), old.clone(), serials(8, NOW, &[])]);
    assert_eq!(both.encode(), list(vec![old, serials(8, NOW, &[]), new]).encode());
    let revoked = |authority: u8, serial: &[u8]| both.revoked_serials(&[authority; 32]).map(|list| list.holds(serial));
    assert_eq!(revoked(7, &[3]), Some(true));
    assert_eq!(revoked(7, &[0x80]), Some(true), "a negative number");
    assert_eq!(revoked(7, &[0, 0x80]), Some(false), "its opposite");
    assert_eq!(revoked(7, &[1]), Some(false), "in the older list");
    assert_eq!(revoked(8, &[3]), Some(false), "another authority's");
    assert_eq!(revoked(9, &[3]), None);
    let kept = both.revoked_serials(&[7; 32]).expect("a list");
    assert!(kept.made == NOW && !kept.is_stale(NOW.plus(59)) && kept.is_stale(NOW.plus(60)));
}

#[test]
fn groups_are_joined_sorted_and_freed_of_repetitions_so_that_equal_lists_have_equal_bytes() {
    let hashes = |numbers: &[u8]| numbers.iter().map(|number| [*number; 16]).collect::<Vec<_>>();
    let one = list(vec![
        hc1(&KID, Withdrawn::Uci(hashes(&[3, 1]))),
        shc("https://b", &[("x", Some(NOW)), ("x", Some(NOW.plus(5))), ("a", None), ("a", Some(NOW))]),
        hc1(&KID, Withdrawn::Uci(hashes(&[2, 1]))),
        hc1(&[0; 8], Withdrawn::Signature(hashes(&[1]))),
    ]);
    let other = list(vec![
        shc("https://b", &[("a", Some(NOW)), ("x", Some(NOW.plus(5))), ("a", None)]),
        hc1(&[0; 8], Withdrawn::Signature(hashes(&[1, 1]))),
        hc1(&KID, Withdrawn::Uci(hashes(&[1, 2, 3]))),
    ]);
    assert_eq!(one.encode(), other.encode());
    assert_eq!((one.groups().len(), one.len()), (3, 6));
    let widest = one.groups().iter().find_map(|group| match &group.entries {
        Withdrawn::Rid(rids) => Some(rids.clone()),
        _ => None,
    });
    assert_eq!(widest, Some(vec![("a".to_owned(), None), ("x".to_owned(), Some(NOW.plus(5)))]));
}

#[test]
fn impossible_groups_are_not_written() {
    for group in [
        hc1(&[1; 7], Withdrawn::Uci(vec![])),
        hc1(&[1; 32], Withdrawn::Uci(vec![])),
        hc1(&KID, Withdrawn::Rid(vec![])),
        WithdrawalGroup { kid: vec![2; 8], ..shc("https://a", &[]) },
        WithdrawalGroup { entries: Withdrawn::Uci(vec![]), ..shc("https://a", &[]) },
        shc("", &[]),
        WithdrawalGroup { kid: vec![7; 8], ..serials(7, NOW, &[]) },
        WithdrawalGroup { iss: Some("https://a".to_owned()), ..serials(7, NOW, &[]) },
        serials(7, NOW, &[&[]]),
        serials(7, NOW, &[&[1; 33]]),
        serials(7, UnixTime(-1), &[]),
        shc("https://a", &[("", None)]),
        shc("https://a", &[("no/slash", None)]),
        shc("https://a", &[("longer-than-twenty-four-characters", None)]),
        shc("https://a", &[("x", Some(UnixTime(-1)))]),
    ] {
        let refused = Withdrawals::new(header(), LIST, "somewhere", vec![group.clone()]).err();
        assert_eq!(refused, Some(TrustError::BadWithdrawals { list: LIST, group: 0 }), "{group:?}");
    }
}

/// A list of one group after the header, in its encoding.
fn file(groups: &[&[u8]]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(9);
    for (label, number) in [(1, 3), (2, 1), (3, NOW.0), (4, NOW.0 + 60)] {
        writer.uint(label);
        writer.int(number);
    }
    writer.uint(5);
    writer.text("vc-trust/1");
    writer.uint(6);
    writer.text("example.jp/test");
    writer.uint(11);
    writer.uint(LIST);
    writer.uint(12);
    writer.text("somewhere");
    writer.uint(13);
    writer.array(groups.len());
    groups.iter().for_each(|group| writer.encoded(group));
    writer.into_bytes()
}

#[test]
fn strange_files_are_refused() {
    let bad = |group| Some(TrustError::BadWithdrawals { list: LIST, group });
    let refused = |groups: &[&[u8]]| open_withdrawals(LIST, &file(groups)).err();
    let [hash, twice] = [&[0x50][..], &[0x58, 32]].map(|head| [head, &[1; 32][..16 * head.len()]].concat());
    let group =
        |format: u8, kind: u8, entries: &[u8]| [&[0xa4, 1, format, 2, 0x48][..], &KID, &[4, kind, 5], entries].concat();
    let fine = group(2, 1, &hash);
    assert_eq!(refused(&[&fine]), None);
    assert_eq!(refused(&[&group(2, 1, &[0x40])]), None);
    assert_eq!(refused(&[&fine, &fine]), bad(1), "one place twice");
    assert_eq!(refused(&[&group(2, 2, &[0x40]), &fine]), bad(1), "out of order");
    assert_eq!(refused(&[&group(2, 1, &twice)]), bad(0), "a hash twice");
    assert_eq!(refused(&[&group(2, 1, &[0x41, 1])]), bad(0), "part of a hash");
    assert_eq!(refused(&[&group(4, 1, &hash)]), bad(0), "another family's kind");
    assert_eq!(refused(&[&group(2, 5, &[0x40])]), bad(0), "no such kind");
    assert_eq!(refused(&[&[0x80]]), bad(0));
    let other = open_withdrawals(LIST + 1, &file(&[&fine])).err();
    assert_eq!(other, Some(TrustError::OtherWithdrawals { list: LIST + 1 }));
    let whole = file(&[&fine]);
    for length in 0..whole.len() {
        let cut = open_withdrawals(LIST, &whole[..length]).err();
        assert_eq!(cut, Some(TrustError::Malformed { role: Role::Status }), "cut to {length}");
    }
}
