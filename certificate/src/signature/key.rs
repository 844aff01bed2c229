//! Public keys that check signatures, refused at the door if they are weak.

use super::ed25519::Ed25519Key;
use super::es256::P256Key;
use super::point::{point_key, xy};
use super::{Algorithm, SignatureError};
use crate::frame::cbor::{self, Head, Limits, Profile, Reader, Writer};
use crate::x509::der::{NotDer, without_leading_zeros};
use crate::x509::{Curve, SubjectKey};
use base64ct::{Base64UrlUnpadded, Encoding};
use ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, RsaPublicKey};
use sha2::{Digest, Sha256, Sha384};
use std::fmt;

/// Why a public key is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a key in the form that was asked for.
    #[error("not a public key in this form")]
    Malformed,
    /// A kind of key, or a curve, that no format here uses.
    #[error("a kind of key that is not used here")]
    Unsupported,
    /// Not a point of the curve.
    #[error("the key is not a point of its curve")]
    NotOnCurve,
    /// Ed25519: not canonical, of small order, or with a torsion component. Some signatures would
    /// then hold for several messages, or hold for one verifier and not for another.
    #[error("the Ed25519 key is not canonical or not of prime order")]
    WeakEd25519,
    /// RSA below 2048 or above 4096 bits, or with an exponent of 65536 or less, or even.
    #[error("the RSA key is too weak or too large")]
    WeakRsa,
}

impl From<NotDer> for KeyError {
    fn from(NotDer: NotDer) -> Self {
        Self::Malformed
    }
}

/// A public key with the one algorithm it checks.
///
/// `Debug` shows the algorithm only.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(Inner);

#[derive(Clone, PartialEq, Eq)]
enum Inner {
    Ed25519(Ed25519Key),
    P256(P256Key),
    P384(Box<p384::ecdsa::VerifyingKey>),
    Rsa(Box<RsaPublicKey>),
}

/// COSE key parameters (RFC 9052 section 7.1, RFC 9053 section 7, RFC 8230 section 4).
const KTY: i64 = 1;
const KTY_OKP: i64 = 1;
const KTY_EC2: i64 = 2;
const KTY_RSA: i64 = 3;
const CURVE_OR_N: i64 = -1;
const X_OR_E: i64 = -2;
const Y: i64 = -3;
const CURVE_P256: i64 = 1;
const CURVE_P384: i64 = 2;
const CURVE_ED25519: i64 = 6;

