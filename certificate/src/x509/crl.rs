//! Lists of revoked certificates (CRL, RFC 5280 section 5), as CSCAs publish them.

use super::algorithm::SignatureAlgorithm;
use super::certificate::{Extension, OID_AUTHORITY_KEY_IDENTIFIER, authority_key_identifier, extensions};
use super::der::{Element, Elements, NotDer, integer, tag, time, whole_bytes};
use super::name::Name;
use super::public_key::PublicKey;
use crate::date::UnixTime;
use crate::signature::SignatureError;

/// Entries of the longest list that is read; those of CSCAs have a handful.
const MAX_ENTRIES: usize = 100_000;

/// Bytes of a serial number (RFC 5280 section 4.1.2.2 allows 20; a sign byte more is seen).
const SERIAL_MAX: usize = 32;

/// Why a list is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CrlError {
    /// Not a CRL.
    #[error("not a list of revoked certificates")]
    Malformed,
    /// It holds something critical that is not known here: a delta, a part of a list, entries of other issuers.
    #[error("a list of revoked certificates of a kind that is not used here")]
    Critical,
}

impl From<NotDer> for CrlError {
    fn from(NotDer: NotDer) -> Self {
        Self::Malformed
    }
}

/// A list of revoked certificates, of which nothing is believed: whoever needs its word checks
/// [`is_signed_by`](Self::is_signed_by) first.
#[derive(Clone, Debug)]
pub struct Crl<'a> {
    to_be_signed: &'a [u8],
    algorithm: Element<'a>,
    signature: &'a [u8],
    issuer: Name<'a>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    serials: Vec<&'a [u8]>,
    extensions: Vec<Extension<'a>>,
}

impl<'a> Crl<'a> {
    /// Reads exactly one list in DER.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn from_der(der: &'a [u8]) -> Result<Self, CrlError> {
        let mut outer = Elements::only(der, tag::SEQUENCE)?;
        let to_be_signed = outer.take(tag::SEQUENCE)?;
        let algorithm = outer.take(tag::SEQUENCE)?;
        let signature = whole_bytes(outer.take(tag::BIT_STRING)?.value)?;
        outer.end()?;

        let mut tbs = to_be_signed.inside();
        tbs.take_if(tag::INTEGER)?;
        if tbs.take(tag::SEQUENCE)?.raw != algorithm.raw {
            return Err(CrlError::Malformed);
        }
        let issuer = Name::from_der(tbs.take(tag::SEQUENCE)?.raw)?;
        let this_update = time(tbs.take_any()?)?;
        let next_update = match tbs.take_if(tag::UTC_TIME)? {
            Some(next) => Some(time(next)?),
            None => tbs.take_if(tag::GENERALIZED_TIME)?.map(time).transpose()?,
        };
        let serials = match tbs.take_if(tag::SEQUENCE)? {
            Some(entries) => serials(entries.inside())?,
            None => Vec::new(),
        };
        let extensions = match tbs.take_if(tag::constructed(0))? {
            Some(list) => extensions(list.value)?,
            None => Vec::new(),
        };
        tbs.end()?;
        refuse_critical(&extensions)?;
        let to_be_signed = to_be_signed.raw;
        Ok(Self { to_be_signed, algorithm, signature, issuer, this_update, next_update, serials, extensions })
    }

    /// Whether that key signed exactly the bytes that were received.
    ///
    /// # Errors
    /// [`SignatureError`], also for an algorithm that is not used here.
    pub fn is_signed_by(&self, key: &PublicKey) -> Result<(), SignatureError> {
        let algorithm = SignatureAlgorithm::from_identifier(self.algorithm).map_err(|_| SignatureError)?;
        key.verify(algorithm, self.to_be_signed, self.signature)
    }

    /// Whose list it is, as it says.
    #[must_use]
    pub fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// The identifier of its issuer's key.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&'a [u8]> {
        authority_key_identifier(&self.extensions)
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next one comes at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// The serial numbers of the revoked certificates, in the form of [`integer`].
    #[must_use]
    pub fn serials(&self) -> &[&'a [u8]] {
        &self.serials
    }
}

