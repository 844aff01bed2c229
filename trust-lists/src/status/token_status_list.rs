//! A shard as others read it: an IETF Token Status List (draft-ietf-oauth-status-list-21) in a CWT.

use super::shard::Shard;
use flate2::{Compress, Compression, FlushCompress, Status};
use tegata_certificate::cbor::Writer;
use tegata_keys::{SignError, Signer};

/// The tag of COSE_Sign1.
const TAG_SIGN1: u64 = 18;

/// Header parameters: RFC 9052 section 3.1, RFC 9596.
const ALG: u64 = 1;
const KID: u64 = 4;
const TYP: u64 = 16;

/// The type of a status list token.
const STATUS_LIST_CWT: &str = "application/statuslist+cwt";

/// Claims: RFC 8392 section 3.1, draft section 5.2.
const SUB: u64 = 2;
const EXP: u64 = 4;
const IAT: u64 = 6;
const STATUS_LIST: u64 = 65_533;
const TTL: u64 = 65_534;

/// The shard as a signed Token Status List of one bit an index: 0 valid, 1 invalid.
///
/// `uri` is the name by which certificates refer to the list, `ttl` how many seconds a reader may keep
/// it. The list is as old and lives as long as the shard's newest file. At 1 % revoked it takes a third more
/// than our own file, and it cannot say what [`rules`](Shard::rules) say: they are left out, and whoever
/// exports a shard that has some must say so.
///
/// # Errors
/// [`SignError`] if the key does not sign.
pub fn token_status_list(shard: &Shard, uri: &str, ttl: u64, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let payload = claims(shard, uri, ttl)?;
    let key = signer.verifying_key();
    let mut protected = Writer::with_capacity(80);
    protected.map(3);
    protected.uint(ALG);
    protected.int(key.algorithm().cose());
    protected.uint(KID);
    protected.bytes(&key.thumbprint());
    protected.uint(TYP);
    protected.text(STATUS_LIST_CWT);
    let protected = protected.into_bytes();

    // Sig_structure (RFC 9052 section 4.4).
    let mut message = Writer::with_capacity(payload.len() + 128);
    message.array(4);
    message.text("Signature1");
    message.bytes(&protected);
    message.bytes(&[]);
    message.bytes(&payload);
    let signature = signer.sign(&message.into_bytes())?;

    let mut token = Writer::with_capacity(payload.len() + 192);
    token.tag(TAG_SIGN1);
    token.array(4);
    token.bytes(&protected);
    token.map(0);
    token.bytes(&payload);
    token.bytes(&signature);
    Ok(token.into_bytes())
}

fn claims(shard: &Shard, uri: &str, ttl: u64) -> Result<Vec<u8>, SignError> {
    let list = deflated(&bits(shard))?;
    let mut writer = Writer::with_capacity(list.len() + uri.len() + 64);
    writer.map(5);
    writer.uint(SUB);
    writer.text(uri);
    writer.uint(EXP);
    writer.int(shard.header().expires_at.0);
    writer.uint(IAT);
    writer.int(shard.header().issued_at.0);
    writer.uint(STATUS_LIST);
    writer.map(2);
    writer.text("lst");
    writer.bytes(&list);
    writer.text("bits");
    writer.uint(1);
    writer.uint(TTL);
    writer.uint(ttl);
    Ok(writer.into_bytes())
}

/// A bit for every index, from the lowest of each byte up (draft section 4.1).
fn bits(shard: &Shard) -> Vec<u8> {
    let set = shard.set();
    // A shard has at most 2^24 indices.
    let mut bits = vec![0u8; set.size().div_ceil(8) as usize];
    for index in set.iter() {
        if let Some(byte) = bits.get_mut(index as usize / 8) {
            *byte |= 1 << (index % 8);
        }
    }
    bits
}

/// A zlib stream at the highest level, as the draft advises.
fn deflated(bytes: &[u8]) -> Result<Vec<u8>, SignError> {
    let mut state = Compress::new(Compression::best(), true);
    // Stored blocks bound the growth: 5 bytes for each 16 KiB, and header and checksum.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    match state.compress_vec(bytes, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Ok(out),
        _ => Err(SignError::Failed),
    }
}
