//! Where one certificate came from, and what became of it.

use crate::record::RegisterNumber;
use crate::register::{AuditEntry, AuditFilter, CertificateHash, Register, RegisterError};
use serde::Serialize;
use tegata_certificate::UnixTime;

/// What is known of one certificate. It names the person: for whoever has the register's key.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// How the audit names it.
    pub certificate: String,
    /// Whether the register has it still.
    pub known: bool,
    /// The person's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// The key that signed it, by its kid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was issued, as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    /// Until when it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The newest request that speaks of its place, and whether it withdraws it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<(u64, bool)>,
    /// The audit's entries about it, oldest first.
    pub entries: Vec<AuditEntry>,
}

/// The certificate with that hash, identifier, or place in a status list (`SHARD/INDEX`). `None` where the register has
/// none such; a hash may still be in the audit.
///
/// # Errors
/// If the register cannot be read.
pub fn find_certificate(register: &mut Register, text: &str) -> Result<Option<CertificateHash>, RegisterError> {
    if let Some(hash) = CertificateHash::parse(text) {
        return Ok(Some(hash));
    }
    let place = text.split_once('/').and_then(|(shard, index)| Some((shard.parse().ok()?, index.parse().ok()?)));
    if let Some((shard, index)) = place {
        let found = register.certificates_at(&[tegata_certificate::StatusIndex { shard, index }])?;
        return Ok(found.into_iter().flatten().next().map(|given| given.hash()));
    }
    Ok(register.certificate_named(text)?.map(|given| given.hash()))
}

/// Where a certificate came from.
///
/// # Errors
/// If the register cannot be read.
pub fn origin(register: &mut Register, certificate: CertificateHash) -> Result<Origin, RegisterError> {
    let mut entries = Vec::new();
    let filter = AuditFilter { certificate: Some(certificate), ..AuditFilter::default() };
    register.audit(&filter, &mut |entry| entries.push(entry.clone()))?;
    let given = register.certificate_hashed(certificate)?;
    let shown = |time: UnixTime| time.to_string();
    Ok(Origin {
        certificate: certificate.to_string(),
        known: given.is_some(),
        person: given.as_ref().map(|given| RegisterNumber::to_string(&given.number)),
        format: given.as_ref().map(|given| given.format.name()),
        key: given.as_ref().map(|given| base16ct::lower::encode_string(&given.kid)),
        issued_at: given.as_ref().map(|given| shown(given.issued_at)),
        expires_at: given.as_ref().map(|given| shown(given.expires_at)),
        request: given.and_then(|given| given.latest).map(|latest| (latest.sequence, latest.withdrawn)),
        entries,
    })
}
