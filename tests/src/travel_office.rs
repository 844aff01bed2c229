//! An office that issues in every family: two hundred people of the sample, each with a passport and a dose that
//! WHO's list has, and a key for each family.

use crate::fuzzing::maker::{Made, Party};
use crate::office::Office;
use crate::specimen::{DAY, NOW, japan};
use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use tegata_certificate::icvp::Generation;
use tegata_certificate::{Format, RegisteredName, RomanisedName, UnixTime};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{Issuance, IssuingKey, Picture, Plan, Purpose, issue_all};
use tegata_issuer::{Input, Record, Register, RegisterNumber, Sources, import};
use tegata_keys::{KeyType, PrivateKey, Signer, barcode_signer_request};
use tegata_trust_lists::import::{Input as ListInput, InputFile, ListKind, Policy};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Authority, Bundle, Issuer, RootPin, TrustState};

/// The address that the office's health cards name.
pub const ISS: &str = "https://cards.kakuu.example/issuer";
/// Whoever signs the state's passports.
const CSCA: Party = Party { country: "JP", name: "CSCA", secret: 91 };
/// Stamaril in vials of ten, as WHO's list has it, and a polio vaccine.
const YELLOW_FEVER: &str = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";
/// Whose passports they are: states, and in Doc 9303's own code a refugee's.
const NATIONALITIES: [&str; 5] = ["JPN", "PHL", "BRA", "JPN", "XXB"];

/// The office.
pub struct TravelOffice {
    office: Office,
    now: UnixTime,
    /// What it publishes by; the next publication is the caller's.
    pub repository: DemoRepository,
    /// The key of each family, in the order of [`Format::ALL`].
    pub keys: [PrivateKey; 5],
    /// The certificate of the key for seals.
    pub signer: Vec<u8>,
    /// The CSCA's certificate.
    pub csca: Vec<u8>,
    /// The generation that `icvp` is written in, instead of the released one.
    pub icvp: Option<Generation>,
    /// What verifiers get.
    pub bundle: Bundle,
    /// What verifiers pin.
    pub pin: RootPin,
}

impl TravelOffice {
    /// An office with so many people.
    ///
    /// # Panics
    /// If the temporary folder cannot be used.
    #[must_use]
    pub fn new(people: u64, seed: u64) -> Self {
        Self::at(people, seed, NOW)
    }

    /// The same at another time than [`NOW`].
    ///
    /// # Panics
    /// If the temporary folder cannot be used.
    #[must_use]
    pub fn at(people: u64, seed: u64, now: UnixTime) -> Self {
        let office = Office::at(people, seed, now);
        give_passports(&office, people, now);
        let keys = Format::ALL.map(|format| {
            let kind = if format == Format::Compact { KeyType::Ed25519 } else { KeyType::P256 };
            PrivateKey::generate(kind).expect("randomness")
        });
        let mut repository = DemoRepository::new("DEMO/travel", now.plus(-DAY)).expect("makes keys");
        let issuer =
            repository
                .add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
        for (format, key) in Format::ALL.into_iter().zip(&keys).filter(|(format, _)| *format != Format::VdsNc) {
            let entry = repository.add_key(issuer, key.verifying_key(), &[format], now.plus(-DAY));
            if format == Format::Shc {
                entry.authority = Authority::Iss(ISS.to_owned());
            }
        }
        let request = barcode_signer_request(&keys[4], japan(), "DA").expect("a request");
        let signer = Made::answering(&request, 92, CSCA).signed_by(CSCA);
        let csca = Made::of(CSCA, CSCA).authority().signed_by(CSCA);
        repository.anchors = anchors(&csca, now);
        let (bundle, pin) = repository.publish(now.plus(-3_600)).expect("publishes");
        Self { office, now, repository, keys, signer, csca, icvp: None, bundle, pin }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.office.folder()
    }

    /// The verified list.
    ///
    /// # Panics
    /// Never: the list was just published.
    #[must_use]
    pub fn state(&self) -> TrustState {
        TrustState::load(&self.bundle, &self.pin, self.now).expect("loads")
    }

