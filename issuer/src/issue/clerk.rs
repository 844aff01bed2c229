//! Certificates for whoever hands them out otherwise than as files: on paper, or over a counter.

use super::{Chosen, Edition, Issuance, IssueError, IssuingKey, Plan, Press, Refusal, editions, key_of};
use crate::record::{Record, RegisterNumber};
use crate::register::Register;
use std::collections::{BTreeMap, HashMap};
use tegata_certificate::{Format, UnixTime};

/// One certificate, with what it was made of.
#[derive(Clone)]
pub struct Certified {
    /// The record.
    pub record: Record,
    /// Which certificate of it this is.
    pub edition: Edition,
    /// Its identifier in the register.
    pub identifier: String,
    /// The full identifier of the key that signed it.
    pub kid: [u8; 32],
    /// The text for the QR symbol.
    pub text: String,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// Its end.
    pub expires_at: UnixTime,
    /// The issuer's name in Japanese and in English, as the list of the key has it.
    pub issuer: (String, String),
}

/// A certificate that there is none of.
#[derive(Clone)]
pub struct NotCertified {
    /// Whose.
    pub number: RegisterNumber,
    /// Which.
    pub edition: Edition,
    /// Why.
    pub refusal: Refusal,
}

/// Issues the certificates of people, some at a time. Doing it again gives the same ones.
pub struct Clerk<'k, 'a> {
    press: Press<'k, 'a>,
}

impl<'k, 'a> Clerk<'k, 'a> {
    /// Chooses a key for each family and makes the keys' ranges known to the register.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn new(
        register: &mut Register,
        keys: &'k [IssuingKey<'a>],
        plan: &'k Plan,
        now: UnixTime,
    ) -> Result<Self, IssueError> {
        Ok(Self { press: Press::new(register, keys, plan, now)? })
    }

    /// The certificates of these people, in their order; `issuance` counts them.
    ///
    /// # Errors
    /// [`IssueError`], among them [`IssueError::NobodyThere`] if the register does not know one.
    pub fn certify(
        &self,
        register: &mut Register,
        people: &[RegisterNumber],
        issuance: &mut Issuance,
    ) -> Result<Vec<Result<Certified, NotCertified>>, IssueError> {
        let plan = self.press.plan;
        self.certify_of(register, people, &|record, format| editions(record, format, plan), issuance)
    }

    /// Certificates that were issued before, of the families that the clerk has keys for.
    pub(crate) fn certify_again(
        &self,
        register: &mut Register,
        wanted: &BTreeMap<RegisterNumber, Vec<Edition>>,
        issuance: &mut Issuance,
    ) -> Result<Vec<Result<Certified, NotCertified>>, IssueError> {
        let people: Vec<RegisterNumber> = wanted.keys().cloned().collect();
        let of = |record: &Record, format| {
            let editions = wanted.get(&record.person.number).into_iter().flatten();
            editions.filter(|edition| edition.format == format).map(|edition| (*edition, None)).collect()
        };
        self.certify_of(register, &people, &of, issuance)
    }

    fn certify_of(
        &self,
        register: &mut Register,
        people: &[RegisterNumber],
        choose: &dyn Fn(&Record, Format) -> Vec<Chosen>,
        issuance: &mut Issuance,
    ) -> Result<Vec<Result<Certified, NotCertified>>, IssueError> {
        let numbers: Vec<&str> = people.iter().map(RegisterNumber::as_str).collect();
        let found = register.records_of(&numbers)?;
        let mut found: HashMap<RegisterNumber, Record> =
            found.into_iter().map(|record| (record.person.number.clone(), record)).collect();
        let records = people.iter().map(|number| found.remove(number).ok_or(IssueError::NobodyThere));
        let records = records.collect::<Result<Vec<_>, _>>()?;
        let by_number: HashMap<&RegisterNumber, &Record> =
            records.iter().map(|record| (&record.person.number, record)).collect();
        let issued = self.press.page_of(register, &records, choose, issuance)?;
        let mut certified = Vec::with_capacity(issued.len());
        for issued in issued {
            let (edition, number) = (issued.edition, issued.number);
            let made = issued.text.and_then(|text| {
                let reservation = issued.reservation.ok_or(Refusal::Rule)?;
                let key = key_of(&self.press.by_format, &reservation).ok_or(Refusal::OtherKey)?;
                Ok((text, reservation, key))
            });
            certified.push(match (made, by_number.get(&number)) {
                (Ok((text, reservation, key)), Some(record)) => Ok(Certified {
                    record: (*record).clone(),
                    edition,
                    identifier: reservation.identifier,
                    kid: reservation.kid,
                    text,
                    issued_at: reservation.issued_at,
                    expires_at: reservation.expires_at,
                    issuer: key.issuer_names(),
                }),
                (Err(refusal), _) => Err(NotCertified { number, edition, refusal }),
                (Ok(_), None) => return Err(IssueError::NobodyThere),
            });
        }
        Ok(certified)
    }
}
