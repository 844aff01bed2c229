//! COSE_Sign1 (RFC 9052 section 4.2), read in place: the signature is checked over the bytes as
//! they came, never over a re-encoding.
//!
//! `coset` would do this with owned copies: 19 of the 20 allocations that the whole way from a text to a
//! held signature may take (measured: parsing and `tbs_data` of an EU certificate; this takes one). It
//! also refuses messages for header parameters that decide nothing here, such as a content type that is
//! not registered. It is the oracle in the tests.

use super::cbor::{self, CborError, Head, Limits, Profile, Reader};
use std::ops::Range;

/// Why bytes are not a COSE_Sign1 message of the profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CoseError {
    /// Not an array of protected header, unprotected header, payload and signature, or an
    /// unexpected tag.
    #[error("not a COSE_Sign1 message")]
    NotSign1,
    /// A header that is no map, or a parameter of a wrong type.
    #[error("malformed COSE header")]
    Header,
    /// A parameter marked as critical; none is understood here (RFC 9052 section 3.1).
    #[error("COSE header with a critical parameter")]
    Critical,
    /// The strict profile wants the algorithm and the key identifier in the protected header, and
    /// an empty unprotected one.
    #[error("COSE header outside the strict profile")]
    NotStrict,
}

/// The algorithm that a message claims, and where. A claim in the unprotected header is not signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimedAlgorithm {
    /// In the protected header: a COSE algorithm number.
    Protected(i64),
    /// In the unprotected header only.
    Unprotected(i64),
    /// Nowhere.
    Absent,
}

/// Where the key identifier stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KidPlace {
    /// In the protected header; one in the unprotected header is then ignored.
    Protected,
    /// In the unprotected header only.
    Unprotected,
}

/// The parts of a message as places in its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Sign1 {
    pub protected: Range<usize>,
    pub payload: Range<usize>,
    pub signature: Range<usize>,
    pub algorithm: ClaimedAlgorithm,
    pub kid: Option<(Range<usize>, KidPlace)>,
    /// The tags in front, outermost first: none, 18, or 61 before either.
    pub tags: Vec<u64>,
}

/// Header parameters common to all COSE messages (RFC 9052 section 3.1).
const ALG: i64 = 1;
const CRIT: i64 = 2;
const KID: i64 = 4;

/// COSE_Sign1 and CWT (RFC 8392 section 6).
const TAG_SIGN1: u64 = 18;
const TAG_CWT: u64 = 61;

#[derive(Default)]
struct Header {
    alg: Option<i64>,
    kid: Option<Range<usize>>,
    empty: bool,
}

/// Reads a message whose CBOR is then known to be well-formed, bounded and without repeated keys.
pub(crate) fn read(message: &[u8], profile: Profile) -> Result<Sign1, super::FrameError> {
    cbor::scan(message, profile, Limits::CERTIFICATE)?;
    let mut reader = Reader::new(message);
    let tags = read_tags(&mut reader, profile)?;
    let part = |reader: &mut Reader<'_>| {
        let bytes = reader.bytes().map_err(|_| CoseError::NotSign1)?;
        Ok::<_, CoseError>(reader.position() - bytes.len()..reader.position())
    };
    let protected = part(&mut reader)?;
    let unprotected = read_header(&mut reader)?;
    let payload = part(&mut reader)?;
    let signature = part(&mut reader)?;

    let protected_header = read_protected(message, &protected, profile)?;
    if profile == Profile::Deterministic
        && (!unprotected.empty || protected_header.alg.is_none() || protected_header.kid.is_none())
    {
        return Err(CoseError::NotStrict.into());
    }
    let algorithm = match (protected_header.alg, unprotected.alg) {
        (Some(alg), _) => ClaimedAlgorithm::Protected(alg),
        (None, Some(alg)) => ClaimedAlgorithm::Unprotected(alg),
        (None, None) => ClaimedAlgorithm::Absent,
    };
    let kid = match (protected_header.kid, unprotected.kid) {
        (Some(kid), _) => Some((kid, KidPlace::Protected)),
        (None, Some(kid)) => Some((kid, KidPlace::Unprotected)),
        (None, None) => None,
    };
    Ok(Sign1 { protected, payload, signature, algorithm, kid, tags })
}

/// The tags and the head of the array of four.
fn read_tags(reader: &mut Reader<'_>, profile: Profile) -> Result<Vec<u64>, CoseError> {
    let mut tags = Vec::new();
    loop {
        let head = reader.head().map_err(|_| CoseError::NotSign1)?;
        match head {
            Head::Tag(tag) if tags.len() < 2 => tags.push(tag),
            Head::Array(Some(4)) => break,
            _ => return Err(CoseError::NotSign1),
        }
    }
    let expected = match profile {
        Profile::Deterministic => tags == [TAG_SIGN1],
        Profile::Lenient => matches!(tags[..], [] | [TAG_SIGN1] | [TAG_CWT] | [TAG_CWT, TAG_SIGN1]),
    };
    if expected { Ok(tags) } else { Err(CoseError::NotSign1) }
}

