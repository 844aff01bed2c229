//! What was written is read again, whole; what no verifier takes is not written.

use crate::desk::{NOW, Office, STATE, desk};
use tegata_certificate::{
    Algorithm, BirthDate, Certificate, Format, Holder, KeyIdentity, Kind, RomanisedName, SealError, Sealed, WriteError,
};
use tegata_issuer::{EcLevel, Symbol};
use tegata_keys::Signer;
use tegata_tests::fuzzing::maker::{Made, Party};
use tegata_tests::specimen;
use tegata_verifier::tool::{Limits, Scan, scan_argument};
use tegata_verifier::{Moment, Outcome, SignedBy, Step};

#[test]
fn a_seal_says_what_the_record_said_and_names_its_state() {
    let (office, desk) = (Office::new(41), desk(Vec::new()));
    let text = office.seal(&specimen::vds_nc());
    assert!(text.is_ascii() && text.starts_with(r#"{"data":{"hdr":{"is":"JPN","t":"icao.vacc","v":1}"#), "{text}");
    assert!(text.contains(r#""n":"TEGATA  HANAKO MARIA""#) && text.contains(r#""seq":2"#), "{text}");
    assert!(!text.contains('='), "base64url without padding");
    for _ in 0..2 {
        let verdict = desk.verify(&text, Moment::Now(NOW));
        assert_eq!((verdict.outcome(), verdict.reason()), (Outcome::Valid, None));
        assert!(verdict.certificate() == Some(&specimen::vds_nc()), "another certificate");
        let by = verdict.signed_by().expect("signed");
        assert!(matches!(by, SignedBy::Anchored { .. }));
        assert_eq!((by.country().as_str(), by.name(tegata_verifier::Language::Ja)), ("JP", "日本"));
        assert_eq!(verdict.step(Step::Status).name(), "noted", "no list of the state's revocations is here");
        let report = verdict.to_json(desk.state());
        assert!(
            report.contains(r#""revocation":"unavailable""#) && report.contains(r#""format":"vds-nc""#),
            "{report}"
        );
    }
}

#[test]
fn the_report_of_a_seal_fits_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(tegata_verifier::REPORT_SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let (office, desk) = (Office::new(50), desk(Vec::new()));
    let text = office.seal(&specimen::vds_nc());
    for text in [text.clone(), format!("[{text}]"), text.replace("TK1234567", "TK1234568"), text.replace("vacc", "dta")]
    {
        let json = desk.verify(&text, Moment::Now(NOW)).to_json(desk.state());
        let report = serde_json::from_str(&json).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {json}");
    }
}

#[test]
fn a_file_may_hold_a_seal_over_many_lines() {
    let text = Office::new(50).seal(&specimen::vds_nc()).replace(',', ",\n  ");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seal.json");
    for content in [format!("\u{feff}[\n{text}\n]"), text.clone()] {
        std::fs::write(&path, format!("{content}\n")).expect("a file");
        let scans = scan_argument(path.to_str().expect("a path"), &Limits::default()).expect("is there");
        assert!(scans == [Scan::Text(content)], "the whole file is one text");
    }
}

#[test]
fn a_seal_fits_a_symbol_in_byte_mode() {
    let text = Office::new(42).seal(&specimen::vds_nc());
    let symbol = Symbol::encode(&text, EcLevel::M).expect("fits");
    assert!(symbol.version() <= 30, "{} bytes take version {}", text.len(), symbol.version());
}

#[test]
fn a_changed_seal_and_one_under_another_state_are_refused() {
    let (office, desk) = (Office::new(43), desk(Vec::new()));
    let text = office.seal(&specimen::vds_nc());
    let reason = |text: &str| desk.verify(text, Moment::Now(NOW)).reason().map(|reason| reason.code());
    assert_eq!(reason(&text.replace("TK1234567", "TK1234568")), Some("signature-invalid"));
    assert_eq!(reason(&text.replace(r#""seq":2"#, r#""seq":2,"seq":1"#)), Some("damaged"));
    // White space and order are not signed.
    assert_eq!(reason(&text.replace(r#""t":"icao.vacc","v":1"#, "\"v\": 1,\n\"t\":\"icao.vacc\"")), None);
    let stranger = Party { name: "Another CSCA", secret: 99, ..STATE };
    let forged = Office { certificate: Made::of(STATE, stranger).signed_by(stranger), ..Office::new(44) };
    assert!(forged.certificate != office.certificate);
    let swapped = Office { key: office.key, certificate: Office::new(45).certificate };
    assert_eq!(reason(&swapped.seal(&specimen::vds_nc())), Some("signature-invalid"), "another key's certificate");
    let as_if = Party { secret: 99, ..STATE };
    let claims_it = Made { issuer: STATE.subject(), ..Made::answering(&request(), 46, STATE) }.signed_by(as_if);
    let forged = Office { certificate: claims_it, ..Office::new(46) };
    assert_eq!(reason(&forged.seal(&specimen::vds_nc())), Some("signer-not-issued"));
}

fn request() -> Vec<u8> {
    let key = Office::new(1).key;
    let japan = tegata_certificate::Country::parse("JP").expect("a country");
    tegata_keys::barcode_signer_request(&key, japan, "DA").expect("a request")
}

#[test]
fn what_a_seal_cannot_say_and_what_no_verifier_takes_is_not_written() {
    let office = Office::new(47);
    let write = |certificate: &Certificate, signer: Option<&[u8]>, algorithm| {
        let kid = office.key.verifying_key().thumbprint();
        Format::VdsNc.write(certificate, &KeyIdentity { algorithm, kid, certificate: signer }).map(drop)
    };
    let good = |certificate: &Certificate| write(certificate, Some(&office.certificate), Algorithm::Es256);
    assert_eq!(good(&specimen::vds_nc()), Ok(()));
    assert_eq!(write(&specimen::vds_nc(), None, Algorithm::Es256), Err(WriteError::SignerCertificate));
    assert_eq!(write(&specimen::vds_nc(), Some(&office.certificate), Algorithm::EdDsa), Err(WriteError::Algorithm));
    for unfit in [
        Made::of(STATE, STATE).signed_by(STATE),
        Made::of(STATE, STATE).barcode_signer(&["NT"]).signed_by(STATE),
        Made::of(Party { country: "FR", ..STATE }, STATE).barcode_signer(&["NV"]).signed_by(STATE),
        Made::of(STATE, STATE).barcode_signer(&["NV"]).authority().signed_by(STATE),
        vec![0x30, 0],
    ] {
        assert_eq!(write(&specimen::vds_nc(), Some(&unfit), Algorithm::Es256), Err(WriteError::SignerCertificate));
    }
    let change = |change: fn(&mut Certificate)| {
        let mut certificate = specimen::vds_nc();
        change(&mut certificate);
        good(&certificate)
    };
    assert_eq!(change(|it| it.holder.romanised = None), Err(WriteError::RomanisedNameMissing));
    assert_eq!(change(|it| it.doses.clear()), Err(WriteError::DoseCount));
    assert_eq!(change(|it| it.kind = Kind::Test), Err(WriteError::DoseCount));
    assert_eq!(change(|it| it.identifiers = vec!["URN:UVCI:01:JP:1".into()]), Err(WriteError::Missing));
    assert_eq!(change(|it| it.doses[0].lot = None), Err(WriteError::Missing));
    assert_eq!(change(|it| it.doses[0].number = Some(100)), Err(WriteError::Missing));
    assert_eq!(change(|it| it.doses[0].centre = Some("x".repeat(21))), Err(WriteError::Text));
    assert_eq!(
        change(|it| it.doses[0].vaccine.system = tegata_certificate::vaccine::CodeSystem::Cvx),
        Err(WriteError::Vaccine)
    );
    let nobody = |it: &mut Certificate| {
        it.holder =
            Holder { document: None, romanised: it.holder.romanised.clone(), ..Holder::born(BirthDate::Unknown) }
    };
    assert_eq!(change(nobody), Err(WriteError::Date));
}

#[test]
fn birth_dates_that_are_not_known_in_full_and_long_names_come_back() {
    let (office, desk) = (Office::new(48), desk(Vec::new()));
    for birth in ["1984", "1984-04", "1984-04-01", ""] {
        let mut certificate = specimen::vds_nc();
        certificate.holder.birth = BirthDate::parse(birth).expect("a birth date");
        let verdict = desk.verify(&office.seal(&certificate), Moment::Now(NOW));
        assert!(verdict.certificate() == Some(&certificate), "{birth}");
    }
    // As in the machine-readable zone, a name is cut after 39 characters.
    let mut certificate = specimen::vds_nc();
    certificate.holder.romanised =
        RomanisedName::new(&"A".repeat(30), &format!("{}<{}", "B".repeat(6), "C".repeat(20)));
    let verdict = desk.verify(&office.seal(&certificate), Moment::Now(NOW));
    let name = verdict.certificate().and_then(|read| read.holder.romanised.clone()).expect("a name");
    assert_eq!((name.family(), name.given()), ("A".repeat(30).as_str(), "BBBBBB"));
    assert!(verdict.findings().is_empty());
}

#[test]
fn texts_that_are_no_seal_say_why() {
    let text = Office::new(49).seal(&specimen::vds_nc());
    let refusal = |text: &str| match Sealed::decode(text) {
        Err(tegata_certificate::DecodeError::Seal(error)) => Some(error),
        _ => None,
    };
    for (changed, error) in [
        (text[..text.len() - 1].to_owned(), SealError::Json),
        (text.replace(r#""v":1"#, r#""v":1,"v":1"#), SealError::RepeatedName),
        (text.replace(r#""v":1"#, r#""v":2"#), SealError::Version),
        (text.replace(r#""v":1"#, r#""v":1e400"#), SealError::Json),
        (text.replace("icao.vacc", "icao.dta"), SealError::Type),
        (text.replace(r#""t":"#, r#""u":"#), SealError::Structure),
        (text.replace("TEGATA", r"\ud800"), SealError::Json),
        (text.replace(r#""sigvl":""#, r#""sigvl":"+"#), SealError::Base64),
        (text.replace(r#""cer":"M"#, r#""cer":"N"#), SealError::Certificate),
        (format!("[{text},{text}]"), SealError::Structure),
    ] {
        assert_eq!(refusal(&changed), Some(error), "{changed}");
    }
    assert_eq!(refusal(&text), None);
    let long = format!("{text}{}", " ".repeat(8 * 1024));
    assert_eq!(Sealed::decode(&long).err(), Some(tegata_certificate::DecodeError::TooLong));
}
