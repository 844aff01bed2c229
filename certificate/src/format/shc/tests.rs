//! What health cards are read as, and what is written.

use crate::format::Format;
use crate::frame::deflate;
use crate::frame::deflate::INFLATED_MAX;
use crate::frame::json::Object;
use crate::sealed::{DecodeError, KeyIdentity, LookupHints, Sealed};
use crate::signature::{Algorithm, VerifyingKey};
use crate::vaccine::{CodeSystem, VaccineCode};
use crate::{
    BirthDate, Certificate, Date, Dose, FindingCode, FrameError, Holder, Kind, PayloadError, RegisteredName,
    RomanisedName, UnixTime, WriteError,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer;

const ISS: &str = "https://card.example/issuer";

fn key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[9; 32]).expect("a scalar")
}

fn verifying_key() -> VerifyingKey {
    VerifyingKey::p256(key().verifying_key().to_sec1_point(false).as_bytes()).expect("good")
}

fn sign(signed: &[u8]) -> Vec<u8> {
    let signature: p256::ecdsa::Signature = key().sign(signed);
    signature.to_bytes().to_vec()
}

fn kid() -> String {
    Base64UrlUnpadded::encode_string(&verifying_key().jwk_thumbprint())
}

/// A signed card of any header and payload.
fn jws(header: &str, payload: &[u8]) -> String {
    let base64 = Base64UrlUnpadded::encode_string;
    let signed = format!("{}.{}", base64(header.as_bytes()), base64(payload));
    format!("{signed}.{}", base64(&sign(signed.as_bytes())))
}

fn card(claims: &str) -> String {
    let header = format!(r#"{{ "alg": "ES256", "kid": "{}", "zip": "DEF" }}"#, kid());
    jws(&header, &deflate::deflate_raw(claims.as_bytes()).expect("small"))
}

fn read(claims: &str) -> Result<Certificate, PayloadError> {
    Sealed::decode(&card(claims)).expect("decodes").open(&verifying_key()).expect("opens").read()
}

fn claims(entries: &str) -> String {
    format!(
        r#"{{"iss": "{ISS}", "nbf": 1640015882.349618, "vc": {{"type": ["x", "https://smarthealth.cards#health-card"],
        "credentialSubject": {{"fhirVersion": "4.0.1", "fhirBundle": {{"resourceType": "Bundle", "type": "collection",
        "entry": [{entries}]}}}}}}}}"#
    )
}

const PATIENT: &str = r#"{"fullUrl": "resource:0", "resource": {"resourceType": "Patient", "name": [
    {"use": "official", "family": "Mihon-Rei", "given": ["Hanako", "O'Shima"]},
    {"use": "usual", "family": "\u898b\u672c", "given": ["\u82b1\u5b50"]}], "birthDate": "1971-11"}}"#;

fn immunization(more: &str) -> String {
    format!(
        r#"{{"fullUrl": "resource:1", "resource": {{"resourceType": "Immunization", "patient": {{"reference": "resource:0"}},
        "occurrenceDateTime": "2021-07-09T10:00:00+09:00", "vaccineCode": {{"coding": [
        {{"system": "http://snomed.info/sct", "code": "1119349007"}}, {{"system": "http://hl7.org/fhir/sid/cvx", "code": "08"}}]}}{more}}}}}"#
    )
}

fn with(more: &str) -> Certificate {
    read(&claims(&format!("{PATIENT},{}", immunization(more)))).expect("reads")
}

