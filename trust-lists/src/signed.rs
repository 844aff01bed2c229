//! The signed form of every list: COSE_Sign (RFC 9052 section 4.1), checked against a threshold.
//!
//! `98([h'', {}, payload, [+ [protected {1: alg, 4: kid}, {}, signature]]])`, deterministic CBOR. Role
//! and repository also go into the external data, so that a signature made for one role or one
//! repository is dead everywhere else.

use crate::error::TrustError;
use crate::fields::ListReader;
use crate::role::Role;
use crate::root::RoleKeys;
use tegata_certificate::VerifyingKey;
use tegata_certificate::cbor::Writer;

/// The tag of COSE_Sign.
const TAG_SIGN: u64 = 98;

/// Header parameters (RFC 9052 section 3.1).
const ALG: u64 = 1;
const KID: u64 = 4;

/// The most signatures that are looked at: each may cost a verification.
pub(crate) const MAX_SIGNATURES: u64 = 64;

/// A signed list whose signatures nobody has checked yet.
pub(crate) struct Signed<'a> {
    role: Role,
    payload: &'a [u8],
    signatures: Vec<ListSignature<'a>>,
}

struct ListSignature<'a> {
    protected: &'a [u8],
    algorithm: i64,
    kid: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Reads the frame and nothing of the payload.
    pub fn parse(role: Role, bytes: &'a [u8]) -> Result<Self, TrustError> {
        if bytes.len() > role.max_length() {
            return Err(TrustError::TooLarge { role });
        }
        let mut list = ListReader::frame(role, bytes)?;
        let framed = list.tag()? == TAG_SIGN && list.array()? == 4 && list.bytes()?.is_empty() && list.map()? == 0;
        if !framed {
            return Err(list.malformed());
        }
        let payload = list.bytes()?;
        let signatures = list.items(MAX_SIGNATURES, ListSignature::parse)?;
        Ok(Self { role, payload, signatures })
    }

    /// The payload before its signatures are checked: of the first, pinned root, whose keys are
    /// needed for that, and of a bundle's head, to find what the bundle holds.
    pub fn unverified_payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The payload, if at least the threshold of distinct keys signed it for this role and repository.
    ///
    /// The loop is over the keys, which are all different, so no key counts twice, however often
    /// or in however many forms it signed. What does not hold, and what strangers signed, counts nothing.
    pub fn open(&self, keys: &RoleKeys, repository_id: &str) -> Result<&'a [u8], TrustError> {
        if keys.threshold >= 1 && self.count_signers(keys, repository_id) >= keys.threshold {
            Ok(self.payload)
        } else {
            Err(TrustError::BelowThreshold { role: self.role })
        }
    }

    /// How many of the keys signed it for this role and repository.
    pub fn count_signers(&self, keys: &RoleKeys, repository_id: &str) -> u64 {
        keys.keys.iter().filter(|key| self.is_signed_by(key, repository_id)).count() as u64
    }

    /// The payload and the place of the key that signed it, if one signature is there and one of
    /// the keys made it.
    pub fn open_single(&self, keys: &[VerifyingKey], repository_id: &str) -> Option<(&'a [u8], usize)> {
        let signer = keys.iter().position(|key| self.is_signed_by(key, repository_id))?;
        (self.signatures.len() == 1).then_some((self.payload, signer))
    }

    /// Whether that key signed it for this role and repository.
    pub fn is_signed_by(&self, key: &VerifyingKey, repository_id: &str) -> bool {
        let kid = key.thumbprint();
        self.signatures
            .iter()
            .filter(|signature| signature.kid == kid && signature.algorithm == key.algorithm().cose())
            .any(|signature| {
                let message = to_be_signed(self.role, repository_id, signature.protected, self.payload);
                key.verify(&message, signature.signature).is_ok()
            })
    }
}

impl<'a> ListSignature<'a> {
    fn parse(list: &mut ListReader<'a>) -> Result<Self, TrustError> {
        if list.array()? != 3 {
            return Err(list.malformed());
        }
        let protected = list.bytes()?;
        let (algorithm, kid) = parse_protected(list.role(), protected)?;
        if list.map()? != 0 {
            return Err(list.malformed());
        }
        Ok(Self { protected, algorithm, kid, signature: list.bytes()? })
    }
}

fn parse_protected(role: Role, bytes: &[u8]) -> Result<(i64, &[u8]), TrustError> {
    let mut header = ListReader::frame(role, bytes)?;
    let framed = header.map()? == 2 && header.uint()? == ALG;
    let algorithm = header.int()?;
    if !framed || header.uint()? != KID {
        return Err(header.malformed());
    }
    let kid = header.bytes()?;
    if kid.len() == 32 { Ok((algorithm, kid)) } else { Err(header.malformed()) }
}

/// The bytes that a signature covers: Sig_structure (RFC 9052 section 4.4) with the external data
/// `[type, repository id]`.
pub(crate) fn to_be_signed(role: Role, repository_id: &str, protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut external = Writer::with_capacity(repository_id.len() + 8);
    external.array(2);
    external.uint(role.number());
    external.text(repository_id);
    let mut writer = Writer::with_capacity(payload.len() + protected.len() + repository_id.len() + 40);
    writer.array(5);
    writer.text("Signature");
    writer.bytes(&[]);
    writer.bytes(protected);
    writer.bytes(&external.into_bytes());
    writer.bytes(payload);
    writer.into_bytes()
}

/// The protected header of one signature.
#[cfg(feature = "tool")]
pub(crate) fn protected(key: &VerifyingKey) -> Vec<u8> {
    let mut writer = Writer::with_capacity(48);
    writer.map(2);
    writer.uint(ALG);
    writer.int(key.algorithm().cose());
    writer.uint(KID);
    writer.bytes(&key.thumbprint());
    writer.into_bytes()
}

/// The signed form of a payload; each signature with its protected header.
#[cfg(feature = "tool")]
pub(crate) fn assemble(payload: &[u8], signatures: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(payload.len() + 128 * signatures.len() + 16);
    writer.tag(TAG_SIGN);
    writer.array(4);
    writer.bytes(&[]);
    writer.map(0);
    writer.bytes(payload);
    writer.array(signatures.len());
    for (protected, signature) in signatures {
        writer.array(3);
        writer.bytes(protected);
        writer.map(0);
        writer.bytes(signature);
    }
    writer.into_bytes()
}
