//! One record, every family: what is issued is valid by our verifier, gives back what the record says, and is read by
//! libraries that are not ours.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tegata_certificate::icvp::Generation;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode, who};
use tegata_certificate::{Certificate, Dose, Format, Holder, RegisteredName, RomanisedName, Sex, TravelDocument};
use tegata_issuer::health_cards::{PublishedKey, static_files};
use tegata_issuer::issue::{Issuance, MANIFEST, Picture, Purpose};
use tegata_issuer::{CardList, Record};
use tegata_keys::Signer;
use tegata_tests::specimen::{NOW, japan};
use tegata_tests::travel_office::{ISS, TravelOffice};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

/// The office, as its entry in the list names it, and as the certificate of its key for seals does.
const OFFICE: &str = "Kakuu City";
const SIGNER: &str = "DA";

/// A line of a manifest that holds a certificate.
struct Issued {
    number: String,
    format: Format,
    dose: Option<usize>,
    generation: Option<Generation>,
    text: String,
    files: Vec<PathBuf>,
}

fn manifest(folder: &Path) -> Vec<Issued> {
    let text = fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        Some(Issued {
            number: line["number"].as_str()?.to_owned(),
            format: Format::from_name(line["format"].as_str()?)?,
            dose: line["dose"].as_u64().map(|dose| dose as usize),
            generation: (line["generation"] == "gen2").then_some(Generation::Gen2),
            text: line["text"].as_str()?.to_owned(),
            files: line["files"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|f| Some(folder.join(f.as_str()?)))
                .collect(),
        })
    };
    text.lines().filter_map(line).collect()
}

fn verifier(office: &TravelOffice) -> Verifier {
    Verifier::new(office.state(), Policy { accept_demo: true, ..Policy::default() }).expect("told so")
}

fn counted(issued: &[Issued]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for one in issued {
        *counts.entry(one.format.name()).or_default() += 1;
    }
    counts
}

/// ICD-11's code of the disease, where the vaccine is against one only.
fn icd11_disease(dose: &tegata_issuer::Dose) -> Option<&'static str> {
    match dose.product.diseases() {
        [disease] => disease.icd11(),
        _ => None,
    }
}

/// The id that the register names.
fn who_product(dose: &tegata_issuer::Dose) -> Option<String> {
    dose.maker.as_deref().and_then(who::find).map(|entry| entry.id())
}

#[test]
fn what_each_family_can_say_of_a_record_comes_back_from_its_code() {
    let mut office = TravelOffice::new(40, 31);
    let out = office.folder().join("all");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    office.icvp = Some(Generation::Gen2);
    let newer = office.folder().join("newer");
    let again = office.issue(&[Format::Icvp], Purpose::Travel, &newer, &[]);
    assert_eq!((again.issued, again.again), (40, 0), "another model is another certificate");
    let mut issued = manifest(&out);
    issued.extend(manifest(&newer));
    let verifier = verifier(&office);
    for one in &issued {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let family = one.format.name();
        assert_eq!(verdict.outcome(), Outcome::Valid, "{family}: {:?}", verdict.reason());
        assert!(verdict.findings().is_empty(), "{family}: {:?}", verdict.findings());
        let certificate = verdict.certificate().expect("valid");
        assert_eq!(certificate.format, one.format);
        says_the_record(certificate, &office.record(&one.number), one);
    }
    let counts = counted(&issued);
    for (family, count) in [("compact", 40), ("icvp", 80), ("shc", 40), ("vds-nc", 40)] {
        assert_eq!(counts[family], count, "{counts:?}");
    }
    assert!(counts["eu-dcc"] >= 30, "{counts:?}");
}

