//! Keys that sign certificates and lists of certificates.

use super::algorithm::{Hash, SignatureAlgorithm};
use super::curve::Curve;
use super::der::{Elements, NotDer, tag, unsigned, without_leading_zeros};
use super::spki::SubjectKey;
use super::weierstrass::{Domain, Key};
use crate::signature::{KeyError, P256Key, SignatureError, coordinates, point_key};
use ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use std::fmt;

/// A key of an issuer of certificates. Unlike [`VerifyingKey`](crate::VerifyingKey) it is not bound to
/// one algorithm: states sign with SHA-256 and SHA-512 by one key. It checks no document.
///
/// `Debug` shows the kind of key only.
#[derive(Clone)]
pub struct PublicKey(Inner);

#[derive(Clone)]
enum Inner {
    /// A border meets the seals of the same signers all day: they have tables too.
    P256(P256Key),
    P384(Box<p384::ecdsa::VerifyingKey>),
    Other(Curve, Box<Key>),
    Rsa(Box<RsaPublicKey>),
}

/// Bits of an RSA modulus. The largest CSCA measured has 6144, and five of six hundred 2048.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=6144;

impl PublicKey {
    /// A key from a DER SubjectPublicKeyInfo, its curve named or spelled out.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::WeakRsa`] outside 2048 to 6144 bits, or for an even exponent.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(match SubjectKey::read(der)? {
            SubjectKey::Ec { curve, point } => ec_key(curve, point)?,
            SubjectKey::Rsa { modulus, exponent } => Inner::Rsa(Box::new(rsa_key(modulus, exponent)?)),
            SubjectKey::Ed25519(_) => return Err(KeyError::Unsupported),
        }))
    }

    /// The same SubjectPublicKeyInfo with its curve by name, for a list of keys in one form.
    ///
    /// # Errors
    /// [`KeyError`], also for a key that [`from_spki`](Self::from_spki) refuses.
    pub fn canonical_spki(der: &[u8]) -> Result<Vec<u8>, KeyError> {
        Self::from_spki(der)?;
        Ok(SubjectKey::read(der)?.canonical())
    }

    /// Checks a signature as certificates and CMS carry it: for ECDSA the DER of r and s.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not hold, also where the algorithm is for another kind of key.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let hash = algorithm.hash().digest(message);
        match (&self.0, algorithm) {
            (Inner::Rsa(key), SignatureAlgorithm::RsaPkcs1(with)) => {
                let scheme = Pkcs1v15Sign { hash_len: Some(hash.len()), prefix: with.digest_info().into_boxed_slice() };
                key.verify(scheme, &hash, signature).map_err(|_| SignatureError)
            }
            (Inner::Rsa(key), SignatureAlgorithm::RsaPss { hash: with, salt }) => {
                verify_pss(key, with, salt, &hash, signature)
            }
            (Inner::Rsa(_), SignatureAlgorithm::Ecdsa(_)) => Err(SignatureError),
            (_, SignatureAlgorithm::Ecdsa(_)) => self.verify_ecdsa(&hash, signature),
            (_, SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }) => Err(SignatureError),
        }
    }

    /// Checks an ECDSA signature in the fixed-width form of seals and JOSE: r‖s, each as wide as the curve's field.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not hold, also for another width or kind of key.
    pub fn verify_fixed(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let width = self.curve().ok_or(SignatureError)?.field_length();
        if signature.len() != 2 * width {
            return Err(SignatureError);
        }
        let (r, s) = signature.split_at(width);
        self.verify_numbers(&hash.digest(message), r, s)
    }

    /// The curve that it is a point of, if it is no RSA key.
    #[must_use]
    pub fn curve(&self) -> Option<Curve> {
        match &self.0 {
            Inner::P256(_) => Some(Curve::P256),
            Inner::P384(_) => Some(Curve::P384),
            Inner::Other(curve, _) => Some(*curve),
            Inner::Rsa(_) => None,
        }
    }

    fn verify_ecdsa(&self, hash: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (r, s) = numbers(signature).map_err(|NotDer| SignatureError)?;
        self.verify_numbers(hash, r, s)
    }

    fn verify_numbers(&self, hash: &[u8], r: &[u8], s: &[u8]) -> Result<(), SignatureError> {
        let curve = self.curve().ok_or(SignatureError)?;
        let width = curve.field_length();
        let (hash, signature) = (fit(hash, width)?, joined(r, s, width)?);
        match &self.0 {
            Inner::P256(key) => {
                let hash = hash.as_slice().try_into().map_err(|_| SignatureError)?;
                key.verify_hash(hash, &signature)
            }
            Inner::P384(key) => holds(&**key, &hash, ecdsa::Signature::from_slice(&signature)),
            Inner::Other(curve, key) => match Domain::of(*curve) {
                Some(domain) if domain.verify(key, &hash, r, s) => Ok(()),
                _ => Err(SignatureError),
            },
            Inner::Rsa(_) => Err(SignatureError),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.curve().map_or("RSA", Curve::name))
    }
}

