//! What an issuer of SMART Health Cards publishes at its own address: its keys, and for each key the list of what
//! was withdrawn (SMART Health Cards 1.4.0, "Issuer Keys" and "Revocation").
//!
//! ```text
//! https://card.example/issuer/.well-known/jwks.json
//! https://card.example/issuer/.well-known/crl/KID.json
//! ```

use crate::register::CardList;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tegata_certificate::{Algorithm, VerifyingKey};

/// Bytes of a card's number: 64 bits, 11 characters, as the specification advises.
const NUMBER: usize = 8;

/// A key, and what is withdrawn of its cards.
pub struct PublishedKey<'a> {
    /// The public key.
    pub key: &'a VerifyingKey,
    /// What is withdrawn.
    pub list: CardList,
}

/// A file to publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaticFile {
    /// Its path below the issuer's address.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why nothing can be published.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PublishProblem {
    /// The address is none for an issuer.
    #[error(
        "an issuer of health cards is an https address without a slash at its end: give the one that is in its cards"
    )]
    Issuer,
    /// Cards are signed with ES256 only.
    #[error(
        "health cards are signed with P-256 keys (ES256) only: name such a key, or make one with tegata-issuer key new --type p256"
    )]
    Algorithm,
    /// A key is named twice.
    #[error("the same key is named twice")]
    Twice,
}

/// Checks the address of an issuer.
///
/// # Errors
/// [`PublishProblem::Issuer`].
pub fn check_issuer(iss: &str) -> Result<(), PublishProblem> {
    let host = iss.strip_prefix("https://").unwrap_or_default();
    let shaped = !host.is_empty()
        && !iss.ends_with('/')
        && !iss.contains(['?', '#'])
        && iss.bytes().all(|c| c.is_ascii_graphic());
    if shaped { Ok(()) } else { Err(PublishProblem::Issuer) }
}

