//! `eu-dcc`: the latest dose that the EU has codes for, and the romanised name.

use super::{Layout, Refusal, Source, YEAR, facts};
use crate::issue::Purpose;
use tegata_certificate::{Certificate, Format, Holder, Kind, eu_dcc};

pub(super) struct EuDcc;

impl Layout for EuDcc {
    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Travel
    }

    fn differs_by_purpose(&self) -> bool {
        false
    }

    fn default_life(&self) -> i64 {
        YEAR
    }

    fn certificate(&self, of: &Source<'_>) -> Result<Certificate, Refusal> {
        let (record, reservation) = (of.record, of.reservation);
        let latest = record.doses.iter().rev().find(|dose| dose.product.eu.is_some());
        let latest = latest.ok_or(Refusal::NoDoseForFamily)?;
        let country = of.key.country();
        let holder = Holder { romanised: record.person.romanised.clone(), ..Holder::born(record.person.birth) };
        Ok(Certificate {
            country,
            issuer: Some(of.key.issuer_name().to_owned()),
            doses: vec![facts(latest)],
            identifiers: country
                .and_then(|country| eu_dcc::uvci(country, &reservation.identifier))
                .into_iter()
                .collect(),
            issued_at: Some(reservation.issued_at),
            expires_at: Some(reservation.expires_at),
            ..Certificate::about(holder, Format::EuDcc, Kind::Vaccination)
        })
    }
}
