//! Diseases: one list, and what each code system calls them. The scope of a key and the content of
//! a certificate are compared through it, because families name a disease in different systems.
//!
//! Sources: SNOMED CT as in the EU value sets (release 2.12.0, 2021-04-27) and the International
//! Patient Summary's free set (2023); ICD-11 MMS 2024-01. Certificates add the letter after the
//! point that says how a disease was found (`RA01.0`, `RA01.1`), which names no other disease.

/// A disease that vaccines in the [table](super::PRODUCTS) are given against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disease {
    /// COVID-19.
    Covid19,
    /// Yellow fever.
    YellowFever,
    /// Poliomyelitis.
    Poliomyelitis,
    /// Measles.
    Measles,
    /// Rubella.
    Rubella,
    /// Mumps.
    Mumps,
    /// Varicella (chickenpox).
    Varicella,
    /// Japanese encephalitis.
    JapaneseEncephalitis,
    /// Hepatitis B.
    HepatitisB,
    /// Influenza.
    Influenza,
    /// Diphtheria.
    Diphtheria,
    /// Tetanus.
    Tetanus,
    /// Pertussis (whooping cough).
    Pertussis,
    /// Invasive disease by *Haemophilus influenzae* type b.
    HaemophilusB,
}

impl Disease {
    /// Every disease of the list.
    pub const ALL: [Self; 14] = [
        Self::Covid19,
        Self::YellowFever,
        Self::Poliomyelitis,
        Self::Measles,
        Self::Rubella,
        Self::Mumps,
        Self::Varicella,
        Self::JapaneseEncephalitis,
        Self::HepatitisB,
        Self::Influenza,
        Self::Diphtheria,
        Self::Tetanus,
        Self::Pertussis,
        Self::HaemophilusB,
    ];

    /// The stable name used in reports and lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Covid19 => "covid-19",
            Self::YellowFever => "yellow-fever",
            Self::Poliomyelitis => "poliomyelitis",
            Self::Measles => "measles",
            Self::Rubella => "rubella",
            Self::Mumps => "mumps",
            Self::Varicella => "varicella",
            Self::JapaneseEncephalitis => "japanese-encephalitis",
            Self::HepatitisB => "hepatitis-b",
            Self::Influenza => "influenza",
            Self::Diphtheria => "diphtheria",
            Self::Tetanus => "tetanus",
            Self::Pertussis => "pertussis",
            Self::HaemophilusB => "haemophilus-influenzae-b",
        }
    }

    /// The SNOMED CT code of the disorder.
    #[must_use]
    pub fn snomed_ct(self) -> &'static str {
        match self {
            Self::Covid19 => super::COVID_19,
            Self::YellowFever => "16541001",
            Self::Poliomyelitis => "398102009",
            Self::Measles => "14189004",
            Self::Rubella => "36653000",
            Self::Mumps => "36989005",
            Self::Varicella => "38907003",
            Self::JapaneseEncephalitis => "52947006",
            Self::HepatitisB => "66071002",
            Self::Influenza => "6142004",
            Self::Diphtheria => "397428000",
            Self::Tetanus => "76902006",
            Self::Pertussis => "27836007",
            Self::HaemophilusB => "709410003",
        }
    }

    /// The ICD-11 code, as far as it names the disease; `None` where ICD-11 has several and none of
    /// them means all (hepatitis B acute and chronic, influenza by virus, tetanus by age, and
    /// *Haemophilus influenzae* by organ).
    #[must_use]
    pub fn icd11(self) -> Option<&'static str> {
        match self {
            Self::Covid19 => Some("RA01"),
            Self::YellowFever => Some("1D47"),
            Self::Poliomyelitis => Some("1C81"),
            Self::Measles => Some("1F03"),
            Self::Rubella => Some("1F02"),
            Self::Mumps => Some("1D80"),
            Self::Varicella => Some("1E90"),
            Self::JapaneseEncephalitis => Some("1C85"),
            Self::Diphtheria => Some("1C17"),
            Self::Pertussis => Some("1C12"),
            Self::HepatitisB | Self::Influenza | Self::Tetanus | Self::HaemophilusB => None,
        }
    }

    /// The disease that a SNOMED CT or ICD-11 code means: their forms tell them apart. `None` for a
    /// code that is not listed, which may still be a disease.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let stem = code.split_once('.').map_or(code, |(stem, _)| stem);
        Self::ALL.into_iter().find(|disease| disease.snomed_ct() == code || disease.icd11() == Some(stem))
    }

    /// Whether two codes, of whatever systems, mean the same disease. Codes that are not listed mean
    /// the same only where they are the same.
    #[must_use]
    pub fn same(one: &str, other: &str) -> bool {
        one == other || Self::of_code(one).is_some_and(|disease| Self::of_code(other) == Some(disease))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disease_is_the_same_in_every_system_and_no_other() {
        assert!(Disease::same("840539006", "RA01.0"));
        assert!(Disease::same("RA01", "RA01.1"));
        assert!(Disease::same("1D47", "16541001"));
        assert!(!Disease::same("1D47", "840539006"));
        assert!(Disease::same("9999", "9999"));
        assert!(!Disease::same("9999", "9998"));
        assert!(!Disease::same("RA010", "RA01"), "only a point parts the stem");
        assert_eq!(Disease::of_code(""), None);
    }

    #[test]
    fn no_two_diseases_share_a_name_or_code() {
        for (i, a) in Disease::ALL.iter().enumerate() {
            assert_eq!(Disease::of_code(a.snomed_ct()), Some(*a));
            for b in &Disease::ALL[i + 1..] {
                assert_ne!(a.name(), b.name());
                assert_ne!(a.snomed_ct(), b.snomed_ct());
                assert!(a.icd11().is_none() || a.icd11() != b.icd11());
            }
        }
    }
}
