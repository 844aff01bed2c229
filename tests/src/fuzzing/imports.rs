//! Lists of others: whatever they say, what is taken of them a verifier loads.

use super::{NOW, around, seeds};
use serde_json::{Value, json};
use tegata_certificate::Country;
use tegata_trust_lists::import::{Input, InputFile, ListKind, ListSigner, Outcome, Policy};
use tegata_trust_lists::publish::{Draft, DraftImport};
use tegata_trust_lists::{RootPin, Trust, TrustState, Withdrawals};

/// SubjectPublicKeyInfo of P-256's base point: a key that signed nothing, to look behind the first checks.
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

/// Separates the files of an input: no JSON has it, and of CBOR lists only the content is tried.
const SEPARATOR: u8 = 0;

/// A list of others: the first byte chooses the kind and whether a signer is given, the rest is its files.
///
/// # Panics
/// Where counts and keys differ, or a verifier would not load what was taken.
pub fn imports(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    let (choice, signed) = (usize::from(choice & 0x7f), choice & 0x80 != 0);
    let kind = ListKind::ALL[choice % ListKind::ALL.len()];
    let parts: Vec<&[u8]> = match kind {
        ListKind::Austria if !signed => vec![rest],
        _ => rest.split(|byte| *byte == SEPARATOR).collect(),
    };
    let file = |(place, bytes): (usize, &&[u8])| InputFile { name: format!("{place}.json"), bytes: bytes.to_vec() };
    let files: Vec<_> = parts.iter().enumerate().map(file).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{SPKI}\n-----END PUBLIC KEY-----\n");
    let signer = ListSigner::parse(pem.as_bytes()).expect("a public key");
    let policy = Policy { keep_expired: true, keep_test: true, unsigned_ok: true, ..Policy::new(NOW) };
    let input = Input {
        files: &files,
        signer: signed.then_some(&signer),
        country: Country::parse("JP"),
        iss: (choice >= 64).then_some("https://example.org/shc"),
        anchors: &[],
        policy: &policy,
    };
    let Ok(mut imported) = kind.read(&input) else { return false };
    if !matches!(kind, ListKind::EuHashes | ListKind::ShcCrl) {
        let listed = imported.keys.len() + imported.anchors.len();
        assert_eq!(imported.report.count(Outcome::Taken), listed as u64, "counted is not listed");
    }
    let header = seeds::header(7);
    Withdrawals::new(header, 1, "fuzzing", imported.withdrawals.clone()).expect("withdrawals that can be published");

    let mut draft = Draft::new(super::REPOSITORY);
    let record = DraftImport::new("fuzzing", kind.name(), [rest].into_iter(), NOW);
    draft.merge(&mut imported, record, false, NOW).expect("an empty draft takes any import");
    let lists = draft.lists().expect("what was written can be read");
    let (issuers, keys, anchors) = (lists.issuers, lists.keys, lists.anchors);
    let trust = Trust { header: seeds::header(7), issuers, keys, anchors };
    let bundle = around(&seeds::root(), &trust.encode());
    let pin = RootPin::of(bundle.roots.first().expect("a root"));
    TrustState::load(&bundle, &pin, NOW).expect("a verifier loads what was taken");
    true
}

/// The inputs to begin with: keys that are nobody's.
pub fn imports_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let (x, y) = ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
    let kid = "xx0BcA-wMohw8atYDJOe6peGModklG2wRHBlXHMvl0M";
    let jwk = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y });
    let dutch = json!({ "AQIDBAUGBwg=": [{ "subjectPk": SPKI, "keyUsage": ["v"], "san": "AUT" }] });
    let swiss =
        json!({ "certs": [{ "keyId": "AQIDBAUGBwg=", "alg": "ES256", "use": "sig", "crv": "P-256", "x": x, "y": y }] });
    let batch = json!({ "country": "DE", "expires": "2027-01-01T00:00:00Z", "kid": "UNKNOWN_KID", "hashType": "UCI",
        "entries": [{ "hash": "AQIDBAUGBwgBAgMEBQYHCA==" }] });
    let crl =
        json!({ "kid": kid, "method": "rid", "ctr": 1, "rids": ["YheGzx4ezAE.1643950799", "8dPgHYssT9m5BvaXlTm2Ig"] });
    let vci = json!({ "time": "2025-12-31T00:00:00Z", "issuerInfo": [{
        "issuer": { "iss": "https://example.org/shc", "name": "Example" }, "keys": [jwk], "crls": [crl],
        "lastRetrieved": "2024-12-31T00:00:00Z" }] });
    let austrian = [&[0xa1, 0x61, b'c', 0x81, 0xa2, 0x61, b'i', 0x41, 1, 0x61, b'c', 0x41, 2][..]].concat();
    let text = |kind: ListKind, iss: bool, files: &[&Value]| {
        let files: Vec<_> = files.iter().map(|file| file.to_string().into_bytes()).collect();
        [vec![first(kind, iss)], files.join(&SEPARATOR)].concat()
    };
    vec![
        ("netherlands", text(ListKind::Netherlands, false, &[&dutch])),
        ("switzerland", text(ListKind::Switzerland, false, &[&swiss, &json!({ "activeKeyIds": ["AQIDBAUGBwg="] })])),
        ("jwks", text(ListKind::Jwks, true, &[&json!({ "keys": [jwk] })])),
        ("vci", text(ListKind::Vci, false, &[&vci])),
        (
            "eu-hashes",
            text(ListKind::EuHashes, false, &[&batch, &json!({ "batches": [{ "batchId": "9", "deleted": true }] })]),
        ),
        ("shc-crl", text(ListKind::ShcCrl, true, &[&crl])),
        (
            "gateway",
            text(
                ListKind::Gateway,
                false,
                &[&json!([{ "kid": "AQIDBAUGBwg=", "country": "DE", "certificateType": "DSC", "rawData": "MAA=" }])],
            ),
        ),
        ("austria", [&[first(ListKind::Austria, false)][..], &austrian].concat()),
    ]
}

/// The byte that chooses a kind, with an issuer's URL or without.
fn first(kind: ListKind, iss: bool) -> u8 {
    let count = ListKind::ALL.len();
    let place = ListKind::ALL.iter().position(|own| *own == kind).unwrap_or_default();
    let from = if iss { 64_usize.next_multiple_of(count) } else { 0 };
    u8::try_from(from + place).unwrap_or_default()
}
