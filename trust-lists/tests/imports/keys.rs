//! Which keys are taken, and with which scope.

use crate::{NOW, Scene, b64, country, file, jwk, p256, point, signer, spki};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use tegata_certificate::{Format, Kind};
use tegata_keys::{PrivateKey, Signer};
use tegata_trust_lists::Authority;
use tegata_trust_lists::import::{ImportError, ListKind, MAX_IMPORT, Observation, Outcome, Policy};

const KID: &str = "AQIDBAUGBwg=";

fn dutch(key: &PrivateKey, usage: &[&str], country: Value) -> Value {
    json!({ "subjectPk": b64(&spki(key)), "keyUsage": usage, "san": country, "ian": null })
}

#[test]
fn a_dutch_key_signs_its_kinds_for_its_country_and_no_more() {
    let (a, b, c) = (p256(), p256(), p256());
    let list = json!({ "eu_keys": {
        (KID): [dutch(&a, &["v", "r"], "AUT".into()), dutch(&b, &["t"], "AT".into())],
        "AAAAAAAAAAA=": [dutch(&c, &[], "DE".into()), dutch(&c, &["v"], Value::Null), json!({ "keyUsage": ["v"] })],
        "AAAA": [dutch(&c, &["v"], "DE".into())],
    }});
    let imported = Scene::of(&[list]).read(ListKind::Netherlands).expect("imports");
    let [first, second] = imported.keys.as_slice() else { panic!("two keys: {:?}", imported.report) };
    assert_eq!((first.issuer.name_en.as_str(), first.issuer.name_ja.as_str()), ("Austria", "オーストリア"));
    assert_eq!(first.entry.formats, [Format::EuDcc]);
    assert_eq!(first.entry.authority, Authority::Countries(vec![country("AT")]));
    assert_eq!(first.entry.kinds, [Kind::Vaccination, Kind::Recovery]);
    assert_eq!(first.entry.hint, Some([1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(first.entry.kid, a.verifying_key().thumbprint());
    assert_eq!(second.entry.kinds, [Kind::Test]);
    assert!(NOW < first.entry.sign_until && first.entry.sign_until < first.entry.valid_until);
    let report = &imported.report;
    assert_eq!(report.count(Outcome::OtherPurpose), 1, "no usage signs nothing");
    assert_eq!(report.count(Outcome::NoCountry), 1);
    assert_eq!(report.count(Outcome::Malformed), 1);
    assert_eq!(report.count(Outcome::KidMismatch), 1, "a kid of three bytes is never looked up");
    assert_eq!((report.total(), report.observed(Observation::Undated)), (6, 2));
}

fn swiss(kid: &str, key: &PrivateKey, usage: &str) -> Value {
    let (x, y) = point(key.verifying_key());
    json!({ "keyId": kid, "alg": "ES256", "use": usage, "crv": "P-256", "x": b64(&x), "y": b64(&y), "n": null })
}

#[test]
fn a_swiss_key_without_use_signs_nothing_and_sig_everything() {
    let key = p256();
    let kids = ["AAAAAAAAAAE=", "AAAAAAAAAAI=", "AAAAAAAAAAM=", "AAAAAAAAAAQ="];
    let uses = ["sig", "vt", "", "sig"];
    let keys: Vec<_> = kids.iter().zip(uses).map(|(kid, usage)| swiss(kid, &key, usage)).collect();
    let mut scene = Scene::of(&[json!({ "certs": keys }), json!({ "activeKeyIds": &kids[..3] })]);
    scene.country = Some(country("CH"));
    let imported = scene.read(ListKind::Switzerland).expect("imports");
    let kinds: Vec<_> = imported.keys.iter().map(|key| key.entry.kinds.as_slice()).collect();
    assert_eq!(kinds, [&Kind::ALL[..], &[Kind::Vaccination, Kind::Test]]);
    assert_eq!(imported.report.count(Outcome::OtherPurpose), 1);
    assert_eq!(imported.report.count(Outcome::Inactive), 1, "the list of those in use decides");
    scene.country = None;
    let imported = scene.read(ListKind::Switzerland).expect("imports");
    assert_eq!((imported.keys.len(), imported.report.count(Outcome::NoCountry)), (0, 2));
}

fn signed(header: &Value, payload: &Value, key: &PrivateKey) -> String {
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(payload));
    let signature = key.sign(signed.as_bytes()).expect("signs");
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

#[test]
fn a_swiss_list_in_a_signature_is_taken_from_its_signer_only() {
    let (publisher, key) = (p256(), p256());
    let list = json!({ "certs": [swiss(KID, &key, "sig")] });
    let read = |header: Value, by: &PrivateKey, trusted: Option<&PrivateKey>| {
        let mut scene = Scene::of(&[]);
        scene.files = vec![file("keys.jwt", signed(&header, &list, by))];
        scene.country = Some(country("CH"));
        scene.signer = trusted.map(signer);
        // Whether unsigned lists are taken has no say in a signed one.
        scene.read(ListKind::Switzerland).map(|imported| imported.keys.len())
    };
    let good = json!({ "alg": "ES256" });
    assert_eq!(read(good.clone(), &publisher, Some(&publisher)), Ok(1));
    assert_eq!(read(good.clone(), &publisher, None), Err(ImportError::SignerMissing));
    assert_eq!(read(good, &p256(), Some(&publisher)), Err(ImportError::Signature));
    for header in
        [json!({ "alg": "none" }), json!({ "alg": "PS256" }), json!({ "alg": "RS256" }), json!({ "alg": "HS256" })]
    {
        assert_eq!(read(header, &publisher, Some(&publisher)), Err(ImportError::Signature));
    }
    assert!(matches!(
        read(json!({ "alg": "ES256", "crit": ["b64"] }), &publisher, Some(&publisher)),
        Err(ImportError::Form(_))
    ));
    assert!(matches!(read(json!({}), &publisher, Some(&publisher)), Err(ImportError::Form(_))));
}

#[test]
fn a_health_card_key_is_named_by_the_thumbprint_that_its_cards_use() {
    let mut scene = Scene::of(&[]);
    scene.iss = Some("https://example.org/shc".to_owned());
    // A key whose x begins with a zero, which its issuer leaves out.
    let key = std::iter::repeat_with(p256).find(|key| point(key.verifying_key()).0[0] == 0).expect("one in 256");
    let mut short = jwk(&key);
    short["x"] = Base64UrlUnpadded::encode_string(&point(key.verifying_key()).0[1..]).into();
    let full = jwk(&p256());
    scene.files = vec![file("jwks.json", json!({ "keys": [short, full] }).to_string())];
    let report = scene.read(ListKind::Jwks).expect("imports").report;
    assert_eq!(report.count(Outcome::KidMismatch), 1, "the kid is not the thumbprint over the short form");

    use sha2::{Digest, Sha256};
    let text = |name: &str| short[name].as_str().expect("a text");
    let written = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y"));
    let kid: [u8; 32] = Sha256::digest(written).into();
    let mut named = short.clone();
    named["kid"] = Base64UrlUnpadded::encode_string(&kid).into();
    scene.files = vec![file("jwks.json", json!({ "keys": [named, full] }).to_string())];
    let imported = scene.read(ListKind::Jwks).expect("imports");
    let [short, full] = imported.keys.as_slice() else { panic!("two keys: {:?}", imported.report) };
    assert_eq!((short.entry.shc_kid(), &short.entry.key), (kid, key.verifying_key()));
    assert_eq!(full.entry.shc_kid(), full.entry.key.jwk_thumbprint());
    assert_eq!(full.entry.iss(), Some("https://example.org/shc"));
    assert_eq!(full.entry.formats, [Format::Shc]);
}

#[test]
fn a_key_that_is_not_public_or_of_another_kind_is_counted_and_left_out() {
    let mut scene = Scene::of(&[]);
    scene.iss = Some("https://example.org/shc".to_owned());
    let mut private = jwk(&p256());
    private["d"] = "AA".into();
    let mut encryption = jwk(&p256());
    encryption["use"] = "enc".into();
    let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "x" });
    scene.files = vec![file("jwks.json", json!({ "keys": [private, encryption, rsa, 1, "x", null] }).to_string())];
    let imported = scene.read(ListKind::Jwks).expect("imports");
    assert_eq!((imported.keys.len(), imported.report.count(Outcome::UnusableKey)), (0, 6));
    for iss in ["http://example.org", "https://example.org/", "https://example.org/a b", "example.org", ""] {
        scene.iss = Some(iss.to_owned());
        assert!(matches!(scene.read(ListKind::Jwks), Err(ImportError::Untold { .. })), "{iss}");
    }
}

#[test]
fn a_list_that_nobody_vouches_for_is_taken_only_where_that_was_said() {
    let files = [
        (ListKind::Netherlands, json!({})),
        (ListKind::Switzerland, json!({ "certs": [] })),
        (ListKind::Gateway, json!([])),
        (ListKind::Jwks, json!({ "keys": [] })),
        (ListKind::Vci, json!({ "time": "2025-12-31T00:00:00Z", "issuerInfo": [] })),
        (ListKind::EuHashes, json!({ "batches": [] })),
    ];
    for (kind, list) in files {
        let mut scene = Scene::of(&[list]);
        assert!(scene.read(kind).is_ok(), "{}", kind.name());
        scene.policy.unsigned_ok = false;
        assert_eq!(scene.read(kind).err(), Some(ImportError::Unsigned), "{}", kind.name());
    }
    let mut scene = Scene::of(&[json!(1)]);
    for kind in [ListKind::Germany, ListKind::Austria] {
        scene.files = vec![file("list", "AAAA\n{}"), file("signature", "")];
        scene.files.truncate(if kind == ListKind::Germany { 1 } else { 2 });
        assert_eq!(scene.read(kind).err(), Some(ImportError::SignerMissing), "{}", kind.name());
    }
}

#[test]
fn an_old_a_future_and_an_undated_list_are_refused_by_policy() {
    let vci = |time: &str| json!({ "time": time, "issuerInfo": [] });
    let read = |list: Value, kind: ListKind, max_age: Option<i64>| {
        let mut scene = Scene::of(&[list]);
        scene.policy = Policy { max_age, ..scene.policy };
        scene.read(kind).err()
    };
    let day = 86_400;
    assert_eq!(read(vci("2025-12-01T00:00:00Z"), ListKind::Vci, None), None);
    assert_eq!(read(vci("2025-12-01T00:00:00Z"), ListKind::Vci, Some(31 * day)), None);
    let old = read(vci("2025-12-01T00:00:00Z"), ListKind::Vci, Some(30 * day));
    assert!(matches!(old, Some(ImportError::TooOld { as_of: Some(_) })));
    assert!(matches!(read(vci("2026-01-03T00:00:00Z"), ListKind::Vci, None), Some(ImportError::FromTheFuture { .. })));
    assert_eq!(read(json!({}), ListKind::Netherlands, Some(day)), Some(ImportError::TooOld { as_of: None }));
}

#[test]
fn a_name_twice_too_much_or_another_form_is_refused_whole() {
    let mut scene = Scene::of(&[json!({})]);
    let twice = format!(r#"{{"{KID}":[],"{KID}":[]}}"#);
    for text in [twice.as_str(), "", "[]", "{\"eu_keys\":1}", "{\"a\":1}", "\u{0}"] {
        scene.files = vec![file("keys.json", text)];
        assert!(matches!(scene.read(ListKind::Netherlands), Err(ImportError::Form(_))), "{text}");
    }
    for kind in ListKind::ALL {
        scene.files = vec![file("list", vec![b' '; MAX_IMPORT + 1])];
        scene.iss = Some("https://example.org".to_owned());
        assert_eq!(scene.read(kind).err(), Some(ImportError::TooLarge), "{}", kind.name());
        scene.files.clear();
        assert!(matches!(scene.read(kind), Err(ImportError::Files(_))), "{}", kind.name());
    }
}

#[test]
fn no_name_of_others_steers_a_terminal() {
    let evil = "\u{1b}[31m\u{202e}".repeat(200);
    let list = json!({ "eu_keys": { (evil): [json!({})] } });
    let report = Scene::of(&[list]).read(ListKind::Netherlands).expect("imports").report;
    let (outcome, shown) = &report.details()[0];
    assert_eq!(*outcome, Outcome::Malformed);
    assert!(shown.chars().count() <= 200 && !shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
}
