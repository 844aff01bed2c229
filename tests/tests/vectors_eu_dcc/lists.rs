//! The certificates of the vectors as national lists, through the importers: every key that a vector needs is
//! found again by its message's kid, scoped to what its certificate says.

use data_encoding::BASE64;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tegata_certificate::cbor::Writer;
use tegata_certificate::{Country, Format, Sealed, SignerCertificate, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::vectors::{self, Manifest, Tally};
use tegata_trust_lists::TrustState;
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, ListSigner, Policy};
use tegata_trust_lists::publish::{DemoRepository, Draft, DraftImport};

/// The present of these tests: 2022-01-01.
const NOW: UnixTime = UnixTime(1_640_995_200);

/// SubjectPublicKeyInfo of a P-256 key, up to its point (RFC 5480).
const SPKI_P256: [u8; 26] =
    [48, 89, 48, 19, 6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 8, 42, 134, 72, 206, 61, 3, 1, 7, 3, 66, 0];

pub fn all(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("lists");
    let certificates = certificates(manifest);
    let publisher = PrivateKey::generate(KeyType::P256).expect("a key");
    let signer = signer(&publisher);
    let lists = [
        (ListKind::Austria, austrian(&certificates, &publisher)),
        (ListKind::Germany, german(&certificates, &publisher)),
        (ListKind::Gateway, vec![file("gateway.json", gateway(&certificates).to_string())]),
        (ListKind::Certificates, certificates.iter().map(|(der, _)| file("dsc.der", der.clone())).collect()),
    ];
    for (kind, files) in lists {
        let name = kind.name();
        match read(kind, &files, Some(&signer)) {
            Ok(imported) => found_again(&mut tally, manifest, name, imported),
            Err(error) => tally.check(format!("{name}: {error}"), false),
        }
        if matches!(kind, ListKind::Austria | ListKind::Germany) {
            refusals(&mut tally, kind, &files, &signer);
        }
    }
    tally
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: bytes.into() }
}

/// Each signer certificate of the vectors once, with the country of its folder.
fn certificates(manifest: &Manifest) -> Vec<(Vec<u8>, Option<String>)> {
    let mut all = BTreeMap::new();
    for name in manifest.below("vectors", "json") {
        let file = vectors::json(&manifest.path(name));
        let country = name.split('/').nth(1).filter(|folder| folder.len() == 2).map(str::to_owned);
        if let Some(der) = file["TESTCTX"]["CERTIFICATE"].as_str().and_then(vectors::base64) {
            all.entry(der).or_insert(country);
        }
    }
    all.into_iter().collect()
}

fn signer(key: &PrivateKey) -> ListSigner {
    let cose_key = key.verifying_key().to_cose_key();
    // {1: 2, -1: 1, -2: bstr 32, -3: bstr 32} has its coordinates at these places.
    let (x, y) = (&cose_key[8..40], &cose_key[43..75]);
    let spki = [&SPKI_P256[..], &[4], x, y].concat();
    ListSigner::parse(&spki).expect("a key")
}

fn read(kind: ListKind, files: &[InputFile], signer: Option<&ListSigner>) -> Result<Imported, ImportError> {
    let unsigned_ok = matches!(kind, ListKind::Gateway | ListKind::Certificates);
    let policy = Policy { keep_expired: true, keep_test: true, unsigned_ok, ..Policy::new(NOW) };
    // The certificates of `common` name no country.
    let country = Country::parse("XA");
    kind.read(&Input { files, signer, country, iss: None, anchors: &[], policy: &policy })
}

fn austrian(certificates: &[(Vec<u8>, Option<String>)], key: &PrivateKey) -> Vec<InputFile> {
    let mut content = Writer::default();
    content.map(1);
    content.text("c");
    content.array(certificates.len());
    for (der, _) in certificates {
        content.map(2);
        content.text("i");
        content.bytes(&Sha256::digest(der)[..8]);
        content.text("c");
        content.bytes(der);
    }
    let content = content.into_bytes();
    vec![file("content", content.clone()), file("signature", austrian_signature(&content, 2, key))]
}

