//! What is issued from one record: in which family, for which purpose, about which dose.

use super::layout;
use crate::symbol::{Symbol, SymbolError};
use sha2::{Digest, Sha256};
use tegata_certificate::Format;
use tegata_certificate::icvp::Generation;

/// What a certificate is for. It chooses the families and what they say: the smallest honest code is another
/// at a restaurant than at a border.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Purpose {
    /// Within the country: the name as the register writes it, and no document.
    #[default]
    Domestic,
    /// Abroad: the name as in the passport beside it, and what binds the certificate to the passport.
    Travel,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Domestic, Self::Travel];

    /// The stable name used in arguments and manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::Travel => "travel",
        }
    }

    /// The families that are of use for it, in the order of their numbers.
    #[must_use]
    pub fn formats(self) -> Vec<Format> {
        Format::ALL.into_iter().filter(|format| layout::of(*format).serves(self)).collect()
    }
}

/// One certificate to be made of a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Edition {
    /// The family.
    pub format: Format,
    /// What it is for.
    pub purpose: Purpose,
    /// The dose's place in the record, from 0, where the family gives each dose a certificate of its own.
    pub dose: Option<usize>,
    /// The generation of WHO's model, where it is not the released one.
    pub generation: Option<Generation>,
}

impl Edition {
    /// The symbol of a text of this edition, at the level of error correction and up to the version that its family
    /// wants.
    ///
    /// # Errors
    /// [`SymbolError`] if the text fits none.
    pub fn symbol(self, text: &str) -> Result<Symbol, SymbolError> {
        Symbol::encode_within(text, layout::of(self.format).level(), self.format.symbol_version_max())
    }

    /// Every edition that a family may have of a record with so many doses.
    pub(crate) fn all_of(format: Format, doses: usize) -> impl Iterator<Item = Self> {
        let doses = std::iter::once(None).chain((0..doses).map(Some));
        doses.flat_map(move |dose| {
            Purpose::ALL.into_iter().flat_map(move |purpose| {
                let generations = [None, Some(Generation::Gen2)];
                generations.map(|generation| Self { format, purpose, dose, generation })
            })
        })
    }

    /// Whether the family says the same for every purpose.
    pub(super) fn is_for_all_purposes(self) -> bool {
        self.purpose == Purpose::Domestic || !layout::of(self.format).differs_by_purpose()
    }

    /// What tells certificates of one record and family apart in the register: the hash of all that it may say.
    /// For one that says all doses within the country it is the record's own hash, as it ever was.
    pub(crate) fn content(self, record: [u8; 32]) -> [u8; 32] {
        let purpose = if self.is_for_all_purposes() { Purpose::Domestic } else { self.purpose };
        if purpose == Purpose::Domestic && self.dose.is_none() && self.generation.is_none() {
            return record;
        }
        let dose = self.dose.map_or(0, |place| place as u64 + 1);
        Sha256::new()
            .chain_update(b"tegata-edition/1\0")
            .chain_update(record)
            .chain_update(purpose.name())
            .chain_update(dose.to_be_bytes())
            .chain_update(self.generation.map_or("", generation_name))
            .finalize()
            .into()
    }

    /// The edition in a file's name, after the person's number: `compact`, `shc.travel`, `icvp.2`.
    pub(super) fn suffix(self) -> String {
        let mut suffix = self.format.name().to_owned();
        if !self.is_for_all_purposes() {
            suffix.push('.');
            suffix.push_str(self.purpose.name());
        }
        if let Some(generation) = self.generation {
            suffix.push('.');
            suffix.push_str(generation_name(generation));
        }
        if let Some(dose) = self.dose {
            suffix.push_str(&format!(".{}", dose + 1));
        }
        suffix
    }
}

/// The stable name used in arguments, files and manifests.
pub(super) fn generation_name(generation: Generation) -> &'static str {
    match generation {
        Generation::Gen0 => "gen0",
        Generation::Gen1 => "gen1",
        Generation::Gen2 => "gen2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_something_else_has_another_content_and_another_file() {
        let mut editions = Vec::new();
        for format in Format::ALL {
            for purpose in Purpose::ALL {
                for dose in [None, Some(0), Some(1)] {
                    for generation in [None, Some(Generation::Gen2)] {
                        let edition = Edition { format, purpose, dose, generation };
                        if purpose == Purpose::Domestic || !edition.is_for_all_purposes() {
                            editions.push(edition);
                        }
                    }
                }
            }
        }
        for (place, one) in editions.iter().enumerate() {
            for other in &editions[..place] {
                assert_ne!(one.suffix(), other.suffix());
                let same_family = one.format == other.format;
                assert!(!same_family || one.content([7; 32]) != other.content([7; 32]), "{one:?} {other:?}");
            }
        }
        let first = Edition { format: Format::Compact, purpose: Purpose::Domestic, dose: None, generation: None };
        assert_eq!(first.content([7; 32]), [7; 32]);
    }

    #[test]
    fn each_purpose_has_its_families() {
        assert_eq!(Purpose::Domestic.formats(), [Format::Compact, Format::Shc]);
        assert_eq!(Purpose::Travel.formats(), Format::ALL);
    }
}
