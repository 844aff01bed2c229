//! Rules: one line for an event that concerns many certificates.

use super::fault::StatusFault;
use super::shard::StatusSubject;
use crate::entry::RevocationReason;
use crate::error::TrustError;
use crate::fields::ListReader;
#[cfg(feature = "tool")]
use crate::fields::is_showable;
use tegata_certificate::UnixTime;
#[cfg(feature = "tool")]
use tegata_certificate::cbor::Writer;

/// The most rules of a shard.
pub const MAX_RULES: usize = 256;

/// Characters of a lot's number.
const MAX_LOT: usize = 80;

/// Labels of a rule.
const KID: u64 = 1;
const ISSUED: u64 = 2;
const LOT: u64 = 3;
const REASON: u64 = 4;
const AT: u64 = 5;

/// Revokes what one key issued in a span of time, from a lot, or both:
/// `{1: kid, ? 2: [from, to], ? 3: lot, 4: reason, 5: at}`.
///
/// At least one of time and lot is there; a whole key is revoked in the trust list. If both
/// are, both must fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The full identifier of the key ([`KeyEntry::kid`](crate::KeyEntry::kid)).
    pub kid: [u8; 32],
    /// Issue times (`iat`) from the first moment and before the second.
    pub issued: Option<(UnixTime, UnixTime)>,
    /// A lot's number, exactly as certificates write it.
    pub lot: Option<String>,
    /// Why.
    pub reason: RevocationReason,
    /// Since when, for display: a revoked certificate is not valid, whatever its time.
    pub at: UnixTime,
}

impl Rule {
    /// Whether it revokes that certificate.
    #[must_use]
    pub fn applies(&self, subject: &StatusSubject<'_>) -> bool {
        self.kid == *subject.kid
            && self.issued.is_none_or(|(from, to)| (from..to).contains(&subject.issued_at))
            && self.lot.as_deref().is_none_or(|lot| subject.lots.contains(&lot))
    }

    /// Whether it revokes the same certificates as another one, for whatever reason.
    #[must_use]
    pub fn same_scope(&self, other: &Self) -> bool {
        (self.kid, self.issued, &self.lot) == (other.kid, other.issued, &other.lot)
    }

    /// Rules in the ascending order of their encodings; none twice. A wrong one gives `fault`.
    pub(super) fn parse_all(
        list: &mut ListReader<'_>,
        fault: impl Fn(StatusFault) -> TrustError,
    ) -> Result<Vec<Self>, TrustError> {
        let count = list.array()?;
        if count > MAX_RULES as u64 {
            return Err(fault(StatusFault::Rules));
        }
        let (mut rules, mut last) = (Vec::new(), None);
        for _ in 0..count {
            let (rule, encoding) = list.spanned(Self::parse)?;
            if last >= Some(encoding) || !rule.is_possible() {
                return Err(fault(StatusFault::Rules));
            }
            last = Some(encoding);
            rules.push(rule);
        }
        Ok(rules)
    }

    fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let (mut kid, mut issued, mut lot, mut reason, mut at) = (None, None, None, None, None);
        list.fields(|label, list| {
            match label {
                KID => kid = Some(list.bytes32()?),
                ISSUED if list.array()? == 2 => issued = Some((list.time()?, list.time()?)),
                ISSUED => return Err(list.malformed()),
                LOT => lot = Some(list.text(MAX_LOT)?),
                REASON => reason = RevocationReason::from_number(list.uint()?),
                AT => at = Some(list.time()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match (kid, reason, at) {
            (Some(kid), Some(reason), Some(at)) => Ok(Self { kid, issued, lot, reason, at }),
            _ => Err(list.malformed()),
        }
    }

    fn is_possible(&self) -> bool {
        let something = self.issued.is_some() || self.lot.is_some();
        something && self.issued.is_none_or(|(from, to)| from < to)
    }

    /// Writes rules in the one order that readers take.
    ///
    /// # Errors
    /// [`StatusFault::Rules`] for what no reader takes.
    #[cfg(feature = "tool")]
    pub(super) fn write_all(writer: &mut Writer, rules: &[Self]) -> Result<(), StatusFault> {
        let lot_fits = |lot: &String| is_showable(lot, MAX_LOT);
        if !rules.iter().all(|rule| rule.is_possible() && rule.lot.as_ref().is_none_or(lot_fits)) {
            return Err(StatusFault::Rules);
        }
        let mut encodings: Vec<Vec<u8>> = rules.iter().map(Self::encode).collect();
        encodings.sort_unstable();
        encodings.dedup();
        if encodings.len() > MAX_RULES {
            return Err(StatusFault::Rules);
        }
        writer.array(encodings.len());
        for encoding in encodings {
            writer.encoded(&encoding);
        }
        Ok(())
    }

    #[cfg(feature = "tool")]
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(96);
        writer.map(3 + usize::from(self.issued.is_some()) + usize::from(self.lot.is_some()));
        writer.uint(KID);
        writer.bytes(&self.kid);
        if let Some((from, to)) = self.issued {
            writer.uint(ISSUED);
            writer.array(2);
            writer.int(from.0);
            writer.int(to.0);
        }
        if let Some(lot) = &self.lot {
            writer.uint(LOT);
            writer.text(lot);
        }
        writer.uint(REASON);
        writer.uint(self.reason.number());
        writer.uint(AT);
        writer.int(self.at.0);
        writer.into_bytes()
    }
}