fn serials(mut entries: Elements<'_>) -> Result<Vec<&[u8]>, CrlError> {
    let mut serials = Vec::new();
    while !entries.is_empty() {
        let mut entry = entries.take(tag::SEQUENCE)?.inside();
        let serial = integer(entry.take(tag::INTEGER)?.value)?;
        time(entry.take_any()?)?;
        if let Some(list) = entry.take_if(tag::SEQUENCE)? {
            refuse_critical(&extensions(list.raw)?)?;
        }
        entry.end()?;
        if serial.len() > SERIAL_MAX || serials.len() == MAX_ENTRIES {
            return Err(CrlError::Malformed);
        }
        serials.push(serial);
    }
    Ok(serials)
}

/// Who does not know a critical extension may not tell from the list who is revoked (section 5.2).
fn refuse_critical(extensions: &[Extension<'_>]) -> Result<(), CrlError> {
    let unknown = |extension: &Extension<'_>| extension.critical && extension.oid != OID_AUTHORITY_KEY_IDENTIFIER;
    if extensions.iter().any(unknown) { Err(CrlError::Critical) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::der::element;
    use super::*;
    use der::oid::ObjectIdentifier;

    /// An unsigned list of those revoked serials, with that CRL extension.
    fn list(serials: &[&[u8]], extension: Option<(&str, bool)>) -> Vec<u8> {
        let oid =
            |text: &str| element(tag::OBJECT_IDENTIFIER, &[ObjectIdentifier::new(text).expect("an OID").as_bytes()]);
        let algorithm = element(tag::SEQUENCE, &[&oid("1.2.840.10045.4.3.2")]);
        let at = element(tag::UTC_TIME, &[b"260101000000Z"]);
        let entries: Vec<Vec<u8>> =
            serials.iter().map(|serial| element(tag::SEQUENCE, &[&element(tag::INTEGER, &[serial]), &at])).collect();
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        let extensions = extension.map_or_else(Vec::new, |(text, critical)| {
            let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
            let one = element(tag::SEQUENCE, &[&oid(text), critical, &element(tag::OCTET_STRING, &[&[5, 0]])]);
            element(tag::constructed(0), &[&element(tag::SEQUENCE, &[&one])])
        });
        let name = element(tag::SEQUENCE, &[]);
        let entries = element(tag::SEQUENCE, &entries);
        let tbs = element(tag::SEQUENCE, &[&[2, 1, 1], &algorithm, &name, &at, &at, &entries, &extensions]);
        element(tag::SEQUENCE, &[&tbs, &algorithm, &element(tag::BIT_STRING, &[&[0, 1]])])
    }

    #[test]
    fn serial_numbers_are_read_in_one_form_and_may_be_negative() {
        let bytes = list(&[&[0, 0x7f], &[0xff, 0x80], &[0x00, 0x80], &[0]], None);
        let crl = Crl::from_der(&bytes).expect("a list");
        assert_eq!(crl.serials(), [&[0x7f][..], &[0x80], &[0x00, 0x80], &[0]]);
        assert_eq!(crl.this_update(), UnixTime(1_767_225_600));
    }

    #[test]
    fn a_list_with_something_critical_and_unknown_is_refused() {
        // deltaCRLIndicator, issuingDistributionPoint.
        for text in ["2.5.29.27", "2.5.29.28"] {
            assert_eq!(Crl::from_der(&list(&[&[1]], Some((text, true)))).err(), Some(CrlError::Critical), "{text}");
            assert!(Crl::from_der(&list(&[&[1]], Some((text, false)))).is_ok());
        }
    }

    #[test]
    fn a_list_that_is_cut_off_or_followed_by_more_is_refused() {
        let whole = list(&[&[1], &[2]], None);
        for length in 0..whole.len() {
            assert_eq!(Crl::from_der(&whole[..length]).err(), Some(CrlError::Malformed), "{length}");
        }
        assert!(Crl::from_der(&[&whole[..], &[0]].concat()).is_err());
        assert!(Crl::from_der(&list(&[&[1; 33]], None)).is_err(), "a serial number longer than any");
    }
}
