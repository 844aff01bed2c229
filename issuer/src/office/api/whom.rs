//! About whom a system asks: by two things and a purpose, as at the counter.

use super::Caller;
use crate::office::Office;
use crate::office::trouble::Trouble;
use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, ActOutcome, ActPurpose, Register};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use tegata_certificate::BirthDate;
use utoipa::ToSchema;

/// About whom, and what for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whom {
    /// The number in the register.
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    /// The birth date as the register has it: a day, or a month or year where no more is known.
    #[schema(min_length = 4, max_length = 10, example = "1980-05-06")]
    birth: String,
    /// What for: a purpose of the office, by its id; the built-in ones are `issue`, `correct`, `inquiry`, `withdraw`, `check`.
    #[schema(min_length = 1, max_length = 40)]
    purpose: String,
}

impl Office {
    /// Works with the record of somebody whom a system names, if its station serves them. Every call is noted with its
    /// purpose, before anything is told; and one that finds nobody, too.
    pub(super) async fn called<T: Send + 'static>(
        self: &Arc<Self>,
        caller: Caller,
        call: &'static str,
        whom: Whom,
        work: impl FnOnce(&Self, &mut Register, Record, &Caller) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let purpose = self.purpose(&whom.purpose)?;
        let wanted = RegisterNumber::parse(&whom.number).zip(BirthDate::parse(&whom.birth));
        let (office, actor, account) = (self.clone(), caller.actor()?, caller.account.clone());
        let done = self
            .pool
            .run(actor, move |register| {
                let found = match wanted {
                    Some((number, birth)) => office.served(register, &caller.station, &number, birth)?,
                    None => None,
                };
                let Some(record) = found else {
                    let act = Act::new(ActKind::Search).purpose(purpose).with("by", "number").with("call", call);
                    register.note(&[act.with("found", 0_u64).outcome(ActOutcome::Refused)])?;
                    return Err(Trouble::nobody());
                };
                let act = Act::new(ActKind::View).about(&record.person.number).purpose(purpose);
                register.note(&[act.with("call", call)])?;
                work(&office, register, record, &caller)
            })
            .await?;
        if done.as_ref().is_err_and(|trouble| trouble.code == "nobody") {
            self.limits.missed(&account)?;
        }
        done
    }

    /// The record of that number, if the station serves that person and the birth date is theirs.
    fn served(
        &self,
        register: &mut Register,
        station: &str,
        number: &RegisterNumber,
        birth: BirthDate,
    ) -> Result<Option<Record>, Trouble> {
        match self.record_for(register, station, number) {
            Ok(record) => Ok((record.person.birth == birth).then_some(record)),
            Err(trouble) if trouble.code == "nobody" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    fn purpose(&self, id: &str) -> Result<ActPurpose, Trouble> {
        let known = self.config.purpose(id).and_then(|_| ActPurpose::parse(id).ok());
        known.ok_or_else(|| {
            Trouble::new(
                StatusCode::FORBIDDEN,
                "purpose",
                "その目的では照会できません。GET /api/v1/station の purposes から選んでください。",
                "Nobody is asked about for that purpose: take one of the purposes of GET /api/v1/station.",
            )
        })
    }
}
