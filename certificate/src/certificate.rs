//! The domain: what a vaccination certificate says, whichever family wrote it.
//!
//! What a family cannot say is absent here, never invented. `Debug` output of everything in this
//! module is free of personal data, so that a log line cannot leak a person.

use crate::country::Country;
use crate::date::{BirthDate, Date, UnixTime};
use crate::finding::Finding;
use crate::format::Format;
use crate::name::{RegisteredName, RomanisedName};
use crate::vaccine::VaccineCode;
use std::fmt;

/// What kind of event a certificate (or a key's scope) is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// One or more vaccinations.
    Vaccination,
    /// A test result.
    Test,
    /// A recovery.
    Recovery,
}

impl Kind {
    /// Every kind, in the order of their numbers in trust lists.
    pub const ALL: [Self; 3] = [Self::Vaccination, Self::Test, Self::Recovery];

    /// The stable name used in reports, lists and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vaccination => "vaccination",
            Self::Test => "test",
            Self::Recovery => "recovery",
        }
    }

    /// The kind with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Sex as ISO 5218 has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sex {
    /// 0
    NotKnown,
    /// 1
    Male,
    /// 2
    Female,
    /// 9
    NotApplicable,
}

impl Sex {
    /// The ISO 5218 number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::NotKnown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::NotApplicable => 9,
        }
    }

    /// The sex with that ISO 5218 number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::NotKnown),
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            9 => Some(Self::NotApplicable),
            _ => None,
        }
    }
}

/// The document that a person travels with.
#[derive(Clone, PartialEq, Eq)]
pub struct TravelDocument {
    /// Whether it is a passport (`compact` code 1) or something else (2).
    pub passport: bool,
    /// Its number as printed.
    pub number: String,
}

/// The person a certificate is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// The name as the passport's machine-readable zone has it (ICAO 9303).
    pub romanised: Option<RomanisedName>,
    /// The name as the register writes it, in its own script.
    pub registered: Option<RegisteredName>,
    /// How the registered name is read, in kana.
    pub kana: Option<String>,
    /// The birth date, as precisely as it is known.
    pub birth: BirthDate,
    /// Sex, where the certificate says it.
    pub sex: Option<Sex>,
    /// Nationality: ISO 3166-1 alpha-3 or an ICAO 9303 code, three characters. Drafts of WHO's family have
    /// two letters, which stay as written.
    pub nationality: Option<String>,
    /// The travel document the certificate is bound to.
    pub document: Option<TravelDocument>,
    /// The name of a child's parent or guardian, who signs for it (IHR Annex 6).
    pub guardian: Option<String>,
}

impl Holder {
    /// Somebody of whom only the birth date is said.
    #[must_use]
    pub fn born(birth: BirthDate) -> Self {
        Self {
            romanised: None,
            registered: None,
            kana: None,
            birth,
            sex: None,
            nationality: None,
            document: None,
            guardian: None,
        }
    }
}

/// One vaccination.
#[derive(Clone, PartialEq, Eq)]
pub struct Dose {
    /// The vaccine in the code system of its family.
    pub vaccine: VaccineCode,
    /// The disease or agent targeted: a SNOMED CT or ICD-11 code, as the family writes it.
    pub disease: Option<String>,
    /// The product: a marketing authorisation number or a name.
    pub product: Option<String>,
    /// The maker or authorisation holder, as the family writes it.
    pub maker: Option<String>,
    /// Lot (batch) number.
    pub lot: Option<String>,
    /// The day it was given; absent where the certificate holds no readable date.
    pub date: Option<Date>,
    /// Its number in the series, from 1.
    pub number: Option<u64>,
    /// How many doses the series has.
    pub total: Option<u64>,
    /// Where it was given.
    pub country: Option<Country>,
    /// The centre or the administering authority.
    pub centre: Option<String>,
    /// The clinician who supervised it (IHR Annex 6).
    pub clinician: Option<String>,
    /// First day of validity, where the family states one.
    pub valid_from: Option<Date>,
    /// Last day of validity, where the family states one.
    pub valid_until: Option<Date>,
}

impl Dose {
    /// A dose of that vaccine of which nothing else is said.
    #[must_use]
    pub fn of(vaccine: VaccineCode) -> Self {
        Self {
            vaccine,
            disease: None,
            product: None,
            maker: None,
            lot: None,
            date: None,
            number: None,
            total: None,
            country: None,
            centre: None,
            clinician: None,
            valid_from: None,
            valid_until: None,
        }
    }
}

