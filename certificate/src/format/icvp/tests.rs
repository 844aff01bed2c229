use super::*;
use crate::certificate::{Dose, Holder, Kind, Sex, TravelDocument};
use crate::country::Country;
use crate::date::{BirthDate, UnixTime};
use crate::name::{RegisteredName, RomanisedName};
use crate::signature::Algorithm;
use crate::vaccine::{CodeSystem, VaccineCode};

/// A payload from what JSON would say: `{` and `[` nest, the rest are texts.
fn payload(members: &[(&str, Value<'static>)]) -> Value<'static> {
    Value::Map(members.iter().map(|(key, value)| (Value::Text((*key).to_owned().into()), value.clone())).collect())
}

fn text(text: &str) -> Value<'static> {
    Value::Text(text.to_owned().into())
}

fn with(mut value: Value<'static>, key: &str, member: Option<Value<'static>>) -> Value<'static> {
    if let Value::Map(members) = &mut value {
        members.retain(|(name, _)| name.as_text() != Some(key));
        members.extend(member.map(|member| (Value::Text(key.to_owned().into()), member)));
    }
    value
}

const STAMARIL: &str = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";

fn gen0() -> Value<'static> {
    let dose = payload(&[
        ("dn", text("Primary")),
        ("tg", text("1D47")),
        ("vp", text("XM0N24")),
        ("ma", text("Probe Biologicals")),
        ("dt", text("2026-06-01")),
        ("bo", text("LOT-1")),
        ("is", text("Probe Ministry")),
    ]);
    payload(&[
        ("n", text("Testperson Ada")),
        ("dob", text("1984-02-29")),
        ("s", text("F")),
        ("ntl", text("XZ")),
        ("nid", text("XZ1")),
        ("v", dose),
    ])
}

fn gen1_dose() -> Value<'static> {
    payload(&[
        ("vp", text(STAMARIL)),
        ("dt", text("2026-06-01")),
        ("bo", text("LOT-1")),
        ("vls", text("2026-06-11")),
        ("cn", text("Dr Probe")),
    ])
}

fn gen1() -> Value<'static> {
    payload(&[
        ("n", text("Testperson Ada")),
        ("dob", text("1984-02-29")),
        ("s", text("female")),
        ("ntl", text("XZV")),
        ("nid", text("XZ1")),
        ("ndt", text("PPN")),
        ("v", Value::Array(vec![gen1_dose()])),
    ])
}

fn gen2() -> Value<'static> {
    let dose =
        payload(&[("vp", text(STAMARIL)), ("dv", text("2026-06-01")), ("bo", text("LOT-1")), ("is", text("XZV"))]);
    payload(&[
        ("n", text("Testperson Ada")),
        ("dob", text("1984-02-29")),
        ("s", text("female")),
        ("nt", text("XZV")),
        ("id", text("XZ1")),
        ("dt", text("PPN")),
        ("gn", text("Testperson Bea")),
        ("v", text("1")),
        ("vx", dose),
    ])
}

fn read(payload: &Value<'static>) -> Certificate {
    read_payload(payload).expect("a certificate")
}

fn deviations(payload: &Value<'static>) -> Vec<(FindingCode, String)> {
    findings(payload).expect("a certificate").into_iter().map(|finding| (finding.code, finding.path)).collect()
}

#[test]
fn each_generation_is_told_from_its_own_members_and_read_by_its_own_reader() {
    for (payload, generation) in [(gen0(), Generation::Gen0), (gen1(), Generation::Gen1), (gen2(), Generation::Gen2)] {
        assert_eq!(Generation::of(&payload), Some(generation));
        assert_eq!(deviations(&payload), []);
        let certificate = read(&payload);
        assert_eq!(certificate.doses[0].date, Date::parse("2026-06-01"), "{generation:?}");
        assert_eq!(certificate.doses[0].lot.as_deref(), Some("LOT-1"));
        assert_eq!(certificate.holder.sex, Some(Sex::Female));
        assert_eq!(certificate.holder.document.as_ref().map(|document| document.number.as_str()), Some("XZ1"));
    }
    let draft = read(&gen0());
    assert_eq!(draft.doses[0].vaccine, VaccineCode { system: CodeSystem::Icd11, code: "XM0N24".into() });
    assert_eq!((draft.doses[0].disease.as_deref(), draft.doses[0].number), (Some("1D47"), None));
    assert_eq!(draft.issuer.as_deref(), Some("Probe Ministry"));
    let released = read(&gen1());
    assert!(released.holder.document.is_some_and(|document| document.passport));
    assert_eq!(released.doses[0].clinician.as_deref(), Some("Dr Probe"));
    assert_eq!(released.doses[0].valid_from, Date::parse("2026-06-11"));
    // Here `dt` is the document's type, and `gn` is no given name.
    let newest = read(&gen2());
    assert!(newest.holder.document.is_some_and(|document| document.passport));
    assert_eq!(newest.holder.guardian.as_deref(), Some("Testperson Bea"));
    assert!(newest.holder.registered == Some(RegisteredName::Whole("Testperson Ada".into())));
}

