//! The published snapshot of the VCI directory, through the importer that `tegata-trust import vci` uses: the
//! counts that its `expected.json` states, its signature, and every key and withdrawal found again in lists that
//! a verifier loads.

mod lists;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tegata_certificate::UnixTime;
use tegata_tests::vectors::{self, Tally, base64url};
use tegata_trust_lists::KeyEntry;
use tegata_trust_lists::import::{
    ImportError, Imported, Input, InputFile, ListKind, ListSigner, Observation, Outcome, Policy,
};

#[test]
fn the_published_vci_directory_imports_to_its_stated_counts() {
    let Some(folder) = vectors::family("vci") else { return };
    let snapshot = Snapshot::read(&folder);
    let expected = vectors::json(&folder.join("expected.json"));
    vectors::finish("vci", vec![counts(&snapshot, &expected), signature(&snapshot), lists::all(&snapshot)]);
}

/// The files, and the certificate of whoever signs them.
struct Snapshot {
    files: Vec<InputFile>,
    signer: ListSigner,
    made: UnixTime,
}

impl Snapshot {
    fn read(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).expect("a file of the family");
        let names = ["vci_snapshot.json", "vci_snapshot.sig", "vci-issuers-metadata.json"];
        let files = names.map(|name| InputFile { name: name.to_owned(), bytes: read(name) }).to_vec();
        let signer = ListSigner::parse(&read("vci_snapshot.crt")).expect("a certificate");
        let time = vectors::json(&folder.join(names[0]));
        let made = time["time"].as_str().and_then(UnixTime::parse).expect("a time");
        Self { files, signer, made }
    }

    fn import(&self, files: &[InputFile], policy: &Policy) -> Result<Imported, ImportError> {
        let input = Input { files, signer: Some(&self.signer), country: None, iss: None, anchors: &[], policy };
        ListKind::Vci.read(&input)
    }

    /// Imported at the moment when it was made.
    fn imported(&self, dead_after: i64) -> Imported {
        let policy = Policy { dead_after, ..Policy::new(self.made) };
        self.import(&self.files, &policy).expect("imports")
    }
}

fn iss(key: &KeyEntry) -> &str {
    key.iss().expect("a health card key has an exact issuer")
}

fn counts(snapshot: &Snapshot, expected: &Value) -> Tally {
    let mut tally = Tally::new("counts");
    let imported = snapshot.imported(i64::MAX / 4);
    let keys: Vec<&KeyEntry> = imported.keys.iter().map(|key| &key.entry).collect();
    let report = &imported.report;

    let with_keys: BTreeSet<&str> = keys.iter().map(|key| iss(key)).collect();
    let ignoring_case: BTreeSet<String> = with_keys.iter().map(|iss| iss.to_lowercase()).collect();
    let mut sharing: BTreeMap<[u8; 32], BTreeSet<&str>> = BTreeMap::new();
    for key in &keys {
        sharing.entry(key.shc_kid()).or_default().insert(iss(key));
    }
    let most_sharers = sharing.values().map(BTreeSet::len).max().expect("keys");
    let silent = report.observed(Observation::NoKeys);
    let issuers = with_keys.len() as u64 + silent;
    let withdrawing: BTreeSet<_> = imported.withdrawals.iter().filter_map(|group| group.iss.as_deref()).collect();
    let withdrawn: usize = imported.withdrawals.iter().map(|group| group.entries.len()).sum();
    let unseen_for = |seconds| snapshot.imported(seconds).report.observed(Observation::DeadIssuerKept);
    let midnight = snapshot.made.date().expect("a date").start();
    let new_year = UnixTime::parse("2026-01-01T00:00:00Z").expect("a time");

    let found = [
        ("issuers", issuers),
        ("distinct_iss", issuers),
        ("iss_equal_ignoring_case", (with_keys.len() - ignoring_case.len()) as u64),
        ("keys", keys.len() as u64),
        ("distinct_kids", sharing.len() as u64),
        ("kids_at_several_issuers", sharing.values().filter(|sharers| sharers.len() > 1).count() as u64),
        ("kid_is_thumbprint", report.total() - report.count(Outcome::KidMismatch)),
        ("keys_with_x5c", report.observed(Observation::ChainIgnored)),
        ("keys_with_crlVersion", report.observed(Observation::WithdrawalsPublished)),
        ("issuers_with_crls", withdrawing.len() as u64),
        ("crl_files", imported.withdrawals.len() as u64),
        ("revoked_rids", withdrawn as u64),
        ("issuers_without_keys", silent),
        ("issuers_with_canonical_iss", report.observed(Observation::OtherName)),
        ("retrieved_on_snapshot_day", issuers - unseen_for(snapshot.made.0 - midnight.0)),
        ("retrieved_before_2026", unseen_for(snapshot.made.0 - new_year.0)),
    ];
    for (name, found) in found {
        let wanted = &expected[name];
        let held = *wanted == found;
        tally.outcome(name, if held { Ok(()) } else { Err(format!("{found}, not {wanted}")) });
    }
    tally.check("time", expected["time"].as_str().and_then(UnixTime::parse) == imported.as_of);
    let most = &expected["most_shared_kid"];
    // Two kids are shared by as many; one of them is named.
    let named = most["kid"].as_str().and_then(base64url).and_then(|kid| sharing.get(kid.as_slice()));
    tally.check("most_shared_kid", named.is_some_and(|sharers| sharers.len() == most_sharers));
    tally.check("most_shared_kid issuers", most["issuers"] == most_sharers);
    tally.skip_many("stated in words or of no concern: the signature's kind, the names of key members", 2);
    tally
}

/// The signature holds over exactly the bytes that were published, under exactly that certificate.
fn signature(snapshot: &Snapshot) -> Tally {
    let mut tally = Tally::new("signature");
    let policy = Policy::new(snapshot.made);
    tally.outcome("as published", snapshot.import(&snapshot.files, &policy).map(drop));
    // Each flip costs a check of a signature over 0.7 MB.
    const FLIPS: usize = 48;
    for (file, name) in [(0, "snapshot"), (1, "signature")] {
        let length = snapshot.files[file].bytes.len();
        for place in (0..length).step_by(length.div_ceil(FLIPS)) {
            let mut files = snapshot.files.clone();
            files[file].bytes[place] ^= 1 << (place % 8);
            let refused = snapshot.import(&files, &policy).err() == Some(ImportError::Signature);
            tally.check(format!("{name} with byte {place} changed"), refused);
        }
    }
    let mut longer = snapshot.files.clone();
    longer[0].bytes.push(b'\n');
    tally.check("a line end more", snapshot.import(&longer, &policy).err() == Some(ImportError::Signature));
    let unsigned = &snapshot.files[..1];
    tally.check("without signature", snapshot.import(unsigned, &policy).err() == Some(ImportError::Unsigned));
    let later = Policy::new(UnixTime::parse("2032-03-15T00:00:00Z").expect("a time"));
    let ended = snapshot.import(&snapshot.files, &later).err() == Some(ImportError::SignerExpired);
    tally.check("after the certificate's end", ended);
    tally
}
