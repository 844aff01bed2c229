//! The flags of a vector: each says whether one relation between its fields holds.

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::{Format, Sealed, SignerCertificate, UnixTime, base45, deflate, eu_dcc::schema};
use tegata_tests::published::{Published, published};
use tegata_tests::specimen::NOW;
use tegata_tests::vectors::{self, Manifest, Plain, Reading, Tally, cbor_of_json};
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy};
use tegata_verifier::tool::{Limits, read_codes};

use crate::{KnownBroken, dcc};

/// How one flag is judged: whether its relation holds, or `None` where an input is missing.
type Judge = fn(&Vector) -> Option<bool>;

const FLAGS: [(&str, Judge); 12] = [
    ("EXPECTEDPICTUREDECODE", picture),
    ("EXPECTEDUNPREFIX", unprefix),
    ("EXPECTEDB45DECODE", b45decode),
    ("EXPECTEDCOMPRESSION", compression),
    ("EXPECTEDVERIFY", verify),
    ("EXPECTEDDECODE", decode),
    ("EXPECTEDVALIDJSON", valid_json),
    ("EXPECTEDSCHEMAVALIDATION", schema_validation),
    ("EXPECTEDVALIDOBJECT", valid_object),
    ("EXPECTEDEXPIRATIONCHECK", expiration),
    ("EXPECTEDKEYUSAGE", key_usage),
    ("EXPECTEDENCODE", encode),
];

pub fn all(manifest: &Manifest, known_broken: &KnownBroken) -> Vec<Tally> {
    let mut tallies: BTreeMap<&str, Tally> = FLAGS.iter().map(|(flag, _)| (*flag, Tally::new(*flag))).collect();
    for name in manifest.below("vectors", "json") {
        let vector = Vector::read(manifest, name);
        vector.record();
        for (flag, judge) in FLAGS {
            let Some(wanted) = vector.file["EXPECTEDRESULTS"][flag].as_bool() else { continue };
            let tally = tallies.get_mut(flag).expect("a tally a flag");
            if known_broken.contains_key(&(name.to_owned(), flag.to_owned())) {
                tally.skip("contradicts itself: see known-broken.tsv");
                continue;
            }
            match judge(&vector) {
                Some(held) => tally.check(format!("{name} (wanted {wanted})"), held == wanted),
                None => tally.skip("an input is missing"),
            }
        }
    }
    FLAGS.iter().filter_map(|(flag, _)| tallies.remove(flag)).collect()
}

/// One published file.
struct Vector {
    file: Json,
}

impl Vector {
    fn read(manifest: &Manifest, name: &str) -> Self {
        Self { file: vectors::json(&manifest.path(name)) }
    }

    /// Notes what a verifier that lists its certificate says of its text.
    fn record(&self) {
        let (Some(text), Some(bytes)) = (self.text("PREFIX"), self.certificate()) else { return };
        let now = self.clock().unwrap_or(NOW);
        let files = [InputFile { name: "certificate".to_owned(), bytes }];
        let policy = Policy { unsigned_ok: true, keep_expired: true, ..Policy::new(now) };
        let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
        let Published { bundle, pin, .. } = published(ListKind::Certificates.read(&input), now);
        vectors::record(&bundle, &pin, text, now);
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.file[field].as_str().filter(|text| !text.is_empty())
    }

    fn hex(&self, field: &str) -> Option<Vec<u8>> {
        vectors::hex(self.text(field)?)
    }

    /// Where `COSE` is missing, the message is taken from `PREFIX`.
    fn message(&self) -> Option<Sealed> {
        let from_text = || dcc::message_of_text(self.text("PREFIX")?);
        dcc::sealed(self.hex("COSE").or_else(from_text)?)
    }

    fn claims(&self) -> Option<Cbor> {
        dcc::claims(&self.message()?)
    }

    /// The payload as a verifier comes to it, from the scanned text.
    fn scanned_payload(&self) -> Option<Cbor> {
        let sealed = Sealed::decode(self.text("PREFIX")?).ok()?;
        dcc::payload(&dcc::claims(&sealed)?).cloned()
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        vectors::base64(self.file["TESTCTX"]["CERTIFICATE"].as_str()?)
    }

    /// A clock without a zone is in UTC.
    fn clock(&self) -> Option<UnixTime> {
        let clock = self.file["TESTCTX"]["VALIDATIONCLOCK"].as_str()?;
        UnixTime::parse(clock).or_else(|| UnixTime::parse(&format!("{clock}Z")))
    }
}

fn picture(vector: &Vector) -> Option<bool> {
    let picture = vectors::base64(vector.text("2DCODE")?)?;
    let text = vector.text("PREFIX")?;
    let codes = read_codes(&picture, &Limits::default());
    Some(codes.is_ok_and(|codes| codes.iter().any(|code| code.text == text)))
}

