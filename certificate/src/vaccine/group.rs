//! Groups of vaccines: codes that say what kind of vaccine was given, not which product.
//!
//! Sources: SNOMED CT of the EU value sets (sct-vaccines-covid-19, 2023-01-25) and of the
//! International Patient Summary's free set (2023); ICD-11 MMS extension codes as the WHO SMART
//! guidelines list them (2026-08-31); ATC 2024.

use super::Disease::{
    Covid19, Diphtheria, HaemophilusB, HepatitisB, Influenza, JapaneseEncephalitis, Measles, Mumps, Pertussis,
    Poliomyelitis, Rubella, Tetanus, Varicella, YellowFever,
};
use super::{CodeSystem, Disease};

/// One kind of vaccine and its codes; several codes of one system are synonyms or say a little more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    /// What people call it.
    pub name: &'static str,
    /// The diseases it is given against.
    pub diseases: &'static [Disease],
    /// ICD-11 extension codes. The first is written.
    pub icd11: &'static [&'static str],
    /// ATC codes. The first is written.
    pub atc: &'static [&'static str],
    /// SNOMED CT codes. The first is written.
    pub snomed_ct: &'static [&'static str],
}

impl Group {
    /// The group's codes in that system, the one to write first.
    #[must_use]
    pub fn codes(&self, system: CodeSystem) -> &'static [&'static str] {
        match system {
            CodeSystem::Icd11 => self.icd11,
            CodeSystem::Atc => self.atc,
            CodeSystem::SnomedCt => self.snomed_ct,
            CodeSystem::Cvx | CodeSystem::WhoProduct | CodeSystem::Gtin | CodeSystem::AuAir | CodeSystem::Other => &[],
        }
    }
}

type Codes = &'static [&'static str];

const fn group(name: &'static str, diseases: &'static [Disease], icd11: Codes, atc: Codes, snomed_ct: Codes) -> Group {
    Group { name, diseases, icd11, atc, snomed_ct }
}

const HEXAVALENT: &[Disease] = &[Diphtheria, Tetanus, Pertussis, Poliomyelitis, HaemophilusB, HepatitisB];

// J07BX03 is the ATC code of all COVID-19 vaccines until 2022; early EU certificates hold it.
pub(super) static COVID: Group =
    group("COVID-19 vaccine", &[Covid19], &["XM68M6"], &["J07BN", "J07BX03"], &["28531000087107", "1119305005"]);
pub(super) static MRNA: Group = group("COVID-19 mRNA vaccine", &[Covid19], &["XM0GQ8"], &["J07BN01"], &["1119349007"]);
pub(super) static VECTOR: Group =
    group("COVID-19 viral vector vaccine", &[Covid19], &["XM9QW8"], &["J07BN02"], &["29061000087103"]);
pub(super) static INACTIVATED: Group =
    group("COVID-19 inactivated vaccine", &[Covid19], &["XM1NL1"], &["J07BN03"], &["1157024006"]);
pub(super) static SUBUNIT: Group =
    group("COVID-19 protein vaccine", &[Covid19], &["XM5JC5", "XM3CT4"], &["J07BN04"], &["1162643001"]);
pub(super) static VIRUS_LIKE: Group =
    group("COVID-19 virus-like particle vaccine", &[Covid19], &["XM1J92"], &["J07BN05"], &["30141000087107"]);
pub(super) static DNA: Group = group("COVID-19 DNA vaccine", &[Covid19], &["XM6AT1"], &[], &["1187593009"]);
static REPLICATING: Group = group("COVID-19 replicating viral vector vaccine", &[Covid19], &["XM0CX4"], &[], &[]);
static COVID_LIVE: Group = group("COVID-19 live attenuated vaccine", &[Covid19], &["XM5DF6"], &[], &[]);
pub(super) static YELLOW_FEVER: Group = group(
    "Yellow fever vaccine",
    &[YellowFever],
    &["XM0N24", "XM3418"],
    &["J07BL01", "J07BL"],
    &["836385002", "871717007", "1121000221106"],
);
pub(super) static POLIO: Group = group("Polio vaccine", &[Poliomyelitis], &["XM0N50"], &["J07BF"], &["1031000221108"]);
pub(super) static POLIO_INACTIVATED: Group =
    group("Polio vaccine, inactivated", &[Poliomyelitis], &["XM5V19"], &["J07BF03"], &["871740006"]);