/// Whatever the certificate's family has a place for is there, and nothing else.
fn says_the_record(certificate: &Certificate, record: &Record, one: &Issued) {
    let family = one.format.name();
    let (holder, wanted) = (&certificate.holder, holder(record, one.format));
    assert_eq!(
        holder.romanised.as_ref().map(RomanisedName::to_mrz),
        wanted.romanised.as_ref().map(RomanisedName::to_mrz),
        "{family}"
    );
    assert_eq!(
        holder.registered.as_ref().map(RegisteredName::to_line),
        wanted.registered.as_ref().map(RegisteredName::to_line),
        "{family}"
    );
    assert_eq!((holder.birth, holder.sex), (wanted.birth, wanted.sex), "{family}");
    assert_eq!(holder.nationality, wanted.nationality, "{family}");
    assert!(*holder == wanted, "{family}: the document, or more than it has a place for");
    let wanted = doses(record, one);
    assert_eq!(certificate.doses.len(), wanted.len(), "{family}");
    for (said, wanted) in certificate.doses.iter().zip(&wanted) {
        assert_eq!((said.date, said.number, said.total), (wanted.date, wanted.number, wanted.total), "{family}");
        assert_eq!((&said.vaccine, &said.disease), (&wanted.vaccine, &wanted.disease), "{family}");
        assert_eq!((&said.product, &said.maker, &said.lot), (&wanted.product, &wanted.maker, &wanted.lot), "{family}");
        assert_eq!((said.country, &said.centre), (wanted.country, &wanted.centre), "{family}");
        assert!(said == wanted, "{family}: more than the register says");
    }
    let issuer = match one.format {
        Format::Compact => (None, None),
        Format::EuDcc => (Some(japan()), Some(OFFICE)),
        Format::Icvp if one.generation == Some(Generation::Gen2) => (Some(japan()), Some("JPN")),
        Format::Icvp => (Some(japan()), Some(OFFICE)),
        Format::Shc => (None, Some(ISS)),
        Format::VdsNc => (Some(japan()), None),
    };
    assert_eq!((certificate.country, certificate.issuer.as_deref()), issuer, "{family}");
}

/// The person, as a certificate of a family for travel says it (`docs/formats.md`).
fn holder(record: &Record, format: Format) -> Holder {
    let person = &record.person;
    let name = person.romanised.as_ref().expect("everybody has a passport");
    let document = person.passport.clone().map(|number| TravelDocument { passport: true, number });
    let holder = Holder { romanised: Some(name.clone()), ..Holder::born(person.birth) };
    match format {
        Format::Compact => Holder {
            registered: person.registered.clone(),
            nationality: person.nationality.clone(),
            document,
            ..holder
        },
        Format::EuDcc => holder,
        // One text, family name first.
        Format::Icvp => Holder {
            romanised: None,
            registered: Some(RegisteredName::Whole(name.to_mrz().replace("<<", " ").replace('<', " "))),
            sex: person.sex,
            nationality: person.nationality.clone(),
            document,
            ..holder
        },
        Format::Shc => Holder { registered: person.registered.clone(), ..holder },
        // Cut where a machine-readable zone ends; it has no letter for a sex that is not known.
        Format::VdsNc => {
            let cut: String = name.to_mrz().chars().take(39).collect();
            let sex = person.sex.filter(|sex| *sex != Sex::NotKnown);
            Holder { romanised: RomanisedName::parse_mrz(&cut), sex, document, ..holder }
        }
    }
}

