//! Whose people an import may write: those of certain municipalities, and no others.

use crate::municipality::MunicipalityCode;
use crate::register::Particulars;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The municipalities whose people an import may write.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    codes: BTreeSet<MunicipalityCode>,
    /// Of people who are new and name none.
    own: Option<MunicipalityCode>,
}

impl Scope {
    /// These municipalities.
    pub(crate) fn of(codes: BTreeSet<MunicipalityCode>) -> Self {
        Self { codes, own: None }
    }

    /// The same, where whoever is new and names none is of `own`. `None` if that is not among them.
    pub(crate) fn with_own(self, own: MunicipalityCode) -> Option<Self> {
        self.codes.contains(&own).then_some(Self { own: Some(own), ..self })
    }

    /// Whether a person of that municipality may be written. Who has none in the register is of the register's own.
    pub(crate) fn has(&self, municipality: Option<MunicipalityCode>) -> bool {
        municipality.is_none_or(|code| self.codes.contains(&code))
    }

    /// A person as they come new into the register.
    pub(crate) fn settle<'p>(&self, person: &'p Particulars) -> Cow<'p, Particulars> {
        match person.municipality {
            Some(_) => Cow::Borrowed(person),
            None => Cow::Owned(Particulars { municipality: self.own, ..person.clone() }),
        }
    }

    /// What SQL says of a column of municipalities: that it is one of these, or none. The codes are numbers.
    pub(crate) fn condition(&self, column: &str) -> String {
        let codes: Vec<String> = self.codes.iter().map(|code| code.number().to_string()).collect();
        if codes.is_empty() {
            return format!("{column} IS NULL");
        }
        format!("({column} IS NULL OR {column} IN ({}))", codes.join(", "))
    }
}