/// One test.
#[derive(Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The disease or agent targeted.
    pub disease: Option<String>,
    /// The type of test (EU: LOINC code).
    pub test_type: String,
    /// Name of the test, or its device where no name is written.
    pub name: Option<String>,
    /// Its device (EU: number of the JRC's list), where the family states one.
    pub device: Option<String>,
    /// When the sample was taken.
    pub sampled_at: Option<UnixTime>,
    /// The result (EU: SNOMED CT code).
    pub result: String,
    /// Where it was taken.
    pub country: Option<Country>,
    /// The testing centre.
    pub centre: Option<String>,
}

/// What a test found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TestOutcome {
    /// The agent was not detected.
    NotDetected,
    /// The agent was detected.
    Detected,
}

impl TestOutcome {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotDetected => "not-detected",
            Self::Detected => "detected",
        }
    }
}

/// How a test was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TestMethod {
    /// Amplification of nucleic acid, such as PCR.
    NucleicAcid,
    /// For antigens.
    Antigen,
    /// For antibodies.
    Antibody,
}

impl TestMethod {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NucleicAcid => "nucleic-acid",
            Self::Antigen => "antigen",
            Self::Antibody => "antibody",
        }
    }
}

impl TestResult {
    /// What the test found, by the EU's value set (SNOMED CT, 2021-04-27) or ICAO's words; `None` for a
    /// result that is no plain yes or no.
    #[must_use]
    pub fn outcome(&self) -> Option<TestOutcome> {
        match self.result.as_str() {
            "260415000" | "negative" => Some(TestOutcome::NotDetected),
            "260373001" | "positive" => Some(TestOutcome::Detected),
            _ => None,
        }
    }

    /// How it was made, by the EU's value set (LOINC, 2021-04-27) or ICAO's words.
    #[must_use]
    pub fn method(&self) -> Option<TestMethod> {
        match self.test_type.as_str() {
            "LP6464-4" | "molecular(PCR)" | "molecular(other)" => Some(TestMethod::NucleicAcid),
            "LP217198-3" | "antigen" => Some(TestMethod::Antigen),
            "antibody" => Some(TestMethod::Antibody),
            _ => None,
        }
    }
}

/// One recovery.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The disease or agent recovered from.
    pub disease: Option<String>,
    /// The day of the first positive test.
    pub first_positive: Option<Date>,
    /// Where the test was taken.
    pub country: Option<Country>,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Last day of validity.
    pub valid_until: Option<Date>,
}

/// A place in the status list: which shard, and which index in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StatusIndex {
    /// The shard's number in its trust repository.
    pub shard: u64,
    /// The index inside the shard.
    pub index: u64,
}

/// What a certificate says. Whoever verifies gets one from a verdict only.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The family it was written in.
    pub format: Format,
    /// What it is about.
    pub kind: Kind,
    /// The country in the envelope (CWT `iss`), where the family has one.
    pub country: Option<Country>,
    /// The issuer's name, where the payload states one.
    pub issuer: Option<String>,
    /// Whom it is about.
    pub holder: Holder,
    /// The vaccinations, in the order written.
    pub doses: Vec<Dose>,
    /// The tests.
    pub tests: Vec<TestResult>,
    /// The recoveries.
    pub recoveries: Vec<Recovery>,
    /// Certificate identifiers (EU: UVCI), as they stand.
    pub identifiers: Vec<String>,
    /// When it was issued (`iat`).
    pub issued_at: Option<UnixTime>,
    /// Before this it is not valid (`nbf`).
    pub not_before: Option<UnixTime>,
    /// After this it is not valid (`exp`).
    pub expires_at: Option<UnixTime>,
    /// Its place in the issuer's status list, where the family carries one.
    pub status: Option<StatusIndex>,
    /// The issuer's own number for withdrawing it (SMART Health Cards: `rid`): up to 24 characters of the
    /// base64url alphabet that tell nobody else anything.
    pub revocation_id: Option<String>,
    /// What is wrong with it without refusing it.
    pub findings: Vec<Finding>,
}

impl Certificate {
    /// A certificate about somebody in which nothing else is said.
    #[must_use]
    pub fn about(holder: Holder, format: Format, kind: Kind) -> Self {
        Self {
            format,
            kind,
            country: None,
            issuer: None,
            holder,
            doses: Vec::new(),
            tests: Vec::new(),
            recoveries: Vec::new(),
            identifiers: Vec::new(),
            issued_at: None,
            not_before: None,
            expires_at: None,
            status: None,
            revocation_id: None,
            findings: Vec::new(),
        }
    }
}

/// Gives a type a `Debug` form that names it and shows nothing of its content.
macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
opaque_debug!(TravelDocument, Holder, Dose, TestResult, Recovery);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("format", &self.format).field("kind", &self.kind).finish_non_exhaustive()
    }
}