/// The doses, as a certificate of a family says them (`docs/formats.md`).
fn doses(record: &Record, one: &Issued) -> Vec<Dose> {
    let of = |dose: &tegata_issuer::Dose, vaccine: VaccineCode| Dose { date: Some(dose.date), ..Dose::of(vaccine) };
    let cvx = |dose: &tegata_issuer::Dose| VaccineCode { system: CodeSystem::Cvx, code: dose.product.cvx.to_string() };
    let number = |dose: &tegata_issuer::Dose| Some(u64::from(dose.number));
    match one.format {
        Format::Compact => {
            let said = |dose: &tegata_issuer::Dose| Dose {
                lot: dose.lot.clone(),
                number: number(dose),
                ..of(dose, cvx(dose))
            };
            record.doses.iter().map(said).collect()
        }
        Format::EuDcc => {
            let latest = record.doses.iter().rev().find(|dose| dose.product.eu.is_some()).expect("has one");
            let eu = latest.product.eu.expect("has one");
            vec![Dose {
                disease: Some(eu.disease.to_owned()),
                product: Some(eu.product.to_owned()),
                maker: Some(eu.maker.to_owned()),
                number: number(latest),
                // A series of unknown length is as long as it has become.
                total: number(latest),
                country: Some(japan()),
                ..of(latest, VaccineCode::eu(eu.vaccine.to_owned()))
            }]
        }
        Format::Icvp => {
            let dose = &record.doses[one.dose.expect("one a dose") - 1];
            let product = VaccineCode::who(who_product(dose).expect("WHO lists it"));
            vec![Dose { lot: dose.lot.clone(), ..of(dose, product) }]
        }
        Format::Shc => {
            let said = |dose: &tegata_issuer::Dose| Dose {
                lot: dose.lot.clone(),
                centre: Some(OFFICE.to_owned()),
                ..of(dose, cvx(dose))
            };
            record.doses.iter().map(said).collect()
        }
        Format::VdsNc => {
            let said = |dose: &tegata_issuer::Dose| {
                let code = dose.product.code(CodeSystem::Icd11).code()?.to_owned();
                Some(Dose {
                    disease: icd11_disease(dose).map(str::to_owned),
                    product: Some(dose.product.name.to_owned()),
                    lot: dose.lot.clone(),
                    number: number(dose),
                    country: Some(japan()),
                    centre: Some(SIGNER.to_owned()),
                    ..of(dose, VaccineCode { system: CodeSystem::Icd11, code })
                })
            };
            record.doses.iter().filter_map(said).collect()
        }
    }
}

#[test]
fn a_purpose_chooses_families_and_fields_and_none_replaces_another() {
    let office = TravelOffice::new(5, 32);
    let out = office.folder().join("purposes");
    let issue = |purpose: Purpose| office.issue(&purpose.formats(), purpose, &out, &[Picture::Svg]);
    let domestic = issue(Purpose::Domestic);
    let within = manifest(&out);
    assert_eq!(counted(&within), BTreeMap::from([("compact", 5), ("shc", 5)]));
    let verifier = verifier(&office);
    for one in &within {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let holder = &verdict.certificate().expect("valid").holder;
        assert!(holder.romanised.is_none() && holder.document.is_none(), "{}", one.format.name());
    }
    let travel = issue(Purpose::Travel);
    assert!(travel.issued > domestic.issued && travel.again == 0, "{travel:?}");
    for one in manifest(&out).iter().filter(|one| one.format == Format::Shc) {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let holder = &verdict.certificate().expect("valid").holder;
        assert!(holder.romanised.is_some() && holder.registered.is_some());
    }
    // Both editions are kept, each the same when it is issued again, and no file of one overwrote the other's.
    let again = issue(Purpose::Domestic);
    assert_eq!(again, Issuance { issued: 0, again: domestic.issued, refused: domestic.refused, ..Issuance::default() });
    for one in &within {
        assert!(one.files.iter().all(|file| file.is_file()));
        if one.format == Format::Shc {
            assert!(out.join(format!("{}.shc.travel.svg", one.number)).is_file());
        }
    }
}

/// What the register says, for readers that are not ours.
fn expected(record: &Record) -> Value {
    let person = &record.person;
    let romanised = person.romanised.as_ref().expect("everybody has a passport");
    let doses = record.doses.iter().map(|dose| {
        json!({
            "date": dose.date.to_string(),
            "number": dose.number,
            "lot": dose.lot,
            "name": dose.product.name,
            "cvx": dose.product.cvx.to_string(),
            "eu": dose.product.eu.map(|eu| json!({ "tg": eu.disease, "vp": eu.vaccine, "mp": eu.product, "ma": eu.maker })),
            "icd11": dose.product.code(CodeSystem::Icd11).code(),
            "disease": icd11_disease(dose),
            "who": who_product(dose),
        })
    });
    json!({
        "family": romanised.family(),
        "given": romanised.given(),
        "name": person.registered.as_ref().map(RegisteredName::to_line),
        "birth": person.birth.to_string(),
        "sex": person.sex.map(Sex::number),
        "nationality": person.nationality,
        "document": person.passport,
        "country": "JP",
        "state": "JPN",
        "office": OFFICE,
        "signer": SIGNER,
        "doses": doses.collect::<Vec<_>>(),
    })
}