fn unprefix(vector: &Vector) -> Option<bool> {
    let (text, base45) = (vector.text("PREFIX")?, vector.text("BASE45")?);
    let family = Format::recognise(text);
    Some(family == Ok(Format::EuDcc) && text.strip_prefix("HC1:") == Some(base45))
}

fn b45decode(vector: &Vector) -> Option<bool> {
    let decoded = base45::decode(vector.text("BASE45")?);
    if vector.text("COMPRESSED").is_some() {
        let compressed = vector.hex("COMPRESSED");
        return Some(decoded.ok().is_some_and(|decoded| Some(decoded) == compressed));
    }
    let message = vector.hex("COSE")?;
    let inflated = decoded.and_then(|decoded| deflate::inflate(&decoded));
    Some(inflated.is_ok_and(|inflated| inflated == message))
}

fn compression(vector: &Vector) -> Option<bool> {
    let (compressed, message) = (vector.hex("COMPRESSED")?, vector.hex("COSE")?);
    Some(deflate::inflate(&compressed).is_ok_and(|inflated| inflated == message))
}

fn verify(vector: &Vector) -> Option<bool> {
    let signer = SignerCertificate::from_der(&vector.certificate()?);
    let (Ok(signer), Some(sealed)) = (signer, vector.message()) else { return Some(false) };
    let kid_is_its = sealed.kid() == signer.sha256.get(..Format::EuDcc.kid_length());
    Some(kid_is_its && sealed.open(&signer.key).is_ok())
}

fn decode(vector: &Vector) -> Option<bool> {
    let wanted: Option<Cbor> = ciborium::from_reader(vector.hex("CBOR")?.as_slice()).ok();
    let (Some(wanted), Some(claims)) = (wanted, vector.claims()) else { return Some(false) };
    // `CBOR` is the payload alone or the whole set of claims.
    let found = match dcc::payload(&wanted) {
        Some(_) => Some(&claims),
        None => dcc::payload(&claims),
    };
    let exact = |value| Plain::from_cbor(value, Reading::Exact);
    Some(found.is_some_and(|found| exact(found) == exact(&wanted)))
}

fn valid_json(vector: &Vector) -> Option<bool> {
    let wanted = Plain::from_json(vector.file.get("JSON")?, Reading::Loose);
    let found = vector.scanned_payload();
    Some(found.is_some_and(|found| Plain::from_cbor(&found, Reading::Loose) == wanted))
}

fn schema_validation(vector: &Vector) -> Option<bool> {
    vector.text("PREFIX")?;
    Some(vector.scanned_payload().is_some_and(|found| fits(&found)))
}

fn valid_object(vector: &Vector) -> Option<bool> {
    Some(fits(&cbor_of_json(vector.file.get("JSON")?)))
}

fn fits(payload: &Cbor) -> bool {
    schema::is_valid(&schema::findings(&vectors::as_read(payload)))
}

/// Judged by the claims as they stand, and by the product's certificate where the signature holds:
/// both must say the same.
fn expiration(vector: &Vector) -> Option<bool> {
    let (clock, claims) = (vector.clock()?, vector.claims()?);
    let at = |number| dcc::claim(&claims, number).and_then(dcc::seconds);
    #[allow(clippy::cast_precision_loss, reason = "times of this era are exact")]
    let now = clock.0 as f64;
    let plain = at(dcc::ISSUED_AT)? <= now && now <= at(dcc::EXPIRES_AT)?;
    let signer = vector.certificate().and_then(|der| SignerCertificate::from_der(&der).ok());
    let Some((signer, sealed)) = signer.zip(vector.message()) else { return Some(plain) };
    let Ok(authentic) = sealed.open(&signer.key) else { return Some(plain) };
    let read = authentic.read().ok()?;
    let ours = read.issued_at.is_some_and(|at| at <= clock) && read.expires_at.is_some_and(|at| clock <= at);
    assert_eq!(plain, ours, "the product's times differ from the message's");
    Some(plain)
}

fn key_usage(vector: &Vector) -> Option<bool> {
    let signer = SignerCertificate::from_der(&vector.certificate()?).ok()?;
    let kinds = dcc::kinds(dcc::payload(&vector.claims()?)?);
    Some(!kinds.is_empty() && kinds.iter().all(|kind| signer.kinds.contains(kind)))
}

fn encode(vector: &Vector) -> Option<bool> {
    let json = vector.file.get("JSON")?;
    let wanted: Cbor = ciborium::from_reader(vector.hex("CBOR")?.as_slice()).ok()?;
    let wanted = dcc::payload(&wanted).unwrap_or(&wanted);
    let mut encoded = Vec::new();
    ciborium::into_writer(&cbor_of_json(json), &mut encoded).expect("writing to memory");
    let read: Cbor = ciborium::from_reader(encoded.as_slice()).ok()?;
    let loose = |value| Plain::from_cbor(value, Reading::Loose);
    Some(loose(&read) == loose(wanted))
}
