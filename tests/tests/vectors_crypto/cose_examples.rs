//! The COSE working group's examples: messages with signatures, and the keys that made them.
//!
//! COSE_Sign1 goes through the product's own reader. COSE_Sign occurs in trust lists only, with
//! the lists' own external data; its examples, and those with external data of their own, are
//! taken apart here, and the product's keys check the signatures.

use std::path::Path;

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::{Algorithm, Format, Sealed, VerifyingKey, cbor::Profile};
use tegata_tests::vectors::{self, Tally};

use crate::bytes;

pub fn all(family: &Path) -> Tally {
    let mut tally = Tally::new("cose-wg");
    for path in vectors::files_below(family, "json") {
        let id = path.strip_prefix(family).unwrap_or(&path).display().to_string();
        let file = vectors::json(&path);
        let message = bytes(&file["output"], "cbor");
        let wanted = file["fail"] != true;
        let input = &file["input"];
        if let Some(sign1) = input.get("sign0") {
            match Signer::of(sign1) {
                Signer::Ours(key) => tally.check(id, sign1_holds(&message, sign1, &key) == wanted),
                Signer::OtherAlgorithm(key) => {
                    let opens = lenient(&message).is_some_and(|sealed| sealed.open(&key).is_ok());
                    tally.check(format!("{id} in an algorithm not the key's"), !opens);
                }
                Signer::OtherKey => tally.skip("a kind of key that is not used here, and refused"),
            }
        } else if let Some(sign) = input.get("sign") {
            let signers = sign["signers"].as_array().expect("signers");
            let ours = |signer: &Json| match Signer::of(signer) {
                Signer::Ours(key) => Some(key),
                _ => None,
            };
            match signers.iter().map(ours).collect::<Option<Vec<_>>>() {
                Some(keys) => tally.check(id, sign_holds(&message, signers, &keys) == wanted),
                None => tally.skip("COSE_Sign in an algorithm that is not used here"),
            }
        } else {
            match lenient(&message) {
                None => tally.skip("encryption or MAC: no part of the product, and refused"),
                Some(_) => tally.check(format!("{id} is no certificate"), false),
            }
        }
    }
    tally
}

fn lenient(message: &[u8]) -> Option<Sealed> {
    Sealed::from_message(message.to_vec(), Format::EuDcc, Profile::Lenient).ok()
}

fn sign1_holds(message: &[u8], sign1: &Json, key: &VerifyingKey) -> bool {
    let held = lenient(message).is_some_and(|sealed| sealed.open(key).is_ok());
    if sign1.get("external").is_none() {
        return held;
    }
    // No certificate is signed together with external data: our reader must say no.
    let Some([protected, unprotected, payload, signature]) = parts(message, TAG_SIGN1) else {
        return false;
    };
    let part = Part { protected, unprotected, signature };
    !held && part.holds("Signature1", None, external(sign1), &payload, key)
}

/// Whether every signature of a message with several holds.
fn sign_holds(message: &[u8], signers: &[Json], keys: &[VerifyingKey]) -> bool {
    let Some([body, _, payload, Cbor::Array(signatures)]) = parts(message, TAG_SIGN) else {
        return false;
    };
    let held = signatures.into_iter().zip(signers).zip(keys).all(|((signature, signer), key)| {
        let Some([protected, unprotected, signature]) = array(signature) else { return false };
        let part = Part { protected, unprotected, signature };
        part.holds("Signature", Some(&body), external(signer), &payload, key)
    });
    held && signers.len() == keys.len()
}

fn external(signer: &Json) -> Cbor {
    Cbor::Bytes(signer.get("external").map(|_| bytes(signer, "external")).unwrap_or_default())
}

const TAG_SIGN1: u64 = 18;
const TAG_SIGN: u64 = 98;

/// The four parts of a message with this tag, or without any.
fn parts(message: &[u8], tag: u64) -> Option<[Cbor; 4]> {
    match ciborium::from_reader(message).ok()? {
        Cbor::Tag(own, inner) if own == tag => array(*inner),
        untagged => array(untagged),
    }
}

fn array<const N: usize>(value: Cbor) -> Option<[Cbor; N]> {
    value.into_array().ok()?.try_into().ok()
}

