//! Lists signed by a certificate under an authority: who may sign what is taken is the operator's word alone.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use p256::ecdsa::Signature;
use serde_json::json;
use tegata_certificate::{Country, UnixTime};
use tegata_tests::fuzzing::maker::{Made, Message, Party, oid};
use tegata_trust_lists::import::{Authenticity, ImportError, Imported, Input, InputFile, ListKind, ListSigner, Policy};

/// 2026-01-01.
const NOW: UnixTime = UnixTime(1_767_225_600);

const AUTHORITY: Party = Party { country: "DE", name: "Authority", secret: 1 };
const PUBLISHER: Party = Party { country: "DE", name: "Publisher", secret: 2 };
const STRANGER: Party = Party { country: "DE", name: "Publisher", secret: 3 };
const BETWEEN: Party = Party { country: "DE", name: "Between", secret: 4 };

fn authority() -> Vec<u8> {
    Made::of(AUTHORITY, AUTHORITY).authority().signed_by(AUTHORITY)
}

fn publisher() -> Vec<u8> {
    Made::of(PUBLISHER, AUTHORITY).signed_by(AUTHORITY)
}

/// Under another authority of the same name.
fn stranger() -> Vec<u8> {
    Made::of(STRANGER, AUTHORITY).signed_by(STRANGER)
}

fn read(
    kind: ListKind,
    files: &[Vec<u8>],
    signer: &[u8],
    name: Option<&str>,
    now: UnixTime,
) -> Result<Imported, ImportError> {
    let file = |bytes: &Vec<u8>| InputFile { name: "list.json".to_owned(), bytes: bytes.clone() };
    let files: Vec<_> = files.iter().map(file).collect();
    let signer = ListSigner::parse(signer)?;
    let signer = match name {
        Some(name) => signer.with_name(name),
        None => signer,
    };
    let policy = Policy::new(now);
    let input = Input {
        files: &files,
        signer: Some(&signer),
        country: Country::parse("CH"),
        iss: None,
        anchors: &[],
        policy: &policy,
    };
    kind.read(&input)
}

fn batch() -> String {
    let (expires, kid, hash) = ("2035-06-01T00:00:00Z", "AQIDBAUGBwg=", "AQIDBAUGBwgBAgMEBQYHCA==");
    json!({ "country": "DE", "expires": expires, "kid": kid, "hashType": "UCI", "entries": [{ "hash": hash }] })
        .to_string()
}

#[test]
fn a_batch_counts_if_whoever_the_operator_named_signed_it() {
    let message = Message::of(oid::DATA, batch().as_bytes(), &[publisher()]).signed_by(PUBLISHER);
    let text = BASE64.encode(&message).into_bytes();
    let read = |file: &Vec<u8>, signer: Vec<u8>, name, now| {
        read(ListKind::EuHashes, std::slice::from_ref(file), &signer, name, now)
    };
    for file in [&message, &text] {
        let imported = read(file, publisher(), None, NOW).expect("imports");
        assert_eq!(imported.withdrawals.len(), 1);
        assert!(matches!(imported.authenticity, Authenticity::Signed(_)));
    }
    let refused = |signer, name, now| read(&message, signer, name, now).err();
    assert!(read(&message, authority(), Some("Publisher"), NOW).is_ok());
    let option = "--signer-name";
    assert!(
        matches!(refused(authority(), None, NOW), Some(ImportError::Untold { option: told, .. }) if told == option)
    );
    assert_eq!(refused(authority(), Some("Authority"), NOW), Some(ImportError::Signature));
    assert_eq!(refused(stranger(), Some("Publisher"), NOW), Some(ImportError::Signature));
    let later = UnixTime::parse("2035-01-02T00:00:00Z").expect("a time");
    assert_eq!(refused(publisher(), None, later), Some(ImportError::SignerExpired));
    let forged = Message::of(oid::DATA, batch().as_bytes(), &[stranger()]).signed_by(STRANGER);
    for signer in [publisher(), authority()] {
        assert_eq!(read(&forged, signer, Some("Publisher"), NOW).err(), Some(ImportError::Signature));
    }
}

