//! ECDSA verification over the curves that only states' certificates and seals use: P-521 and brainpool's.
//!
//! For brainpoolP512r1 there is no crate; those for the others weigh 37 KB in a page, compressed.
//! Key, message and signature are public, so nothing here takes care to take the same time for all
//! of them: never use it with a secret. Points are Jacobian (X/Z², Y/Z³), the formulae those of the
//! Explicit-Formulas Database for general a, with every exceptional case decided by comparison.
//! The same code with the parameters of other curves is tested against their crates.

use super::curve::{Curve, unhex};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U576};
use std::sync::OnceLock;

type Number = FixedMontyForm<{ U576::LIMBS }>;
type Modulus = FixedMontyParams<{ U576::LIMBS }>;

/// A point in Jacobian coordinates; at infinity if `z` is zero.
#[derive(Clone, Copy)]
struct Point {
    x: Number,
    y: Number,
    z: Number,
}

/// A curve with its base point.
pub(super) struct Domain {
    p: Modulus,
    n: Modulus,
    a: Number,
    b: Number,
    base: Point,
}

/// A public key: a point of the curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    x: U576,
    y: U576,
}

/// A big-endian number of up to 72 bytes.
fn number(digits: &[u8]) -> Option<U576> {
    let mut bytes = [0; 72];
    let place = bytes.len().checked_sub(digits.len())?;
    bytes.get_mut(place..)?.copy_from_slice(digits);
    Some(U576::from_be_slice(&bytes))
}

// Not inlined: what prepares a modulus is large, and is needed twice.
#[inline(never)]
fn modulus(hex: &str) -> Option<Modulus> {
    Some(Modulus::new_vartime(Odd::new(number(&unhex(hex))?).into_option()?))
}

impl Domain {
    /// The curve, prepared once.
    pub fn of(curve: Curve) -> Option<&'static Self> {
        static DOMAINS: [OnceLock<Option<Domain>>; Curve::ALL.len()] = [const { OnceLock::new() }; Curve::ALL.len()];
        DOMAINS.get(curve as usize)?.get_or_init(|| Self::new(curve)).as_ref()
    }

    fn new(curve: Curve) -> Option<Self> {
        let parameters = curve.parameters();
        let (p, n) = (modulus(parameters.p)?, modulus(parameters.n)?);
        let coordinate = |hex: &str| Some(Number::new(&number(&unhex(hex))?, &p));
        Some(Self {
            a: coordinate(parameters.a)?,
            b: coordinate(parameters.b)?,
            base: Point { x: coordinate(parameters.x)?, y: coordinate(parameters.y)?, z: Number::one(&p) },
            p,
            n,
        })
    }

    /// The point with these coordinates, if they are below p and it lies on the curve. As the
    /// cofactor is 1, every such point is a key.
    pub fn key(&self, x: &[u8], y: &[u8]) -> Option<Key> {
        let key = Key { x: number(x)?, y: number(y)? };
        let point = self.point(&key)?;
        let right = point.x.square().add(&self.a).mul(&point.x).add(&self.b);
        (point.y.square().retrieve() == right.retrieve()).then_some(key)
    }

    fn point(&self, key: &Key) -> Option<Point> {
        let coordinate = |value: &U576| (value < self.p.modulus().as_ref()).then(|| Number::new(value, &self.p));
        Some(Point { x: coordinate(&key.x)?, y: coordinate(&key.y)?, z: Number::one(&self.p) })
    }

    /// Whether (r, s) is a signature of the key over a hash not longer than n (SEC 1 section 4.1.4).
    pub fn verify(&self, key: &Key, hash: &[u8], r: &[u8], s: &[u8]) -> bool {
        self.check(key, hash, r, s).unwrap_or(false)
    }

    fn check(&self, key: &Key, hash: &[u8], r: &[u8], s: &[u8]) -> Option<bool> {
        let below_n = |digits: &[u8]| {
            let value = number(digits)?;
            (value != U576::ZERO && &value < self.n.modulus().as_ref()).then_some(value)
        };
        let (r, s) = (below_n(r)?, below_n(s)?);
        let inverse = Number::new(&s, &self.n).invert_vartime().into_option()?;
        let of_base = Number::new(&number(hash)?, &self.n).mul(&inverse).retrieve();
        let of_key = Number::new(&r, &self.n).mul(&inverse).retrieve();
        let sum = self.combine(&of_base, &of_key, self.point(key)?);
        let z = sum.z.invert_vartime().into_option()?;
        let x = sum.x.mul(&z.square()).retrieve();
        Some(Number::new(&x, &self.n).retrieve() == r)
    }

    /// `of_base` times the base point and `of_key` times the key, bit by bit together (Shamir's trick).
    fn combine(&self, of_base: &U576, of_key: &U576, key: Point) -> Point {
        let both = self.add(self.base, key);
        let mut sum = Point { x: Number::one(&self.p), y: Number::one(&self.p), z: Number::zero(&self.p) };
        for bit in (0..self.n.modulus().as_ref().bits_vartime()).rev() {
            sum = self.double(sum);
            sum = match (of_base.bit_vartime(bit), of_key.bit_vartime(bit)) {
                (false, false) => sum,
                (true, false) => self.add(sum, self.base),
                (false, true) => self.add(sum, key),
                (true, true) => self.add(sum, both),
            };
        }
        sum
    }

    fn double(&self, point: Point) -> Point {
        // A point with y = 0 gives z = 0 by itself: the tangent meets infinity.
        let yy = point.y.square();
        let s = point.x.mul(&yy).double().double();
        let xx = point.x.square();
        let m = xx.double().add(&xx).add(&self.a.mul(&point.z.square().square()));
        let x = m.square().sub(&s.double());
        let y = m.mul(&s.sub(&x)).sub(&yy.square().double().double().double());
        Point { x, y, z: point.y.mul(&point.z).double() }
    }

    fn add(&self, left: Point, right: Point) -> Point {
        if is_zero(&left.z) {
            return right;
        }
        if is_zero(&right.z) {
            return left;
        }
        let (left_zz, right_zz) = (left.z.square(), right.z.square());
        let (u1, u2) = (left.x.mul(&right_zz), right.x.mul(&left_zz));
        let (s1, s2) = (left.y.mul(&right.z).mul(&right_zz), right.y.mul(&left.z).mul(&left_zz));
        let (h, r) = (u2.sub(&u1), s2.sub(&s1));
        if is_zero(&h) {
            if is_zero(&r) {
                return self.double(left);
            }
            return Point { z: Number::zero(&self.p), ..left };
        }
        let hh = h.square();
        let hhh = hh.mul(&h);
        let v = u1.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&hhh));
        Point { x, y, z: left.z.mul(&right.z).mul(&h) }
    }
}

