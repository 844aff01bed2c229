//! A source that is imported again: replaced, and nothing of it forgotten.

use crate::{NOW, Scene, country, jwk, p256};
use serde_json::json;
use tegata_certificate::UnixTime;
use tegata_keys::PrivateKey;
use tegata_trust_lists::import::{Imported, ListKind, Outcome};
use tegata_trust_lists::publish::{Draft, DraftImport, MergeError, Merged};
use tegata_trust_lists::{KeyEntry, KeyState, RevocationReason};

const DAY: i64 = 86_400;

/// A VCI directory of one key an issuer, made so many days after `NOW`.
fn directory(keys: &[(&str, &PrivateKey)], day: i64) -> Imported {
    let made = NOW.plus(day * DAY);
    let info = |(name, key): &(&str, &PrivateKey)| {
        let iss = format!("https://example.org/{}", name.trim_end_matches(" (renamed)"));
        json!({ "issuer": { "iss": iss, "name": name }, "keys": [jwk(key)], "lastRetrieved": made.to_string() })
    };
    let infos: Vec<_> = keys.iter().map(info).collect();
    let mut scene = Scene::of(&[json!({ "time": made.to_string(), "issuerInfo": infos })]);
    scene.policy.now = made;
    scene.read(ListKind::Vci).expect("imports")
}

fn merge(draft: &mut Draft, source: &str, mut imported: Imported, day: i64) -> Result<Merged, MergeError> {
    let now = NOW.plus(day * DAY);
    let record = DraftImport::new(source, "vci", [b"file".as_slice()].into_iter(), now);
    draft.merge(&mut imported, record, false, now)
}

fn state(draft: &Draft, iss: &str) -> Option<KeyState> {
    let keys = draft.lists().expect("lists").keys;
    keys.iter().find(|key| key.iss().is_some_and(|own| own.ends_with(iss))).map(|key| key.state)
}

fn revoked(day: i64) -> Option<KeyState> {
    Some(KeyState::Revoked { at: NOW.plus(day * DAY), reason: RevocationReason::Withdrawn })
}

#[test]
fn an_absent_key_is_revoked_and_never_vanishes_nor_comes_back() {
    let (a, b) = (p256(), p256());
    let mut draft = Draft::new("DEMO/imports");
    let merged = merge(&mut draft, "vci", directory(&[("a", &a), ("b", &b)], 0), 0).expect("merges");
    assert_eq!((merged.added, merged.withdrawn), (2, 0));
    let merged = merge(&mut draft, "vci", directory(&[("a", &a)], 1), 1).expect("merges");
    assert_eq!((merged.changed, merged.withdrawn), (1, 1), "the window of the other moved on");
    assert_eq!((state(&draft, "/a"), state(&draft, "/b")), (Some(KeyState::Active), revoked(1)));
    let merged = merge(&mut draft, "vci", directory(&[("a", &a), ("b", &b)], 2), 2).expect("merges");
    assert_eq!((merged.still_revoked, state(&draft, "/b")), (1, revoked(1)));
    // What nothing could be valid of any more is taken out.
    let end = draft.lists().expect("lists").keys.iter().map(|key| key.valid_until).max().expect("keys");
    let day = (end.0 - NOW.0) / DAY + 1;
    let merged = merge(&mut draft, "vci", directory(&[], day), day).expect("merges");
    assert_eq!((merged.removed, draft.lists().expect("lists").keys.len()), (2, 0));
}

#[test]
fn a_list_that_lacks_most_of_what_it_had_is_refused() {
    let keys: Vec<_> = (0..20).map(|number| (number.to_string(), p256())).collect();
    let listed = |count: usize| {
        let keys: Vec<_> = keys.iter().take(count).map(|(name, key)| (name.as_str(), key)).collect();
        directory(&keys, 0)
    };
    let mut draft = Draft::new("DEMO/imports");
    merge(&mut draft, "vci", listed(20), 0).expect("merges");
    let before = draft.clone();
    assert_eq!(merge(&mut draft, "vci", listed(14), 1), Err(MergeError::ManyWithdrawn { absent: 6, listed: 20 }));
    assert_eq!(draft, before, "nothing of it is taken");
    assert_eq!(merge(&mut draft, "vci", listed(15), 1).map(|merged| merged.withdrawn), Ok(5));
    let mut told = listed(0);
    let record = DraftImport::new("vci", "vci", [].into_iter(), NOW);
    let merged = draft.merge(&mut told, record, true, NOW.plus(DAY)).expect("the operator said so");
    assert_eq!(merged.withdrawn, 15);
}

