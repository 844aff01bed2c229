//! Ed25519 keys, quick for those that are met again.
//!
//! A verifier trusts few keys and meets them all day. Once a key has verified two signatures, multiples of it are kept,
//! so that from then on both scalar multiplications are additions alone. Lists are signed once by each of their keys. Everything here is public, so it need not take
//! constant time.
//!
//! The equation stands here and not in ed25519-dalek's `verify_strict`, which the tests compare it with, because the
//! table takes a half of it, and because the errors of that crate weigh 5.4 KB of each page, compressed.

use super::SignatureError;
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use sha2::{Digest as _, Sha512};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

/// Bits of a scalar that a window of the base point takes, of which there is one table of 655 KB …
const BASE_WIDTH: usize = 8;
/// … and that one of a key takes, whose table has 379 KB. One bit more would save 5 of 69 additions.
const KEY_WIDTH: usize = 7;

/// So many keys have tables at once. What is met beyond them is verified without.
const TABLES_MAX: usize = 128;

/// How many there are.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// The multiples of the base point.
static BASE: LazyLock<Windows> = LazyLock::new(|| Windows::of(ED25519_BASEPOINT_POINT, BASE_WIDTH));

/// The points of small order: their canonical encodings without the sign, which all but two have both ways.
const SMALL_ORDER: [&[u8; 32]; 5] = [
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];

/// A key, and its table once it has verified two signatures.
#[derive(Clone)]
pub(super) struct Ed25519Key {
    encoded: [u8; 32],
    minus: EdwardsPoint,
    met: Arc<Met>,
}

/// What copies of a key share.
#[derive(Default)]
struct Met {
    once: AtomicBool,
    table: OnceLock<Table>,
}

impl PartialEq for Ed25519Key {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for Ed25519Key {}

impl Ed25519Key {
    /// A key from its canonical encoding, if its point is of prime order.
    pub fn read(encoded: &[u8; 32]) -> Option<Self> {
        let point = CompressedEdwardsY(*encoded).decompress()?;
        let strong = point.compress().as_bytes() == encoded && !is_small_order(*encoded) && point.is_torsion_free();
        strong.then(|| Self { encoded: *encoded, minus: -point, met: Arc::default() })
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.encoded
    }

    /// RFC 8032 section 5.1.7 without the cofactor; R and S canonical, R not of small order.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (r, s) = signature.split_first_chunk::<32>().ok_or(SignatureError)?;
        let s = s.try_into().ok().and_then(|s| Scalar::from_canonical_bytes(s).into()).ok_or(SignatureError)?;
        let hash = Sha512::new().chain_update(r).chain_update(self.encoded).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let table = self.met.table.get();
        let point = match table {
            Some(Table(multiples, _)) => multiples.add_times(&k, BASE.add_times(&s, EdwardsPoint::identity())),
            None => EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &self.minus, &s),
        };
        // Its encoding is canonical, so an R that is not differs from it.
        if point.compress().as_bytes() != r || is_small_order(*r) {
            return Err(SignatureError);
        }
        // Only what a key really signed earns it a table: forgeries cost no memory.
        if table.is_none() && self.met.once.swap(true, Ordering::Relaxed) {
            self.prepare();
        }
        Ok(())
    }

    /// Makes the table, if there is room for one.
    pub fn prepare(&self) {
        LazyLock::force(&BASE);
        if let Some(place) = Place::take() {
            self.met.table.get_or_init(|| Table(Windows::of(self.minus, KEY_WIDTH), place));
        }
    }
}

/// Whether a canonical encoding is that of a point of small order.
fn is_small_order(mut encoded: [u8; 32]) -> bool {
    encoded[31] &= 0x7f;
    SMALL_ORDER.contains(&&encoded)
}

/// The table of a key, and its place among those that there may be.
struct Table(Windows, Place);

/// A place for a table; given back when it is dropped.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let more = |count: usize| (count < TABLES_MAX).then_some(count + 1);
        TABLES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// For each window of a scalar's bits, the point shifted there, once to as many times as half the window's digits.
struct Windows {
    /// Bits of a window, from 2 to 8.
    width: usize,
    multiples: Vec<EdwardsPoint>,
}

impl Windows {
    fn of(point: EdwardsPoint, width: usize) -> Self {
        // Digits are signed, and a negative point is as good as a positive one.
        let (each, count) = (1 << (width - 1), windows(width));
        let mut multiples = Vec::with_capacity(each * count);
        let mut shifted = point;
        for _ in 0..count {
            let mut multiple = shifted;
            multiples.push(multiple);
            for _ in 1..each {
                multiple += shifted;
                multiples.push(multiple);
            }
            // The last is half of what the next window begins with.
            shifted = multiple + multiple;
        }
        Self { width, multiples }
    }

    /// Adds the product with a scalar to a sum.
    fn add_times(&self, scalar: &Scalar, mut sum: EdwardsPoint) -> EdwardsPoint {
        let windows = self.multiples.chunks_exact(1 << (self.width - 1));
        for (multiples, digit) in windows.zip(digits(scalar.as_bytes(), self.width)) {
            let multiple = |size: usize| size.checked_sub(1).and_then(|at| multiples.get(at));
            match multiple(usize::from(digit.unsigned_abs())) {
                Some(point) if digit < 0 => sum -= point,
                Some(point) => sum += point,
                None => {}
            }
        }
        sum
    }
}

