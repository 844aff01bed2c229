//! Withdrawn certificates by hash: the importer's exact sets against the published filters, and against every
//! certificate of the vectors.

use ciborium::Value as Cbor;
use data_encoding::BASE64;
use p256::ecdsa::Signature;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tegata_certificate::{Algorithm, Sealed, UnixTime};
use tegata_tests::vectors::{self, Manifest, Tally};
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy};
use tegata_trust_lists::{Header, Withdrawable, Withdrawals};

use crate::dcc;

/// The present of these tests: 2022-01-01.
const NOW: UnixTime = UnixTime(1_640_995_200);

pub fn all(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("revocation");
    for name in manifest.below("revocation", "json") {
        for (place, case) in vectors::json(&manifest.path(name)).as_array().into_iter().flatten().enumerate() {
            exact_set(&mut tally, &format!("{name} {place}"), case);
        }
    }
    let mut certificates = 0;
    for line in vectors::json_lines(&manifest.path("texts.jsonl")) {
        certificates += u64::from(withdrawn_and_not(&mut tally, line["id"].as_str(), line["text"].as_str()).is_some());
    }
    for name in manifest.below("vectors", "json") {
        let file = vectors::json(&manifest.path(name));
        certificates += u64::from(withdrawn_and_not(&mut tally, Some(name), file["PREFIX"].as_str()).is_some());
    }
    tally.check("certificates were tried", certificates > 400);
    tally.skip_many("the bits of Bloom filters: lists are read as exact sets", 4);
    tally
}

fn hash(parts: &[&[u8]]) -> String {
    BASE64.encode(&Sha256::digest(parts.concat())[..16])
}

fn batch(kid: &str, kind: &str, hashes: Vec<String>) -> Json {
    let entries: Vec<_> = hashes.into_iter().map(|hash| json!({ "hash": hash })).collect();
    json!({ "country": "XA", "expires": "2022-06-01T00:00:00Z", "kid": kid, "hashType": kind, "entries": entries })
}

/// What a verifier would have of these batches.
fn list(batches: &[Json]) -> Option<Withdrawals> {
    let file =
        |(place, batch): (usize, &Json)| InputFile { name: format!("{place}.json"), bytes: batch.to_string().into() };
    let files: Vec<_> = batches.iter().enumerate().map(file).collect();
    let policy = Policy { unsigned_ok: true, ..Policy::new(NOW) };
    let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    let imported = ListKind::EuHashes.read(&input).ok()?;
    let header =
        Header { version: 1, issued_at: NOW, expires_at: NOW.plus(86_400), repository_id: "DEMO/hashes".to_owned() };
    Withdrawals::new(header, 1, "batches", imported.withdrawals).ok()
}

