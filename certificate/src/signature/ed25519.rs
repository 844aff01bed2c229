//! Ed25519 keys, quick for those that are met again.
//!
//! A verifier trusts few keys and meets them all day. Once a key has verified a signature, multiples of it are kept, so
//! that from then on both scalar multiplications are additions alone. Everything here is public, so it need not take
//! constant time. What holds is what `verify_strict` says holds, with a table and without.

use super::SignatureError;
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha512};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

/// So many keys have tables at once, of 133 KB each. What is met beyond them is verified without.
const TABLES_MAX: usize = 256;

/// How many there are.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// The multiples of the base point.
static BASE: LazyLock<Windows> = LazyLock::new(|| Windows::of(ED25519_BASEPOINT_POINT));

/// A key, and its table once it has verified a signature. Copies share it.
#[derive(Clone)]
pub(super) struct Ed25519Key {
    key: VerifyingKey,
    table: Arc<OnceLock<Table>>,
}

impl PartialEq for Ed25519Key {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Ed25519Key {}

impl Ed25519Key {
    /// A key that is canonical and of prime order: the caller has seen to it.
    pub fn new(key: VerifyingKey) -> Self {
        Self { key, table: Arc::default() }
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError)?;
        match self.table.get() {
            Some(table) => self.verify_by(&table.0, message, &signature),
            None => {
                self.key.verify_strict(message, &signature).map_err(|_| SignatureError)?;
                // Only what a key really signed earns it a table: forgeries cost no memory.
                self.prepare();
                Ok(())
            }
        }
    }

    /// Makes the table, if there is room for one.
    pub fn prepare(&self) {
        LazyLock::force(&BASE);
        if let Some(place) = Place::take() {
            self.table.get_or_init(|| Table(Windows::of(-self.key.to_edwards()), place));
        }
    }

    /// RFC 8032 section 5.1.7 without the cofactor; R and s canonical, R not of small order.
    fn verify_by(&self, minus_key: &Windows, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(*signature.s_bytes())).ok_or(SignatureError)?;
        let hash = Sha512::new().chain_update(signature.r_bytes()).chain_update(self.as_bytes()).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        // Its encoding is canonical, so an R that is not differs from it.
        let r = BASE.times(&s) + minus_key.times(&k);
        let held = !r.is_small_order() && r.compress().as_bytes() == signature.r_bytes();
        if held { Ok(()) } else { Err(SignatureError) }
    }
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

/// Bits of a scalar that one window takes.
const WIDTH: usize = 5;
/// Windows of a scalar: of its 253 bits, and one for what is carried out of them.
const WINDOWS: usize = 256 / WIDTH + 1;
/// Multiples that a window needs: digits are signed, and a negative point is as good as a positive one.
const MULTIPLES: usize = 1 << (WIDTH - 1);

/// For each window of a scalar, the point shifted there, once to [`MULTIPLES`] times.
struct Windows(Vec<[EdwardsPoint; MULTIPLES]>);

impl Windows {
    fn of(point: EdwardsPoint) -> Self {
        let mut shifted = point;
        let windows = (0..WINDOWS).map(|_| {
            let mut multiples = [shifted; MULTIPLES];
            for at in 1..MULTIPLES {
                multiples[at] = multiples[at - 1] + shifted;
            }
            // The last is half of what the next window begins with.
            shifted = multiples[MULTIPLES - 1] + multiples[MULTIPLES - 1];
            multiples
        });
        Self(windows.collect())
    }

    fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let mut sum = EdwardsPoint::identity();
        for (multiples, digit) in self.0.iter().zip(digits(scalar.as_bytes())) {
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

/// The digits of a little-endian number below 2²⁵⁵ to the base 2⁵, least first, each from −15 to 16.
fn digits(bytes: &[u8; 32]) -> [i8; WINDOWS] {
    let mut digits = [0; WINDOWS];
    let mut carry = 0;
    for (at, digit) in digits.iter_mut().enumerate() {
        let (byte, shift) = (at * WIDTH / 8, at * WIDTH % 8);
        let part = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
        let bits = (((part(byte) | part(byte + 1) << 8) >> shift) & 31) as i8 + carry;
        carry = i8::from(bits > 16);
        *digit = bits - 32 * carry;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};
    use proptest::prelude::*;

    fn prepared(secret: [u8; 32]) -> (SigningKey, Ed25519Key) {
        let signer = SigningKey::from_bytes(&secret);
        let key = Ed25519Key::new(signer.verifying_key());
        // Not by way of the places: other tests may hold them all for a moment.
        let _ = key.table.set(Table(Windows::of(-key.key.to_edwards()), Place));
        TABLES.fetch_add(1, Ordering::Relaxed);
        (signer, key)
    }

    #[test]
    fn digits_add_up_to_their_number_and_stay_small() {
        let mut greatest = [0xff; 32];
        greatest[31] = 0x1f;
        for bytes in [[0; 32], [0x10; 32], [0x0f; 32], greatest, Scalar::ZERO.to_bytes(), (-Scalar::ONE).to_bytes()] {
            let mut sum = Scalar::ZERO;
            for digit in digits(&bytes).into_iter().rev() {
                assert!((-15..=16).contains(&digit));
                let size = Scalar::from(u64::from(digit.unsigned_abs()));
                sum = sum * Scalar::from(32u64) + if digit < 0 { -size } else { size };
            }
            assert_eq!(sum, Scalar::from_bytes_mod_order(bytes));
        }
    }

    #[test]
    fn a_key_that_verified_once_has_a_table_and_a_forgery_earns_none() {
        let signer = SigningKey::from_bytes(&[3; 32]);
        let key = Ed25519Key::new(signer.verifying_key());
        let (signature, other) = (signer.sign(b"one").to_bytes(), key.clone());
        assert!(key.verify(b"two", &signature).is_err());
        assert!(key.table.get().is_none());
        key.verify(b"one", &signature).expect("holds");
        assert!(other.table.get().is_some(), "a copy shares it");
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
        fn windows_multiply_as_the_curve_does(wide in any::<[[u8; 32]; 2]>()) {
            let [point, scalar] = wide.map(Scalar::from_bytes_mod_order);
            let point = EdwardsPoint::mul_base(&point);
            prop_assert_eq!(Windows::of(point).times(&scalar), point * scalar);
        }
    }
}
