//! The seal around the data: what was signed, how, and by whose certificate.

use super::header;
use crate::finding::{Finding, FindingCode};
use crate::frame::cose::ClaimedAlgorithm;
use crate::frame::jcs;
use crate::frame::json::{Json, NotJson, Object};
use crate::sealed::DecodeError;
use crate::x509;
use base64ct::{Base64Url, Base64UrlUnpadded, Encoding};

/// Bytes of the longest text. A QR symbol holds 2,953; files are indented.
pub(super) const TEXT_MAX: usize = 8 * 1024;

/// Bytes of the longest signer certificate. With an RSA-4096 signature they have 904.
const CERTIFICATE_MAX: usize = 4 * 1024;

/// Why a text is not a seal that can be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// Not one JSON value within the bounds.
    #[error("not one JSON value")]
    Json,
    /// A member's name stands twice: readers differ in which they take.
    #[error("a member's name stands twice")]
    RepeatedName,
    /// Not the members of a seal.
    #[error("not the shape of a seal")]
    Structure,
    /// Another version than 1.
    #[error("a version of the seal that is not read here")]
    Version,
    /// Another type than a vaccination or a test.
    #[error("a type of seal that is not read here")]
    Type,
    /// Certificate or signature is missing or not base64url in its one encoding.
    #[error("certificate or signature is not base64url")]
    Base64,
    /// What stands in the certificate's place is none.
    #[error("the signer's certificate cannot be read")]
    Certificate,
}

impl SealError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Json => "malformed-json",
            Self::RepeatedName => "duplicate-key",
            Self::Structure => "schema",
            Self::Version => "unsupported-version",
            Self::Type => "unsupported-type",
            Self::Base64 => "bad-base64url",
            Self::Certificate => "cert-malformed",
        }
    }
}

impl From<NotJson> for SealError {
    fn from(error: NotJson) -> Self {
        match error {
            NotJson::RepeatedName => Self::RepeatedName,
            NotJson::Malformed | NotJson::TooDeep => Self::Json,
        }
    }
}

/// A seal whose parts were decoded and whose signature nobody has checked.
pub(super) struct Seal {
    /// The canonical form of `data`: what is signed.
    pub data: String,
    /// What `alg` names; absent where no signature of that name is used here.
    pub algorithm: ClaimedAlgorithm,
    /// The signer's certificate in DER.
    pub certificate: Vec<u8>,
    /// The signature, r‖s if it is one.
    pub signature: Vec<u8>,
    /// What of the frame is untidy.
    pub findings: Vec<Finding>,
}

/// Whether a text is a JSON object, or a list of one, that has a seal's header somewhere.
pub(super) fn announced_by(text: &str) -> bool {
    let text = trimmed(text);
    text.starts_with(['{', '[']) && text.as_bytes().windows(5).any(|part| part == b"\"hdr\"")
}

/// A text without the byte order mark and the white space that files put around it.
fn trimmed(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim_matches([' ', '\t', '\n', '\r'])
}

impl Seal {
    /// Reads a seal. Its header is looked at, to name what is not read here; the rest of the data is
    /// read once the signature has held.
    pub fn read(text: &str) -> Result<Self, DecodeError> {
        if text.len() > TEXT_MAX {
            return Err(DecodeError::TooLong);
        }
        let value = jcs::parse(trimmed(text)).map_err(SealError::from)?;
        let mut findings = Vec::new();
        let seal = match &value {
            Json::Object(members) => members,
            Json::List(items) => match items.as_slice() {
                [Json::Object(members)] => {
                    findings.push(Finding::new(FindingCode::ArrayWrapped, ""));
                    members
                }
                _ => return Err(SealError::Structure.into()),
            },
            _ => return Err(SealError::Structure.into()),
        };
        let data = seal.get("data").ok_or(SealError::Structure)?;
        header(data.as_object().ok_or(SealError::Structure)?)?;
        let signed = seal.get("sig").and_then(Json::as_object).ok_or(SealError::Structure)?;
        let certificate = base64url(signed, "cer", &mut findings)?;
        let signature = base64url(signed, "sigvl", &mut findings)?;
        if certificate.len() > CERTIFICATE_MAX || x509::Certificate::from_der(&certificate).is_err() {
            return Err(SealError::Certificate.into());
        }
        let algorithm = algorithm(signed.get("alg").and_then(Json::as_text));
        Ok(Self { data: jcs::canonical(data), algorithm, certificate, signature, findings })
    }
}

/// The COSE number of what `alg` names; case counts.
fn algorithm(name: Option<&str>) -> ClaimedAlgorithm {
    match name {
        Some("ES256") => ClaimedAlgorithm::Protected(-7),
        Some("ES384") => ClaimedAlgorithm::Protected(-35),
        Some("ES512") => ClaimedAlgorithm::Protected(-36),
        _ => ClaimedAlgorithm::Absent,
    }
}

/// A member in base64url, with or without `=` (RFC 4648 section 5). The alphabet with `+` and `/` is refused, and so are
/// bits beyond the last octet: one seal, one spelling.
fn base64url(members: &Object<'_>, name: &str, findings: &mut Vec<Finding>) -> Result<Vec<u8>, SealError> {
    let text = members.get(name).and_then(Json::as_text).ok_or(SealError::Base64)?;
    let padded = text.ends_with('=');
    if padded {
        findings.push(Finding::new(FindingCode::Padded, format!("sig/{name}")));
    }
    let decoded = if padded { Base64Url::decode_vec(text) } else { Base64UrlUnpadded::decode_vec(text) };
    decoded.map_err(|_| SealError::Base64)
}
