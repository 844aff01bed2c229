//! What the product reads from a published vaccination, it writes again with the same meaning.

use ciborium::Value as Cbor;
use tegata_certificate::{
    Algorithm, Format, KeyIdentity, Kind, Sealed, SignerCertificate,
    cbor::{Limits, Profile, scan},
    eu_dcc::schema,
};
use tegata_tests::vectors::{self, Manifest, Plain, Reading, Tally};

use crate::dcc;

/// The members that schema 1.3.2 knows of a name and of a vaccination.
const NAME: [&str; 4] = ["fn", "gn", "fnt", "gnt"];
const VACCINATION: [&str; 10] = ["tg", "vp", "mp", "ma", "dn", "sd", "dt", "co", "is", "ci"];

pub fn all(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("written-back");
    for name in manifest.below("vectors", "json") {
        let file = vectors::json(&manifest.path(name));
        let der = file["TESTCTX"]["CERTIFICATE"].as_str().and_then(vectors::base64);
        write_back(&mut tally, name, file["PREFIX"].as_str(), der);
    }
    for line in vectors::json_lines(&manifest.path("texts.jsonl")) {
        let der = line["certificate"].as_str().and_then(vectors::base64);
        write_back(&mut tally, line["id"].as_str().unwrap_or_default(), line["text"].as_str(), der);
    }
    tally
}

fn write_back(tally: &mut Tally, id: &str, text: Option<&str>, der: Option<Vec<u8>>) {
    let signer = der.and_then(|der| SignerCertificate::from_der(&der).ok());
    let sealed = text.and_then(|text| Sealed::decode(text).ok());
    let Some((signer, sealed)) = signer.zip(sealed) else { return };
    let Some(certificate) = sealed.open(&signer.key).ok().and_then(|authentic| authentic.read().ok()) else { return };
    if certificate.kind != Kind::Vaccination || !certificate.findings.is_empty() {
        return;
    }
    let identity = KeyIdentity { algorithm: Algorithm::Es256, kid: signer.sha256, certificate: None };
    let unsigned = match Format::EuDcc.write(&certificate, &identity) {
        Ok(unsigned) => unsigned,
        Err(why) => return tally.skip(format!("read, but not to be written: {why}")),
    };
    let deterministic = scan(unsigned.payload(), Profile::Deterministic, Limits::CERTIFICATE).is_ok();
    tally.check(format!("{id} deterministic"), deterministic);
    let written: Cbor = ciborium::from_reader(unsigned.payload()).unwrap_or(Cbor::Null);
    let payload = dcc::payload(&written).unwrap_or(&Cbor::Null);
    tally.outcome(
        format!("{id} fits its schema"),
        match schema::findings(&tegata_tests::vectors::as_read(payload)) {
            found if found.is_empty() => Ok(()),
            found => Err(format!("{found:?}")),
        },
    );
    let original = dcc::claims(&sealed).as_ref().and_then(|claims| Some(meaning(dcc::payload(claims)?)));
    tally.check(format!("{id} means the same"), original == Some(meaning(payload)));
}

/// What a payload says within schema 1.3.2: days without the time that some issuers add, names
/// without empty ones and without filler at their ends.
fn meaning(payload: &Cbor) -> Vec<(String, Plain)> {
    let mut told = Vec::new();
    let mut tell = |object: Option<&Cbor>, names: &[&str]| {
        for name in names {
            let value =
                object.and_then(|object| member(object, name)).map(|value| Plain::from_cbor(value, Reading::Exact));
            let value = match value {
                Some(Plain::Text(text)) if matches!(*name, "dt" | "dob") => {
                    Some(Plain::Text(text.chars().take(10).collect()))
                }
                Some(Plain::Text(text)) if matches!(*name, "fnt" | "gnt") => {
                    Some(Plain::Text(text.trim_matches('<').to_owned()))
                        .filter(|value| *value != Plain::Text(String::new()))
                }
                other => other,
            };
            told.extend(value.map(|value| ((*name).to_owned(), value)));
        }
    };
    tell(Some(payload), &["dob"]);
    tell(member(payload, "nam"), &NAME);
    let entry = member(payload, "v").and_then(Cbor::as_array).and_then(|entries| entries.first());
    tell(entry, &VACCINATION);
    told
}

fn member<'a>(object: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    let (_, value) = object.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name))?;
    Some(value)
}
