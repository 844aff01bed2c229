//! A certificate's parts, as received.

use super::algorithm::{AlgorithmError, SignatureAlgorithm};
use super::der::{Element, Elements, NotDer, tag, time, whole_bytes};
use super::name::Name;
use super::public_key::PublicKey;
use crate::date::UnixTime;
use crate::signature::SignatureError;
use der::oid::ObjectIdentifier;
use sha2::{Digest, Sha256};

const OID_SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const OID_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const OID_SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const OID_BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(super) const OID_AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const OID_EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

/// Bits of keyUsage (RFC 5280 section 4.2.1.3), counted from the first.
const DIGITAL_SIGNATURE: u32 = 0;
const KEY_CERT_SIGN: u32 = 5;

/// No certificate has more extensions, no usage more identifiers.
const MAX_EXTENSIONS: usize = 64;

/// A certificate (RFC 5280 section 4.1), of which nothing is believed: whoever needs its word checks
/// [`is_signed_by`](Self::is_signed_by) first.
///
/// Serial numbers may be negative, defaults may be stated, the algorithm may carry parameters that say
/// nothing: real CSCAs do all of that.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    to_be_signed: &'a [u8],
    serial: &'a [u8],
    issuer: Name<'a>,
    subject: Name<'a>,
    not_before: UnixTime,
    not_after: UnixTime,
    spki: &'a [u8],
    algorithm: Element<'a>,
    signature: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

/// One extension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extension<'a> {
    /// What it is.
    pub oid: ObjectIdentifier,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// Its content.
    pub value: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads exactly one certificate in DER.
    ///
    /// # Errors
    /// [`NotDer`], also where an extension stands twice.
    pub fn from_der(der: &'a [u8]) -> Result<Self, NotDer> {
        let mut outer = Elements::only(der, tag::SEQUENCE)?;
        let to_be_signed = outer.take(tag::SEQUENCE)?;
        let algorithm = outer.take(tag::SEQUENCE)?;
        let signature = whole_bytes(outer.take(tag::BIT_STRING)?.value)?;
        outer.end()?;

        let mut tbs = to_be_signed.inside();
        tbs.take_if(tag::constructed(0))?;
        let serial = tbs.take(tag::INTEGER)?.value;
        // Signed is the inner one; that the outer one says the same is section 4.1.1.2.
        if tbs.take(tag::SEQUENCE)?.raw != algorithm.raw {
            return Err(NotDer);
        }
        let issuer = Name::from_der(tbs.take(tag::SEQUENCE)?.raw)?;
        let mut validity = tbs.take(tag::SEQUENCE)?.inside();
        let (not_before, not_after) = (time(validity.take_any()?)?, time(validity.take_any()?)?);
        let subject = Name::from_der(tbs.take(tag::SEQUENCE)?.raw)?;
        let spki = tbs.take(tag::SEQUENCE)?.raw;
        tbs.take_if(tag::primitive(1))?;
        tbs.take_if(tag::primitive(2))?;
        let extensions = match tbs.take_if(tag::constructed(3))? {
            Some(list) => extensions(list.value)?,
            None => Vec::new(),
        };
        tbs.end()?;
        Ok(Self {
            der,
            to_be_signed: to_be_signed.raw,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            algorithm,
            signature,
            extensions,
        })
    }

    /// The whole certificate, as received.
    #[must_use]
    pub fn as_der(&self) -> &'a [u8] {
        self.der
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.der).into()
    }

    /// The serial number's content, two's complement.
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// Who issued it, as it says.
    #[must_use]
    pub fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// Whose it is.
    #[must_use]
    pub fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// The first moment of its validity.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last moment of its validity.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Its key, as a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// The algorithm of its signature.
    ///
    /// # Errors
    /// [`AlgorithmError`].
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, AlgorithmError> {
        SignatureAlgorithm::from_identifier(self.algorithm)
    }

    /// Whether that key signed exactly the bytes that were received.
    ///
    /// # Errors
    /// [`SignatureError`], also for an algorithm that is not used here.
    pub fn is_signed_by(&self, key: &PublicKey) -> Result<(), SignatureError> {
        let algorithm = self.signature_algorithm().map_err(|_| SignatureError)?;
        key.verify(algorithm, self.to_be_signed, self.signature)
    }

    /// The extensions.
    #[must_use]
    pub fn extensions(&self) -> &[Extension<'a>] {
        &self.extensions
    }

    /// The content of an extension.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<&'a [u8]> {
        content(&self.extensions, oid)
    }

    /// The subject key identifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&'a [u8]> {
        let identifier = Elements::new(self.extension(OID_SUBJECT_KEY_IDENTIFIER)?).take(tag::OCTET_STRING).ok()?;
        Some(identifier.value)
    }

    /// The addresses among its subject's other names (RFC 5280 section 4.2.1.6); none where the extension is missing
    /// or cannot be read.
    #[must_use]
    pub fn subject_uris(&self) -> Vec<&'a str> {
        let names = self.extension(OID_SUBJECT_ALTERNATIVE_NAME);
        let Some(mut names) = names.and_then(|value| Elements::only(value, tag::SEQUENCE).ok()) else {
            return Vec::new();
        };
        let mut uris = Vec::new();
        while let Ok(name) = names.take_any() {
            let uri = (name.tag == tag::primitive(6)).then(|| std::str::from_utf8(name.value).ok()).flatten();
            uris.extend(uri);
        }
        uris
    }

    /// The issuer's key identifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&'a [u8]> {
        authority_key_identifier(&self.extensions)
    }

    /// The extended key usages; `None` if it is for any.
    ///
    /// # Errors
    /// [`NotDer`] if the extension is there and cannot be read.
    pub fn extended_key_usage(&self) -> Result<Option<Vec<ObjectIdentifier>>, NotDer> {
        let Some(value) = self.extension(OID_EXTENDED_KEY_USAGE) else {
            return Ok(None);
        };
        let mut identifiers = Elements::only(value, tag::SEQUENCE)?;
        let mut usages = Vec::new();
        while !identifiers.is_empty() {
            usages.push(object_identifier(identifiers.take(tag::OBJECT_IDENTIFIER)?.value)?);
            if usages.len() > MAX_EXTENSIONS {
                return Err(NotDer);
            }
        }
        Ok(Some(usages))
    }

    /// Whether it is live at `now`.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether its key may sign certificates: `cA` says so, or `keyCertSign` where `cA` is missing, as
    /// in CSCAs of six states.
    #[must_use]
    pub fn may_issue(&self) -> bool {
        match self.usage(KEY_CERT_SIGN) {
            Some(may) => may,
            None => self.states_ca(),
        }
    }

    /// Whether its basic constraints say `cA`.
    #[must_use]
    pub fn states_ca(&self) -> bool {
        let constraints = self.extension(OID_BASIC_CONSTRAINTS);
        let ca = constraints.and_then(|value| Elements::only(value, tag::SEQUENCE).ok()?.take(tag::BOOLEAN).ok());
        ca.is_some_and(|ca| ca.value != [0])
    }

    /// Whether its key may sign anything but certificates and lists of them: any may that has no key usage.
    #[must_use]
    pub fn may_sign(&self) -> bool {
        self.usage(DIGITAL_SIGNATURE).unwrap_or(true)
    }

    /// A bit of keyUsage, if that is there.
    fn usage(&self, bit: u32) -> Option<bool> {
        let bits = Elements::new(self.extension(OID_KEY_USAGE)?).take(tag::BIT_STRING);
        // Unused bits at the end are zeros; an extension that cannot be read allows nothing.
        let first = bits.ok().and_then(|bits| bits.value.get(1).copied()).unwrap_or(0);
        Some(first & (0x80 >> bit) != 0)
    }
}

