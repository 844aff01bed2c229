//! The certificates: each family as the office issues it, and each way to be refused.

use crate::lists::{Lists, verifier};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use tegata_certificate::cbor::Writer;
use tegata_certificate::icvp::Generation;
use tegata_certificate::mrz::Mrz;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{
    BirthDate, Certificate, Date, Dose, Format, Holder, Kind, RegisteredName, RomanisedName, Sealed, StatusIndex,
    TravelDocument, UnixTime, base45,
};
use tegata_issuer::issue::Purpose;
use tegata_issuer::{EcLevel, Symbol};
use tegata_keys::{KeyType, PrivateKey};
use tegata_tests::office::{Certified, manifest};
use tegata_tests::specimen::{DAY, passport, seal, seal_claims};
use tegata_tests::travel_office::TravelOffice;
use tegata_trust_lists::rules::RuleSet;
use tegata_verifier::{Moment, Verifier};

/// By which lists a code is shown in the tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Those in force.
    Current,
    /// Those that are past their date.
    Stale,
}

/// A code, whose it is, and what is said of it.
pub struct Code {
    /// Its name in the tests.
    pub id: String,
    /// What the symbol holds.
    pub text: String,
    /// Texts of a person that must be nowhere once it is cleared, and never where it is not valid.
    personal: Vec<String>,
    /// The machine-readable zone of the holder's passport, and of somebody else's.
    zones: Option<[String; 2]>,
    /// What judges it.
    pub by: By,
    /// The parts that it is split over.
    pub parts: Vec<String>,
    /// What the library says.
    report: String,
    /// The same by the next lists.
    newer: String,
    /// The same with the holder's passport, and with somebody else's.
    bound: Option<[String; 2]>,
    /// The same by each rule set of the lists in force.
    ruled: BTreeMap<String, String>,
}

/// All codes, and what lists have to say of them.
pub struct Codes {
    /// In the order of the tests.
    pub all: Vec<Code>,
    /// Withdrawn by the lists in force.
    pub revoked: StatusIndex,
    /// Withdrawn by the next ones.
    pub revoked_later: StatusIndex,
    /// Of the office that does not keep up.
    pub old_key: PrivateKey,
}

impl Code {
    fn new(id: &str, text: String) -> Self {
        Self {
            id: id.to_owned(),
            text,
            personal: Vec::new(),
            zones: None,
            by: By::Current,
            parts: Vec::new(),
            report: String::new(),
            newer: String::new(),
            bound: None,
            ruled: BTreeMap::new(),
        }
    }

    fn of(self, holder: &Holder) -> Self {
        let mut personal = Vec::new();
        if let Some(name) = &holder.romanised {
            personal.extend([name.family().replace('<', " "), name.given().replace('<', " ")]);
        }
        personal.extend(holder.registered.as_ref().map(RegisteredName::to_line));
        personal.extend(holder.kana.clone());
        personal.extend(holder.document.as_ref().map(|document| document.number.clone()));
        personal.push(holder.birth.to_string());
        personal.retain(|text| !text.is_empty());
        Self { personal, ..self }
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "text": self.text,
            "personal": self.personal,
            "lists": if self.by == By::Stale { "stale" } else { "current" },
            "parts": self.parts,
            "report": self.report,
            "newer": self.newer,
            "zones": self.zones,
            "bound": self.bound,
            "ruled": self.ruled,
        })
    }
}

/// 手形 花子, of whom everything is known that a certificate can say of a name.
fn hanako() -> Holder {
    Holder {
        romanised: RomanisedName::new("TEGATA", "HANAKO"),
        registered: Some(RegisteredName::Whole("手形　花子".into())),
        kana: Some("テガタ　ハナコ".into()),
        document: Some(TravelDocument { passport: true, number: "TK1234567".into() }),
        nationality: Some("JPN".into()),
        ..Holder::born(BirthDate::parse("1984-04-01").expect("a date"))
    }
}

fn hanakos(status: StatusIndex, issued_at: UnixTime, expires_at: UnixTime) -> Certificate {
    let dose = |day: &str, lot: &str, number: u64| Dose {
        lot: Some(lot.to_owned()),
        date: Date::parse(day),
        number: Some(number),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: "208".into() })
    };
    Certificate {
        doses: vec![dose("2021-07-01", "FA7338", 1), dose("2021-07-22", "FC3661", 2)],
        issued_at: Some(issued_at),
        expires_at: Some(expires_at),
        status: Some(status),
        ..Certificate::about(hanako(), Format::Compact, Kind::Vaccination)
    }
}

/// The members of a name: `fn`, `fnt`, and the given names likewise.
pub type Names<'a> = [(&'a str, &'a str)];

