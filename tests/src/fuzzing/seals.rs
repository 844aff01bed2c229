//! Targets over canonical JSON, seals, and the lists of revoked certificates behind them.

use super::NOW;
use super::maker::{Made, MadeCrl, Party};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value as Json;
use std::sync::LazyLock;
use tegata_certificate::x509::{Crl, PublicKey};
use tegata_certificate::{LookupHints, Sealed, jcs};
use tegata_trust_lists::TrustState;
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy};
use tegata_trust_lists::publish::DemoRepository;
use tegata_verifier::{Moment, Outcome, Policy as VerifierPolicy, Verifier};

/// A state's authority and its signer of seals.
const STATE: Party = Party { country: "UT", name: "Nowhere", secret: 21 };
const SIGNER: Party = Party { country: "UT", name: "Seals", secret: 22 };

/// The signer's certificate, as seals carry it.
static CERTIFICATE: LazyLock<String> =
    LazyLock::new(|| BASE64URL_NOPAD.encode(&Made::of(SIGNER, STATE).barcode_signer(&["NV", "NT"]).signed_by(STATE)));

/// A border desk that lists the state.
static DESK: LazyLock<Verifier> = LazyLock::new(|| {
    let mut demo = DemoRepository::new("DEMO/fuzzing", NOW).expect("makes keys");
    let files = [InputFile { name: "csca".to_owned(), bytes: Made::of(STATE, STATE).authority().signed_by(STATE) }];
    let policy = Policy { unsigned_ok: true, ..Policy::new(NOW) };
    let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    demo.anchors = ListKind::Csca.read(&input).expect("imports").anchors;
    let (bundle, pin) = demo.publish(NOW).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW).expect("loads");
    Verifier::new(state, VerifierPolicy { accept_demo: true, ..VerifierPolicy::default() }).expect("a verifier")
});

/// JSON against another reader: what is accepted here `serde_json` reads too, as the same value; the canonical form is
/// the value's own and its own canonical form.
///
/// # Panics
/// Where that does not hold.
pub fn jcs(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(value) = jcs::parse(text) else { return false };
    let written = jcs::canonical(&value);
    let again = jcs::parse(&written).expect("the canonical form is JSON");
    assert_eq!(jcs::canonical(&again), written, "the canonical form is not its own");
    let theirs: Json = serde_json::from_str(text).expect("serde_json reads it too");
    let of_written: Json = serde_json::from_str(&written).expect("serde_json reads the canonical form");
    assert!(same(&theirs, &of_written), "serde_json finds another value");
    true
}

/// Whether two values are the same but for how `serde_json` rounds numbers: it may be off by a few units of the last place.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            a == b || (a - b).abs() <= a.abs().max(b.abs()) * 1e-14 || (a - b).abs() < 1e-300
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// The first byte chooses: a seal's text; the data of a seal that our signer signs; a list of revoked certificates.
///
/// # Panics
/// Where a seal of another key opens, or what our signer signed does not.
pub fn seals(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    match choice % 3 {
        0 => std::str::from_utf8(rest).is_ok_and(verified),
        1 => {
            let Some(text) = std::str::from_utf8(rest).ok().and_then(sealed) else { return false };
            if Sealed::decode(&text).is_err() {
                return false;
            }
            let verdict = DESK.verify(&text, Moment::Now(NOW));
            let signed = verdict.reason().is_none_or(|reason| reason.code() != "signature-invalid");
            assert!(signed, "our signer's seal does not open");
            verdict.outcome() == Outcome::Valid
        }
        _ => {
            let Ok(crl) = Crl::from_der(rest) else { return false };
            let key = PublicKey::from_spki(&STATE.spki()).expect("our key");
            let _ = (crl.issuer(), crl.authority_key_identifier(), crl.next_update());
            crl.is_signed_by(&key).is_ok()
        }
    }
}

/// Whether it is a seal that the desk accepts: then our signer's certificate is in it.
fn verified(text: &str) -> bool {
    let Ok(sealed) = Sealed::decode(text) else { return false };
    let accepted = DESK.verify_sealed(Ok(&sealed), Moment::Now(NOW)).outcome() == Outcome::Valid;
    let LookupHints::SignerCertificate(der) = sealed.hints() else { panic!("a seal carries a certificate") };
    assert!(!accepted || BASE64URL_NOPAD.encode(der) == *CERTIFICATE, "a certificate of nobody's is accepted");
    accepted
}

/// The text of a seal around any data, signed by our signer.
fn sealed(data: &str) -> Option<String> {
    let canonical = jcs::canonical(&jcs::parse(data).ok()?);
    let signature = BASE64URL_NOPAD.encode(&SIGNER.sign_fixed(canonical.as_bytes()));
    let certificate = &*CERTIFICATE;
    Some(format!(r#"{{"data":{data},"sig":{{"alg":"ES256","cer":"{certificate}","sigvl":"{signature}"}}}}"#))
}

/// The seeds of both targets.
pub fn seeds(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    if target == "jcs" {
        return vec![
            ("numbers", b"[1e21,-0,5e-324,0.000001,1e-7,123456789012345678,1.5,-3.25e-9]".to_vec()),
            ("texts", br#"{"b":"\u20ac\ud83d\ude00\n\u001f\"\\\/","a":["",null,true,false,{}]}"#.to_vec()),
            ("order", "{\"\u{fb33}\":1,\"😀\":2,\"\u{80}\":3,\"a\":{\"c\":[],\"b\":0}}".into()),
        ];
    }
    let after = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    let vaccination = concat!(
        r#"{"hdr":{"t":"icao.vacc","v":1,"is":"UTO"},"msg":{"uvci":"U1","pid":{"n":"DOE  JANE","dob":"1984-04-XX","#,
        r#""i":"A1","sex":"F"},"ve":[{"des":"XM0GQ8","nam":"Comirnaty","dis":"RA01.0","vd":[{"dvc":"2021-07-01","#,
        r#""seq":1,"ctr":"UTO","adm":"Clinic","lot":"L1"},{"dvc":"2021-08-01","seq":2,"ctr":"UTO","adm":"Clinic","#,
        r#""lot":"L2","dvn":"2022-08-01"}]}]}}"#
    );
    let test = concat!(
        r#"{"hdr":{"t":"icao.test","v":1,"is":"UTO"},"msg":{"utci":"T1","pid":{"n":"DOE  JANE","dob":"1984","dt":"P","#,
        r#""dn":"A1"},"sp":{"spn":"Lab","ctr":"UTO","cd":{"p":"1","e":"e","a":"a"}},"#,
        r#""dat":{"sc":"2025-12-30T08:00:00+02:00","ri":"2025-12-31T08:00:00Z"},"tr":{"tc":"antigen","r":"negative"}}}"#
    );
    let crl =
        MadeCrl { issuer: STATE, updates: ["251201000000Z", "260301000000Z"], serials: vec![vec![1], vec![0x80]] };
    let text = sealed(vaccination).unwrap_or_default();
    vec![
        ("text", after(0, text.as_bytes())),
        ("wrapped", after(0, format!("[{text}]\n").as_bytes())),
        ("vaccination", after(1, vaccination.as_bytes())),
        ("test", after(1, test.as_bytes())),
        ("crl", after(2, &crl.signed_by(STATE))),
    ]
}