pub(super) fn extensions(list: &[u8]) -> Result<Vec<Extension<'_>>, NotDer> {
    let mut list = Elements::only(list, tag::SEQUENCE)?;
    let mut found: Vec<Extension<'_>> = Vec::new();
    while !list.is_empty() {
        let mut parts = list.take(tag::SEQUENCE)?.inside();
        let oid = object_identifier(parts.take(tag::OBJECT_IDENTIFIER)?.value)?;
        let critical = parts.take_if(tag::BOOLEAN)?.is_some_and(|critical| critical.value != [0]);
        let value = parts.take(tag::OCTET_STRING)?.value;
        parts.end()?;
        if found.len() >= MAX_EXTENSIONS || found.iter().any(|extension| extension.oid == oid) {
            return Err(NotDer);
        }
        found.push(Extension { oid, critical, value });
    }
    Ok(found)
}

fn content<'a>(extensions: &[Extension<'a>], oid: ObjectIdentifier) -> Option<&'a [u8]> {
    extensions.iter().find(|extension| extension.oid == oid).map(|extension| extension.value)
}

/// The issuer's key identifier, which lists have as certificates do.
pub(super) fn authority_key_identifier<'a>(extensions: &[Extension<'a>]) -> Option<&'a [u8]> {
    let mut parts = Elements::only(content(extensions, OID_AUTHORITY_KEY_IDENTIFIER)?, tag::SEQUENCE).ok()?;
    parts.take_if(tag::primitive(0)).ok()?.map(|identifier| identifier.value)
}

fn object_identifier(bytes: &[u8]) -> Result<ObjectIdentifier, NotDer> {
    ObjectIdentifier::from_bytes(bytes).map_err(|_| NotDer)
}