fn austrian_signature(content: &[u8], version: u64, key: &PrivateKey) -> Vec<u8> {
    let mut protected = Writer::default();
    protected.map(3);
    for (label, value) in [(1, -7), (42, version as i64)] {
        protected.int(label);
        protected.int(value);
    }
    protected.int(4);
    protected.bytes(&[1; 8]);
    let mut claims = Writer::default();
    claims.map(3);
    claims.uint(5);
    claims.int(NOW.0 - 3600);
    claims.uint(4);
    claims.int(NOW.0 + 3600);
    claims.uint(2);
    claims.bytes(&Sha256::digest(content));
    let (protected, claims) = (protected.into_bytes(), claims.into_bytes());
    let mut input = Writer::default();
    input.array(4);
    input.text("Signature1");
    [&protected[..], &[], &claims].iter().for_each(|part| input.bytes(part));
    let signature = key.sign(&input.into_bytes()).expect("signs");
    let mut message = Writer::default();
    message.tag(18);
    message.array(4);
    message.bytes(&protected);
    message.map(0);
    message.bytes(&claims);
    message.bytes(&signature);
    message.into_bytes()
}

fn gateway(certificates: &[(Vec<u8>, Option<String>)]) -> Json {
    let entry = |(der, country): &(Vec<u8>, Option<String>)| {
        let hash = Sha256::digest(der);
        json!({
            "kid": BASE64.encode(&hash[..8]),
            "timestamp": "2021-06-01T00:00:00Z",
            "country": country,
            "certificateType": "DSC",
            "thumbprint": base16(&hash),
            "rawData": BASE64.encode(der),
        })
    };
    let other = json!({ "kid": "AAAAAAAAAAA=", "country": "DE", "certificateType": "UPLOAD", "rawData": "AAAA" });
    certificates.iter().map(entry).chain([other]).collect()
}

fn base16(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn german(certificates: &[(Vec<u8>, Option<String>)], key: &PrivateKey) -> Vec<InputFile> {
    let body = json!({ "certificates": gateway(certificates) }).to_string();
    let signature = BASE64.encode(&key.sign(body.as_bytes()).expect("signs"));
    vec![file("trustlist", format!("{signature}\n{body}"))]
}

/// A changed byte anywhere in the list, or another signer, and nothing of it is taken.
fn refusals(tally: &mut Tally, kind: ListKind, files: &[InputFile], by: &ListSigner) {
    let name = kind.name();
    let stranger = signer(&PrivateKey::generate(KeyType::P256).expect("a key"));
    tally.check(format!("{name} by a stranger"), read(kind, files, Some(&stranger)).is_err());
    tally.check(format!("{name} without signer"), read(kind, files, None).err() == Some(ImportError::SignerMissing));
    for which in 0..files.len() {
        let length = files[which].bytes.len();
        for place in (0..length).step_by(length.div_ceil(200)) {
            let mut files = files.to_vec();
            files[which].bytes[place] ^= 1;
            // A line end behind the signature may become another blank.
            let taken = read(kind, &files, Some(by)).is_ok();
            tally.check(format!("{name} file {which} with byte {place} changed"), !taken);
        }
    }
}

/// Loads the list as a verifier does; each vector's message then finds its key.
fn found_again(tally: &mut Tally, manifest: &Manifest, name: &str, mut imported: Imported) {
    let mut draft = Draft::new("DEMO/eu-dcc");
    let record = DraftImport::new(name, name, [].into_iter(), NOW);
    if let Err(error) = draft.merge(&mut imported, record, false, NOW) {
        return tally.check(format!("{name}: {error}"), false);
    }
    let lists = draft.lists().expect("lists");
    let mut demo = DemoRepository::new("eu-dcc", NOW).expect("a repository");
    (demo.issuers, demo.keys) = (lists.issuers, lists.keys);
    let (bundle, pin) = demo.publish(NOW).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW).expect("loads");
    for vector in manifest.below("vectors", "json") {
        let file = vectors::json(&manifest.path(vector));
        let der = file["TESTCTX"]["CERTIFICATE"].as_str().and_then(vectors::base64);
        let signer = der.and_then(|der| SignerCertificate::from_der(&der).ok());
        let sealed = file["PREFIX"].as_str().and_then(|text| Sealed::decode(text).ok());
        let (Some(signer), Some(sealed)) = (signer, sealed) else { continue };
        let Some(kid) = sealed.kid().filter(|kid| Some(*kid) == signer.sha256.get(..8)) else { continue };
        if sealed.open(&signer.key).is_err() {
            continue;
        }
        let mut keys = state.candidates(Format::EuDcc, kid);
        let found = keys.find(|key| key.kid == signer.sha256 && sealed.open(&key.key).is_ok());
        let scoped = found.is_some_and(|key| {
            key.formats == [Format::EuDcc]
                && key.kinds == signer.kinds
                && (key.sign_from, key.valid_until) == (signer.not_before, signer.not_after)
        });
        tally.check(format!("{name} {vector}"), scoped);
    }
}