fn is_zero(value: &Number) -> bool {
    value.retrieve() == U576::ZERO
}

#[cfg(test)]
mod tests {
    use super::super::algorithm::Hash;
    use super::*;
    use ecdsa::signature::hazmat::PrehashSigner;

    /// A public key, and a signature of another implementation (OpenSSL's) over the hash of "tegata".
    type Known = (&'static str, &'static str, Hash, &'static str, &'static str);

    /// The fourth key is the base point itself, the fifth its opposite, the sixth its double: sums
    /// with the base point then meet the exceptional cases.
    const KNOWN: [Known; 6] = [
        (
            "66d6ac24d1302c1103f9878d9fcc88bd89373cfc981d9dc8e8d1e8197bf0ceac674dd77991b7f792248ae6f7d702f118fa8e8663591e100c782734c07773be3d",
            "49aa9e5d83d4d5ef6d91511eb47bda2f1e47adce973e313a543ed932dcdfb91f713231fb45aefbe5934241d7ad497e13f7f232848c49dd45ca684bfa816aee2a",
            Hash::Sha512,
            "284a40bc7ef35c2877a5ec0312f0085e4f2c0b8a6a67a2fbeecef4c7365217edb7b88ea3f65b29a7f74bfed2fbfb7e261b1954f4fa4d4d158bcbff050553e9ab",
            "5f85d44111f21278ce775448749410cac432866d7f6c0d8642d147d73803864780168930d319706efa30a17f2a4f43d9ce9eea1229c2fd524450153914aaec78",
        ),
        (
            "771771b32c20b9bde0ddbbf1ccfc5e29375fcad81eb57b79b75964bdd48cebb75f1ca6365322f30b6f0b165a17fc600f73570c0998a50590d22442b41e2e9b02",
            "24f7c10c479172622930bce43698dd5a21d4d1d3c7d5a6619dd4a375a9ffeaac26f0564ae6ddb9f2919a8eb05b77b66c003d0c59ecedfcb42fc3ebefc2897157",
            Hash::Sha384,
            "2ade13c59cef19cab0c822edeec1c3620fd0daad18d4c7f0d9bc5b97f5c96f578de42ceffc1b24769572061850801a1c229a2f0d8e3174a4f5834bda165fe619",
            "33d3a2f0fa89fa0cd72a1404c4d664d0e442aea91b6dc7019d088948de0d46924551720e4798cc45fe5714f1f20f5bf073cd997f98c4535679d47976229fb1c0",
        ),
        (
            "95c8a737b549e716d464b1a238990f96b5376e9d8d0d894dfd044f58a9e137cd688bb79b6882fbb45ad8c32034684bf4669740a22f2e664c7bc8d520587df738",
            "0120556adb18c8425ed6b3be47c3638f096e70e3af31d674cb6907ee96bdb103e105d5ddf367537849221289655a6330669d117ad188b844e85bf3bd63be437b",
            Hash::Sha256,
            "64e732c1497cb9476c9064bf11535652b1a8a81529f1b89fbedd42db6acf55516f58da3c72c118825662e4b48697ee15d20835a9ff007f80b1b6b7ee36d27529",
            "5c9e32d5a8ec98df1d6c33750888e0ac3c25fd383193354773406db69f159d27e0bce668e15e40e465155fe1c8959d3d0cd08071063220b9ca74182f82e680c1",
        ),
        (
            "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
            "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
            Hash::Sha512,
            "043689c5278d42a9a01c33c926f419f66599f2b298b486159ae43f83ded83b1f8d4170b9eefc693006b0d18c94246418247fbd5c2912a4dba9263e1dd2978b5d",
            "8c3ee9fd79e26bf3bd670a93d097f18b03007a5decbb195993fc86852687151ea8109ee532e305dd2a1ab17f9a0697788cd8f0535ef250f35bc8c7811373b43a",
        ),
        (
            "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
            "2cff655b8586919e7eea27046451d909d92696b38f2456f43662d76ee813875fca70bcb751671fe4530355525c7c1d3756b7d3ff8492727eafdd42471d624061",
            Hash::Sha512,
            "389de99bb387e5b3014f26637d52072bad27e210ed9b3fbe547bfd4a9fa48afa5b4b918282ec9ddec6c85dee537a49d776b86deb2db8016856a4bab09b56d88d",
            "570a0919bd8efe4e8657807d794396789dbf8d161526a5c71b9cdb9a7a9a0ee260d2c72c1c1fddb61214ca41c1fed4c76c92273b5a68107f15cc54ee5b759b47",
        ),
        (
            "9f4945f680edf9800a63285758f399b3d18d8141b8a18064a30d3035f4cb6581957877f3a8f0f72597116e702915a4f4f698f404089a4cc5080447def02f4850",
            "6d6b4b188b699c5649826b716292f29d149ce1238d3f1e0f5a2c366b03e5d1b2fdf99bb1709c700fa5c3b602b0960cbf63a42e4181fd929ce269ad21be592e71",
            Hash::Sha1,
            "a64da2232f107d85d6fb1abfde0fb58833e3c3d22a1471fd15ce79da07fd2eb26ad1cbdb768d5733c2e032683cb83000426bdc6c9524c89bbb333487c8da42db",
            "4f195fdcd77ebdfb2d86bf9a21b6cbf9140578daa4abdcb8881a22f029767b6d7ac97314dd8f0732581466245f6e891ac507196def81e1a8a1958065a1b81c90",
        ),
    ];

