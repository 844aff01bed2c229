//! Every certificate of every list that the vectors hold: read, with a key that is usable, and signed by one of
//! the list where it says so.

use std::collections::BTreeMap;

use tegata_certificate::x509::{Certificate, PublicKey};
use tegata_tests::vectors::{Index, Tally};
use tegata_trust_lists::import::icao::MasterList;

use super::parsed;

pub fn all(index: &Index) -> Tally {
    let mut tally = Tally::new("certificates");
    let mut keys: BTreeMap<String, u64> = BTreeMap::new();
    let mut algorithms: BTreeMap<String, u64> = BTreeMap::new();
    for case in index.cases().filter(|case| case.text("kind") == "master-list") {
        let trusted = case.trusted("csca");
        let Ok(list) = MasterList::open(&case.bytes(), &parsed(&trusted), case.now()) else { continue };
        let read: Vec<_> = list.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
        let usable: Vec<_> = read.iter().map(|certificate| PublicKey::from_spki(certificate.spki())).collect();
        for (place, certificate) in read.iter().enumerate() {
            let id = format!("{} {place}", case.text("id"));
            let key = usable[place].as_ref().map_err(ToString::to_string);
            *keys.entry(format!("{key:?}")).or_default() += 1;
            let algorithm = certificate.signature_algorithm();
            *algorithms.entry(format!("{algorithm:?}")).or_default() += 1;
            // Link certificates are signed by an older key, which the list may hold no more: then none signs it.
            let named = |other: &&Certificate<'_>| certificate.issuer().means(&other.subject());
            let issuers = read.iter().zip(&usable).filter(|(other, _)| named(other));
            let signed =
                issuers.filter_map(|(_, key)| key.as_ref().ok()).any(|key| certificate.is_signed_by(key).is_ok());
            if signed {
                tally.check(&id, true);
            } else {
                tally.skip("not signed by a key of its list");
                println!("  {id}: {:?} {key:?} {algorithm:?}", certificate.subject().country());
            }
        }
        tally.check(format!("{} all read", case.text("id")), read.len() == list.certificates.len());
    }
    println!("  {keys:?}\n  {algorithms:?}");
    tally
}