#[test]
fn a_japanese_card_for_travel_is_read_with_both_its_names() {
    let certificate =
        with(r#", "status": "completed", "lotNumber": "EY5420", "performer": [{"actor": {"display": "MHLW"}}]"#);
    let holder = &certificate.holder;
    assert_eq!(holder.romanised.as_ref().map(RomanisedName::to_mrz).as_deref(), Some("MIHON<REI<<HANAKO<OSHIMA"));
    assert_eq!(holder.registered.as_ref().map(RegisteredName::to_line).as_deref(), Some("見本 花子"));
    assert_eq!(holder.birth.to_string(), "1971-11");
    let [dose] = certificate.doses.as_slice() else { panic!("one dose") };
    assert_eq!((dose.vaccine.system, dose.vaccine.code.as_str()), (CodeSystem::Cvx, "8"));
    assert_eq!(dose.date, Date::parse("2021-07-09"));
    assert_eq!((dose.lot.as_deref(), dose.centre.as_deref()), (Some("EY5420"), Some("MHLW")));
    assert_eq!(certificate.issued_at, Some(UnixTime(1_640_015_882)));
    assert_eq!((certificate.expires_at, certificate.kind), (None, Kind::Vaccination));
    assert_eq!(certificate.issuer.as_deref(), Some(ISS));
    assert!(certificate.findings.is_empty());
}

#[test]
fn a_dose_that_was_not_given_or_does_not_protect_does_not_count() {
    for more in [
        r#", "status": "not-done""#,
        r#", "status": "entered-in-error""#,
        r#", "status": "completed", "isSubpotent": true"#,
    ] {
        let certificate = with(more);
        assert!(certificate.doses.is_empty(), "{more}");
        assert_eq!(certificate.findings[0].code, FindingCode::OutOfRange, "{more}");
    }
    assert_eq!(with(r#", "status": "completed", "isSubpotent": false"#).doses.len(), 1);
}

#[test]
fn a_dose_or_a_test_without_a_status_that_can_be_read_does_not_count() {
    for (status, code) in [
        ("", FindingCode::Missing),
        (r#", "status": null"#, FindingCode::WrongType),
        (r#", "status": ["not-done"]"#, FindingCode::WrongType),
        (r#", "status": {"value": "completed"}"#, FindingCode::WrongType),
    ] {
        let dose = immunization(status);
        let test = dose.replace("Immunization", "Observation");
        let certificate = read(&claims(&format!("{PATIENT},{dose},{test}"))).expect("reads");
        assert!(certificate.doses.is_empty() && certificate.tests.is_empty(), "{status}");
        let found: Vec<_> = certificate.findings.iter().map(|finding| (finding.code, finding.path.as_str())).collect();
        let paths = ["fhirBundle/entry/1/resource/status", "fhirBundle/entry/2/resource/status"];
        assert_eq!(found[..2], paths.map(|path| (code, path)), "{status}");
    }
}

#[test]
fn of_several_codes_the_most_useful_is_read_whatever_the_spelling_of_its_system() {
    let vaccine = |codings: &str| {
        let dose = immunization("");
        let (head, _) = dose.split_once(r#""coding""#).expect("codes");
        let dose = format!(r#"{head}"coding": [{codings}]}}, "status": "completed"}}}}"#);
        let certificate = read(&claims(&format!("{PATIENT},{dose}"))).expect("reads");
        let vaccine = &certificate.doses.first().expect("a dose").vaccine;
        (vaccine.system, vaccine.code.clone(), certificate.findings.len())
    };
    let air = r#"{"system": "https://www.humanservices.gov.au/organisations/health-professionals/enablers/air-vaccine-code-formats", "code": "COMIRN"}"#;
    let atc = r#"{"system": "http://www.whocc.no/atc", "code": "J07BN01"}"#;
    let cvx = r#"{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}"#;
    let unknown = r#"{"system": "urn:example", "code": "1"}"#;
    assert_eq!(vaccine(&format!("{unknown},{air},{atc},{cvx}")), (CodeSystem::Cvx, "208".into(), 0));
    assert_eq!(vaccine(&format!("{unknown},{air},{atc}")), (CodeSystem::Atc, "J07BN01".into(), 0));
    assert_eq!(vaccine(&format!("{unknown},{air}")), (CodeSystem::AuAir, "COMIRN".into(), 0));
    assert_eq!(vaccine(unknown), (CodeSystem::Other, "1".into(), 1));
    assert_eq!(vaccine(r#"{"code": "2"}"#), (CodeSystem::Other, "2".into(), 1));
}

#[test]
fn what_deviates_from_the_profile_is_read_and_named_by_its_path() {
    let entry = immunization(r#", "status": "completed""#)
        .replace(r#""reference": "resource:0""#, r#""reference": "resource:7""#);
    let certificate = read(&claims(&format!("{PATIENT},{{}},{entry}"))).expect("reads");
    let paths: Vec<&str> = certificate.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["fhirBundle/entry/1/resource/resourceType", "fhirBundle/entry/2/resource/patient"]);
    assert_eq!(certificate.doses.len(), 1);
}

#[test]
fn a_laboratory_card_is_a_test() {
    let observation = r#"{"fullUrl": "resource:1", "resource": {"resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "94558-4"}]}, "subject": {"reference": "resource:0"},
        "effectiveDateTime": "2022-02-17T10:00:00+09:00", "valueCodeableConcept": {"coding": [
        {"system": "http://snomed.info/sct", "code": "260415000"}]}, "performer": [{"display": "Example Lab"}]}}"#;
    let certificate = read(&claims(&format!("{PATIENT},{observation}"))).expect("reads");
    let [test] = certificate.tests.as_slice() else { panic!("one test") };
    assert_eq!((test.test_type.as_str(), test.result.as_str()), ("94558-4", "260415000"));
    assert_eq!(test.sampled_at, UnixTime::parse("2022-02-17T01:00:00Z"));
    assert_eq!((certificate.kind, certificate.findings.len()), (Kind::Test, 0));
    let pending = observation.replace("final", "preliminary");
    assert!(read(&claims(&format!("{PATIENT},{pending}"))).expect("reads").tests.is_empty());
}

#[test]
fn claims_that_decide_anything_are_read_strictly() {
    let good = claims(PATIENT);
    assert!(read(&good).is_ok());
    for (from, to, why) in [
        ("1640015882.349618", "\"1640015882\"", PayloadError::Time),
        ("1640015882.349618", "1640015882349618", PayloadError::Time),
        ("1640015882.349618", "-1", PayloadError::Time),
        ("\"nbf\"", "\"iat\"", PayloadError::Time),
        ("\"vc\"", "\"exp\": null, \"vc\"", PayloadError::Time),
        ("#health-card", "#immunization", PayloadError::Structure),
        ("\"fhirBundle\"", "\"bundle\"", PayloadError::Structure),
        ("\"nbf\"", "\"nbf\": 1, \"nbf\"", PayloadError::Structure),
        ("\"family\": \"Mihon-Rei\"", "\"family\": \"A\", \"family\": \"B\"", PayloadError::Structure),
        ("\"Patient\"", "\"Person\"", PayloadError::Person),
        ("\"name\"", "\"alias\"", PayloadError::Person),
    ] {
        assert!(good.contains(from));
        assert_eq!(read(&good.replace(from, to)).err(), Some(why), "{from} to {to}");
    }
    assert_eq!(read(&claims(&format!("{PATIENT},{PATIENT}"))).err(), Some(PayloadError::Person));
    assert_eq!(
        read(&good.replace("1640015882.349618", "1.64e9")).expect("reads").issued_at,
        Some(UnixTime(1_640_000_000))
    );
    let rid = |rid: &str| read(&good.replace("\"type\"", &format!("\"rid\": {rid}, \"type\""))).expect("reads");
    assert_eq!(rid("\"AQPCj4wwk6Mt\"").revocation_id.as_deref(), Some("AQPCj4wwk6Mt"));
    for bad in ["1", "\"\"", "\"a.1\"", "\"AAAAAAAAAAAAAAAAAAAAAAAAA\""] {
        assert_eq!((rid(bad).revocation_id, rid(bad).findings[1].path.as_str()), (None, "vc/rid"), "{bad}");
    }
}

#[test]
fn an_envelope_is_refused_unless_it_is_compressed_and_signed_with_es256_by_a_named_key() {
    let payload = deflate::deflate_raw(claims(PATIENT).as_bytes()).expect("small");
    let refusal = |header: &str, payload: &[u8]| Sealed::decode(&jws(header, payload)).err();
    let header = |alg: &str, zip: &str, kid: &str| format!(r#"{{"alg":"{alg}","zip":"{zip}","kid":"{kid}"}}"#);
    assert_eq!(refusal(&header("ES256", "DEF", &kid()), &payload), None);
    for header in [
        header("none", "DEF", &kid()),
        header("HS256", "DEF", &kid()),
        header("EdDSA", "DEF", &kid()),
        header("ES256", "GZIP", &kid()),
        header("ES256", "DEF", "short"),
        header("ES256", "DEF", &format!("{}A", kid())),
        format!(r#"{{"alg":"ES256","kid":"{}"}}"#, kid()),
        r#"{"alg":"ES256","zip":"DEF"}"#.to_owned(),
        format!(r#"{{"alg":"ES256","zip":"DEF","kid":"{0}","kid":"{0}"}}"#, kid()),
        format!(r#"{{"alg":"ES256","zip":"DEF","kid":"{}","crit":["exp"]}}"#, kid()),
    ] {
        assert!(matches!(refusal(&header, &payload), Some(DecodeError::Frame(FrameError::Jws(_)))), "{header}");
    }
    let good = header("ES256", "DEF", &kid());
    assert_eq!(refusal(&good, claims(PATIENT).as_bytes()), Some(DecodeError::Frame(FrameError::Inflate)));
    assert_eq!(refusal(&good, &payload[..payload.len() - 1]), Some(DecodeError::Frame(FrameError::Inflate)));
    for other in ["[]", "{}", r#"{"iss":1}"#, r#"{"iss":"a"} x"#, "\u{feff}{}"] {
        let payload = deflate::deflate_raw(other.as_bytes()).expect("small");
        assert_eq!(refusal(&good, &payload), Some(DecodeError::Frame(FrameError::Issuer)), "{other}");
    }
}

#[test]
fn hostile_payloads_cost_no_more_than_their_bounds() {
    let good = format!(r#"{{"alg":"ES256","zip":"DEF","kid":"{}"}}"#, kid());
    let mut state = flate2::Compress::new(flate2::Compression::best(), false);
    let mut bomb = Vec::with_capacity(100_000);
    state.compress_vec(&vec![b' '; 40 * INFLATED_MAX], &mut bomb, flate2::FlushCompress::Finish).expect("compresses");
    assert_eq!(Sealed::decode(&jws(&good, &bomb)).err(), Some(DecodeError::Frame(FrameError::TooLarge)));

    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let payload = deflate::deflate_raw(format!(r#"{{"iss":"{ISS}","nbf":{deep}}}"#).as_bytes()).expect("small");
    // Its issuer is found without recursion; reading it stops at its depth.
    let sealed = Sealed::decode(&jws(&good, &payload)).expect("decodes");
    assert_eq!(sealed.open(&verifying_key()).expect("opens").read().err(), Some(PayloadError::Structure));

    let many = vec!["{}"; 20_000].join(",");
    assert_eq!(read(&claims(&many)).err(), Some(PayloadError::Structure));
    let findings = read(&claims(&format!("{PATIENT},{}", vec!["{}"; 500].join(",")))).expect("reads").findings;
    assert!(findings.len() <= 64);
}

fn certificate() -> Certificate {
    let dose = |day: &str, lot: &str| Dose {
        lot: Some(lot.into()),
        date: Date::parse(day),
        centre: Some("架空市".into()),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: "208".into() })
    };
    let holder = Holder {
        romanised: RomanisedName::new("VAN<DER<BERG", "HANAKO<MARIA"),
        registered: Some(RegisteredName::Whole("手形 花子".into())),
        ..Holder::born(BirthDate::parse("1984-04-01").expect("a date"))
    };
    Certificate {
        issuer: Some(ISS.into()),
        doses: vec![dose("2021-07-01", "FA7338"), dose("2021-07-22", "FC\"36\\61")],
        issued_at: Some(UnixTime(1_780_000_000)),
        revocation_id: Some("AQPCj4wwk6M".into()),
        ..Certificate::about(holder, Format::Shc, Kind::Vaccination)
    }
}

fn identity() -> KeyIdentity<'static> {
    KeyIdentity { algorithm: Algorithm::Es256, kid: verifying_key().jwk_thumbprint(), certificate: None }
}

fn write(certificate: &Certificate) -> Result<crate::Written, WriteError> {
    let unsigned = Format::Shc.write(certificate, &identity())?;
    let signature = sign(unsigned.to_be_signed());
    unsigned.seal(&signature)
}

#[test]
fn what_is_written_is_minified_minimised_and_reads_as_it_was() {
    let written = write(&certificate()).expect("writes");
    assert!(written.text().starts_with("shc:/5676290952432060346029243740446031222959532654603460292540772804336028"));
    let sealed = Sealed::decode(written.text()).expect("decodes");
    assert_eq!(sealed.hints(), LookupHints::Issuer { iss: ISS, kid: &identity().kid });
    let payload = std::str::from_utf8(sealed.unverified_payload()).expect("JSON");
    assert!(Object::parse(payload.as_bytes()).is_ok());
    for absent in [": ", ", ", "\n", "\"id\"", "meta", "\"display\":\"Comirnaty", "#immunization"] {
        assert!(!payload.contains(absent), "{absent} in {payload}");
    }
    assert!(payload.contains(r#""name":[{"use":"official","family":"VAN DER BERG","given":["HANAKO MARIA"]},{"use":"usual","text":"手形 花子"}]"#));
    assert!(sealed.open(&verifying_key()).expect("opens").read().expect("reads") == certificate());
    assert_eq!(
        Sealed::decode(std::str::from_utf8(written.message()).expect("ASCII")).expect("a JWS").message(),
        sealed.message()
    );
    assert!(write(&certificate()).expect("again").text() == written.text());

    let domestic = Holder { romanised: None, ..certificate().holder };
    let domestic = write(&Certificate { holder: domestic, ..certificate() }).expect("writes");
    let sealed = Sealed::decode(domestic.text()).expect("decodes");
    assert!(!String::from_utf8_lossy(sealed.unverified_payload()).contains("\"use\""));
}

#[test]
fn what_the_family_cannot_say_is_refused_by_its_reason() {
    let refusal = |change: &dyn Fn(&mut Certificate)| {
        let mut certificate = certificate();
        change(&mut certificate);
        write(&certificate).err()
    };
    assert_eq!(refusal(&|c| c.issuer = None), Some(WriteError::Missing));
    assert_eq!(refusal(&|c| c.issuer = Some("https://card.example/".into())), Some(WriteError::Missing));
    assert_eq!(refusal(&|c| c.issuer = Some("http://card.example".into())), Some(WriteError::Missing));
    assert_eq!(refusal(&|c| c.issued_at = None), Some(WriteError::Date));
    assert_eq!(refusal(&|c| c.expires_at = c.issued_at), Some(WriteError::Date));
    assert_eq!(refusal(&|c| c.holder.birth = BirthDate::Unknown), Some(WriteError::Date));
    assert_eq!(refusal(&|c| (c.holder.romanised, c.holder.registered) = (None, None)), Some(WriteError::NameMissing));
    assert_eq!(refusal(&|c| c.doses.clear()), Some(WriteError::DoseCount));
    assert_eq!(refusal(&|c| c.doses[0].vaccine.system = CodeSystem::SnomedCt), Some(WriteError::Vaccine));
    assert_eq!(refusal(&|c| c.doses[0].lot = Some("L".repeat(21))), Some(WriteError::Text));
    assert_eq!(refusal(&|c| c.doses[0].lot = Some("a\nb".into())), Some(WriteError::Text));
    assert_eq!(refusal(&|c| c.revocation_id = Some("a.b".into())), Some(WriteError::Text));
    let many = |c: &mut Certificate| {
        // Lots that do not repeat do not compress.
        c.doses = (0u64..40)
            .map(|n| Dose { lot: Some(format!("{:X}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15))), ..c.doses[0].clone() })
            .collect();
    };
    assert_eq!(refusal(&many), Some(WriteError::TooLarge));
    let es384 = KeyIdentity { algorithm: Algorithm::Es384, ..identity() };
    assert_eq!(Format::Shc.write(&certificate(), &es384).err(), Some(WriteError::Algorithm));
}
