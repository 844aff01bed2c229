//! Targets over health cards: what carries them, and what is in them.

use data_encoding::BASE64URL_NOPAD;
use std::sync::LazyLock;
use tegata_certificate::shc::{Added, Chunk, ChunkSet, cards_in};
use tegata_certificate::{Algorithm, Format, KeyIdentity, LookupHints, Sealed, deflate};
use tegata_keys::{PrivateKey, Signer};

/// Signs the cards in the corpora. Its secret is known to everybody.
static KEY: LazyLock<PrivateKey> = LazyLock::new(|| {
    // PKCS#8 (RFC 5958) around SEC1's ECPrivateKey of P-256, without its public half.
    let mut der = vec![0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    der.extend([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20]);
    der.extend([9; 32]);
    PrivateKey::from_pkcs8(&der).expect("a P-256 key")
});

fn identity() -> KeyIdentity<'static> {
    KeyIdentity { algorithm: Algorithm::Es256, kid: KEY.verifying_key().jwk_thumbprint(), certificate: None }
}

/// A card as it may come: digits, parts of digits a line each, a bare JWS, or a file of cards.
///
/// # Panics
/// Where a bound does not hold, or one card is read as two.
pub fn cards(input: &[u8]) -> bool {
    let mut through = false;
    for card in cards_in(input).unwrap_or_default() {
        through |= decoded(&card);
    }
    let Ok(text) = std::str::from_utf8(input) else { return through };
    through |= decoded(text);
    let mut set: Option<ChunkSet> = None;
    for chunk in text.lines().filter_map(|line| Chunk::parse(line).ok()) {
        match &mut set {
            None => set = ChunkSet::of(&chunk).ok(),
            Some(set) => {
                let before = set.missing().count();
                let added = set.add(&chunk);
                assert_eq!(set.missing().count() + usize::from(added == Ok(Added::New)), before);
            }
        }
    }
    match set.and_then(|set| set.jws()) {
        Some(jws) => decoded(&jws) || through,
        None => through,
    }
}

fn decoded(text: &str) -> bool {
    let Ok(sealed) = Sealed::decode(text) else { return false };
    if sealed.format() != Format::Shc {
        return false;
    }
    assert!(sealed.unverified_payload().len() <= deflate::INFLATED_MAX, "a longer payload than any card may hold");
    let again = Sealed::decode(std::str::from_utf8(sealed.message()).expect("ASCII")).expect("the card in it");
    assert_eq!(again.message(), sealed.message());
    assert!(matches!(sealed.hints(), LookupHints::Issuer { .. }));
    if let Ok(authentic) = sealed.open(KEY.verifying_key()) {
        drop(authentic.read());
    }
    true
}

/// A card's claims, which our key signs: what is read of them can be written where the family is written at all, and reads
/// the same again.
///
/// # Panics
/// Where that does not hold.
pub fn health_card(input: &[u8]) -> bool {
    let Ok(deflated) = deflate::deflate_raw(input) else { return false };
    let kid = BASE64URL_NOPAD.encode(&identity().kid);
    let header = format!(r#"{{"zip":"DEF","alg":"ES256","kid":"{kid}"}}"#);
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(&deflated));
    let Ok(sealed) = Sealed::decode(&format!("{signed}.{}", sign(signed.as_bytes()))) else { return false };
    let authentic = sealed.open(KEY.verifying_key()).expect("our key signed it");
    let Ok(certificate) = authentic.read() else { return false };
    assert!(certificate.findings.len() <= 65, "more findings than are kept");
    let Ok(unsigned) = Format::Shc.write(&certificate, &identity()) else { return true };
    let signature = KEY.sign(unsigned.to_be_signed()).expect("signs");
    let written = unsigned.seal(&signature).expect("within its bounds");
    let again = Sealed::decode(written.text()).expect("our own form").open(KEY.verifying_key()).map(|a| a.read());
    let again = again.expect("our key signed it").expect("our own form");
    assert!(again.findings.is_empty(), "what we write deviates");
    let days = |c: &tegata_certificate::Certificate| c.doses.iter().map(|dose| dose.date).collect::<Vec<_>>();
    assert_eq!(days(&again), days(&certificate));
    assert_eq!(
        (again.issuer, again.issued_at, again.expires_at),
        (certificate.issuer, certificate.issued_at, certificate.expires_at)
    );
    true
}

fn sign(signed: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&KEY.sign(signed).expect("signs"))
}

/// Claims about nobody, as Japan writes them, and with a test.
const CLAIMS: &str = r#"{"iss": "https://card.example", "nbf": 1640015882.349618, "vc": {"type": ["https://smarthealth.cards#health-card"], "rid": "AQPCj4wwk6M", "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "resource:0", "resource": {"resourceType": "Patient", "name": [{"use": "official", "family": "MIHON", "given": ["HANAKO"]}, {"use": "usual", "family": "\u898b\u672c", "given": ["\u82b1\u5b50"]}], "birthDate": "1971-11-03"}}, ENTRY]}}}}"#;
const DOSE: &str = r#"{"fullUrl": "resource:1", "resource": {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]}, "patient": {"reference": "resource:0"}, "occurrenceDateTime": "2021-07-09", "performer": [{"actor": {"display": "Kakuu"}}], "lotNumber": "EX0001"}}"#;
const TEST: &str = r#"{"fullUrl": "resource:1", "resource": {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "94558-4"}]}, "subject": {"reference": "resource:0"}, "effectiveDateTime": "2022-02-17T10:00:00+09:00", "valueQuantity": {"value": 1.5, "unit": "g"}}}"#;

/// The seeds of both targets.
pub fn seeds(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (dose, test) = (CLAIMS.replace("ENTRY", DOSE), CLAIMS.replace("ENTRY", TEST));
    if target == "health_card" {
        return vec![("dose", dose.into_bytes()), ("test", test.into_bytes())];
    }
    let header = format!(r#"{{"alg": "ES256", "zip": "DEF", "kid": "{}"}}"#, BASE64URL_NOPAD.encode(&identity().kid));
    let deflated = deflate::deflate_raw(dose.as_bytes()).unwrap_or_default();
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(&deflated));
    let jws = format!("{signed}.{}", sign(signed.as_bytes()));
    let digits = |part: &str| part.bytes().map(|c| format!("{:02}", c - b'-')).collect::<String>();
    let (first, second) = jws.split_at(jws.len() / 2);
    vec![
        ("digits", format!("shc:/{}", digits(&jws)).into_bytes()),
        ("chunks", format!("shc:/2/2/{}\nshc:/1/2/{}", digits(second), digits(first)).into_bytes()),
        ("file", format!(r#"{{"verifiableCredential": ["{jws}"]}}"#).into_bytes()),
        (
            "answer",
            format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"verifiableCredential","valueString":"{jws}"}}]}}"#)
                .into_bytes(),
        ),
        ("jws", jws.into_bytes()),
    ]
}
