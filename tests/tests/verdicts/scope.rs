//! Every listed key × every family, country and kind outside its scope is refused, and inside it is not.

use crate::desk::{DAY, Desk, NOW, Office, compact, country, eu_claims, now};
use tegata_certificate::{Format, Kind, StatusIndex, UnixTime};
use tegata_keys::KeyType;
use tegata_trust_lists::{Authority, KeyState, RevocationReason};

/// Every subset of some values that is not empty.
fn subsets<T: Copy>(values: &[T]) -> Vec<Vec<T>> {
    (1..1 << values.len())
        .map(|bits| values.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, value)| *value).collect())
        .collect()
}

#[test]
fn a_key_signs_exactly_its_families_countries_and_kinds() {
    let mut checked = 0;
    for formats in subsets(&[Format::Compact, Format::EuDcc, Format::Icvp]) {
        for kinds in subsets(&Kind::ALL) {
            for countries in subsets(&[country("DE"), country("JP")]) {
                let office = Office::new(KeyType::P256);
                let mut desk = Desk::new();
                let entry = desk.list(&office, &formats);
                entry.kinds.clone_from(&kinds);
                entry.authority = Authority::Countries(countries.clone());
                let range = entry.ranges[0];
                let verifier = desk.verifier();

                let inside = formats.contains(&Format::Compact) && kinds.contains(&Kind::Vaccination);
                let text = office.sign(&compact(StatusIndex { shard: range.shard, index: range.to - 1 }));
                let (outcome, reason) = now(&verifier, &text);
                assert_eq!(
                    outcome,
                    if inside { "valid" } else { "not-valid" },
                    "compact {formats:?} {kinds:?} {reason:?}"
                );

                for kind in Kind::ALL {
                    for iss in [Some("JP"), Some("DE"), Some("FR"), None] {
                        let named = iss.is_none_or(|iss| countries.contains(&country(iss)));
                        let inside = formats.contains(&Format::EuDcc) && kinds.contains(&kind) && named;
                        let text = office.sign_claims(Format::EuDcc, &eu_claims(kind, iss));
                        let (outcome, reason) = now(&verifier, &text);
                        let expected = if inside { "valid" } else { "not-valid" };
                        assert_eq!(
                            outcome, expected,
                            "eu-dcc {kind:?} {iss:?} under {formats:?} {kinds:?} {countries:?}: {reason:?}"
                        );
                        checked += 1;
                    }
                }
            }
        }
    }
    assert_eq!(checked, 7 * 7 * 3 * 12);
}

#[test]
fn each_part_of_a_scope_has_its_own_reason() {
    let office = Office::new(KeyType::P256);
    let text = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("JP")));
    let judge = |change: fn(&mut tegata_trust_lists::KeyEntry)| {
        let mut desk = Desk::new();
        let key = desk.list(&office, &[Format::EuDcc, Format::Icvp]);
        key.diseases = vec!["840539006".into()];
        change(key);
        now(&desk.verifier(), &text)
    };
    assert_eq!(judge(|_| {}), ("valid", None));
    let refuse = |reason, change| assert_eq!(judge(change), ("not-valid", Some(reason)));
    refuse("format-out-of-scope", |key| key.formats = vec![Format::Icvp]);
    refuse("kind-out-of-scope", |key| key.kinds = vec![Kind::Test, Kind::Recovery]);
    refuse("country-out-of-scope", |key| key.authority = Authority::Countries(vec![country("DE")]));
    refuse("country-out-of-scope", |key| key.authority = Authority::Iss("https://issuer.example".into()));
    refuse("disease-out-of-scope", |key| key.diseases = vec!["16541001".into()]);
    refuse("outside-signing-window", |key| key.sign_until = NOW.plus(-600));
    refuse("outside-signing-window", |key| key.sign_from = NOW.plus(-599));
    refuse("key-expired", |key| (key.sign_until, key.valid_until) = (NOW.plus(-1), NOW));
    refuse("life-too-long", |key| key.max_life = Some(100 * DAY + 599));
    refuse("key-revoked", |key| {
        key.state = KeyState::Revoked { at: UnixTime(NOW.0 - 60), reason: RevocationReason::Compromised }
    });
}

#[test]
fn a_retired_key_s_certificates_of_its_window_stay_valid() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::EuDcc]).state = KeyState::Retired;
    let text = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("JP")));
    assert_eq!(now(&desk.verifier(), &text), ("valid", None));
}

#[test]
fn a_status_index_outside_the_key_s_ranges_is_refused() {
    let (office, other) = (Office::new(KeyType::Ed25519), Office::new(KeyType::Ed25519));
    let mut desk = Desk::new();
    let range = desk.list(&office, &[Format::Compact]).ranges[0];
    let of_other = desk.list(&other, &[Format::Compact]).ranges[0];
    let verifier = desk.verifier();
    let at = |shard, index| now(&verifier, &office.sign(&compact(StatusIndex { shard, index })));
    assert_eq!(at(range.shard, range.from), ("valid", None));
    assert_eq!(at(range.shard, range.to - 1), ("valid", None));
    let refused = ("not-valid", Some("status-out-of-range"));
    assert_eq!(at(range.shard, range.to), refused);
    assert_eq!(at(of_other.shard, of_other.from), refused);
    assert_eq!(at(range.shard + 1, range.from), refused);
    assert_eq!(at(u64::MAX, u64::MAX), refused);
}

#[test]
fn of_two_keys_with_one_short_identifier_each_is_tried_under_its_own_scope() {
    // The identifier of a message is eight bytes: lists may hold another country's key with the same ones.
    let (mine, theirs) = (Office::new(KeyType::P256), Office::new(KeyType::P256));
    let mut desk = Desk::new();
    let kid = mine.identity().kid;
    desk.list(&mine, &[Format::EuDcc]);
    let entry = desk.list(&theirs, &[Format::EuDcc]);
    entry.authority = Authority::Countries(vec![country("DE")]);
    entry.hint = kid.first_chunk().copied();
    let verifier = desk.verifier();
    let text = mine.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("JP")));
    assert_eq!(now(&verifier, &text), ("valid", None));
    let text = mine.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("DE")));
    assert_eq!(now(&verifier, &text), ("not-valid", Some("country-out-of-scope")));
}