impl VerifyingKey {
    /// An Ed25519 key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::WeakEd25519`] unless the bytes are the canonical encoding of a point of prime order.
    pub fn ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Ed25519Key::read(bytes).map(|key| Self(Inner::Ed25519(key))).ok_or(KeyError::WeakEd25519)
    }

    /// A P-256 key from its point in SEC1 form, written out.
    ///
    /// # Errors
    /// [`KeyError::NotOnCurve`]; [`KeyError::Unsupported`] for a compressed point.
    pub fn p256(sec1: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(Inner::P256(P256Key::from(point_key::<p256::NistP256>(sec1)?))))
    }

    /// A P-384 key from its point in SEC1 form, written out.
    ///
    /// # Errors
    /// [`KeyError::NotOnCurve`]; [`KeyError::Unsupported`] for a compressed point.
    pub fn p384(sec1: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(Inner::P384(Box::new(point_key(sec1)?))))
    }

    /// An RSA key from modulus and exponent, big-endian.
    ///
    /// # Errors
    /// [`KeyError::WeakRsa`] outside 2048 to 4096 bits, or for an exponent below 65537 or above 2^33.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let modulus = without_leading_zeros(modulus);
        let exponent = without_leading_zeros(exponent);
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |top| top.leading_zeros() as usize);
        let mut e = [0; 8];
        let place = e.len().checked_sub(exponent.len()).ok_or(KeyError::WeakRsa)?;
        e[place..].copy_from_slice(exponent);
        if !(2048..=4096).contains(&bits) || u64::from_be_bytes(e) < 65_537 {
            return Err(KeyError::WeakRsa);
        }
        let number =
            |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bytes.len() as u32 * 8).map_err(|_| KeyError::WeakRsa);
        let key = RsaPublicKey::new(number(modulus)?, number(exponent)?).map_err(|_| KeyError::WeakRsa)?;
        Ok(Self(Inner::Rsa(Box::new(key))))
    }

    /// A key from a COSE_Key map (RFC 9052 section 7) in deterministic encoding. `alg` and `kid` may
    /// stand beside the key's own parameters; they are not believed.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        cbor::scan(bytes, Profile::Deterministic, Limits::CERTIFICATE).map_err(|_| KeyError::Malformed)?;
        let fields = CoseKeyFields::read(bytes).map_err(|_| KeyError::Malformed)?;
        fields.to_key()
    }

    /// The key as a COSE_Key map of exactly its required parameters, in deterministic encoding:
    /// the input of the thumbprint (RFC 9679 section 4).
    #[must_use]
    pub fn to_cose_key(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(300);
        let mut head = |pairs: usize, kty: i64| {
            writer.map(pairs);
            writer.int(KTY);
            writer.int(kty);
        };
        match &self.0 {
            Inner::Ed25519(key) => {
                head(3, KTY_OKP);
                writer.int(CURVE_OR_N);
                writer.int(CURVE_ED25519);
                writer.int(X_OR_E);
                writer.bytes(key.as_bytes());
            }
            Inner::P256(key) => {
                head(4, KTY_EC2);
                write_point(&mut writer, CURVE_P256, &xy(key.as_ref()));
            }
            Inner::P384(key) => {
                head(4, KTY_EC2);
                write_point(&mut writer, CURVE_P384, &xy(&**key));
            }
            Inner::Rsa(key) => {
                use rsa::traits::PublicKeyParts;
                head(3, KTY_RSA);
                writer.int(CURVE_OR_N);
                writer.bytes(without_leading_zeros(&key.n().to_be_bytes()));
                writer.int(X_OR_E);
                writer.bytes(without_leading_zeros(&key.e().to_be_bytes()));
            }
        }
        writer.into_bytes()
    }

    /// A key from a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), its curve named or spelled out.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        match SubjectKey::read(der)? {
            SubjectKey::Rsa { modulus, exponent } => Self::rsa(modulus, exponent),
            SubjectKey::Ec { curve: Curve::P256, point } => Self::p256(point),
            SubjectKey::Ec { curve: Curve::P384, point } => Self::p384(point),
            SubjectKey::Ec { .. } => Err(KeyError::Unsupported),
            SubjectKey::Ed25519(bytes) => Self::ed25519(bytes.try_into().map_err(|_| KeyError::Malformed)?),
        }
    }

    /// The key as a DER SubjectPublicKeyInfo, its curve by name.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        use rsa::traits::PublicKeyParts;
        match &self.0 {
            Inner::Ed25519(key) => SubjectKey::Ed25519(key.as_bytes()).canonical(),
            Inner::P256(key) => ec_spki(Curve::P256, &xy(key.as_ref())),
            Inner::P384(key) => ec_spki(Curve::P384, &xy(&**key)),
            Inner::Rsa(key) => {
                let (modulus, exponent) = (key.n().to_be_bytes(), key.e().to_be_bytes());
                let (modulus, exponent) = (without_leading_zeros(&modulus), without_leading_zeros(&exponent));
                SubjectKey::Rsa { modulus, exponent }.canonical()
            }
        }
    }

    /// The one algorithm that this key checks.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Inner::Ed25519(_) => Algorithm::EdDsa,
            Inner::P256(_) => Algorithm::Es256,
            Inner::P384(_) => Algorithm::Es384,
            Inner::Rsa(_) => Algorithm::Ps256,
        }
    }

    /// SHA-256 thumbprint of the COSE_Key (RFC 9679).
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        Sha256::digest(self.to_cose_key()).into()
    }

    /// SHA-256 thumbprint of the JSON Web Key (RFC 7638; for Ed25519 RFC 8037 appendix A.3): what
    /// SMART Health Cards name their keys by.
    #[must_use]
    pub fn jwk_thumbprint(&self) -> [u8; 32] {
        let text = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        // The required members in the order of their names, without blanks (section 3).
        let point = |curve: &str, xy: &[u8]| {
            let (x, y) = xy.split_at(xy.len() / 2);
            format!(r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
        };
        let json = match &self.0 {
            Inner::Ed25519(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(key.as_bytes())),
            Inner::P256(key) => point("P-256", &xy(key.as_ref())),
            Inner::P384(key) => point("P-384", &xy(&**key)),
            Inner::Rsa(key) => {
                use rsa::traits::PublicKeyParts;
                let number = |bytes: &[u8]| text(without_leading_zeros(bytes));
                format!(
                    r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                    number(&key.e().to_be_bytes()),
                    number(&key.n().to_be_bytes())
                )
            }
        };
        Sha256::digest(json).into()
    }

    /// Makes the table now that a key of EdDSA or ES256 gets with the second signature it verifies, and that the next
    /// ones are quicker by. What holds does not change. Where tables are off ([`crate::key_tables`]) nothing happens.
    pub fn prepare(&self) {
        match &self.0 {
            Inner::Ed25519(key) => key.prepare(),
            Inner::P256(key) => key.prepare(),
            Inner::P384(_) | Inner::Rsa(_) => {}
        }
    }

    /// Checks a signature in its COSE form: 64 bytes for EdDSA and ES256 (r, s), 96 for ES384, as
    /// many as the modulus for PS256. High s is accepted: half of all genuine certificates have one.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not hold.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match &self.0 {
            Inner::Ed25519(key) => key.verify(message, signature),
            Inner::P256(key) => key.verify(message, signature),
            Inner::P384(key) => {
                let signature = p384::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError)?;
                key.verify_prehash(&Sha384::digest(message), &signature).map_err(|_| SignatureError)
            }
            Inner::Rsa(key) => {
                let padding = rsa::Pss::<Sha256>::new_with_salt(32);
                key.verify(padding, &Sha256::digest(message), signature).map_err(|_| SignatureError)
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm().name())
    }
}

