//! What an import takes of a trust list: every entry is taken, or counted with the reason why not.

use std::collections::BTreeMap;

use serde_json::Value;
use tegata_certificate::{Format, Kind};
use tegata_tests::vectors::{self, Tally};
use tegata_trust_lists::TrustState;
use tegata_trust_lists::import::{Imported, Input, InputFile, ListKind, Outcome, Policy};
use tegata_trust_lists::publish::{DemoRepository, Draft, DraftImport};

use super::Case;

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let id = case.name();
    let document: Value = serde_json::from_slice(&case.bytes()).expect("JSON");
    let entries = document["verificationMethod"].as_array().expect("entries").len() as u64;
    let (strict, lenient) = (import(case, false), import(case, true));
    for imported in [&strict, &lenient] {
        let counts = counts(imported);
        println!("  {id}: {counts:?}");
        tally.check(format!("{id} every entry counted"), counts.values().sum::<u64>() == entries);
    }
    let policy = case.now();
    tally.check(format!("{id} in force"), strict.keys.iter().all(|key| key.entry.valid_until > policy));
    tally.check(format!("{id} no tests"), strict.keys.iter().all(|key| key.issuer.country.name_en().is_some()));
    let references = case.value()["decoded"]["counts"]["references"].as_u64();
    if let Some(references) = references {
        tally.check(format!("{id} references"), strict.report.count(Outcome::Reference) == references);
    }
    if let Some(keys) = case.value()["decoded"]["keys"].as_object() {
        traps(case, keys, &lenient, tally);
    }
}

/// Imports as nobody's list, with tests and what has expired or without.
fn import(case: &Case<'_>, keep: bool) -> Imported {
    let files = [InputFile { name: "list".to_owned(), bytes: case.bytes() }];
    let policy = Policy { unsigned_ok: true, keep_test: keep, keep_expired: keep, ..Policy::new(case.now()) };
    let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    ListKind::Who.read(&input).expect("a document")
}

/// The lists that a verifier holds after such an import: of the document that is named, or none.
pub fn state(case: &Case<'_>, document: Option<&str>) -> TrustState {
    let now = case.now();
    let mut demo = DemoRepository::new("who", now).expect("a repository");
    if let Some(document) = document {
        let files = [InputFile { name: "list".to_owned(), bytes: case.read(document) }];
        let policy = Policy { unsigned_ok: true, keep_test: true, keep_expired: true, ..Policy::new(now) };
        let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
        let mut imported = ListKind::Who.read(&input).expect("a document");
        let mut draft = Draft::new("DEMO/who");
        let record = DraftImport::new("who", "who", [].into_iter(), now);
        draft.merge(&mut imported, record, false, now).expect("nothing else is listed");
        let lists = draft.lists().expect("lists");
        (demo.issuers, demo.keys) = (lists.issuers, lists.keys);
    }
    let (bundle, pin) = demo.publish(now).expect("publishes");
    TrustState::load(&bundle, &pin, now).expect("loads")
}

fn counts(imported: &Imported) -> BTreeMap<&'static str, u64> {
    let all = Outcome::ALL.iter().map(|outcome| (outcome.name(), imported.report.count(*outcome)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// The traps of the constructed list, by the keys that it says it holds.
fn traps(case: &Case<'_>, keys: &serde_json::Map<String, Value>, imported: &Imported, tally: &mut Tally) {
    for (name, key) in keys {
        let kid = vectors::base64(key["kid"].as_str().expect("a kid")).expect("base64");
        let found = imported.keys.iter().find(|imported| imported.entry.kid.starts_with(&kid));
        // E: a curve that may not sign; G: not in the list; H: its authority is not in the list.
        let wanted = !["E-", "G-", "H-"].iter().any(|left_out| name.starts_with(left_out));
        tally.check(format!("{} {name}", case.name()), found.is_some() == wanted);
        let Some(found) = found else { continue };
        let format = if key["domain"] == "DCC" { Format::EuDcc } else { Format::Icvp };
        tally.check(format!("{} {name} format", case.name()), found.entry.formats == [format]);
        let kinds = match name.split_once('-').map_or("", |(_, rest)| rest) {
            "vaccination-only" => vec![Kind::Vaccination],
            "test-only" => vec![Kind::Test],
            _ => found.entry.kinds.clone(),
        };
        tally.check(format!("{} {name} kinds", case.name()), found.entry.kinds == kinds);
        // Whatever the list says: the kid is the certificate's.
        tally.check(format!("{} {name} hint", case.name()), found.entry.hint.is_none());
    }
}