#[test]
fn deviations_are_read_and_found_and_never_guessed_around() {
    use FindingCode::{Missing, WrongCount, WrongForm, WrongType};
    let found = |payload: Value<'static>, code, path: &str| assert_eq!(deviations(&payload), [(code, path.to_owned())]);
    found(with(gen2(), "s", None), Missing, "s");
    found(with(gen2(), "nt", None), Missing, "nt");
    found(with(gen2(), "v", None), Missing, "v");
    found(with(gen2(), "s", Some(text("F?"))), WrongForm, "s");
    found(with(gen2(), "dob", Some(text("1984"))), WrongForm, "dob");
    found(with(gen2(), "dob", None), Missing, "dob");
    found(with(gen2(), "n", Some(text("Te\u{301}stperson"))), WrongForm, "n");
    found(with(gen1(), "v", Some(gen1_dose())), WrongType, "v");
    found(with(gen1(), "v", Some(Value::Array(vec![gen1_dose(), gen1_dose()]))), WrongCount, "v");
    found(with(gen1(), "ntl", Some(text("DE"))), WrongForm, "ntl");
    found(with(gen1(), "nid", Some(Value::Unsigned(4711))), WrongType, "nid");
    let dose = |key, member| with(gen1(), "v", Some(Value::Array(vec![with(gen1_dose(), key, member)])));
    found(dose("cn", None), Missing, "v/is");
    found(dose("vp", None), Missing, "v/vp");
    found(dose("bo", None), Missing, "v/bo");
    found(dose("dt", Some(text("2026-06"))), WrongForm, "v/dt");
    found(dose("dt", Some(text("2026-06-01T10:00:00Z"))), WrongForm, "v/dt");

    assert!(read(&with(gen2(), "dob", Some(text("1984")))).holder.birth == BirthDate::parse("1984").unwrap());
    assert!(read(&with(gen2(), "dob", Some(text("1984-13")))).holder.birth == BirthDate::Unknown);
    let signed = read(&with(gen2(), "n", Some(text("Te\u{301}stperson")))).holder.registered;
    assert!(
        signed == Some(RegisteredName::Whole("Te\u{301}stperson".into())),
        "as signed: whoever shows it composes it"
    );
    assert_eq!(read(&dose("dt", Some(text("2026-06")))).doses[0].date, None);
    assert_eq!(read(&dose("dt", Some(text("2026-06-01T10:00:00Z")))).doses[0].date, Date::parse("2026-06-01"));
}

#[test]
fn what_is_no_certificate_of_any_generation_is_refused() {
    assert_eq!(read_payload(&text("v")).err(), Some(PayloadError::Structure));
    assert_eq!(read_payload(&payload(&[])).err(), Some(PayloadError::Person));
    for (key, wrong) in
        [("n", None), ("n", Some(Value::Unsigned(1))), ("n", Some(text(""))), ("dob", Some(Value::Unsigned(1984)))]
    {
        assert_eq!(read_payload(&with(gen1(), key, wrong)).err(), Some(PayloadError::Person), "{key}");
    }
    for doses in [None, Some(Value::Array(Vec::new())), Some(Value::Array(vec![gen1_dose(); 17]))] {
        assert_eq!(read_payload(&with(gen1(), "v", doses)).err(), Some(PayloadError::Entry));
    }
    assert_eq!(
        read_payload(&with(gen1(), "v", Some(Value::Array(vec![text("x")])))).err(),
        Some(PayloadError::Structure)
    );
    assert_eq!(read_payload(&with(gen2(), "vx", Some(text("x")))).err(), Some(PayloadError::Structure));
    // A version alone makes it the newest generation, which then has no dose.
    assert_eq!(read_payload(&with(gen2(), "vx", None)).err(), Some(PayloadError::Entry));
}

fn traveller() -> Certificate {
    let stamaril = VaccineCode { system: CodeSystem::Cvx, code: "183".into() };
    let holder = Holder {
        romanised: RomanisedName::new("VAN<DER<BERG", "ANNA<MARIA"),
        registered: Some(RegisteredName::Whole("手形 花子".into())),
        sex: Some(Sex::Female),
        nationality: Some("JPN".into()),
        document: Some(TravelDocument { passport: true, number: "XX0000000".into() }),
        ..Holder::born(BirthDate::parse("1984-04-01").unwrap())
    };
    Certificate {
        country: Country::parse("JP"),
        issuer: Some("Kakuu City".into()),
        doses: vec![Dose { date: Date::parse("2026-06-01"), lot: Some("EX1".into()), ..Dose::of(stamaril) }],
        issued_at: Some(UnixTime(1_780_272_000)),
        expires_at: Some(UnixTime(1_800_000_000)),
        ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
    }
}