    /// What the register holds of somebody.
    ///
    /// # Panics
    /// If nobody has that number.
    #[must_use]
    pub fn record(&self, number: &str) -> Record {
        let number = RegisterNumber::parse(number).expect("a number");
        let mut register = Register::open(self.office.register()).expect("opens");
        let record = register.record(&number).expect("reads").expect("somebody");
        register.close().expect("closes");
        record
    }

    /// Issues everybody's certificates of these families for a purpose.
    ///
    /// # Panics
    /// If issuing fails.
    pub fn issue(&self, formats: &[Format], purpose: Purpose, out: &Path, pictures: &[Picture]) -> Issuance {
        let state = self.state();
        let mut keys: Vec<_> =
            self.keys[..4].iter().map(|key| IssuingKey::new(key, &state, self.now).expect("is listed")).collect();
        keys.push(IssuingKey::certified(&self.keys[4], &self.signer, &state, self.now).expect("is certified"));
        let plan = Plan {
            formats: formats.to_vec(),
            purpose,
            pictures: pictures.to_vec(),
            icvp: self.icvp,
            ..Plan::default()
        };
        let mut register = Register::open(self.office.register()).expect("opens");
        let issuance = issue_all(&mut register, &keys, &plan, out, NonZero::<usize>::MIN, self.now, &())
            .map(|end| end.issuance)
            .expect("issues");
        register.close().expect("closes");
        issuance
    }
}

fn anchors(csca: &[u8], now: UnixTime) -> Vec<tegata_trust_lists::Anchor> {
    let files = [InputFile { name: String::new(), bytes: csca.to_vec() }];
    let policy = Policy { unsigned_ok: true, ..Policy::new(now) };
    let input = ListInput { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    ListKind::Csca.read(&input).expect("imports").anchors
}

/// Imports, over what the register has of each person, a passport and a dose against yellow fever.
fn give_passports(office: &Office, people: u64, now: UnixTime) {
    let mut register = Register::open(office.register()).expect("opens");
    let mut rows = String::from(
        "resident_id,name,name_romaji,birth_date,sex,nationality,passport_no,dose_no,vaccinated_on,product_code,lot\n",
    );
    let mut found = 0;
    for number in numbers(office) {
        let record = register.record(&number).expect("reads").expect("somebody");
        let person = &record.person;
        let name = person.registered.as_ref().map(RegisteredName::to_line).unwrap_or_default();
        let letters: String = (0..4).map(|place| char::from(b'A' + ((found >> (2 * place)) % 26) as u8)).collect();
        let romanised = person.romanised.as_ref().map_or_else(|| format!("KAKUU<<{letters}"), RomanisedName::to_mrz);
        let sex = match found % 12 {
            10 => 9,
            11 => 0,
            _ => person.sex.map_or(1, |sex| sex.number()),
        };
        let nationality = NATIONALITIES[found % NATIONALITIES.len()];
        writeln!(
            rows,
            "{number},{name},{romanised},{},{sex},{nationality},TK{found:07},1,2026-04-{:02},{YELLOW_FEVER},LOT{found}",
            person.birth,
            1 + found % 28
        )
        .expect("a row");
        found += 1;
    }
    assert_eq!(found as u64, people);
    let input = Sources::Long(Input::from_bytes("passports.csv", rows.into_bytes()));
    let today = now.date().expect("a day");
    let mut told = Vec::new();
    let summary = import(&mut register, input, today, false, &mut |finding: &Diagnostic| told.push(finding.clone()))
        .expect("imports");
    assert_eq!(summary.refused(), 0, "{:?}", told.first().map(|finding| (finding.code, finding.line)));
    register.close().expect("closes");
}

/// The numbers of everybody in the sample: the first column, digits in every encoding.
fn numbers(office: &Office) -> Vec<RegisterNumber> {
    let residents = fs::read(office.folder().join("residents.csv")).expect("the sample's residents");
    let number = |line: &[u8]| RegisterNumber::parse(std::str::from_utf8(line.split(|b| *b == b',').next()?).ok()?);
    residents.split(|b| *b == b'\n').skip(1).filter_map(number).collect()
}
