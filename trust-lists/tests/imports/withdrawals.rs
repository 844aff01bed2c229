//! Withdrawn certificates: what is in force, and what leaves the set.

use crate::{Scene, b64, file};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use tegata_certificate::UnixTime;
use tegata_trust_lists::Withdrawn;
use tegata_trust_lists::import::{ImportError, ListKind, Outcome};
use tegata_trust_lists::publish::DraftWithdrawals;

fn batch(kid: &str, kind: &str, expires: &str, hashes: &[[u8; 16]]) -> Value {
    let entries: Vec<_> = hashes.iter().map(|hash| json!({ "hash": b64(hash) })).collect();
    json!({ "country": "DE", "expires": expires, "kid": kid, "hashType": kind, "entries": entries })
}

const LATER: &str = "2026-06-01T00:00:00Z";

#[test]
fn deleted_and_expired_batches_leave_the_set() {
    let mut scene = Scene::of(&[]);
    scene.files = vec![
        file("a.json", batch("AQIDBAUGBwg=", "UCI", LATER, &[[1; 16], [2; 16]]).to_string()),
        file("b.json", batch("AQIDBAUGBwg=", "SIGNATURE", LATER, &[[3; 16]]).to_string()),
        file("c.json", batch("UNKNOWN_KID", "COUNTRYCODEUCI", LATER, &[[4; 16]]).to_string()),
        file("d.json", batch("AQIDBAUGBwg=", "UCI", "2026-01-01T00:00:00Z", &[[5; 16]]).to_string()),
        file(
            "batches.json",
            json!({ "more": false, "batches": [
            { "batchId": "a", "deleted": false }, { "batchId": "b", "deleted": true } ] })
            .to_string(),
        ),
    ];
    let imported = scene.read(ListKind::EuHashes).expect("imports");
    let kinds: Vec<_> = imported.withdrawals.iter().map(|group| (group.kid.len(), &group.entries)).collect();
    let wanted = [(8, &Withdrawn::Uci(vec![[1; 16], [2; 16]])), (0, &Withdrawn::CountryUci(vec![[4; 16]]))];
    assert_eq!(kinds, wanted);
    let count = |outcome| imported.report.count(outcome);
    assert_eq!((count(Outcome::Taken), count(Outcome::Inactive), count(Outcome::Expired)), (2, 1, 1));
}

#[test]
fn half_a_withdrawal_list_is_none() {
    let good = batch("AQIDBAUGBwg=", "UCI", LATER, &[[1; 16]]);
    let mut wrong = Vec::new();
    for (name, value) in [
        ("kid", json!("AQID")),
        ("kid", Value::Null),
        ("hashType", json!("MD5")),
        ("expires", json!("soon")),
        ("entries", json!([{ "hash": "AAAA" }])),
        ("entries", json!([{}])),
        ("entries", json!({})),
    ] {
        let mut batch = good.clone();
        batch[name] = value;
        wrong.push(batch);
    }
    wrong.push(batch("AQIDBAUGBwg=", "UCI", LATER, &[[1; 16]; 1_001]));
    for bad in wrong {
        let read = Scene::of(&[good.clone(), bad.clone()]).read(ListKind::EuHashes);
        assert!(matches!(read, Err(ImportError::Form(_))), "{bad}");
    }
}

fn crl(rids: &[&str]) -> Value {
    json!({ "kid": Base64UrlUnpadded::encode_string(&[7; 32]), "method": "rid", "ctr": "1", "rids": rids })
}

#[test]
fn a_card_issuers_list_is_taken_for_that_exact_issuer() {
    let mut scene = Scene::of(&[crl(&["YheGzx4ezAE.1643950799", "8dPgHYssT9m5BvaXlTm2Ig"]), crl(&[])]);
    assert!(matches!(scene.read(ListKind::ShcCrl), Err(ImportError::Untold { option: "--iss", .. })));
    scene.iss = Some("https://example.org/a".to_owned());
    let imported = scene.read(ListKind::ShcCrl).expect("imports");
    assert_eq!(imported.withdrawals.len(), 2, "an empty list is a list");
    let group = &imported.withdrawals[0];
    assert_eq!((group.iss.as_deref(), group.kid.as_slice()), (Some("https://example.org/a"), &[7; 32][..]));
    let wanted =
        [("YheGzx4ezAE".to_owned(), Some(UnixTime(1_643_950_799))), ("8dPgHYssT9m5BvaXlTm2Ig".to_owned(), None)];
    assert_eq!(group.entries, Withdrawn::Rid(wanted.to_vec()));
    for rid in ["", "a b", "abc.", "abc.-1", "abc.1x", "abc.9999999999999", ".1", "é", "a.1.2"] {
        scene.files = vec![file("crl.json", crl(&[rid]).to_string())];
        assert!(matches!(scene.read(ListKind::ShcCrl), Err(ImportError::Form(_))), "{rid:?}");
    }
    let mut other = crl(&[]);
    other["method"] = "hash-fhir".into();
    scene.files = vec![file("crl.json", other.to_string())];
    assert!(matches!(scene.read(ListKind::ShcCrl), Err(ImportError::Form(_))), "another way of naming cards");
}

#[test]
fn a_working_file_of_withdrawals_reads_as_it_was_written() {
    let mut scene = Scene::of(&[crl(&["YheGzx4ezAE.1643950799", "8dPgHYssT9m5BvaXlTm2Ig"])]);
    scene.iss = Some("https://example.org/a".to_owned());
    let mut groups = scene.read(ListKind::ShcCrl).expect("imports").withdrawals;
    let kinds = ["UCI", "COUNTRYCODEUCI", "SIGNATURE"];
    let batches: Vec<_> = kinds.iter().map(|kind| batch("UNKNOWN_KID", kind, LATER, &[[1; 16]])).collect();
    groups.extend(Scene::of(&batches).read(ListKind::EuHashes).expect("imports").withdrawals);
    let text = DraftWithdrawals::new(3, "two lists", &groups).to_json().expect("JSON");
    let read = DraftWithdrawals::from_json(&text).expect("reads");
    assert_eq!((read.list, read.source.as_str()), (3, "two lists"));
    assert_eq!(read.groups().expect("groups"), groups);
    for (from, to) in
        [("YheGzx4ezAE.1643950799", "YheGzx4ezAE.x"), ("0101", "01"), ("\"uci\"", "\"md5\""), ("0707", "zz07")]
    {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let understood = DraftWithdrawals::from_json(&changed).and_then(|draft| draft.groups());
        assert!(understood.is_err(), "{from} to {to}");
    }
}
