//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), with curves by name or by parameters.

use super::curve::Curve;
use super::der::{Elements, element, tag, unsigned, unsigned_element, whole_bytes};
use crate::signature::KeyError;
use der::oid::ObjectIdentifier;

const OID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const OID_RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const OID_EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const OID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The numbers of a public key; whether they are a good key is not yet said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SubjectKey<'a> {
    /// A point in SEC1 form.
    Ec { curve: Curve, point: &'a [u8] },
    /// Modulus and exponent without leading zeros.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    /// 32 bytes.
    Ed25519(&'a [u8]),
}

impl<'a> SubjectKey<'a> {
    /// Reads exactly one SubjectPublicKeyInfo.
    pub fn read(der: &'a [u8]) -> Result<Self, KeyError> {
        let mut parts = Elements::only(der, tag::SEQUENCE)?;
        let mut algorithm = parts.take(tag::SEQUENCE)?.inside();
        let bits = whole_bytes(parts.take(tag::BIT_STRING)?.value)?;
        parts.end()?;
        let named = ObjectIdentifier::from_bytes(algorithm.take(tag::OBJECT_IDENTIFIER)?.value)
            .map_err(|_| KeyError::Malformed)?;
        match named {
            OID_RSA | OID_RSA_PSS => {
                let mut numbers = Elements::only(bits, tag::SEQUENCE)?;
                let modulus = unsigned(numbers.take(tag::INTEGER)?.value)?;
                let exponent = unsigned(numbers.take(tag::INTEGER)?.value)?;
                numbers.end()?;
                Ok(Self::Rsa { modulus, exponent })
            }
            OID_EC => {
                let parameters = algorithm.take_any()?;
                let curve = Curve::from_parameters(parameters)?.ok_or(KeyError::Unsupported)?;
                Ok(Self::Ec { curve, point: bits })
            }
            OID_ED25519 => Ok(Self::Ed25519(bits)),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// The same key in the one form that names its curve: equal keys give equal bytes, points
    /// written the same way.
    pub fn canonical(&self) -> Vec<u8> {
        let oid = |oid: ObjectIdentifier| element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()]);
        let info = |algorithm: &[&[u8]], bits: &[u8]| {
            element(tag::SEQUENCE, &[&element(tag::SEQUENCE, algorithm), &element(tag::BIT_STRING, &[&[0], bits])])
        };
        match self {
            Self::Ec { curve, point } => info(&[&oid(OID_EC), &oid(curve.oid())], point),
            Self::Rsa { modulus, exponent } => {
                let numbers = element(tag::SEQUENCE, &[&unsigned_element(modulus), &unsigned_element(exponent)]);
                info(&[&oid(OID_RSA), &element(tag::NULL, &[])], &numbers)
            }
            Self::Ed25519(bytes) => info(&[&oid(OID_ED25519)], bytes),
        }
    }
}
