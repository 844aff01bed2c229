//! Lists of others: what of them is taken, what is refused, and what becomes of it in the working state.

mod keys;
mod merges;
mod withdrawals;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use tegata_certificate::{Country, UnixTime, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, ListSigner, Policy};

/// 2026-01-01.
const NOW: UnixTime = UnixTime(1_767_225_600);

/// SubjectPublicKeyInfo of a P-256 key, up to its point (RFC 5480).
const SPKI_P256: [u8; 26] =
    [48, 89, 48, 19, 6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 8, 42, 134, 72, 206, 61, 3, 1, 7, 3, 66, 0];

fn p256() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).expect("a key")
}

/// The coordinates of a P-256 key, which stand at these places of its COSE_Key.
fn point(key: &VerifyingKey) -> ([u8; 32], [u8; 32]) {
    let cose_key = key.to_cose_key();
    let part = |at: usize| cose_key[at..at + 32].try_into().expect("32 bytes");
    (part(8), part(43))
}

fn spki(key: &PrivateKey) -> Vec<u8> {
    let (x, y) = point(key.verifying_key());
    [&SPKI_P256[..], &[4], &x, &y].concat()
}

fn signer(key: &PrivateKey) -> ListSigner {
    ListSigner::parse(&spki(key)).expect("a public key")
}

fn jwk(key: &PrivateKey) -> Value {
    let (x, y) = point(key.verifying_key());
    let text = Base64UrlUnpadded::encode_string;
    let kid = text(&key.verifying_key().jwk_thumbprint());
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": text(&x), "y": text(&y) })
}

fn b64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

fn country(code: &str) -> Country {
    Country::parse(code).expect("a code")
}

/// An input of JSON files, and whatever else a test changes.
struct Scene {
    files: Vec<InputFile>,
    signer: Option<ListSigner>,
    country: Option<Country>,
    iss: Option<String>,
    policy: Policy,
}

impl Scene {
    fn of(files: &[Value]) -> Self {
        let named = |(place, value): (usize, &Value)| file(&format!("{place}.json"), value.to_string());
        Self {
            files: files.iter().enumerate().map(named).collect(),
            signer: None,
            country: None,
            iss: None,
            policy: Policy { unsigned_ok: true, ..Policy::new(NOW) },
        }
    }

    fn read(&self, kind: ListKind) -> Result<Imported, ImportError> {
        let (signer, iss) = (self.signer.as_ref(), self.iss.as_deref());
        kind.read(&Input { files: &self.files, signer, country: self.country, iss, anchors: &[], policy: &self.policy })
    }
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: bytes.into() }
}
