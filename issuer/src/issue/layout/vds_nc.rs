//! `vds-nc`: all doses that ICD-11 has codes for, the name as in the passport, and its number, which is
//! what binds the seal to it.

use super::{LONG_LIFE, Layout, Refusal, Source, facts_abroad};
use crate::issue::Purpose;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind};

/// Characters of a seal's identifier, and of an administering centre's name.
const UVCI: usize = 12;
const CENTRE_MAX: usize = 20;

pub(super) struct VdsNc;

impl Layout for VdsNc {
    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Travel
    }

    fn differs_by_purpose(&self) -> bool {
        false
    }

    fn default_life(&self) -> i64 {
        LONG_LIFE
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let person = &of.record.person;
        let country = of.key.country();
        let centre: String = of.key.issuer_name().chars().take(CENTRE_MAX).collect();
        let mut doses = Vec::new();
        for dose in &of.record.doses {
            let Some(vaccine) = dose.product.code(CodeSystem::Icd11).code().map(str::to_owned) else { continue };
            let lot = dose.lot.as_ref().ok_or(Refusal::LotMissing)?;
            // A combined vaccine is against several; the seal has a place for one.
            let disease = match dose.product.diseases() {
                [disease] => disease.icd11().map(str::to_owned),
                _ => None,
            };
            doses.push(Dose {
                vaccine: VaccineCode { system: CodeSystem::Icd11, code: vaccine },
                disease,
                product: Some(dose.product.name.to_owned()),
                lot: Some(lot.clone()),
                centre: Some(centre.trim_end().to_owned()),
                ..facts_abroad(dose, country)
            });
        }
        if doses.is_empty() {
            return Err(Refusal::NoDoseForFamily);
        }
        let holder = Holder {
            romanised: Some(person.romanised.clone().ok_or(Refusal::RomanisedNameMissing)?),
            sex: person.sex,
            document: Some(of.passport().ok_or(Refusal::PassportMissing)?),
            ..Holder::born(person.birth)
        };
        Ok(Certificate {
            country,
            doses,
            identifiers: vec![of.reservation.identifier.chars().take(UVCI).collect()],
            ..Certificate::about(holder, Format::VdsNc, Kind::Vaccination)
        })
    }
}