fn ec_spki(curve: Curve, xy: &[u8]) -> Vec<u8> {
    SubjectKey::Ec { curve, point: &[&[4], xy].concat() }.canonical()
}

fn write_point(writer: &mut Writer, curve: i64, xy: &[u8]) {
    let (x, y) = xy.split_at(xy.len() / 2);
    writer.int(CURVE_OR_N);
    writer.int(curve);
    writer.int(X_OR_E);
    writer.bytes(x);
    writer.int(Y);
    writer.bytes(y);
}

/// The parameters of a COSE_Key, not yet a key.
#[derive(Default)]
struct CoseKeyFields<'a> {
    kty: Option<i64>,
    curve: Option<i64>,
    n: Option<&'a [u8]>,
    x_or_e: Option<&'a [u8]>,
    y: Option<&'a [u8]>,
}

impl<'a> CoseKeyFields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, cbor::CborError> {
        let mut reader = Reader::new(bytes);
        let Head::Map(Some(count)) = reader.head()? else {
            return Err(cbor::CborError::UnexpectedType);
        };
        let mut fields = Self::default();
        for _ in 0..count {
            match reader.int()? {
                KTY => fields.kty = Some(reader.int()?),
                CURVE_OR_N => match reader.peek()? {
                    Head::Bytes(_) => fields.n = Some(reader.bytes()?),
                    _ => fields.curve = Some(reader.int()?),
                },
                X_OR_E => fields.x_or_e = Some(reader.bytes()?),
                Y => fields.y = Some(reader.bytes()?),
                // Private halves (-4 for OKP and EC2, -3 and below for RSA) never belong in a list.
                label if label < Y => return Err(cbor::CborError::UnexpectedType),
                _ => reader.skip()?,
            }
        }
        Ok(fields)
    }

    fn to_key(&self) -> Result<VerifyingKey, KeyError> {
        match (self.kty, self.curve) {
            (Some(KTY_OKP), Some(CURVE_ED25519)) => {
                let x = self.x_or_e.ok_or(KeyError::Malformed)?;
                if self.y.is_some() {
                    return Err(KeyError::Malformed);
                }
                VerifyingKey::ed25519(x.try_into().map_err(|_| KeyError::Malformed)?)
            }
            (Some(KTY_EC2), Some(CURVE_P256)) => VerifyingKey::p256(&self.uncompressed_point(32)?),
            (Some(KTY_EC2), Some(CURVE_P384)) => VerifyingKey::p384(&self.uncompressed_point(48)?),
            (Some(KTY_RSA), None) => {
                let (n, e) = self.n.zip(self.x_or_e).ok_or(KeyError::Malformed)?;
                if self.y.is_some() {
                    return Err(KeyError::Malformed);
                }
                VerifyingKey::rsa(n, e)
            }
            (Some(KTY_OKP | KTY_EC2), Some(_)) => Err(KeyError::Unsupported),
            _ => Err(KeyError::Malformed),
        }
    }

    fn uncompressed_point(&self, size: usize) -> Result<Vec<u8>, KeyError> {
        let (x, y) = self.x_or_e.zip(self.y).ok_or(KeyError::Malformed)?;
        if x.len() != size || y.len() != size {
            return Err(KeyError::Malformed);
        }
        Ok([&[4], x, y].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9679 section 6: a P-256 key and its thumbprint.
    #[test]
    fn the_thumbprint_is_the_one_of_rfc_9679() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect()
        };
        let x = hex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
        let y = hex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
        let key = VerifyingKey::p256(&[&[4][..], &x, &y].concat()).expect("on the curve");
        assert_eq!(key.thumbprint().to_vec(), hex("496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"));
        assert_eq!(VerifyingKey::from_spki(&key.to_spki()), Ok(key.clone()));
        assert_eq!(VerifyingKey::from_cose_key(&key.to_cose_key()), Ok(key));
    }

    #[test]
    fn ed25519_keys_that_are_weak_or_not_canonical_are_refused() {
        let identity = {
            let mut b = [0; 32];
            b[0] = 1;
            b
        };
        assert_eq!(VerifyingKey::ed25519(&identity), Err(KeyError::WeakEd25519));
        assert_eq!(VerifyingKey::ed25519(&[0; 32]), Err(KeyError::WeakEd25519));
        assert_eq!(VerifyingKey::ed25519(&[0xff; 32]), Err(KeyError::WeakEd25519));
        // A point of prime order plus one of order 8.
        let mixed =
            curve25519_dalek::constants::ED25519_BASEPOINT_POINT + curve25519_dalek::constants::EIGHT_TORSION[1];
        assert_eq!(VerifyingKey::ed25519(&mixed.compress().to_bytes()), Err(KeyError::WeakEd25519));
        let good = curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.to_bytes();
        assert!(VerifyingKey::ed25519(&good).is_ok());
    }

    #[test]
    fn points_off_the_curve_and_weak_rsa_keys_are_refused() {
        assert_eq!(VerifyingKey::p256(&[4; 65]), Err(KeyError::NotOnCurve));
        assert_eq!(VerifyingKey::p256(&[0]), Err(KeyError::NotOnCurve));
        assert_eq!(VerifyingKey::p256(&[2; 33]), Err(KeyError::Unsupported), "compressed");
        assert_eq!(VerifyingKey::rsa(&[0xff; 128], &[1, 0, 1]), Err(KeyError::WeakRsa));
        assert_eq!(VerifyingKey::rsa(&[0xff; 256], &[3]), Err(KeyError::WeakRsa));
        assert_eq!(VerifyingKey::rsa(&[], &[]), Err(KeyError::WeakRsa));
    }

    #[test]
    fn a_cose_key_with_a_private_half_is_refused() {
        let good =
            VerifyingKey::ed25519(&curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.to_bytes()).expect("good");
        let mut bytes = good.to_cose_key();
        bytes[0] += 1;
        bytes.extend([0x23, 0x41, 0x00]);
        assert_eq!(VerifyingKey::from_cose_key(&bytes), Err(KeyError::Malformed));
    }
}
