//! `compact`: all doses, and the name as the register writes it; for travel, what the passport says too.

use super::{LONG_LIFE, Layout, Refusal, Source, facts};
use crate::issue::Purpose;
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind};

pub(super) struct Compact;

impl Layout for Compact {
    fn serves(&self, _: Purpose) -> bool {
        true
    }

    fn differs_by_purpose(&self) -> bool {
        true
    }

    fn default_life(&self) -> i64 {
        LONG_LIFE
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let person = &of.record.person;
        let registered = person.registered.clone();
        let holder = match of.edition.purpose {
            Purpose::Domestic => {
                // The romanised name where there is no other.
                let romanised = if registered.is_none() { person.romanised.clone() } else { None };
                Holder { romanised, registered, ..Holder::born(person.birth) }
            }
            Purpose::Travel => Holder {
                romanised: Some(person.romanised.clone().ok_or(Refusal::RomanisedNameMissing)?),
                registered,
                nationality: person.nationality.clone(),
                document: of.passport(),
                ..Holder::born(person.birth)
            },
        };
        let doses = of.record.doses.iter().map(|dose| Dose { lot: dose.lot.clone(), ..facts(dose) });
        Ok(Certificate {
            doses: doses.collect(),
            issued_at: Some(of.reservation.issued_at),
            expires_at: Some(of.reservation.expires_at),
            status: of.reservation.status,
            ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
        })
    }
}
