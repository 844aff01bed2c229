//! Every check that the published vectors of the EU Digital COVID Certificate define.
//!
//! The folder's manifest says which files there are; `known-broken.tsv` beside the data says which
//! checks contradict themselves. Neither is repeated here.

mod dcc;
mod flags;
mod lists;
mod read_back;
mod revocation;
mod written_back;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tegata_certificate::eu_dcc::schema;
use tegata_tests::vectors::{self, Manifest, Tally, cbor_of_json};

#[test]
fn every_check_of_the_published_eu_dcc_vectors_holds() {
    let Some(folder) = vectors::family("eu-dcc") else { return };
    let manifest = Manifest::read(&folder);
    let mut tallies = vec![files(&manifest)];
    tallies.extend(flags::all(&manifest, &known_broken(&manifest)));
    tallies.push(read_back::texts(&manifest));
    tallies.push(read_back::pictures(&manifest));
    tallies.push(written_back::all(&manifest));
    tallies.push(schema_cases(&manifest));
    tallies.push(releases(&manifest));
    tallies.push(revocation::all(&manifest));
    tallies.push(lists::all(&manifest));
    vectors::finish("eu-dcc", tallies);
}

/// File and flag of the checks that the vectors get wrong themselves, with the reason.
pub type KnownBroken = BTreeMap<(String, String), String>;

fn known_broken(manifest: &Manifest) -> KnownBroken {
    let rows = vectors::rows(&manifest.path("known-broken.tsv"));
    let row = |row: Vec<String>| match row.as_slice() {
        [file, flag, reason, ..] => ((file.clone(), flag.clone()), reason.clone()),
        _ => panic!("a row of known-broken.tsv with too few columns"),
    };
    rows.into_iter().map(row).collect()
}

/// Whether the data is the data that the manifest speaks of.
fn files(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("MANIFEST");
    for entry in manifest.entries() {
        let held = std::fs::read(manifest.path(&entry.name)).is_ok_and(|bytes| {
            let digest = vectors::hex(&entry.sha256);
            bytes.len() as u64 == entry.length && digest.as_deref() == Some(Sha256::digest(&bytes).as_slice())
        });
        tally.check(&entry.name, held);
    }
    tally
}

fn schema_cases(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("schema-cases");
    for (below, wanted) in [("schema-cases/valid", true), ("schema-cases/invalid", false)] {
        for name in manifest.below(below, "json") {
            let payload = cbor_of_json(&vectors::json(&manifest.path(name)));
            let found = schema::findings(&vectors::as_read(&payload));
            let held = schema::is_valid(&found) == wanted;
            tally.outcome(name, if held { Ok(()) } else { Err(format!("{found:?}")) });
        }
    }
    tally
}

/// Every release that has a published schema must be known by its name.
fn releases(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("schema");
    for name in manifest.below("schema", "json") {
        let release = name.trim_start_matches("schema/").trim_end_matches(".json");
        tally.check(name, schema::Release::from_name(release).is_some());
    }
    tally
}