pub(super) static POLIO_MONOVALENT: Group =
    group("Polio vaccine, oral, monovalent", &[Poliomyelitis], &["XM0VX8"], &["J07BF01"], &[]);
pub(super) static POLIO_BIVALENT: Group =
    group("Polio vaccine, oral, bivalent", &[Poliomyelitis], &["XM79H3"], &["J07BF04"], &["1051000221104"]);
pub(super) static POLIO_TRIVALENT: Group =
    group("Polio vaccine, oral, trivalent", &[Poliomyelitis], &["XM0KZ1"], &["J07BF02"], &[]);
// ICD-11's XM84S1 is the acellular one only, so the whole-cell vaccine of the same parts has no row.
pub(super) static HEXAVALENT_ACELLULAR: Group = group("Hexavalent vaccine", HEXAVALENT, &["XM84S1"], &["J07CA09"], &[]);
pub(super) static MEASLES: Group =
    group("Measles vaccine", &[Measles], &["XM28X5", "XM8L15"], &["J07BD01", "J07BD"], &["836382004"]);
pub(super) static MEASLES_RUBELLA: Group =
    group("Measles and rubella vaccine", &[Measles, Rubella], &["XM21H2"], &["J07BD53"], &["871817003"]);
pub(super) static MMR: Group =
    group("Measles, mumps and rubella vaccine", &[Measles, Mumps, Rubella], &["XM8TF3"], &["J07BD52"], &[]);
pub(super) static VARICELLA: Group =
    group("Varicella vaccine", &[Varicella], &["XM0NS8"], &["J07BK01"], &["836495005"]);
pub(super) static JAPANESE_ENCEPHALITIS: Group = group(
    "Japanese encephalitis vaccine",
    &[JapaneseEncephalitis],
    &["XM0LB5", "XM47S0"],
    &["J07BA02", "J07BA03"],
    &["836378001", "871724008"],
);
pub(super) static HEPATITIS_B: Group =
    group("Hepatitis B vaccine", &[HepatitisB], &["XM9V38"], &["J07BC01"], &["871822003"]);
pub(super) static INFLUENZA: Group = group(
    "Influenza vaccine",
    &[Influenza],
    &["XM1LR5", "XM8857", "XM5V64", "XM8MP2", "XM9E16", "XM33X8"],
    &["J07BB", "J07BB01", "J07BB02", "J07BB03"],
    &["836377006", "1181000221105"],
);

/// Every group.
pub(super) static GROUPS: &[&Group] = &[
    &COVID,
    &MRNA,
    &VECTOR,
    &INACTIVATED,
    &SUBUNIT,
    &VIRUS_LIKE,
    &DNA,
    &REPLICATING,
    &COVID_LIVE,
    &YELLOW_FEVER,
    &POLIO,
    &POLIO_INACTIVATED,
    &POLIO_MONOVALENT,
    &POLIO_BIVALENT,
    &POLIO_TRIVALENT,
    &HEXAVALENT_ACELLULAR,
    &MEASLES,
    &MEASLES_RUBELLA,
    &MMR,
    &VARICELLA,
    &JAPANESE_ENCEPHALITIS,
    &HEPATITIS_B,
    &INFLUENZA,
];

/// The group that a code of that system means.
pub(super) fn find(system: CodeSystem, code: &str) -> Option<&'static Group> {
    GROUPS.iter().copied().find(|group| group.codes(system).contains(&code))
}

/// The widest group's name for exactly these diseases.
pub(super) fn find_diseases(diseases: &[Disease]) -> Option<&'static str> {
    GROUPS.iter().find(|group| group.diseases == diseases).map(|group| group.name)
}