/// So many windows of a width has a scalar: of its 253 bits, and one bit for what is carried out of them.
const fn windows(width: usize) -> usize {
    253 / width + 1
}

/// The digits of a little-endian number below 2²⁵³ to the base 2^`width`, least first, each from 1 less than the
/// negative half of the base to the half.
fn digits(bytes: &[u8; 32], width: usize) -> impl Iterator<Item = i16> {
    let mut carry = 0;
    (0..windows(width)).map(move |at| {
        let (byte, shift) = (at * width / 8, at * width % 8);
        let part = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
        let base = 1 << width;
        let bits = ((part(byte) | part(byte + 1) << 8) >> shift) as i16 & (base - 1);
        let digit = bits + carry;
        carry = i16::from(digit > base / 2);
        digit - base * carry
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::EIGHT_TORSION;
    use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn prepared(secret: [u8; 32]) -> (SigningKey, Ed25519Key) {
        let signer = SigningKey::from_bytes(&secret);
        let key = Ed25519Key::read(signer.verifying_key().as_bytes()).expect("a strong key");
        // Not by way of the places: other tests may hold them all for a moment.
        let _ = key.met.table.set(Table(Windows::of(key.minus, KEY_WIDTH), Place));
        TABLES.fetch_add(1, Ordering::Relaxed);
        (signer, key)
    }

    #[test]
    fn digits_add_up_to_their_number_and_stay_small() {
        let mut greatest = [0xff; 32];
        greatest[31] = 0x1f;
        let numbers = [[0; 32], [0x10; 32], [0x0f; 32], greatest, (-Scalar::ONE).to_bytes()];
        for (bytes, width) in numbers.into_iter().flat_map(|bytes| (2..=8).map(move |width| (bytes, width))) {
            let half = 1 << (width - 1);
            let mut sum = Scalar::ZERO;
            for digit in digits(&bytes, width).collect::<Vec<_>>().into_iter().rev() {
                assert!((1 - half..=half).contains(&digit), "{digit} of {width} bits");
                let size = Scalar::from(u64::from(digit.unsigned_abs()));
                sum = sum * Scalar::from(1u64 << width) + if digit < 0 { -size } else { size };
            }
            assert_eq!(sum, Scalar::from_bytes_mod_order(bytes), "by {width} bits");
        }
    }

    #[test]
    fn points_of_small_order_are_known_and_no_others() {
        let known: HashSet<_> = EIGHT_TORSION.map(|point| point.compress().to_bytes()).into_iter().collect();
        assert!(known.iter().all(|encoded| is_small_order(*encoded)));
        let listed = SMALL_ORDER.into_iter().flat_map(|y| {
            [*y, {
                let mut y = *y;
                y[31] |= 0x80;
                y
            }]
        });
        let canonical = listed.filter(|encoded| {
            VerifyingKey::from_bytes(encoded).is_ok_and(|key| key.to_edwards().compress().0 == *encoded)
        });
        assert_eq!(canonical.collect::<HashSet<_>>(), known);
        assert!(!is_small_order(ED25519_BASEPOINT_POINT.compress().to_bytes()));
    }

    #[test]
    fn a_key_that_verified_twice_has_a_table_and_forgeries_earn_none() {
        let signer = SigningKey::from_bytes(&[3; 32]);
        let key = Ed25519Key::read(signer.verifying_key().as_bytes()).expect("a strong key");
        let (signature, other) = (signer.sign(b"one").to_bytes(), key.clone());
        for _ in 0..3 {
            assert!(key.verify(b"two", &signature).is_err());
        }
        key.verify(b"one", &signature).expect("holds");
        assert!(key.met.table.get().is_none());
        key.verify(b"one", &signature).expect("holds");
        assert!(other.met.table.get().is_some(), "a copy shares it");
        key.verify(b"one", &signature).expect("holds again");
        assert!(key.verify(b"two", &signature).is_err());
    }

    proptest! {
        #[test]
        fn with_a_table_the_same_holds_as_without(secret in any::<[u8; 32]>(), message in any::<Vec<u8>>(), byte in 0usize..64, flip in 1u8..) {
            let (signer, key) = prepared(secret);
            let genuine = signer.sign(&message);
            prop_assert!(key.verify(&message, &genuine.to_bytes()).is_ok());
            let mut changed = genuine.to_bytes();
            changed[byte] ^= flip;
            let strictly = signer.verifying_key().verify_strict(&message, &Signature::from_bytes(&changed)).is_ok();
            prop_assert_eq!(key.verify(&message, &changed).is_ok(), strictly);
        }

        #[test]
        fn windows_multiply_as_the_curve_does(wide in any::<[[u8; 32]; 3]>(), width in 2usize..=8) {
            let [point, scalar, sum] = wide.map(Scalar::from_bytes_mod_order);
            let [point, sum] = [point, sum].map(|scalar| EdwardsPoint::mul_base(&scalar));
            prop_assert_eq!(Windows::of(point, width).add_times(&scalar, sum), sum + point * scalar);
        }
    }
}
