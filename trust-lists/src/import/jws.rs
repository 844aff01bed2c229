//! JSON Web Signatures around lists: as in `tegata_certificate::Jws`, but longer, and checked by a signer that
//! may be an authority above the one who signed.

use super::encoding::{base64, base64url};
use super::{ImportError, ListSigner, json};
use serde_json::Value;
use tegata_certificate::UnixTime;

/// Certificates in a header.
const MAX_CHAIN: usize = 8;

/// Whether bytes look like a JWS in compact form rather than JSON.
pub(super) fn is_jws(bytes: &[u8]) -> bool {
    bytes.trim_ascii().starts_with(b"eyJ")
}

/// The payload of a JWS in compact form that the signer vouches for.
pub(super) fn open(
    bytes: &[u8],
    signer: &ListSigner,
    now: UnixTime,
    what: &'static str,
) -> Result<Vec<u8>, ImportError> {
    let form = || ImportError::Form(what);
    let text = std::str::from_utf8(bytes.trim_ascii()).map_err(|_| form())?;
    let (signed, signature) = text.rsplit_once('.').ok_or_else(form)?;
    let (header, payload) = signed.split_once('.').ok_or_else(form)?;
    let (header, payload) = (base64url(header).ok_or_else(form)?, base64url(payload).ok_or_else(form)?);
    let signature = base64url(signature).ok_or_else(form)?;
    let header = json::parse(&header, what)?;
    // Extensions that must be understood are not.
    if header.get("crit").is_some() {
        return Err(form());
    }
    let algorithm = json::text(&header, "alg").ok_or_else(form)?;
    let chain = match header.get("x5c") {
        None => Vec::new(),
        Some(chain) => read_chain(chain).ok_or_else(form)?,
    };
    signer.check_jose(algorithm, signed.as_bytes(), &signature, &chain, now)?;
    Ok(payload)
}

fn read_chain(chain: &Value) -> Option<Vec<Vec<u8>>> {
    let chain = chain.as_array().filter(|chain| chain.len() <= MAX_CHAIN)?;
    chain.iter().map(|certificate| base64(certificate.as_str()?)).collect()
}