/// A published filter holds what was written into it; so does the exact set of the same texts.
fn exact_set(tally: &mut Tally, id: &str, case: &Json) {
    let texts: Vec<_> = case["data"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let written: Vec<_> = case["written"].as_array().into_iter().flatten().map(|flag| flag == 1).collect();
    let exists: Json = case["exists"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let hashes = texts.iter().zip(&written).filter(|(_, written)| **written).map(|(text, _)| hash(&[text.as_bytes()]));
    let Some(list) = list(&[batch("UNKNOWN_KID", "UCI", hashes.collect())]) else {
        return tally.check(format!("{id} imports"), false);
    };
    for (place, text) in texts.iter().enumerate() {
        let what = Withdrawable::Hc1 {
            kid: &[7; 8],
            uci: Some(text),
            country: None,
            algorithm: Algorithm::Es256,
            signature: &[1; 64],
        };
        tally.check(format!("{id} `{text}`"), exists[place] == i32::from(list.holds(&what)));
    }
}

/// What names a certificate of the vectors.
struct Named {
    kid: Vec<u8>,
    uci: String,
    country: String,
    algorithm: Algorithm,
    signature: Vec<u8>,
}

impl Named {
    fn of(text: &str) -> Option<Self> {
        let sealed = Sealed::decode(text).ok()?;
        let message: Cbor = ciborium::from_reader(sealed.message()).ok()?;
        let parts = match &message {
            Cbor::Tag(_, inner) => inner.as_array()?,
            other => other.as_array()?,
        };
        // Shorter ones are a fault on purpose, and sign nothing.
        let signature = parts.get(3)?.as_bytes().filter(|signature| signature.len() >= 64)?.clone();
        let claims = dcc::claims(&sealed)?;
        let members = dcc::payload(&claims)?.as_map()?;
        let entries = members.iter().filter(|(key, _)| matches!(key.as_text(), Some("v" | "t" | "r")));
        let entry = entries.filter_map(|(_, value)| value.as_array()?.first()?.as_map()).next()?;
        let text = |name: &str| entry.iter().find(|(key, _)| key.as_text() == Some(name))?.1.as_text();
        let kid = sealed.kid().filter(|kid| kid.len() == 8)?.to_vec();
        let algorithm = if signature.len() == 64 { Algorithm::Es256 } else { Algorithm::Ps256 };
        Some(Self { kid, uci: text("ci")?.to_owned(), country: text("co")?.to_owned(), algorithm, signature })
    }

    fn is_in(&self, list: &Withdrawals) -> bool {
        list.holds(&Withdrawable::Hc1 {
            kid: &self.kid,
            uci: Some(&self.uci),
            country: Some(&self.country),
            algorithm: self.algorithm,
            signature: &self.signature,
        })
    }
}

/// A certificate is found by each of the three hashes made from it, and after a change by none.
fn withdrawn_and_not(tally: &mut Tally, id: Option<&str>, text: Option<&str>) -> Option<()> {
    let (id, named) = (id?, Named::of(text?)?);
    let kid = BASE64.encode(&named.kid);
    let signed = match named.algorithm {
        Algorithm::Es256 => &named.signature[..32],
        _ => &named.signature[..],
    };
    let (uci, country) = (named.uci.as_bytes(), named.country.as_bytes());
    let kinds = [("UCI", hash(&[uci])), ("COUNTRYCODEUCI", hash(&[country, uci])), ("SIGNATURE", hash(&[signed]))];
    for (kind, hash) in kinds {
        let Some(list) = list(&[batch(&kid, kind, vec![hash])]) else {
            tally.check(format!("{id} {kind} imports"), false);
            continue;
        };
        let other_key = Named { kid: vec![0xee; 8], ..named.copy() };
        let held = named.is_in(&list)
            && !other_key.is_in(&list)
            && changes(&named, kind).iter().all(|other| !other.is_in(&list));
        tally.check(format!("{id} {kind}"), held);
        if let (Some(negated), "SIGNATURE") = (named.with_negated_s(), kind) {
            tally.check(format!("{id} with s negated"), negated.is_in(&list));
        }
    }
    Some(())
}

/// The certificate, changed in what the kind of hash looks at.
fn changes(named: &Named, kind: &str) -> Vec<Named> {
    let uci = Named { uci: format!("{}0", named.uci), ..named.copy() };
    let case = named.uci.to_lowercase();
    let country = Named { country: format!("{}X", named.country), ..named.copy() };
    let mut signature = named.copy();
    signature.signature[5] ^= 1;
    match kind {
        "UCI" if case != named.uci => vec![uci, Named { uci: case, ..named.copy() }],
        "UCI" => vec![uci],
        "COUNTRYCODEUCI" => vec![uci, country],
        _ => vec![signature],
    }
}

impl Named {
    fn copy(&self) -> Self {
        Self {
            kid: self.kid.clone(),
            uci: self.uci.clone(),
            country: self.country.clone(),
            algorithm: self.algorithm,
            signature: self.signature.clone(),
        }
    }

    /// The other signature that anybody can make of an ES256 one.
    fn with_negated_s(&self) -> Option<Self> {
        let signature = Signature::from_slice(&self.signature).ok().filter(|_| self.algorithm == Algorithm::Es256)?;
        let (r, s) = signature.split_scalars();
        let negated = Signature::from_scalars(r, -*s).ok()?;
        Some(Self { signature: negated.to_bytes().to_vec(), ..self.copy() })
    }
}
