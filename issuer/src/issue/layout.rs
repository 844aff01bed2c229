//! From a record to what each family says about it. Only what the purpose needs is written.

mod compact;
mod eu_dcc;
mod icvp;
mod shc;
mod vds_nc;

use super::{Edition, IssuingKey, Plan, Purpose};
use crate::record::{self, Record};
use crate::register::{CardNumber, Reservation};
use crate::symbol::EcLevel;
use tegata_certificate::icvp::Generation;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{Certificate, Country, Dose, Format, KeyIdentity, TravelDocument, Unsigned, WriteError};

/// Why a record gets no certificate of a family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Refusal {
    /// The family needs the name as in the passport, and the register does not have it.
    RomanisedNameMissing,
    /// None of the doses can be said in the family: the EU's codes know COVID-19 vaccines only.
    NoDoseForFamily,
    /// The family needs the lot of each dose, and the register does not have it.
    LotMissing,
    /// The family binds the certificate to a passport, of which the register knows nothing.
    PassportMissing,
    /// The birth date is unknown or outside what the family can hold.
    BirthDate,
    /// A text is too long for the family, or holds characters that it cannot.
    Text,
    /// The certificate would end before it begins: the key's listing ends now.
    NoLife,
    /// Too large for a QR symbol.
    TooLarge,
    /// A certificate in force was issued with a key that was not given: it stays as it is.
    OtherKey,
    /// The format carries the signer's certificate, and the key has none that is for this.
    SignerCertificate,
    /// A rule withdraws whatever the key issues now for this record.
    Rule,
    /// The record is held by a finding that nobody has confirmed.
    Unconfirmed,
    /// The person's address is shielded, and the job leaves such people out.
    Shielded,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 13] = [
        Self::RomanisedNameMissing,
        Self::NoDoseForFamily,
        Self::LotMissing,
        Self::PassportMissing,
        Self::BirthDate,
        Self::Text,
        Self::NoLife,
        Self::TooLarge,
        Self::OtherKey,
        Self::SignerCertificate,
        Self::Rule,
        Self::Unconfirmed,
        Self::Shielded,
    ];

    /// The stable name used in manifests.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RomanisedNameMissing => "romanised-name-missing",
            Self::NoDoseForFamily => "no-dose-for-family",
            Self::LotMissing => "lot-missing",
            Self::PassportMissing => "passport-missing",
            Self::BirthDate => "birth-date",
            Self::Text => "text",
            Self::NoLife => "no-life",
            Self::TooLarge => "too-large",
            Self::OtherKey => "issued-with-another-key",
            Self::SignerCertificate => "signer-certificate",
            Self::Rule => "withdrawn-by-rule",
            Self::Unconfirmed => "unconfirmed",
            Self::Shielded => "shielded",
        }
    }

    /// What it means and what to do, in one line.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::RomanisedNameMissing => {
                "the register has no romanised name: enter it as the passport's machine-readable zone has it"
            }
            Self::NoDoseForFamily => "no dose of this record has a code in this format",
            Self::LotMissing => "a dose has no lot number, which this format needs: complete the record",
            Self::PassportMissing => {
                "the register has no passport number, which this format needs: import the passport's machine-readable zone"
            }
            Self::BirthDate => "the birth date is unknown or out of range for this format",
            Self::Text => "a name, lot or place is too long for this format or holds control characters",
            Self::NoLife => "the key's listing ends before the certificate would begin",
            Self::TooLarge => "the record does not fit a QR symbol",
            Self::OtherKey => {
                "a certificate in force was issued with another key and stays: to write it again, name that key too"
            }
            Self::SignerCertificate => {
                "the key has no signer certificate of this country for vaccinations: get one (tegata-issuer csr) and store it (tegata-issuer certify)"
            }
            Self::Rule => {
                "a rule withdraws certificates of this key with this lot or time of issue: correct the record, use another key, or lift the rule (tegata-issuer reinstate)"
            }
            Self::Unconfirmed => "a finding of the register waits for confirmation: tegata-issuer confirm --list",
            Self::Shielded => {
                "the person's address is shielded: issue at the counter, with a second person's approval for each"
            }
        }
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::RomanisedNameMissing | WriteError::NameMissing => Self::RomanisedNameMissing,
            WriteError::DoseCount | WriteError::Vaccine => Self::NoDoseForFamily,
            WriteError::Date => Self::BirthDate,
            WriteError::TooLarge => Self::TooLarge,
            WriteError::SignerCertificate => Self::SignerCertificate,
            WriteError::Text
            | WriteError::Missing
            | WriteError::Algorithm
            | WriteError::NotWrittenHere
            | WriteError::SignatureLength => Self::Text,
        }
    }
}

