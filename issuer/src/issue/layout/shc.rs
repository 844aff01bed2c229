//! `shc`: all doses that have a CVX code; within the country the name as the register writes it, for
//! travel the one of the passport and the register's.

use super::{LONG_LIFE, Layout, Refusal, Source, facts};
use crate::health_cards::card_number;
use crate::issue::Purpose;
use crate::register::CardNumber;
use tegata_certificate::{Certificate, Dose, Format, Holder, Kind};

/// A performer's name of 30 characters and more costs more of the symbol than it tells.
const PERFORMER_MAX: usize = 29;

pub(super) struct Shc;

impl Layout for Shc {
    fn serves(&self, _: Purpose) -> bool {
        true
    }

    fn differs_by_purpose(&self) -> bool {
        true
    }

    fn default_life(&self) -> i64 {
        LONG_LIFE
    }

    fn number(&self, kid: &[u8; 32], identifier: &str) -> Option<CardNumber> {
        Some(CardNumber { kid: *kid, rid: card_number(kid, identifier) })
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let person = &of.record.person;
        let registered = person.registered.clone();
        let romanised = match of.edition.purpose {
            Purpose::Domestic if registered.is_some() => None,
            Purpose::Domestic => person.romanised.clone(),
            Purpose::Travel => Some(person.romanised.clone().ok_or(Refusal::RomanisedNameMissing)?),
        };
        let holder = Holder { romanised, registered, ..Holder::born(person.birth) };
        let performer = Some(of.key.issuer_name().to_owned()).filter(|name| name.chars().count() <= PERFORMER_MAX);
        // Without the number in the series: the vaccination profile has no place for it.
        let dose = |dose| Dose { number: None, centre: performer.clone(), ..facts(dose) };
        let doses = of.record.doses.iter().map(|one| Dose { lot: one.lot.clone(), ..dose(one) });
        Ok(Certificate {
            issuer: of.key.iss().map(str::to_owned),
            doses: doses.collect(),
            revocation_id: Some(card_number(&of.reservation.kid, &of.reservation.identifier)),
            issued_at: Some(of.reservation.issued_at),
            expires_at: Some(of.reservation.expires_at),
            ..Certificate::about(holder, Format::Shc, Kind::Vaccination)
        })
    }
}