/// The files of an issuer: the lists first, so that the key set never names a list that is not there yet.
///
/// # Errors
/// [`PublishProblem`].
pub fn static_files(keys: &[PublishedKey<'_>]) -> Result<Vec<StaticFile>, PublishProblem> {
    let mut files = Vec::with_capacity(keys.len() + 1);
    let mut set = Vec::with_capacity(keys.len());
    let folder = PathBuf::from(".well-known");
    for published in keys {
        let (kid, jwk) = jwk(published)?;
        if set.iter().any(|other: &Value| other["kid"] == *kid) {
            return Err(PublishProblem::Twice);
        }
        set.push(jwk);
        let CardList { counter, rids } = &published.list;
        let list = json!({ "kid": kid, "method": "rid", "ctr": counter, "rids": rids });
        files.push(file(folder.join("crl").join(format!("{kid}.json")), &list));
    }
    files.push(file(folder.join("jwks.json"), &json!({ "keys": set })));
    Ok(files)
}

fn file(path: PathBuf, content: &Value) -> StaticFile {
    StaticFile { path, bytes: format!("{content}\n").into_bytes() }
}

fn jwk(published: &PublishedKey<'_>) -> Result<(String, Value), PublishProblem> {
    let PublishedKey { key, list } = published;
    // A SubjectPublicKeyInfo of P-256 ends in the two coordinates.
    let spki = key.to_spki();
    let coordinates = (key.algorithm() == Algorithm::Es256).then(|| spki.last_chunk::<64>()).flatten();
    let (x, y) = coordinates.ok_or(PublishProblem::Algorithm)?.split_at(32);
    let base64 = Base64UrlUnpadded::encode_string;
    let kid = base64(&key.jwk_thumbprint());
    let jwk = json!({
        "kty": "EC", "kid": kid, "use": "sig", "alg": "ES256", "crv": "P-256", "x": base64(x), "y": base64(y),
        "crlVersion": list.counter,
    });
    Ok((kid, jwk))
}

/// The number by which a card can be withdrawn (`rid`), from the random identifier that its reservation keeps: the same
/// whenever the card is written again, and telling nobody whose it is or which cards are one person's.
#[must_use]
pub fn card_number(kid: &[u8; 32], identifier: &str) -> String {
    // The identifier is secret and random (129 bits); only its hash is ever published.
    let digest =
        Sha256::new().chain_update("tegata health card rid").chain_update(kid).chain_update(identifier).finalize();
    Base64UrlUnpadded::encode_string(digest.get(..NUMBER).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegata_certificate::{JwkSet, shc};
    use tegata_keys::{KeyType, PrivateKey, Signer};

    fn list(counter: u64, rids: &[&str]) -> CardList {
        CardList { counter, rids: rids.iter().map(|rid| (*rid).to_owned()).collect() }
    }

    #[test]
    fn the_key_set_is_read_back_and_each_list_names_its_key() {
        let keys = [KeyType::P256, KeyType::P256].map(|kind| PrivateKey::generate(kind).expect("a key"));
        let published: Vec<_> = keys
            .iter()
            .zip([list(1, &[]), list(3, &["AQPCj4wwk6M"])])
            .map(|(key, list)| PublishedKey { key: key.verifying_key(), list })
            .collect();
        let files = static_files(&published).expect("files");
        let [first, second, set] = files.as_slice() else { panic!("two lists and a set") };
        assert_eq!(set.path, PathBuf::from(".well-known/jwks.json"));
        let read = JwkSet::parse(&set.bytes).expect("a key set");
        for (key, file) in keys.iter().zip([first, second]) {
            let kid = Base64UrlUnpadded::encode_string(&key.verifying_key().jwk_thumbprint());
            assert!(read.get(&kid) == Some(key.verifying_key()));
            assert_eq!(file.path, PathBuf::from(format!(".well-known/crl/{kid}.json")));
            let list: Value = serde_json::from_slice(&file.bytes).expect("JSON");
            assert_eq!((list["kid"].as_str(), list["method"].as_str()), (Some(kid.as_str()), Some("rid")));
        }
        let set: Value = serde_json::from_slice(&set.bytes).expect("JSON");
        assert_eq!((&set["keys"][0]["crlVersion"], &set["keys"][1]["crlVersion"]), (&json!(1), &json!(3)));
        assert!(set["keys"][0].get("d").is_none());
    }

    #[test]
    fn what_no_verifier_would_take_is_not_published() {
        let (p256, ed25519) = (
            PrivateKey::generate(KeyType::P256).expect("a key"),
            PrivateKey::generate(KeyType::Ed25519).expect("a key"),
        );
        let of = |key: &PrivateKey| PublishedKey { key: key.verifying_key(), list: list(1, &[]) }.key.clone();
        let (p256, ed25519) = (of(&p256), of(&ed25519));
        let publish = |keys: &[&VerifyingKey]| {
            let keys: Vec<_> = keys.iter().map(|key| PublishedKey { key, list: list(1, &[]) }).collect();
            static_files(&keys).err()
        };
        assert_eq!(publish(&[&ed25519]), Some(PublishProblem::Algorithm));
        assert_eq!(publish(&[&p256, &p256]), Some(PublishProblem::Twice));
        for bad in [
            "http://a.example",
            "https://a.example/",
            "https://",
            "https://a.example/ b",
            "https://a.example#x",
            "a.example",
        ] {
            assert_eq!(check_issuer(bad), Err(PublishProblem::Issuer), "{bad}");
        }
        assert_eq!(check_issuer("https://card.example/issuer"), Ok(()));
    }

    #[test]
    fn a_number_is_stable_short_and_of_its_own_certificate() {
        let number = card_number(&[7; 32], "ABC");
        assert_eq!((number.len(), shc::is_rid(&number)), (11, true));
        assert_eq!(card_number(&[7; 32], "ABC"), number);
        assert!(card_number(&[8; 32], "ABC") != number && card_number(&[7; 32], "ABD") != number);
    }
}
