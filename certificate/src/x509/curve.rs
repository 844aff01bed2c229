//! The six curves of travel documents, by name and by their parameters.
//!
//! Doc 9303-12 demands parameters in place of a name. Only if every one of them is the named
//! curve's does a key lie on that curve: with a base point of one's own choice anyone finds a
//! private key for a public one (CVE-2020-0601).

use super::der::{Elements, NotDer, tag, unsigned, without_leading_zeros};
use der::oid::ObjectIdentifier;

/// A curve over a prime field, of cofactor 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// brainpoolP256r1 (RFC 5639).
    BrainpoolP256,
    /// brainpoolP384r1.
    BrainpoolP384,
    /// brainpoolP512r1.
    BrainpoolP512,
}

/// p, a, b, the base point's x and y, n: hexadecimal, with the full width of the field.
pub(super) struct Parameters {
    pub p: &'static str,
    pub a: &'static str,
    pub b: &'static str,
    pub x: &'static str,
    pub y: &'static str,
    pub n: &'static str,
}

const OID_PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

impl Curve {
    /// Every curve.
    pub const ALL: [Self; 6] =
        [Self::P256, Self::P384, Self::P521, Self::BrainpoolP256, Self::BrainpoolP384, Self::BrainpoolP512];

    /// Its name as SEC 2 and RFC 5639 have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::BrainpoolP256 => "brainpoolP256r1",
            Self::BrainpoolP384 => "brainpoolP384r1",
            Self::BrainpoolP512 => "brainpoolP512r1",
        }
    }

    /// The object identifier of the name.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => const { ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7") },
            Self::P384 => const { ObjectIdentifier::new_unwrap("1.3.132.0.34") },
            Self::P521 => const { ObjectIdentifier::new_unwrap("1.3.132.0.35") },
            Self::BrainpoolP256 => const { ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7") },
            Self::BrainpoolP384 => const { ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11") },
            Self::BrainpoolP512 => const { ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13") },
        }
    }

    /// Bytes of a coordinate and of a number below n.
    #[must_use]
    pub fn field_length(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256 => 32,
            Self::P384 | Self::BrainpoolP384 => 48,
            Self::BrainpoolP512 => 64,
            Self::P521 => 66,
        }
    }

    /// The curve that an `ECParameters` names or spells out (SEC 1 section C.2), if it is one of these.
    pub(super) fn from_parameters(element: super::der::Element<'_>) -> Result<Option<Self>, NotDer> {
        match element.tag {
            tag::OBJECT_IDENTIFIER => Ok(Self::ALL.into_iter().find(|curve| curve.oid().as_bytes() == element.value)),
            tag::SEQUENCE => Explicit::read(element.inside()).map(|explicit| explicit.curve()),
            _ => Err(NotDer),
        }
    }
}

/// Parameters as a certificate spells them out.
struct Explicit<'a> {
    field: &'a [u8],
    p: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    base: &'a [u8],
    n: &'a [u8],
    cofactor: Option<&'a [u8]>,
}

impl<'a> Explicit<'a> {
    fn read(mut parameters: Elements<'a>) -> Result<Self, NotDer> {
        parameters.take(tag::INTEGER)?;
        let mut field_id = parameters.take(tag::SEQUENCE)?.inside();
        let field = field_id.take(tag::OBJECT_IDENTIFIER)?.value;
        // Of another field the parameters are of another form, and none of these curves has one.
        let p = match field_id.take_if(tag::INTEGER)? {
            Some(p) => unsigned(p.value)?,
            None => &[],
        };
        let mut curve = parameters.take(tag::SEQUENCE)?.inside();
        let a = without_leading_zeros(curve.take(tag::OCTET_STRING)?.value);
        let b = without_leading_zeros(curve.take(tag::OCTET_STRING)?.value);
        let base = parameters.take(tag::OCTET_STRING)?.value;
        let n = unsigned(parameters.take(tag::INTEGER)?.value)?;
        let cofactor = parameters.take_if(tag::INTEGER)?.map(|cofactor| unsigned(cofactor.value)).transpose()?;
        Ok(Self { field, p, a, b, base, n, cofactor })
    }

