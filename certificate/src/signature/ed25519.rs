//! Ed25519 keys, quick for those that are met again.
//!
//! The equation stands here and not in ed25519-dalek's `verify_strict`, which the tests compare it with, because the
//! table takes a half of it, and because the errors of that crate weigh 5.4 KB of each page, compressed.

use super::SignatureError;
use super::tables::{EdwardsMultiples, EdwardsSum, Place, Room};
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest as _, Sha512};
use std::sync::{Arc, LazyLock};

/// Bits of a scalar that a window of the base point takes, of which there is one table of 492 KB …
const BASE_WIDTH: usize = 8;
/// … and that one of a key takes, whose table has 284 KB where there is room for it, and else 98 KB. With the wide one
/// there are 69 additions, with the narrow one 83.
const fn key_width(room: Room) -> usize {
    match room {
        Room::Ample => 7,
        Room::Scarce => 5,
    }
}

/// The multiples of the base point.
static BASE: LazyLock<EdwardsMultiples> = LazyLock::new(|| multiples(&ED25519_BASEPOINT_POINT, BASE_WIDTH));

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
    table: Arc<Place<EdwardsMultiples>>,
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
        strong.then(|| Self { encoded: *encoded, minus: -point, table: Arc::default() })
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
        let check = |table: Option<&EdwardsMultiples>| {
            let encoded = match table {
                Some(table) => table.add_times(&k, BASE.add_times(&s, EdwardsSum::IDENTITY)).encoded(),
                None => EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &self.minus, &s).compress().0,
            };
            // It is canonical, so an R that is not differs from it.
            encoded == *r && !is_small_order(*r)
        };
        if self.table.check(check, |room| self.multiples(room)) { Ok(()) } else { Err(SignatureError) }
    }

    /// Makes the table, if there is room for one.
    pub fn prepare(&self) {
        self.table.prepare(|room| self.multiples(room));
    }

    fn multiples(&self, room: Room) -> EdwardsMultiples {
        LazyLock::force(&BASE);
        multiples(&self.minus, key_width(room))
    }
}

fn multiples(point: &EdwardsPoint, width: usize) -> EdwardsMultiples {
    EdwardsMultiples::of(&point.compress().0, width)
}

/// Whether a canonical encoding is that of a point of small order.
fn is_small_order(mut encoded: [u8; 32]) -> bool {
    encoded[31] &= 0x7f;
    SMALL_ORDER.contains(&&encoded)
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
        key.prepare();
        (signer, key)
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
    }
}