#[test]
fn no_changed_byte_of_a_signed_batch_changes_what_is_taken() {
    let message = Message::of(oid::DATA, batch().as_bytes(), &[publisher()]).signed_by(PUBLISHER);
    let taken = read(ListKind::EuHashes, std::slice::from_ref(&message), &publisher(), None, NOW).expect("imports");
    for place in 0..message.len() {
        let mut changed = message.clone();
        changed[place] ^= 1;
        // Some bytes say nothing of the content: a version, which digest stands in front.
        if let Ok(other) = read(ListKind::EuHashes, &[changed], &publisher(), None, NOW) {
            assert_eq!(other.withdrawals, taken.withdrawals, "byte {place}");
        }
    }
}

#[test]
fn one_unsigned_batch_makes_the_whole_set_unsigned() {
    let message = Message::of(oid::DATA, batch().as_bytes(), &[publisher()]).signed_by(PUBLISHER);
    let files = [message, batch().into_bytes()];
    let refused = read(ListKind::EuHashes, &files, &publisher(), None, NOW).err();
    assert_eq!(refused, Some(ImportError::Unsigned));
}

/// A JWS over a Swiss key list, signed by a party, with a chain in its header.
fn swiss(chain: &[Vec<u8>], by: Party) -> Vec<u8> {
    let chain: Vec<_> = chain.iter().map(|der| BASE64.encode(der)).collect();
    let spki = PUBLISHER.spki();
    let point = &spki[spki.len() - 64..];
    let key = json!({ "keyId": "AQIDBAUGBwg=", "alg": "ES256", "use": "sig", "crv": "P-256",
        "x": BASE64.encode(&point[..32]), "y": BASE64.encode(&point[32..]) });
    let part = |text: String| BASE64URL_NOPAD.encode(text.as_bytes());
    let header = part(json!({ "alg": "ES256", "x5c": chain }).to_string());
    let signed = format!("{header}.{}", part(json!({ "certs": [key] }).to_string()));
    let signature = Signature::from_der(&by.sign(signed.as_bytes())).expect("a signature").to_bytes();
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)).into_bytes()
}

#[test]
fn a_list_under_an_authority_needs_the_whole_chain_and_the_name() {
    let read = |list: Vec<u8>, name, now| read(ListKind::Switzerland, &[list], &authority(), name, now);
    let name = Some("Publisher");
    let refused = |chain: &[Vec<u8>], by, name| read(swiss(chain, by), name, NOW).err();
    for chain in [vec![publisher()], vec![publisher(), authority()]] {
        assert_eq!(read(swiss(&chain, PUBLISHER), name, NOW).map(|imported| imported.keys.len()), Ok(1));
        assert!(matches!(refused(&chain, PUBLISHER, None), Some(ImportError::Untold { .. })));
        assert_eq!(refused(&chain, PUBLISHER, Some("Authority")), Some(ImportError::Signature));
        assert_eq!(refused(&chain, STRANGER, name), Some(ImportError::Signature));
    }
    assert_eq!(refused(&[], PUBLISHER, name), Some(ImportError::Signature), "no chain");
    assert_eq!(refused(&[stranger()], STRANGER, name), Some(ImportError::Signature), "another authority");

    let below = Made::of(PUBLISHER, BETWEEN).signed_by(BETWEEN);
    let between = Made::of(BETWEEN, AUTHORITY).authority().signed_by(AUTHORITY);
    let no_authority = Made::of(BETWEEN, AUTHORITY).signed_by(AUTHORITY);
    assert!(read(swiss(&[below.clone(), between.clone()], PUBLISHER), name, NOW).is_ok());
    assert_eq!(
        refused(std::slice::from_ref(&below), PUBLISHER, name),
        Some(ImportError::Signature),
        "a link is missing"
    );
    assert_eq!(refused(&[below.clone(), no_authority], PUBLISHER, name), Some(ImportError::Signature));
    assert_eq!(refused(&[below, publisher()], PUBLISHER, name), Some(ImportError::Signature));
    let later = UnixTime::parse("2035-01-02T00:00:00Z").expect("a time");
    assert_eq!(read(swiss(&[publisher()], PUBLISHER), name, later).err(), Some(ImportError::SignerExpired));
}