fn laid_out(certificate: &Certificate, generation: Generation) -> Result<Value<'static>, WriteError> {
    let identity = KeyIdentity { algorithm: Algorithm::Es256, kid: [7; 32], certificate: None };
    let unsigned = write(certificate, &identity, generation)?;
    let claims = Claims::read(unsigned.payload(), hcert::ICVP, Profile::Deterministic).expect("deterministic");
    Ok(claims.content().clone().into_owned())
}

#[test]
fn both_generations_are_written_by_the_letter() {
    for generation in [Generation::Gen1, Generation::Gen2] {
        let payload = laid_out(&traveller(), generation).expect("writes");
        assert_eq!(Generation::of(&payload), Some(generation));
        assert_eq!(deviations(&payload), []);
        let read = read(&payload);
        assert!(read.holder.registered == Some(RegisteredName::Whole("VAN DER BERG ANNA MARIA".into())));
        assert_eq!(read.doses[0].vaccine.code, STAMARIL);
        // The newest model names WHO's participant, which is the state.
        let issuer = if generation == Generation::Gen1 { "Kakuu City" } else { "JPN" };
        assert_eq!(read.issuer.as_deref(), Some(issuer));
    }
}

#[test]
fn what_a_generation_cannot_say_is_refused_and_never_invented() {
    type Change = fn(&mut Certificate);
    let both: [(Change, WriteError); 10] = [
        (|c| c.doses.clear(), WriteError::DoseCount),
        (|c| c.doses.push(c.doses[0].clone()), WriteError::DoseCount),
        (|c| c.doses[0].lot = None, WriteError::Missing),
        (|c| c.doses[0].date = None, WriteError::Date),
        (|c| c.doses[0].vaccine.code = "37".into(), WriteError::Vaccine),
        (|c| c.doses[0].vaccine.code = "208".into(), WriteError::Vaccine),
        (|c| c.holder.romanised = None, WriteError::RomanisedNameMissing),
        (|c| c.holder.birth = BirthDate::year(1984).unwrap(), WriteError::Date),
        (|c| c.holder.nationality = Some("JP".into()), WriteError::Text),
        (|c| c.issued_at = Some(UnixTime(1_758_239_999)), WriteError::Date),
    ];
    for (change, error) in both {
        for generation in [Generation::Gen1, Generation::Gen2] {
            let mut certificate = traveller();
            change(&mut certificate);
            assert_eq!(laid_out(&certificate, generation).err(), Some(error), "{generation:?}");
        }
    }
    let mut nobody = traveller();
    nobody.issuer = None;
    assert_eq!(laid_out(&nobody, Generation::Gen1).err(), Some(WriteError::Missing), "no clinician, no authority");
    let mut unknown = traveller();
    (unknown.holder.sex, unknown.holder.nationality) = (None, None);
    assert!(laid_out(&unknown, Generation::Gen1).is_ok());
    assert_eq!(laid_out(&unknown, Generation::Gen2).err(), Some(WriteError::Missing));
    assert_eq!(laid_out(&traveller(), Generation::Gen0).err(), Some(WriteError::NotWrittenHere));
    let identity = KeyIdentity { algorithm: Algorithm::EdDsa, kid: [7; 32], certificate: None };
    assert_eq!(write(&traveller(), &identity, Generation::Gen1).err(), Some(WriteError::Algorithm));
}

#[test]
fn yellow_fever_counts_from_the_tenth_day_for_life_and_polio_at_once() {
    let on = |day: &str| Date::parse(day).unwrap();
    let mut dose = read(&gen2()).doses.remove(0);
    let from = on("2026-06-11");
    assert_eq!(border(&dose, on("2026-06-10")), Border::TooEarly { from });
    assert_eq!(border(&dose, from), Border::Valid { from });
    dose.valid_until = Some(on("2036-06-01"));
    assert_eq!(border(&dose, on("2060-01-01")), Border::Valid { from }, "ten years are over, a life is not");
    dose.vaccine.code = dose.vaccine.code.to_uppercase();
    assert_eq!(border(&dose, from), Border::Valid { from }, "ids are insensitive to case");
    dose.vaccine.code = "PolioVaccineNovelOralnOPProduct278e9af5dc50904dd144a7ceb4d42dd7".into();
    assert_eq!(border(&dose, on("2026-06-01")), Border::Valid { from: on("2026-06-01") });
    assert_eq!(border(&dose, on("2026-05-31")), Border::TooEarly { from: on("2026-06-01") });
    dose.date = None;
    assert_eq!(border(&dose, from), Border::Undated);
    dose.vaccine.code = "FVP-P-64".into();
    assert_eq!(border(&dose, from), Border::NotListed);
    dose.date = Date::parse("9999-12-31");
    dose.vaccine.code = STAMARIL.into();
    assert_eq!(border(&dose, from), Border::Undated);
}