/// A signature and its headers.
struct Part {
    protected: Cbor,
    unprotected: Cbor,
    signature: Cbor,
}

impl Part {
    /// RFC 9052 section 4.4. A header without parameters is signed as an empty string.
    fn holds(&self, context: &str, body: Option<&Cbor>, external: Cbor, payload: &Cbor, key: &VerifyingKey) -> bool {
        let signed_header = |header: &Cbor| match header.as_bytes().map(Vec::as_slice) {
            Some([0xa0]) => Cbor::Bytes(Vec::new()),
            _ => header.clone(),
        };
        let mut structure = vec![Cbor::from(context)];
        structure.extend(body.map(signed_header));
        structure.extend([signed_header(&self.protected), external, payload.clone()]);
        let mut signed = Vec::new();
        ciborium::into_writer(&Cbor::Array(structure), &mut signed).expect("writing to memory");
        let signature = self.signature.as_bytes().map(Vec::as_slice).unwrap_or_default();
        let holds = key.verify(&signed, signature).is_ok();
        vectors::record_signature(key, &signed, signature, holds);
        self.algorithm() == Some(key.algorithm()) && holds
    }

    fn algorithm(&self) -> Option<Algorithm> {
        let protected = self.protected.as_bytes()?;
        let protected: Option<Cbor> = ciborium::from_reader(protected.as_slice()).ok();
        let named = |header: &Cbor| {
            let members = header.as_map()?;
            let (_, value) = members.iter().find(|(label, _)| *label == Cbor::from(1))?;
            i64::try_from(value.as_integer()?).ok()
        };
        let number = protected.as_ref().and_then(named).or_else(|| named(&self.unprotected))?;
        Algorithm::from_cose(number)
    }
}

/// Who signs in an example.
enum Signer {
    /// With a key and an algorithm of ours.
    Ours(VerifyingKey),
    /// With a key of ours, but in another algorithm than ours for it.
    OtherAlgorithm(VerifyingKey),
    /// With a key that is refused.
    OtherKey,
}

impl Signer {
    /// A failure case may name another algorithm in its message; here counts the one that the
    /// signer meant.
    fn of(signer: &Json) -> Self {
        let key = cose_key(&signer["key"]).map(|key| VerifyingKey::from_cose_key(&key));
        let Some(Ok(key)) = key else { return Self::OtherKey };
        let places = [&signer["alg"], &signer["protected"]["alg"], &signer["unprotected"]["alg"]];
        let named = places.into_iter().find_map(Json::as_str).unwrap_or_default();
        // The files write RSA-PSS-256 where the registry says PS256.
        key.prepare();
        match Algorithm::from_name(&named.replace("RSA-PSS-", "PS")) == Some(key.algorithm()) {
            true => Self::Ours(key),
            false => Self::OtherAlgorithm(key),
        }
    }
}

/// The public half of a key of these files, as a COSE_Key in deterministic encoding.
pub fn cose_key(key: &Json) -> Option<Vec<u8>> {
    let part = |name: &str| {
        let hex = key[format!("{name}_hex")].as_str().and_then(vectors::hex);
        hex.or_else(|| key[name].as_str().and_then(vectors::base64url)).map(Cbor::Bytes)
    };
    let curve = |name: &str| match name {
        "P-256" => Some(1),
        "P-384" => Some(2),
        "P-521" => Some(3),
        "Ed25519" => Some(6),
        "Ed448" => Some(7),
        _ => None,
    };
    let curve = key["crv"].as_str().and_then(curve).map(Cbor::from);
    let (kind, parameters) = match key["kty"].as_str()? {
        "OKP" => (1, vec![(-1, curve?), (-2, part("x")?)]),
        "EC" | "EC2" => (2, vec![(-1, curve?), (-2, part("x")?), (-3, part("y")?)]),
        "RSA" => (3, vec![(-1, part("n")?), (-2, part("e")?)]),
        _ => return None,
    };
    let mut members = vec![(Cbor::from(1), Cbor::from(kind))];
    members.extend(parameters.into_iter().map(|(label, value)| (Cbor::from(label), value)));
    let mut bytes = Vec::new();
    ciborium::into_writer(&Cbor::Map(members), &mut bytes).ok()?;
    Some(bytes)
}
