//! From a record to what each family says about it. Only what the purpose needs is written.

use super::IssuingKey;
use crate::health_cards::card_number;
use crate::record::{self, Record};
use crate::register::{CardNumber, Reservation};
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind, Unsigned, WriteError, eu_dcc};
use tegata_trust_lists::Authority;

/// Why a record gets no certificate of a family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Refusal {
    /// The family needs the name as in the passport, and the register does not have it.
    RomanisedNameMissing,
    /// None of the doses can be said in the family: the EU's codes know COVID-19 vaccines only.
    NoDoseForFamily,
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
    /// A rule withdraws whatever the key issues now for this record.
    Rule,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 8] = [
        Self::RomanisedNameMissing,
        Self::NoDoseForFamily,
        Self::BirthDate,
        Self::Text,
        Self::NoLife,
        Self::TooLarge,
        Self::OtherKey,
        Self::Rule,
    ];

    /// The stable name used in manifests.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RomanisedNameMissing => "romanised-name-missing",
            Self::NoDoseForFamily => "no-dose-for-family",
            Self::BirthDate => "birth-date",
            Self::Text => "text",
            Self::NoLife => "no-life",
            Self::TooLarge => "too-large",
            Self::OtherKey => "issued-with-another-key",
            Self::Rule => "withdrawn-by-rule",
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
            Self::BirthDate => "the birth date is unknown or out of range for this format",
            Self::Text => "a name, lot or place is too long for this format or holds control characters",
            Self::NoLife => "the key's listing ends before the certificate would begin",
            Self::TooLarge => "the record does not fit a QR symbol",
            Self::OtherKey => {
                "a certificate in force was issued with another key and stays: to write it again, name that key too"
            }
            Self::Rule => {
                "a rule withdraws certificates of this key with this lot or time of issue: correct the record, use another key, or lift the rule (tegata-issuer reinstate)"
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
            WriteError::Text
            | WriteError::Missing
            | WriteError::Algorithm
            | WriteError::NotWrittenHere
            | WriteError::SignatureLength => Self::Text,
        }
    }
}

/// Lays a record out in a family, ready to be signed by that key.
pub(super) fn lay_out(
    record: &Record,
    format: Format,
    key: &IssuingKey<'_>,
    reservation: &Reservation,
) -> Result<Unsigned, Refusal> {
    if reservation.expires_at <= reservation.issued_at {
        return Err(Refusal::NoLife);
    }
    let certificate = match format {
        Format::Compact => compact(record, reservation),
        _ => eu_dcc(record, key, reservation)?,
    };
    Ok(format.write(&certificate, &key.identity())?)
}

/// The number by which a certificate is withdrawn, in a family that gives each one of its own.
pub(crate) fn number_of(format: Format, kid: &[u8; 32], identifier: &str) -> Option<CardNumber> {
    (format == Format::Shc).then(|| CardNumber { kid: *kid, rid: card_number(kid, identifier) })
}

/// All doses, and the name as the register writes it; the romanised one where there is no other.
fn compact(record: &Record, reservation: &Reservation) -> Certificate {
    let person = &record.person;
    let romanised = if person.registered.is_none() { person.romanised.clone() } else { None };
    let holder = Holder { romanised, registered: person.registered.clone(), ..Holder::born(person.birth) };
    Certificate {
        doses: record.doses.iter().map(|dose| Dose { lot: dose.lot.clone(), ..facts(dose) }).collect(),
        issued_at: Some(reservation.issued_at),
        expires_at: Some(reservation.expires_at),
        status: reservation.status,
        ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
    }
}

/// The latest dose that the EU has codes for, and the romanised name.
fn eu_dcc(record: &Record, key: &IssuingKey<'_>, reservation: &Reservation) -> Result<Certificate, Refusal> {
    let latest = record.doses.iter().rev().find(|dose| dose.product.eu.is_some()).ok_or(Refusal::NoDoseForFamily)?;
    let country = match &key.entry.authority {
        Authority::Countries(countries) if countries.contains(&key.issuer.country) => Some(key.issuer.country),
        Authority::Countries(countries) => countries.first().copied(),
        Authority::Iss(_) => None,
    };
    let holder = Holder { romanised: record.person.romanised.clone(), ..Holder::born(record.person.birth) };
    Ok(Certificate {
        country,
        issuer: Some(key.issuer.name_en.clone()),
        doses: vec![facts(latest)],
        identifiers: country.and_then(|country| eu_dcc::uvci(country, &reservation.identifier)).into_iter().collect(),
        issued_at: Some(reservation.issued_at),
        expires_at: Some(reservation.expires_at),
        ..Certificate::about(holder, Format::EuDcc, Kind::Vaccination)
    })
}

/// What every family says of a dose.
fn facts(dose: &record::Dose) -> Dose {
    Dose {
        date: Some(dose.date),
        number: Some(u64::from(dose.number)),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: dose.product.cvx.to_string() })
    }
}