    /// The curve whose parameters these are, every one of them.
    fn curve(&self) -> Option<Curve> {
        if self.field != OID_PRIME_FIELD.as_bytes() || self.cofactor.is_some_and(|cofactor| cofactor != [1]) {
            return None;
        }
        Curve::ALL.into_iter().find(|curve| {
            let Parameters { p, a, b, x, y, n } = curve.parameters();
            let same = |stated: &[u8], hex: &str| stated == without_leading_zeros(&unhex(hex));
            same(self.p, p)
                && same(self.a, a)
                && same(self.b, b)
                && same(self.n, n)
                && self.has_base(&unhex(x), &unhex(y))
        })
    }

    /// Whether the base point is that one, written out or compressed.
    fn has_base(&self, x: &[u8], y: &[u8]) -> bool {
        let odd = y.last().is_some_and(|last| last & 1 == 1);
        match self.base.split_first() {
            Some((4, coordinates)) => coordinates.split_at_checked(x.len()) == Some((x, y)),
            Some((2, coordinate)) => !odd && coordinate == x,
            Some((3, coordinate)) => odd && coordinate == x,
            _ => false,
        }
    }
}

/// The bytes of our own constants.
pub(super) fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |byte, c| byte << 4 | digit(*c))).collect()
}

impl Curve {
    /// The parameters (SEC 2 sections 2.4.2 to 2.6.1, RFC 5639 section 3).
    pub(super) fn parameters(self) -> Parameters {
        match self {
            Self::P256 => Parameters {
                p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
                b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
                x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
                y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
                n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
            },
            Self::P384 => Parameters {
                p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
                a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
                b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
                x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
                y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
                n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
            },
            Self::P521 => Parameters {
                p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                a: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
                b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
                x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
                y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
                n: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
            },
            Self::BrainpoolP256 => Parameters {
                p: "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
                a: "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
                b: "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
                x: "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
                y: "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
                n: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
            },
            Self::BrainpoolP384 => Parameters {
                p: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
                a: "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
                b: "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
                x: "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
                y: "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
                n: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
            },
            Self::BrainpoolP512 => Parameters {
                p: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
                a: "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
                b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
                x: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
                y: "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
                n: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::element;
    use super::*;

    /// `ECParameters` of these numbers, as a certificate would carry them.
    fn explicit(parts: [&[u8]; 6]) -> Vec<u8> {
        let [p, a, b, x, y, n] = parts;
        let positive = |digits: &[u8]| element(tag::INTEGER, &[&[0], digits]);
        let octets = |digits: &[u8]| element(tag::OCTET_STRING, &[digits]);
        let field = element(tag::OBJECT_IDENTIFIER, &[OID_PRIME_FIELD.as_bytes()]);
        element(
            tag::SEQUENCE,
            &[
                &element(tag::INTEGER, &[&[1]]),
                &element(tag::SEQUENCE, &[&field, &positive(p)]),
                &element(tag::SEQUENCE, &[&octets(a), &octets(b)]),
                &element(tag::OCTET_STRING, &[&[4], x, y]),
                &positive(n),
                &element(tag::INTEGER, &[&[1]]),
            ],
        )
    }

    fn read(bytes: &[u8]) -> Option<Curve> {
        Curve::from_parameters(Elements::new(bytes).take_any().expect("an element")).expect("well-formed")
    }

    #[test]
    fn a_curve_is_known_by_all_of_its_parameters_and_by_no_fewer() {
        for curve in Curve::ALL {
            let Parameters { p, a, b, x, y, n } = curve.parameters();
            let own = [p, a, b, x, y, n].map(unhex);
            let parts = || own.each_ref().map(Vec::as_slice);
            assert_eq!(read(&explicit(parts())), Some(curve));
            for place in 0..6 {
                // CVE-2020-0601: any one of them another's, the base point above all.
                let mut changed = own[place].clone();
                *changed.last_mut().expect("digits") ^= 2;
                let mut parts = parts();
                parts[place] = &changed;
                assert_eq!(read(&explicit(parts)), None, "{curve:?}, parameter {place}");
            }
        }
    }

    #[test]
    fn a_curve_is_known_by_its_name() {
        for curve in Curve::ALL {
            assert_eq!(read(&element(tag::OBJECT_IDENTIFIER, &[curve.oid().as_bytes()])), Some(curve));
        }
        let secp256k1 = ObjectIdentifier::new_unwrap("1.3.132.0.10");
        assert_eq!(read(&element(tag::OBJECT_IDENTIFIER, &[secp256k1.as_bytes()])), None);
        let null = element(tag::NULL, &[]);
        assert!(Curve::from_parameters(Elements::new(&null).take_any().expect("an element")).is_err(), "implicitCurve");
    }
}
