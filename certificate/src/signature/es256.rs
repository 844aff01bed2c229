//! P-256 keys, quick for those that are met again.
//!
//! Without a table the crate `p256` checks; with one the same equation is checked by additions alone, and x is compared
//! without leaving projective coordinates.

use super::SignatureError;
use super::tables::{P256Multiples, P256Sum, Place, Room};
use ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::bigint::{ArrayEncoding as _, U256};
use p256::elliptic_curve::ops::{Invert as _, Reduce as _};
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{AffinePoint, Scalar};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, LazyLock};

/// Bits of a scalar that a window of the base point takes, of which there is one table of 270 KB …
const BASE_WIDTH: usize = 8;
/// … and that one of a key takes, whose table has 151 KB where there is room for it, and else 53 KB. With the wide one
/// there are 70 additions, with the narrow one 85.
const fn key_width(room: Room) -> usize {
    match room {
        Room::Ample => 7,
        Room::Scarce => 5,
    }
}

/// The multiples of the base point.
static BASE: LazyLock<P256Multiples> = LazyLock::new(|| multiples(&AffinePoint::GENERATOR, BASE_WIDTH));

/// A key, and its table once it has verified two signatures.
#[derive(Clone)]
pub(crate) struct P256Key {
    key: VerifyingKey,
    table: Arc<Place<P256Multiples>>,
}

impl PartialEq for P256Key {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for P256Key {}

impl From<VerifyingKey> for P256Key {
    fn from(key: VerifyingKey) -> Self {
        Self { key, table: Arc::default() }
    }
}

impl AsRef<VerifyingKey> for P256Key {
    fn as_ref(&self) -> &VerifyingKey {
        &self.key
    }
}

impl P256Key {
    /// ES256: FIPS 186-5 section 6.4.2, with SHA-256.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.verify_hash(&Sha256::digest(message).into(), signature)
    }

    /// The same of a hash, as the number that was signed.
    pub fn verify_hash(&self, hash: &[u8; 32], signature: &[u8]) -> Result<(), SignatureError> {
        // Neither number is 0, or the group's order or above it.
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError)?;
        let check = |table: Option<&P256Multiples>| match table {
            Some(table) => holds(table, hash, &signature),
            None => self.key.verify_prehash(hash, &signature).is_ok(),
        };
        if self.table.check(check, |room| self.multiples(room)) { Ok(()) } else { Err(SignatureError) }
    }

    /// Makes the table, if there is room for one.
    pub fn prepare(&self) {
        self.table.prepare(|room| self.multiples(room));
    }

    fn multiples(&self, room: Room) -> P256Multiples {
        LazyLock::force(&BASE);
        multiples(self.key.as_affine(), key_width(room))
    }
}

fn multiples(point: &AffinePoint, width: usize) -> P256Multiples {
    P256Multiples::of(&point.x().into(), &point.y().into(), width)
}

/// Whether the x of hash/s times the base point and r/s times the key is r.
fn holds(key: &P256Multiples, hash: &[u8; 32], signature: &Signature) -> bool {
    let (r, s) = signature.split_scalars();
    let inverse: Scalar = *s.invert_vartime();
    let hash = Scalar::reduce(&U256::from_be_byte_array((*hash).into()));
    let (of_base, of_key) = (hash * inverse, *r * inverse);
    let sum = BASE.add_times(&of_base.to_bytes().into(), P256Sum::INFINITY);
    key.add_times(&of_key.to_bytes().into(), sum).has_x(&r.to_bytes().into())
}
