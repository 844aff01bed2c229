//! `icvp`: one certificate a dose, as the International Health Regulations want it; the name as in the
//! passport, and the passport.

use super::{Layout, Refusal, Source, YEAR, facts_abroad};
use crate::issue::{Edition, Plan, Purpose};
use crate::record::{self, Record};
use crate::symbol::EcLevel;
use tegata_certificate::icvp::{self, Generation};
use tegata_certificate::vaccine::{CodeSystem, Mapping, VaccineCode, who};
use tegata_certificate::{Certificate, Dose, Format, Holder, KeyIdentity, Kind, Unsigned, WriteError};

pub(super) struct Icvp;

impl Layout for Icvp {
    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Travel
    }

    fn differs_by_purpose(&self) -> bool {
        false
    }

    fn doses(&self, record: &Record) -> Result<Vec<Option<usize>>, Refusal> {
        let listed = record.doses.iter().enumerate().filter(|(_, dose)| who_product(dose).is_some());
        let doses: Vec<_> = listed.map(|(place, _)| Some(place)).collect();
        if doses.is_empty() { Err(Refusal::NoDoseForFamily) } else { Ok(doses) }
    }

    fn default_life(&self) -> i64 {
        YEAR
    }

    /// WHO advises level Q.
    fn level(&self) -> EcLevel {
        EcLevel::Q
    }

    fn generation(&self, plan: &Plan) -> Option<Generation> {
        plan.icvp.filter(|generation| *generation != Generation::Gen1)
    }

    fn write(
        &self,
        certificate: &Certificate,
        edition: Edition,
        identity: &KeyIdentity<'_>,
    ) -> Result<Unsigned, WriteError> {
        icvp::write(certificate, identity, edition.generation.unwrap_or(Generation::Gen1))
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let dose = of.dose()?;
        let person = &of.record.person;
        let country = of.key.country();
        let lot = dose.lot.as_ref().ok_or(Refusal::LotMissing)?;
        let vaccine = who_product(dose).ok_or(Refusal::NoDoseForFamily)?;
        let facts = Dose {
            vaccine: VaccineCode { system: CodeSystem::WhoProduct, code: vaccine },
            lot: Some(lot.clone()),
            ..facts_abroad(dose, country)
        };
        let holder = Holder {
            romanised: Some(person.romanised.clone().ok_or(Refusal::RomanisedNameMissing)?),
            sex: person.sex,
            nationality: person.nationality.clone(),
            document: of.passport(),
            ..Holder::born(person.birth)
        };
        Ok(Certificate {
            country,
            issuer: Some(of.key.issuer_name().to_owned()),
            doses: vec![facts],
            issued_at: Some(of.reservation.issued_at),
            expires_at: Some(of.reservation.expires_at),
            ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
        })
    }
}

/// The id of the prequalified product that was given: the one that the register names, or the only one that the
/// product can be. A container's size makes another product, so most names leave it open, and it is never guessed.
fn who_product(dose: &record::Dose) -> Option<String> {
    if let Some(listed) = dose.maker.as_deref().and_then(who::find) {
        return Some(listed.id());
    }
    match dose.product.code(CodeSystem::WhoProduct) {
        Mapping::Exact(code) => Some(code.into_owned()),
        Mapping::Group(_) | Mapping::Ambiguous | Mapping::None => None,
    }
}
