//! Points of elliptic curves as keys.

use super::KeyError;
use ecdsa::elliptic_curve::array::typenum::Unsigned;
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize};
use ecdsa::{EcdsaCurve, VerifyingKey};

/// The coordinates of a point that is written out (SEC 1 section 2.3.3): 4, x, y.
///
/// A compressed one is another way to write a key, and was never seen where keys come from (Doc 9303-12 and RFC 7518
/// ask for points written out): not worth the square roots.
pub(crate) fn coordinates(sec1: &[u8], length: usize) -> Result<(&[u8], &[u8]), KeyError> {
    match sec1.split_first() {
        Some((4, xy)) if xy.len() == 2 * length => Ok(xy.split_at(length)),
        Some((2 | 3, x)) if x.len() == length => Err(KeyError::Unsupported),
        _ => Err(KeyError::NotOnCurve),
    }
}

/// The key of a point that is written out.
pub(crate) fn point_key<C>(sec1: &[u8]) -> Result<VerifyingKey<C>, KeyError>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>> + FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let (x, y) = coordinates(sec1, FieldBytesSize::<C>::USIZE)?;
    let bytes = |half: &[u8]| FieldBytes::<C>::try_from(half).map_err(|_| KeyError::NotOnCurve);
    // Refuses coordinates that are not below p, and points off the curve.
    let point = AffinePoint::<C>::from_coordinates(&bytes(x)?, &bytes(y)?).into_option().ok_or(KeyError::NotOnCurve)?;
    VerifyingKey::from_affine(point).map_err(|_| KeyError::NotOnCurve)
}

/// The coordinates of a key's point, one behind the other.
pub(crate) fn xy<C>(key: &VerifyingKey<C>) -> Vec<u8>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>> + FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let point = key.as_affine();
    [point.x(), point.y()].concat()
}