fn read_protected(message: &[u8], place: &Range<usize>, profile: Profile) -> Result<Header, super::FrameError> {
    let bytes = message.get(place.clone()).ok_or(CoseError::NotSign1)?;
    if bytes.is_empty() {
        return Ok(Header { empty: true, ..Header::default() });
    }
    cbor::scan(bytes, profile, Limits::CERTIFICATE)?;
    // Read in the message itself, so that what is found is a place in the message.
    let up_to_end = message.get(..place.end).ok_or(CoseError::NotSign1)?;
    let mut reader = Reader::starting_at(up_to_end, place.start);
    Ok(read_header(&mut reader)?)
}

/// A header map at the cursor. Parameters that are not needed are stepped over, whatever they hold.
fn read_header(reader: &mut Reader<'_>) -> Result<Header, CoseError> {
    let malformed = |_: CborError| CoseError::Header;
    let Head::Map(Some(count)) = reader.head().map_err(malformed)? else {
        return Err(CoseError::Header);
    };
    let mut header = Header { empty: count == 0, ..Header::default() };
    for _ in 0..count {
        let label = match reader.head().map_err(malformed)? {
            Head::Unsigned(n) => i64::try_from(n).ok(),
            Head::Negative(n) => i64::try_from(n).ok().map(|n| -1 - n),
            Head::Text(Some(length)) => {
                reader.advance(length).map_err(malformed)?;
                None
            }
            _ => return Err(CoseError::Header),
        };
        match label {
            Some(ALG) => header.alg = Some(reader.int().map_err(malformed)?),
            Some(CRIT) => return Err(CoseError::Critical),
            Some(KID) => {
                let kid = reader.bytes().map_err(malformed)?;
                header.kid = Some(reader.position() - kid.len()..reader.position());
            }
            _ => reader.skip().map_err(malformed)?,
        }
    }
    Ok(header)
}

/// The bytes that a COSE_Sign1 signature covers (RFC 9052 section 4.4), without external data.
#[must_use]
pub fn sign1_input(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    // A protected header without parameters is signed as an empty string, however it was written.
    let protected = if *protected == [0xa0] { &[] } else { protected };
    let mut writer = cbor::Writer::with_capacity(protected.len() + payload.len() + 32);
    writer.array(4);
    writer.text("Signature1");
    writer.bytes(protected);
    writer.bytes(&[]);
    writer.bytes(payload);
    writer.into_bytes()
}

/// A tagged COSE_Sign1 message with an empty unprotected header.
#[must_use]
pub fn write_sign1(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut writer = cbor::Writer::with_capacity(protected.len() + payload.len() + signature.len() + 16);
    writer.tag(TAG_SIGN1);
    writer.array(4);
    writer.bytes(protected);
    writer.map(0);
    writer.bytes(payload);
    writer.bytes(signature);
    writer.into_bytes()
}

/// A protected header of algorithm and key identifier.
#[must_use]
pub fn write_protected(algorithm: i64, kid: &[u8]) -> Vec<u8> {
    let mut writer = cbor::Writer::with_capacity(kid.len() + 8);
    writer.map(2);
    writer.int(ALG);
    writer.int(algorithm);
    writer.int(KID);
    writer.bytes(kid);
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coset::{CborSerializable, TaggedCborSerializable, iana};

    fn oracle() -> coset::CoseSign1 {
        let header = coset::HeaderBuilder::new().algorithm(iana::Algorithm::ES256).key_id(vec![1, 2, 3, 4]).build();
        coset::CoseSign1Builder::new().protected(header).payload(vec![7; 40]).signature(vec![9; 64]).build()
    }

    #[test]
    fn what_we_write_is_what_coset_writes() {
        let coset = oracle();
        let protected = write_protected(-7, &[1, 2, 3, 4]);
        assert_eq!(write_sign1(&protected, &[7; 40], &[9; 64]), coset.clone().to_tagged_vec().expect("encodes"));
        assert_eq!(sign1_input(&protected, &[7; 40]), coset.tbs_data(&[]));
    }

    #[test]
    fn the_parts_are_places_in_the_received_bytes() {
        for bytes in [oracle().to_tagged_vec().expect("encodes"), oracle().to_vec().expect("encodes")] {
            let sign1 = read(&bytes, Profile::Lenient).expect("reads");
            assert_eq!(bytes[sign1.payload.clone()], [7; 40]);
            assert_eq!(bytes[sign1.signature.clone()], [9; 64]);
            assert_eq!(sign1.algorithm, ClaimedAlgorithm::Protected(-7));
            let (kid, place) = sign1.kid.expect("has one");
            assert_eq!((&bytes[kid], place), (&[1u8, 2, 3, 4][..], KidPlace::Protected));
        }
    }

    #[test]
    fn critical_parameters_are_refused_wherever_they_stand() {
        let unprotected = [0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x02, 0x81, 0x04, 0x41, 0x00, 0x41, 0x00];
        assert_eq!(read(&unprotected, Profile::Lenient).err(), Some(CoseError::Critical.into()));
        let protected = [0xd2, 0x84, 0x46, 0xa2, 0x01, 0x26, 0x02, 0x81, 0x04, 0xa0, 0x41, 0x00, 0x41, 0x00];
        assert_eq!(read(&protected, Profile::Lenient).err(), Some(CoseError::Critical.into()));
    }
}