/// Claims of the EU's family about somebody born on 1971-11-03.
pub fn claims(kind: Kind, names: &Names<'_>, now: UnixTime) -> Vec<u8> {
    let texts = |writer: &mut Writer, members: &[(&str, &str)]| {
        for (key, value) in members {
            writer.text(key);
            writer.text(value);
        }
    };
    let day = |days: i64| now.plus(days * DAY).date().map(|date| date.to_string()).unwrap_or_default();
    let (from, until, first) = (day(-20), day(120), day(-31));
    let sampled = format!("{}T08:00:00Z", day(-1));
    let mut writer = Writer::default();
    writer.map(4);
    writer.int(1);
    writer.text("JP");
    writer.int(4);
    writer.int(now.plus(100 * DAY).0);
    writer.int(6);
    writer.int(now.plus(-7_200).0);
    writer.int(-260);
    writer.map(1);
    writer.int(1);
    writer.map(4);
    let common = [("ci", "URN:UVCI:01:JP:KAKUU0002"), ("co", "JP"), ("is", "Kakuu City"), ("tg", "840539006")];
    let (name, own): (_, &[(&str, &str)]) = match kind {
        Kind::Vaccination => {
            ("v", &[("dt", "2021-07-22"), ("ma", "ORG-100030215"), ("mp", "EU/1/20/1528"), ("vp", "1119349007")])
        }
        Kind::Test => (
            "t",
            &[("sc", &sampled), ("tc", "Kakuu Clinic"), ("tr", "260415000"), ("tt", "LP6464-4"), ("nm", "Kakuu PCR")],
        ),
        Kind::Recovery => ("r", &[("df", &from), ("du", &until), ("fr", &first)]),
    };
    let numbers: &[&str] = if kind == Kind::Vaccination { &["dn", "sd"] } else { &[] };
    writer.text(name);
    writer.array(1);
    writer.map(common.len() + own.len() + numbers.len());
    texts(&mut writer, &common);
    texts(&mut writer, own);
    for number in numbers {
        writer.text(number);
        writer.uint(2);
    }
    texts(&mut writer, &[("dob", "1971-11-03")]);
    writer.text("nam");
    writer.map(names.len());
    texts(&mut writer, names);
    texts(&mut writer, &[("ver", "1.3.0")]);
    writer.into_bytes()
}

/// The same text with the last byte of its signature changed.
fn tampered(text: &str) -> String {
    let mut message = base45::decode(text.strip_prefix("TG1:").expect("a compact code")).expect("decodes");
    let last = message.last_mut().expect("a signature");
    *last ^= 1;
    let tampered = format!("TG1:{}", base45::encode(&message));
    assert!(Sealed::decode(&tampered).is_ok(), "only the signature is wrong");
    tampered
}

impl Codes {
    /// Issues everything.
    pub fn issue(office: &mut TravelOffice, now: UnixTime) -> Self {
        let mut all = families(office);
        let range = office.repository.keys[0].ranges[0];
        // From the other end than the register gives them out.
        let index = |place: u64| StatusIndex { shard: range.shard, index: range.to - 1 - place };
        let issued = now.plus(-7_200);
        let forever = now.plus(3_000 * DAY);
        let key = &office.keys[0];
        let hanako_has = |id: &str, text: String| Code::new(id, text).of(&hanako());
        let own = seal(key, &hanakos(index(0), issued, forever));
        let zones = [
            passport(&RomanisedName::new("TEGATA", "HANAKO").expect("a name"), "TK1234567", "840401", 'F'),
            passport(&RomanisedName::new("SATO", "TARO").expect("a name"), "TK7654321", "790911", 'M'),
        ];
        all.insert(0, Code { zones: Some(zones), ..hanako_has("hanako", own.clone()) });
        all.push(hanako_has("revoked", seal(key, &hanakos(index(1), issued, forever))));
        all.push(hanako_has("revoked-later", seal(key, &hanakos(index(2), issued, forever))));
        all.push(hanako_has("expired", seal(key, &hanakos(index(3), issued, now.plus(-3_600)))));
        all.push(hanako_has("not-covered", seal(key, &hanakos(index(4), now.plus(-60), forever))));
        let stranger = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        all.push(hanako_has("unknown-issuer", seal(&stranger, &hanakos(index(5), issued, forever))));
        all.push(hanako_has("tampered", tampered(&own)));
        // Blanks are data: whoever trims them judges another text.
        all.push(hanako_has("blank-before", format!(" {own}")));
        all.push(hanako_has("blank-after", format!("{own} ")));
        let eu = &office.keys[1];
        let hanako_in_eu = [("fn", "TEGATA"), ("fnt", "TEGATA"), ("gn", "HANAKO"), ("gnt", "HANAKO")];
        let in_eu = |kind| seal_claims(eu, Format::EuDcc, &claims(kind, &hanako_in_eu, now));
        let eu_holder = Holder { registered: None, kana: None, document: None, ..hanako() };
        for (id, kind) in [("eu-test", Kind::Test), ("eu-recovery", Kind::Recovery)] {
            let born = Holder { birth: BirthDate::parse("1971-11-03").expect("a date"), ..eu_holder.clone() };
            all.push(Code::new(id, in_eu(kind)).of(&born));
        }
        office.repository.keys[1].kinds = vec![Kind::Vaccination, Kind::Test, Kind::Recovery];
        all.push(Code::new("not-a-certificate", "https://menu.example/today?table=7".to_owned()));
        all.push(Code::new("health-link", "shlink:/eyJ1cmwiOiJodHRwczovL2EuZXhhbXBsZSJ9".to_owned()));
        all.push(in_parts(&all));
        let old_key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let old = seal(&old_key, &hanakos(index(6), now.plus(-20 * DAY), forever));
        all.push(Code { by: By::Stale, ..hanako_has("list-stale", old) });
        Self { all, revoked: index(1), revoked_later: index(2), old_key }
    }

