//! Issuing in the place of other certificates, inside the transaction that does away with them.

use super::edition::Edition;
use super::{IssueError, IssuingKey, Plan, Press, Published, Refusal, key_of, lay, layout};
use crate::record::Record;
use crate::register::{Amendment, Register, Reservation, Undone, Wanted, Withdrawn};
use tegata_certificate::{Format, UnixTime};

/// The keys that new certificates are signed with, whatever families they turn out to be of.
pub(crate) struct Replacing<'k, 'a> {
    by_format: Vec<(Format, &'k IssuingKey<'a>)>,
    plan: Plan,
    now: UnixTime,
}

impl<'k, 'a> Replacing<'k, 'a> {
    /// With these keys, whose ranges become known to the register.
    pub(crate) fn new(register: &mut Register, keys: &'k [IssuingKey<'a>], now: UnixTime) -> Result<Self, IssueError> {
        super::admit(register, keys, now)?;
        let of = |format: Format| Some((format, keys.iter().find(|key| key.signs(format))?));
        Ok(Self { by_format: Format::ALL.into_iter().filter_map(of).collect(), plan: Plan::default(), now })
    }

    fn key(&self, format: Format) -> Result<&'k IssuingKey<'a>, IssueError> {
        let found = self.by_format.iter().find(|(other, _)| *other == format);
        found.map(|(_, key)| *key).ok_or(IssueError::NoKey(format))
    }

    /// What is wanted of that edition, or why the record does not get it. What cannot be written takes no index.
    pub(crate) fn wanted<'r>(
        &self,
        record: &'r Record,
        edition: Edition,
    ) -> Result<Result<Wanted<'r>, Refusal>, IssueError> {
        let key = self.key(edition.format)?;
        let press = Press { by_format: Vec::new(), plan: &self.plan, now: self.now, granted: None };
        let want = press.want(record, edition.content(record.content_hash()), edition.format, key);
        Ok(layout::lay_out(record, edition, key, &Reservation::draft(&want)).map(|_| want))
    }

    /// What the lists of the keys publish as withdrawn.
    pub(crate) fn published(&self) -> impl Withdrawn + '_ {
        Published::by(&self.by_format)
    }

    /// Signs what was reserved, in the transaction that reserved it.
    pub(crate) fn sign(
        &self,
        amendment: &mut Amendment<'_>,
        record: &Record,
        edition: Edition,
        reservation: Option<&Reservation>,
    ) -> Result<Result<String, Refusal>, Undone<IssueError>> {
        let Some(reservation) = reservation else { return Ok(Err(Refusal::Rule)) };
        let Some(key) = key_of(&self.by_format, reservation) else { return Ok(Err(Refusal::OtherKey)) };
        let laid = match lay(record, edition, key, reservation) {
            Ok(laid) => laid,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut sign = || laid.sign().map_err(IssueError::from);
        let signature = match laid.is_deterministic() {
            true => sign().map_err(Undone::Refused)?,
            false => {
                let signature = amendment.signature(&reservation.identifier, &mut sign)?;
                laid.is_signed_by(&signature).map_err(Undone::Refused)?;
                signature
            }
        };
        Ok(laid.seal(&signature))
    }
}

impl Edition {
    /// The same of another record, where that has what it is about: a certificate about one dose goes on with that dose.
    pub(crate) fn in_record(self, said: &Record, today: &Record) -> Option<Self> {
        let Some(place) = self.dose else { return Some(self) };
        let dose = said.doses.get(place)?;
        let is_same = |other: &crate::record::Dose| {
            other.number == dose.number && other.product.diseases() == dose.product.diseases()
        };
        Some(Self { dose: Some(today.doses.iter().position(is_same)?), ..self })
    }
}
