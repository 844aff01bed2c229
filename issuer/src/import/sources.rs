//! The files of one import, and which layout each has.

use super::{FhirOptions, ImportError, Input, MappedLayout, Mapping};

/// The files of one import.
pub enum Sources {
    /// A residents' file and a wide export of the Vaccination Record System, joined by register number;
    /// either alone joins with what the register has.
    Wide {
        /// One person a row, with headings.
        residents: Option<Input>,
        /// One person's doses a row.
        doses: Option<Input>,
    },
    /// Our long form: one dose a row, with the person.
    Long(Input),
    /// FHIR R4: bundles, or files with one resource a line; one after another, as if they were one.
    Fhir(Vec<Input>, FhirOptions),
}

impl Sources {
    /// A single file, in the layout that its mapping says; without a mapping, our long form.
    #[must_use]
    pub fn single(input: Input) -> Self {
        match input.mapping.as_ref().map(|mapping| (mapping.layout(), mapping.gives_people())) {
            None | Some((MappedLayout::Long, _)) => Self::Long(input),
            Some((MappedLayout::Residents, _) | (MappedLayout::Wide, true)) => {
                Self::Wide { residents: Some(input), doses: None }
            }
            Some((MappedLayout::Wide, false)) => Self::Wide { residents: None, doses: Some(input) },
        }
    }

    /// Whether each file's mapping is of the layout that it is given as.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        let is = |input: &Option<Input>, fits: fn(&Mapping) -> bool| match input {
            Some(Input { mapping: Some(mapping), name, .. }) if !fits(mapping) => {
                Err(ImportError::OtherLayout { file: name.clone(), layout: mapping.layout().name() })
            }
            _ => Ok(()),
        };
        match self {
            Self::Fhir(..) => Ok(()),
            Self::Long(input) => match &input.mapping {
                Some(mapping) if mapping.layout() != MappedLayout::Long => {
                    Err(ImportError::OtherLayout { file: input.name.clone(), layout: mapping.layout().name() })
                }
                _ => Ok(()),
            },
            Self::Wide { residents, doses: None } => {
                is(residents, |mapping| mapping.layout() != MappedLayout::Long && mapping.gives_people())
            }
            Self::Wide { residents, doses } => {
                is(residents, |mapping| mapping.layout() == MappedLayout::Residents)?;
                is(doses, |mapping| mapping.layout() == MappedLayout::Wide && !mapping.gives_people())
            }
        }
    }

    /// The files.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Input> {
        match self {
            Self::Long(rows) => vec![rows],
            Self::Wide { residents, doses } => residents.iter().chain(doses).collect(),
            Self::Fhir(files, _) => files.iter().collect(),
        }
    }
}