/// Runs a reader that is not ours; says so where it cannot be run.
///
/// # Panics
/// Where it does not read what the register says.
fn run(what: &str, command: &mut Command) {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("{what}: skipped: {error}");
            return;
        }
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{what}: {said}");
    match output.status.code() {
        Some(0) => {}
        Some(77) => println!("{what}: skipped; cargo xtask test installs what is missing"),
        _ => panic!("{what} disagrees:\n{said}"),
    }
}

#[test]
fn two_hundred_people_s_certificates_are_read_by_libraries_that_are_not_ours() {
    let mut office = TravelOffice::new(200, 33);
    let out = office.folder().join("certificates");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    let mut issued = manifest(&out);
    office.icvp = Some(Generation::Gen2);
    let newer = office.folder().join("newer");
    office.issue(&[Format::Icvp], Purpose::Travel, &newer, &[]);
    issued.extend(manifest(&newer));
    let counts = counted(&issued);
    assert!(
        ["shc", "vds-nc"].iter().all(|family| counts[family] == 200)
            && counts["icvp"] == 400
            && counts["eu-dcc"] >= 150,
        "{counts:?}"
    );

    let cards = &office.keys[3];
    let list = CardList { counter: 1, rids: Vec::new() };
    let files = static_files(&[PublishedKey { key: cards.verifying_key(), list }]).expect("a P-256 key");
    let jwks = files.iter().find(|file| file.path.ends_with("jwks.json")).expect("a key set");
    let jwks: Value = serde_json::from_slice(&jwks.bytes).expect("JSON");
    let mut lines = String::new();
    for one in issued.iter().filter(|one| one.format != Format::Compact) {
        let place = Format::ALL.iter().position(|format| *format == one.format).expect("one of all");
        let key = office.keys[place].verifying_key();
        let cose_key = data_encoding::HEXLOWER.encode(&key.to_cose_key());
        let mut line = json!({
            "format": one.format.name(),
            "generation": one.generation.map_or(1, |_| 2),
            "text": one.text,
            // As the list names the key: by its first eight bytes in the one family, in full in the other.
            "kid": match one.format {
                Format::Shc => data_encoding::BASE64URL_NOPAD.encode(&key.jwk_thumbprint()),
                _ => data_encoding::HEXLOWER.encode(&key.thumbprint()[..8]),
            },
            "cose_key": cose_key,
            "expected": expected(&office.record(&one.number)),
        });
        match one.format {
            Format::Shc => {
                line["iss"] = json!(ISS);
                line["jwks"] = jwks.clone();
            }
            Format::VdsNc => line["anchor"] = json!(data_encoding::BASE64.encode(&office.csca)),
            _ => {}
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    fs::write(out.join("families.ndjson"), lines).expect("a file");

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = tests.join("../target");
    let python = env::var_os("TEGATA_READERS_PYTHON").map(PathBuf::from).unwrap_or_else(|| {
        let installed = target.join("readers/bin/python");
        if installed.is_file() { installed } else { PathBuf::from("python3") }
    });
    run("families.py", Command::new(python).arg(tests.join("readers/families.py")).arg(&out));
    let modules = env::var_os("TEGATA_READERS_NODE").map_or_else(|| target.join("readers-node"), PathBuf::from);
    run("health_cards.mjs", Command::new("node").arg(tests.join("readers/health_cards.mjs")).arg(&out).arg(modules));
}
