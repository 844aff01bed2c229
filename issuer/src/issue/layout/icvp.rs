//! `icvp`: one certificate a dose, as the International Health Regulations want it; the name as in the
//! passport, and the passport.

use super::{Layout, Refusal, Source, YEAR, facts_abroad};
use crate::issue::Purpose;
use crate::record::Record;
use crate::symbol::EcLevel;
use tegata_certificate::vaccine::CodeSystem;
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind};

pub(super) struct Icvp;

impl Layout for Icvp {
    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Travel
    }

    fn differs_by_purpose(&self) -> bool {
        false
    }

    fn doses(&self, record: &Record) -> Result<Vec<Option<usize>>, Refusal> {
        let listed = |place: &usize| {
            let dose = record.doses.get(*place);
            dose.is_some_and(|dose| dose.product.code(CodeSystem::WhoProduct).is_some())
        };
        let doses: Vec<_> = (0..record.doses.len()).filter(listed).map(Some).collect();
        if doses.is_empty() { Err(Refusal::NoDoseForFamily) } else { Ok(doses) }
    }

    fn default_life(&self) -> i64 {
        YEAR
    }

    /// WHO advises level Q.
    fn symbol(&self) -> (&'static [EcLevel], u8) {
        (&[EcLevel::Q, EcLevel::M, EcLevel::L], 40)
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let dose = of.dose()?;
        let person = &of.record.person;
        let country = of.key.country();
        let lot = dose.lot.as_ref().ok_or(Refusal::LotMissing)?;
        let facts = Dose {
            lot: Some(lot.clone()),
            centre: Some(of.key.issuer_name().to_owned()),
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
