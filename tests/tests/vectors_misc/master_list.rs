//! Lists of CSCAs: verdict, number of certificates, number of countries, and what an import takes.

use std::collections::BTreeSet;

use tegata_certificate::x509::Certificate;
use tegata_tests::vectors::{Case, Tally};
use tegata_trust_lists::import::icao::MasterList;
use tegata_trust_lists::import::{Input, InputFile, ListKind, ListSigner, Outcome, Policy};

use super::{judge, parsed};

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let trusted = case.trusted("csca");
    let opened = MasterList::open(&case.bytes(), &parsed(&trusted), case.now());
    judge(case, tally, opened.as_ref().map(drop).map_err(|error| error.code()));
    if let Ok(list) = opened {
        let id = case.text("id");
        let count = |name: &str| case.expected().get(name).and_then(serde_json::Value::as_u64);
        if let Some(wanted) = count("count") {
            tally.check(format!("{id} count"), list.certificates.len() as u64 == wanted);
        }
        if let Some(wanted) = count("countries") {
            tally.check(format!("{id} countries"), countries(&list) as u64 == wanted);
        }
        imported(case, &list, &trusted, tally);
    }
}

fn countries(list: &MasterList) -> usize {
    let certificates = list.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    let country = |certificate: Certificate<'_>| certificate.subject().country().map(str::to_ascii_uppercase);
    certificates.filter_map(country).collect::<BTreeSet<_>>().len()
}

/// An import loses none of them: each is taken, or counted with the reason why not.
fn imported(case: &Case<'_>, list: &MasterList, trusted: &[Vec<u8>], tally: &mut Tally) {
    let id = case.text("id");
    let signer = trusted.first().map(|der| ListSigner::parse(der).expect("a signer"));
    let files = [InputFile { name: "list".to_owned(), bytes: case.bytes() }];
    let policy = Policy::new(case.now());
    let input =
        Input { files: &files, signer: signer.as_ref(), country: None, iss: None, anchors: &[], policy: &policy };
    let imported = ListKind::MasterList.read(&input).expect("opened already");
    let counts: Vec<_> = Outcome::ALL.iter().map(|outcome| (outcome.name(), imported.report.count(*outcome))).collect();
    let counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    println!("  {id}: {counts:?}");
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    tally.check(format!("{id} every entry counted"), total == list.certificates.len() as u64);
    let taken = imported.report.count(Outcome::Taken);
    tally.check(format!("{id} anchors"), taken > 0 && taken == imported.anchors.len() as u64);
    let live = imported.anchors.iter().all(|anchor| anchor.until > policy.now);
    tally.check(format!("{id} anchors in force"), live);
}