fn ec_key(curve: Curve, point: &[u8]) -> Result<Inner, KeyError> {
    Ok(match curve {
        Curve::P256 => Inner::P256(P256Key::from(point_key::<p256::NistP256>(point)?)),
        Curve::P384 => Inner::P384(Box::new(point_key(point)?)),
        Curve::P521 | Curve::BrainpoolP256 | Curve::BrainpoolP384 | Curve::BrainpoolP512 => {
            let (x, y) = coordinates(point, curve.field_length())?;
            let key = Domain::of(curve).and_then(|domain| domain.key(x, y));
            Inner::Other(curve, Box::new(key.ok_or(KeyError::NotOnCurve)?))
        }
    })
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bytes.len() as u32 * 8).map_err(|_| KeyError::WeakRsa);
    // No number longer than it may be is made at all.
    let even = exponent.last().is_none_or(|last| last & 1 == 0);
    if modulus.len() > RSA_BITS.end() / 8 || exponent.len() > 8 || even || exponent == [1] {
        return Err(KeyError::WeakRsa);
    }
    RsaPublicKey::new_with_size_limits(number(modulus)?, number(exponent)?, RSA_BITS).map_err(|_| KeyError::WeakRsa)
}

fn verify_pss(
    key: &RsaPublicKey,
    with: Hash,
    salt: usize,
    hash: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let held = match with {
        Hash::Sha1 => key.verify(Pss::<sha1::Sha1>::new_with_salt(salt), hash, signature),
        Hash::Sha224 => key.verify(Pss::<sha2::Sha224>::new_with_salt(salt), hash, signature),
        Hash::Sha256 => key.verify(Pss::<sha2::Sha256>::new_with_salt(salt), hash, signature),
        Hash::Sha384 => key.verify(Pss::<sha2::Sha384>::new_with_salt(salt), hash, signature),
        Hash::Sha512 => key.verify(Pss::<sha2::Sha512>::new_with_salt(salt), hash, signature),
    };
    held.map_err(|_| SignatureError)
}

fn holds<S, E>(key: &impl PrehashVerifier<S>, hash: &[u8], signature: Result<S, E>) -> Result<(), SignatureError> {
    let signature = signature.map_err(|_| SignatureError)?;
    key.verify_prehash(hash, &signature).map_err(|_| SignatureError)
}

/// r and s of an `ECDSA-Sig-Value`.
fn numbers(signature: &[u8]) -> Result<(&[u8], &[u8]), NotDer> {
    let mut parts = Elements::only(signature, tag::SEQUENCE)?;
    let r = unsigned(parts.take(tag::INTEGER)?.value)?;
    let s = unsigned(parts.take(tag::INTEGER)?.value)?;
    parts.end()?;
    Ok((r, s))
}

/// r and s in full width.
fn joined(r: &[u8], s: &[u8], width: usize) -> Result<Vec<u8>, SignatureError> {
    Ok([padded(r, width)?, padded(s, width)?].concat())
}

/// A hash as the number that is signed (SEC 1 section 4.1.4): the leftmost bytes of a longer one, and
/// zeros before a shorter one, which the crates would refuse.
fn fit(hash: &[u8], width: usize) -> Result<Vec<u8>, SignatureError> {
    padded(hash.get(..width).unwrap_or(hash), width)
}

fn padded(digits: &[u8], width: usize) -> Result<Vec<u8>, SignatureError> {
    let digits = without_leading_zeros(digits);
    let zeros = width.checked_sub(digits.len()).ok_or(SignatureError)?;
    Ok([&vec![0; zeros], digits].concat())
}