/// What a family says of a record, and how it is issued: one file each, and one line in [`of`].
pub(super) trait Layout: Sync {
    /// Whether the family is of use for that purpose.
    fn serves(&self, purpose: Purpose) -> bool;

    /// Whether it says something else for travel than within the country.
    fn differs_by_purpose(&self) -> bool;

    /// The doses that get a certificate of their own, by their places in the record; by default there is one
    /// certificate, about all that the family can say.
    ///
    /// # Errors
    /// [`Refusal`] if there is none.
    fn doses(&self, _record: &Record) -> Result<Vec<Option<usize>>, Refusal> {
        Ok(vec![None])
    }

    /// Life in seconds, where nobody wishes for another.
    fn default_life(&self) -> i64;

    /// The level of error correction of its symbols, where they do not grow too large at it.
    fn level(&self) -> EcLevel {
        EcLevel::M
    }

    /// The number by which a certificate is withdrawn, in a family that gives each one of its own.
    fn number(&self, _kid: &[u8; 32], _identifier: &str) -> Option<CardNumber> {
        None
    }

    /// The generation of its model that the plan wishes for, where it has several and that is not the usual one.
    fn generation(&self, _plan: &Plan) -> Option<Generation> {
        None
    }

    /// Lays out what it says in its form.
    ///
    /// # Errors
    /// [`WriteError`] if the family cannot say it.
    fn write(
        &self,
        certificate: &Certificate,
        edition: Edition,
        identity: &KeyIdentity<'_>,
    ) -> Result<Unsigned, WriteError> {
        edition.format.write(certificate, identity)
    }

    /// What it says.
    ///
    /// # Errors
    /// [`Refusal`] if the record does not hold what the family needs.
    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal>;
}

/// What a certificate is laid out from.
pub(super) struct Source<'a> {
    pub record: &'a Record,
    pub edition: Edition,
    pub key: &'a IssuingKey<'a>,
    pub reservation: &'a Reservation,
}

/// The layout of a family.
pub(super) fn of(format: Format) -> &'static dyn Layout {
    match format {
        Format::Compact => &compact::Compact,
        Format::EuDcc => &eu_dcc::EuDcc,
        Format::Icvp => &icvp::Icvp,
        Format::Shc => &shc::Shc,
        Format::VdsNc => &vds_nc::VdsNc,
    }
}

/// A day in seconds.
const DAY: i64 = 86_400;
/// Ten years, because paper outlives apps and whether a dose still counts is a rule's business.
const LONG_LIFE: i64 = 3_653 * DAY;
/// A year, as the networks of states want it.
const YEAR: i64 = 365 * DAY;

/// Lays a record out in an edition, ready to be signed by that key.
pub(super) fn lay_out(
    record: &Record,
    edition: Edition,
    key: &IssuingKey<'_>,
    reservation: &Reservation,
) -> Result<Unsigned, Refusal> {
    if reservation.expires_at <= reservation.issued_at {
        return Err(Refusal::NoLife);
    }
    let family = of(edition.format);
    let certificate = family.certificate(&Source { record, edition, key, reservation })?;
    Ok(family.write(&certificate, edition, &key.identity(edition.format))?)
}

/// The number by which a certificate is withdrawn, in a family that gives each one of its own.
pub(crate) fn number_of(format: Format, kid: &[u8; 32], identifier: &str) -> Option<CardNumber> {
    of(format).number(kid, identifier)
}

impl Source<'_> {
    /// The passport, if the register knows one.
    fn passport(&self) -> Option<TravelDocument> {
        let number = self.record.person.passport.clone()?;
        Some(TravelDocument { passport: true, number })
    }

    /// The dose that the edition is about.
    fn dose(&self) -> Result<&record::Dose, Refusal> {
        let dose = self.edition.dose.and_then(|place| self.record.doses.get(place));
        dose.ok_or(Refusal::NoDoseForFamily)
    }
}

/// What every family says of a dose.
fn facts(dose: &record::Dose) -> Dose {
    Dose {
        date: Some(dose.date),
        number: Some(u64::from(dose.number)),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: dose.product.cvx.to_string() })
    }
}

/// Lot and country too, which travel wants.
fn facts_abroad(dose: &record::Dose, country: Option<Country>) -> Dose {
    Dose { lot: dose.lot.clone(), country, ..facts(dose) }
}