    /// Has the library judge each.
    pub fn judge(&mut self, lists: &Lists, now: UnixTime) {
        let current = lists.verifier(now);
        let newer = verifier(&lists.newer, &lists.pin, now);
        let stale = verifier(&lists.old.stale, &lists.old.pin, now);
        for code in &mut self.all {
            let by = if code.by == By::Stale { &stale } else { &current };
            code.report = said(by, &code.text, now);
            code.newer = said(&newer, &code.text, now);
            let bound = |zone: &String| {
                let zone = Mrz::read(zone).expect("a zone");
                by.verify(&code.text, Moment::Now(now)).bind(&zone).to_json(by.state())
            };
            let sets = by.state().rules().map_or(&[][..], |rules| &rules.sets);
            let ruled = |set: &RuleSet| {
                let verdict = by.verify(&code.text, Moment::Now(now)).judged_by(set, by.state());
                (set.id.clone(), verdict.to_json(by.state()))
            };
            code.ruled = sets.iter().map(ruled).collect();
            code.bound = code.zones.as_ref().map(|zones| zones.each_ref().map(bound));
        }
    }

    /// The code with that name.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, id: &str) -> &Code {
        self.all.iter().find(|code| code.id == id).expect("a code of that name")
    }

    /// All cases, and a picture file of each.
    pub fn to_json(&self, folder: &Path) -> io::Result<Vec<Value>> {
        fs::create_dir_all(folder.join("pictures"))?;
        let mut cases = Vec::new();
        for code in &self.all {
            let mut case = code.to_json();
            let texts = if code.parts.is_empty() { std::slice::from_ref(&code.text) } else { &code.parts };
            let mut pictures = Vec::new();
            for (part, text) in texts.iter().enumerate() {
                let symbol = Symbol::encode(text, EcLevel::M).map_err(io::Error::other)?;
                let name = format!("pictures/{}-{part}.png", code.id);
                fs::write(folder.join(&name), symbol.png(6).map_err(io::Error::other)?)?;
                case["version"] = json!(symbol.version());
                pictures.push(name);
            }
            case["pictures"] = json!(pictures);
            cases.push(case);
        }
        Ok(cases)
    }
}

/// What the library says of a text.
pub fn said(verifier: &Verifier, text: &str, now: UnixTime) -> String {
    verifier.verify(text, Moment::Now(now)).to_json(verifier.state())
}

/// One person's certificate of each family, as the office issues them for travel; WHO's in both generations.
fn families(office: &mut TravelOffice) -> Vec<Code> {
    let out = office.folder().join("certificates");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    office.icvp = Some(Generation::Gen2);
    let newer = office.folder().join("newer");
    office.issue(&[Format::Icvp], Purpose::Travel, &newer, &[]);
    let (first, second) = (manifest(&out), manifest(&newer));
    let of = |person: &str, all: &[Certified], format: Format| {
        all.iter().find(|one| one.number == person && one.format == format.name()).map(|one| one.text.clone())
    };
    // Somebody who has one of each.
    let whole = |person: &&str| Format::ALL.iter().all(|format| of(person, &first, *format).is_some());
    let person = first.iter().map(|one| one.number.as_str()).find(whole).expect("somebody has all").to_owned();
    let record = office.record(&person).person;
    let document = record.passport.clone().map(|number| TravelDocument { passport: true, number });
    let holder = Holder {
        romanised: record.romanised.clone(),
        registered: record.registered.clone(),
        document,
        ..Holder::born(record.birth)
    };
    let mut codes: Vec<_> = Format::ALL
        .into_iter()
        .filter_map(|format| Some(Code::new(format.name(), of(&person, &first, format)?).of(&holder)))
        .collect();
    codes.extend(of(&person, &second, Format::Icvp).map(|text| Code::new("icvp-gen2", text).of(&holder)));
    codes
}

/// The health card, split over two codes.
fn in_parts(all: &[Code]) -> Code {
    let card = all.iter().find(|code| code.id == "shc").expect("a health card");
    let digits = card.text.strip_prefix("shc:/").expect("digits");
    let (first, second) = digits.split_at(digits.len() / 4 * 2);
    let parts = vec![format!("shc:/1/2/{first}"), format!("shc:/2/2/{second}")];
    Code { parts, personal: card.personal.clone(), ..Code::new("shc-parts", card.text.clone()) }
}