    fn brainpool() -> &'static Domain {
        Domain::of(Curve::BrainpoolP512).expect("numbers")
    }

    #[test]
    fn signatures_of_another_implementation_hold() {
        let domain = brainpool();
        for (x, y, hash, r, s) in KNOWN {
            let key = domain.key(&unhex(x), &unhex(y)).expect("on the curve");
            let (hashed, r, s) = (hash.digest(b"tegata"), unhex(r), unhex(s));
            assert!(domain.verify(&key, &hashed, &r, &s));
            assert!(!domain.verify(&key, &hash.digest(b"Tegata"), &r, &s), "another message");
            assert!(!domain.verify(&key, &hashed, &s, &r), "r and s exchanged");
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_signature() {
        let domain = brainpool();
        let (x, y, hash, r, s) = KNOWN[0];
        let key = domain.key(&unhex(x), &unhex(y)).expect("on the curve");
        let hashed = hash.digest(b"tegata");
        let (r, s, n) = (unhex(r), unhex(s), unhex(Curve::BrainpoolP512.parameters().n));
        let verify = |r: &[u8], s: &[u8]| domain.verify(&key, &hashed, r, s);
        assert!(verify(&r, &s));
        // CVE-2022-21449: zeros hold for everything where nobody looks.
        assert!(!verify(&[], &[]) && !verify(&[0], &[0]) && !verify(&r, &[]) && !verify(&[], &s));
        assert!(!verify(&n, &s) && !verify(&r, &n));
        assert!(!verify(&[0xff; 64], &s) && !verify(&[1; 65], &s));
    }

    #[test]
    fn a_point_off_the_curve_or_not_reduced_is_no_key() {
        let domain = brainpool();
        let (x, y) = (unhex(KNOWN[0].0), unhex(KNOWN[0].1));
        assert!(domain.key(&x, &y).is_some());
        assert!(domain.key(&y, &x).is_none());
        assert!(domain.key(&[0; 64], &[0; 64]).is_none());
        let p = unhex(Curve::BrainpoolP512.parameters().p);
        assert!(domain.key(&p, &y).is_none() && domain.key(&[0xff; 64], &y).is_none());
    }

    /// Each number once more and once less than the group holds: n·G is infinity, (n + 1)·G is G.
    #[test]
    fn multiples_at_the_edges_are_right() {
        for curve in Curve::ALL {
            let domain = Domain::of(curve).expect("numbers");
            let n: U576 = *domain.n.modulus().as_ref();
            let (zero, one) = (U576::ZERO, U576::ONE);
            let times = |of_base: &U576, of_key: &U576| domain.combine(of_base, of_key, domain.base);
            assert!(is_zero(&times(&n, &zero).z) && is_zero(&times(&zero, &n).z) && is_zero(&times(&zero, &zero).z));
            assert!(is_zero(&times(&n.wrapping_sub(&one), &one).z), "{curve:?}: a sum at infinity");
            let affine = |point: Point| {
                let inverse = point.z.invert_vartime().expect("not at infinity");
                (point.x.mul(&inverse.square()).retrieve(), point.y.mul(&inverse.square().mul(&inverse)).retrieve())
            };
            let base = affine(domain.base);
            let twice = affine(domain.double(domain.base));
            assert_eq!(affine(times(&one, &one)), twice, "{curve:?}");
            assert_eq!(affine(times(&U576::from(2_u8), &zero)), twice, "{curve:?}");
            let (x, y) = affine(times(&n.wrapping_sub(&one), &zero));
            assert_eq!((x, y.wrapping_add(&base.1)), (base.0, *domain.p.modulus().as_ref()), "{curve:?}: −G");
        }
    }

    /// The same code with the numbers of a curve that has a crate.
    macro_rules! agrees_with_the_crate {
        ($name:ident, $curve:expr, $of:ty, $length:literal) => {
            #[test]
            fn $name() {
                let domain = Domain::of($curve).expect("numbers");
                for seed in 1..=24_u8 {
                    let mut secret = [seed; $length].map(|byte| byte.wrapping_mul(7) & 0x7f);
                    secret[0] &= 1;
                    let signing = ecdsa::SigningKey::<$of>::from_slice(&secret).expect("a scalar");
                    // No hash is longer than 64 bytes, also where the curve's field is.
                    let hash = [seed.wrapping_mul(11); if $length < 64 { $length } else { 64 }];
                    let signature: ecdsa::Signature<$of> = signing.sign_prehash(&hash).expect("signs");
                    let (r, s) = signature.split_bytes();
                    let point = signing.verifying_key().to_sec1_point(false);
                    let (x, y) = point.as_bytes()[1..].split_at($length);
                    let key = domain.key(x, y).expect("on the curve");
                    assert!(domain.verify(&key, &hash, &r, &s), "seed {seed}");
                    assert!(!domain.verify(&key, &[seed; 32], &r, &s), "seed {seed}: another hash");
                }
            }
        };
    }

    agrees_with_the_crate!(p256_signatures_hold, Curve::P256, p256::NistP256, 32);
    agrees_with_the_crate!(p384_signatures_hold, Curve::P384, p384::NistP384, 48);
    agrees_with_the_crate!(p521_signatures_hold, Curve::P521, p521::NistP521, 66);
    agrees_with_the_crate!(brainpool_p256_signatures_hold, Curve::BrainpoolP256, bp256::BrainpoolP256r1, 32);
    agrees_with_the_crate!(brainpool_p384_signatures_hold, Curve::BrainpoolP384, bp384::BrainpoolP384r1, 48);
}