#[test]
fn an_older_list_and_another_kind_under_the_name_are_refused() {
    let key = p256();
    let mut draft = Draft::new("DEMO/imports");
    merge(&mut draft, "vci", directory(&[("a", &key)], 5), 5).expect("merges");
    let older = merge(&mut draft, "vci", directory(&[("a", &key)], 4), 6);
    assert_eq!(older, Err(MergeError::Older { as_of: NOW.plus(5 * DAY).to_string() }));
    let mut undated = directory(&[("a", &key)], 5);
    undated.as_of = None;
    assert!(matches!(merge(&mut draft, "vci", undated, 6), Err(MergeError::Older { .. })));
    let record = DraftImport::new("vci", "gateway", [].into_iter(), NOW);
    let other = draft.merge(&mut directory(&[("a", &key)], 6), record, false, NOW.plus(6 * DAY));
    assert_eq!(other, Err(MergeError::OtherKind { name: "vci".to_owned(), kind: "vci".to_owned() }));
    merge(&mut draft, "vci", directory(&[("a", &key)], 5), 6).expect("the same list again");
}

#[test]
fn a_renamed_issuer_keeps_its_keys_and_a_retired_key_stays_retired() {
    let key = p256();
    let mut draft = Draft::new("DEMO/imports");
    merge(&mut draft, "vci", directory(&[("a", &key)], 0), 0).expect("merges");
    draft.keys_mut("").into_iter().for_each(|key| key.set_state(KeyState::Retired));
    let merged = merge(&mut draft, "vci", directory(&[("a (renamed)", &key)], 1), 1).expect("merges");
    assert_eq!((merged.added, merged.changed, merged.withdrawn), (0, 1, 0));
    assert_eq!(state(&draft, "/a"), Some(KeyState::Retired));
    assert_eq!(draft.issuers.len(), 1);
}

#[test]
fn a_key_of_two_sources_is_listed_once_and_each_source_minds_its_own() {
    let (shared, own) = (p256(), p256());
    let mut draft = Draft::new("DEMO/imports");
    merge(&mut draft, "first", directory(&[("a", &shared)], 0), 0).expect("merges");
    let mut second = directory(&[("a", &shared), ("b", &own)], 0);
    let record = DraftImport::new("second", "vci", [].into_iter(), NOW);
    let merged = draft.merge(&mut second, record, false, NOW).expect("merges");
    assert_eq!((merged.added, second.report.count(Outcome::Duplicate), second.keys.len()), (1, 1, 1));
    let merged = merge(&mut draft, "second", directory(&[("b", &own)], 1), 1).expect("merges");
    assert_eq!(
        (merged.withdrawn, state(&draft, "/a")),
        (0, Some(KeyState::Active)),
        "not the second one's to withdraw"
    );
    let notes: Vec<_> = draft.lists().expect("lists").keys.into_iter().filter_map(|key| key.source).collect();
    assert_eq!(notes, ["first 2026-01-01, unsigned", "second 2026-01-02, unsigned"]);
}

#[test]
fn a_fifth_key_behind_one_short_identifier_is_counted_and_left_out() {
    let mut imported = directory(&[], 0);
    for _ in 0..6 {
        let mut key = directory(&[("a", &p256())], 0).keys.remove(0);
        key.entry = KeyEntry {
            formats: vec![tegata_certificate::Format::EuDcc],
            authority: tegata_trust_lists::Authority::Countries(vec![country("DE")]),
            hint: Some([9; 8]),
            ..key.entry
        };
        imported.push("a key", Ok(key));
    }
    let mut draft = Draft::new("DEMO/imports");
    let record = DraftImport::new("vci", "vci", [].into_iter(), NOW);
    let merged = draft.merge(&mut imported, record, false, UnixTime(NOW.0)).expect("merges");
    assert_eq!(
        (merged.added, imported.report.count(Outcome::Crowded), imported.report.count(Outcome::Taken)),
        (4, 2, 4)
    );
}
