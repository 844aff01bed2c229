//! Targets over certificates, signed messages, and the lists that are made of them.

use super::NOW;
use super::maker::{Made, Message, Party, master_list, oid};
use data_encoding::BASE64;
use std::sync::LazyLock;
use tegata_certificate::x509::{Candidate, Certificate, PublicKey, find_issuer};
use tegata_trust_lists::import::icao::MasterList;
use tegata_trust_lists::import::{Input, InputFile, ListKind, ListSigner, Outcome, Policy, cms, who};

/// A state's authority, which also signs lists, and a signer under it.
const STATE: Party = Party { country: "UT", name: "Nowhere", secret: 1 };
const LISTS: Party = Party { country: "UT", name: "Lists of Nowhere", secret: 2 };
const OFFICE: Party = Party { country: "DE", name: "Office", secret: 3 };

/// The state's certificate, and that of its signer of lists.
static STATE_DER: LazyLock<Vec<u8>> = LazyLock::new(|| Made::of(STATE, STATE).authority().signed_by(STATE));
static LISTS_DER: LazyLock<Vec<u8>> =
    LazyLock::new(|| Made::of(LISTS, STATE).usage(oid::MASTER_LIST_SIGNER).signed_by(STATE));

/// Certificates: every part asked for, its key taken up, its own key and issuer tried.
///
/// # Panics
/// Where a key has two forms, or a certificate vouches for itself that its key did not sign.
pub fn x509(input: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(input) else { return false };
    assert_eq!(certificate.as_der(), input);
    let _ = (certificate.subject().country(), certificate.subject().common_name(), certificate.may_sign());
    let _ = (certificate.extended_key_usage(), certificate.signature_algorithm(), certificate.states_ca());
    assert!(certificate.subject().means(&certificate.subject()));
    if let Ok(key) = PublicKey::from_spki(certificate.spki()) {
        let canonical = PublicKey::canonical_spki(certificate.spki()).expect("a key");
        assert_eq!(PublicKey::canonical_spki(&canonical), Ok(canonical), "two forms of one key");
        let own = [Candidate { may_issue: true, country: None, ..Candidate::from(&certificate) }];
        if find_issuer(&certificate, own, certificate.not_before()).is_ok() {
            assert!(certificate.is_signed_by(&key).is_ok(), "vouches for itself without a signature");
        }
    }
    true
}

/// Signed messages: the first byte chooses between a message, a master list's content that our key signs,
/// and an authority's certificate that our key signs.
///
/// # Panics
/// Where what our key signed is not what comes out.
pub fn messages(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    let trusted = Certificate::from_der(&STATE_DER).expect("our certificate");
    match choice % 3 {
        0 => {
            let Ok(message) = cms::Message::read(rest) else { return false };
            message.open(cms::DATA, &[trusted]).is_ok()
        }
        1 => {
            let message = Message::of(oid::MASTER_LIST, rest, std::slice::from_ref(&LISTS_DER)).signed_by(LISTS);
            let Ok(list) = MasterList::open(&message, &[trusted], NOW) else { return false };
            imports(ListKind::MasterList, message, Some(&STATE_DER), list.certificates.len() as u64);
            true
        }
        _ => {
            let message = Message::of(oid::DATA, rest, std::slice::from_ref(&STATE_DER)).signed_by(STATE);
            let opened = who::open_authority(&message, &trusted);
            assert!(opened.as_ref().is_ok_and(|content| content == rest) || opened.is_err());
            opened.is_ok()
        }
    }
}

/// Documents of WHO's network.
///
/// # Panics
/// Where an entry is neither taken nor counted.
pub fn network(input: &[u8]) -> bool {
    // Nobody's key signed it: whatever it says, its proof does not hold.
    assert!(who::check_proof(input, &STATE.spki()).is_err());
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(input) else { return false };
    let Some(entries) = document["verificationMethod"].as_array() else { return false };
    imports(ListKind::Who, input.to_vec(), None, entries.len() as u64)
}

/// Whether the list is read; if so, every one of its entries must be counted.
fn imports(kind: ListKind, bytes: Vec<u8>, signer: Option<&[u8]>, entries: u64) -> bool {
    let signer = signer.map(|der| ListSigner::parse(der).expect("our certificate"));
    let policy = Policy { unsigned_ok: true, keep_test: true, keep_expired: true, ..Policy::new(NOW) };
    let files = [InputFile { name: "list".to_owned(), bytes }];
    let input =
        Input { files: &files, signer: signer.as_ref(), country: None, iss: None, anchors: &[], policy: &policy };
    let Ok(imported) = kind.read(&input) else { return false };
    let counted: u64 = Outcome::ALL.iter().map(|outcome| imported.report.count(*outcome)).sum();
    assert_eq!(counted, entries, "an entry is lost");
    let taken = (imported.keys.len() + imported.anchors.len()) as u64;
    assert_eq!(imported.report.count(Outcome::Taken), taken, "an entry is counted and not taken");
    true
}

/// What the targets of this file begin with.
pub fn seeds(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    let after = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    let state = Made::of(STATE, STATE).authority().signed_by(STATE);
    let office = Made::of(OFFICE, STATE).signed_by(STATE);
    match target {
        "x509" => vec![
            ("authority", state),
            ("negative", Made { serial: vec![0x80], ..Made::of(OFFICE, STATE).usage(oid::DATA) }.signed_by(STATE)),
        ],
        "cms" => vec![
            ("message", after(0, &Message::of(oid::DATA, b"content", std::slice::from_ref(&state)).signed_by(STATE))),
            (
                "bare",
                after(
                    0,
                    &Message { attributes: Vec::new(), ..Message::of(oid::DATA, b"", std::slice::from_ref(&state)) }
                        .signed_by(STATE),
                ),
            ),
            ("master-list", after(1, &master_list(&[state.clone(), office]))),
            ("authority", after(2, &state)),
        ],
        "who" => vec![("document", document(&[("CSCA", &state), ("DSC", &office)])), ("references", references())],
        _ => Vec::new(),
    }
}

fn document(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let entry = |(usage, der): &(&str, &[u8])| {
        serde_json::json!({
            "id": format!("did:web:example:v2:trustlist:DCC:DEU:{usage}#kid"),
            "type": "JsonWebKey2020",
            "controller": "did:web:example",
            "publicKeyJwk": {"kty": "EC", "kid": "AAAAAAAAAAA=", "x5c": [BASE64.encode(der)]},
            "domain": {"code": "#DCC"}, "participant": {"code": "#DEU"}, "keyusage": {"code": format!("#{usage}")},
        })
    };
    let methods: Vec<_> = entries.iter().map(entry).collect();
    let proof = serde_json::json!({
        "type": "JsonWebSignature2020", "created": "2026-01-01T00:00:00Z", "nonce": "n", "proofPurpose": "assertionMethod",
        "verificationMethod": "did:web:example", "jws": "eyJiNjQiOmZhbHNlLCJjcml0IjpbImI2NCJdLCJhbGciOiJFUzI1NiJ9..AAAA",
    });
    let contexts = [
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/suites/jws-2020/v1",
        "https://smart.who.int/trust/tng-context/v1.jsonld",
    ];
    let document = serde_json::json!({
        "@context": contexts, "id": "did:web:example", "controller": "did:web:example",
        "verificationMethod": methods, "proof": proof,
    });
    document.to_string().into_bytes()
}

fn references() -> Vec<u8> {
    br#"{"id":"did:web:example","verificationMethod":["did:web:example","did:web:elsewhere",{"id":"x"},null]}"#.to_vec()
}
