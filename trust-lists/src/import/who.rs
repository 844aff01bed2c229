//! WHO's health certification network (GDHCN): trust anchor → country authorities (SCA) → signer
//! certificates (DSC).
//!
//! The trust anchor signs each SCA as CMS; DID documents carry the signer certificates. With the
//! anchor's certificate as the signer, the chain of certificates decides and the documents only carry.
//! With the public key of whoever signs the documents, their proofs decide, and the authorities are
//! those that they list. References to other documents are never followed: production lists point to
//! development ones.

mod authority;
mod document;
mod proof;

pub use authority::{AuthorityError, open_authority};
pub use proof::{ProofError, check_proof};

use self::authority::Authorities;
use self::document::{Document, Method};
use super::cms::CmsError;
use super::document_key::{Listed, certified};
use super::encoding::base64;
use super::{Authenticity, ImportError, Imported, ImportedKey, Input, Observation, Outcome, Policy, json};
use tegata_certificate::x509::Certificate;
use tegata_certificate::{Country, Format, Kind, UnixTime};

pub(super) const FORM: &str =
    "files of WHO's network: authorities signed by its trust anchor (CMS or JSON), DID documents";

/// Reads authorities and documents, in any order.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, 1_000, "one file or more: authorities signed by the trust anchor, DID documents")?;
    let (mut signed, mut documents) = (Vec::new(), Vec::new());
    for file in files {
        if file.bytes.trim_ascii_start().starts_with(b"{") {
            let value = json::parse(&file.bytes, FORM)?;
            match value.get("trustAnchorSignature") {
                Some(_) => signed.push(authority::of_gateway(&value).ok_or(ImportError::Form(FORM))?),
                None => documents.push(Document::read(value).ok_or(ImportError::Form(FORM))?),
            }
        } else {
            signed.push((file.bytes.clone(), None));
        }
    }
    let as_of = documents.iter().filter_map(|document| document.created).min();
    input.policy.check_age(as_of)?;
    let (authorities, authenticity) = vouched(input, &signed, &documents)?;
    let mut imported = Imported::new(as_of, authenticity);
    let mut seen = Vec::new();
    for method in documents.iter().flat_map(|document| &document.methods) {
        let key = read_method(method, &authorities, &mut seen, input.policy, &mut imported);
        imported.push(method.id(), key);
    }
    Ok(imported)
}

/// The authorities that count, and who vouches for them.
fn vouched(
    input: &Input<'_>,
    signed: &[authority::SignedAuthority],
    documents: &[Document],
) -> Result<(Authorities, Authenticity), ImportError> {
    let listed = || documents.iter().flat_map(|document| &document.methods).filter_map(Method::authority);
    let Some(signer) = input.signer else {
        return Ok((Authorities::new(listed()), input.policy.accept_unsigned()?));
    };
    let certificates = signer.certificates()?;
    let Some(anchor) = certificates.first() else {
        for document in documents {
            proof::check(&document.value, signer.spki()?).map_err(|_| ImportError::Signature)?;
        }
        return Ok((Authorities::new(listed()), signer.authenticity()));
    };
    signer.check_in_force(input.policy.now)?;
    let mut authorities = Vec::new();
    for (message, stated) in signed {
        let authority = open_authority(message, anchor).map_err(|error| match error {
            AuthorityError::Cms(CmsError::Malformed | CmsError::WrongContentType) | AuthorityError::NoCertificate => {
                ImportError::Form(FORM)
            }
            AuthorityError::Cms(_) | AuthorityError::OtherSigner => ImportError::Signature,
        })?;
        if stated.as_ref().is_some_and(|stated| *stated != authority) {
            return Err(ImportError::Signature);
        }
        authorities.push(authority);
    }
    Ok((Authorities::new(authorities.into_iter()), signer.authenticity()))
}

/// The key of an entry, or why it is not taken.
fn read_method(
    method: &Method,
    authorities: &Authorities,
    seen: &mut Vec<[u8; 32]>,
    policy: &Policy,
    imported: &mut Imported,
) -> Result<ImportedKey, Outcome> {
    let Method::Key { der, participant, domain, usage, kid, .. } = method else {
        return Err(if matches!(method, Method::Reference(_)) { Outcome::Reference } else { Outcome::Malformed });
    };
    let certificate = Certificate::from_der(der).map_err(|_| Outcome::Malformed)?;
    if usage.as_deref().is_some_and(|usage| usage != "DSC") || certificate.states_ca() {
        return Err(Outcome::OtherPurpose);
    }
    // The network carries more than vaccination certificates; a key counts in its own domain alone.
    let format = match domain.as_deref() {
        None | Some("DCC" | "DDCC") => Format::EuDcc,
        Some("ICVP" | "PH4H") => Format::Icvp,
        Some(_) => return Err(Outcome::OtherPurpose),
    };
    let country = country(participant.as_deref(), &certificate, policy)?;
    let sha256 = certificate.sha256();
    if seen.contains(&sha256) {
        return Err(Outcome::Duplicate);
    }
    authorities.issued(&certificate, country, policy)?;
    // No kid is stated: that of the certificate counts, whatever the list says.
    let listed = Listed { kid: None, country: Some(country), kinds: &Kind::ALL };
    let mut key = certified(der, listed, policy, &mut imported.report)?;
    if kid.as_deref().and_then(base64).as_deref() != sha256.get(..8) && kid.is_some() {
        imported.report.observe(Observation::KidRecomputed);
    }
    if certificate.signature_algorithm().is_ok_and(|algorithm| algorithm.hash().is_weak()) {
        imported.report.observe(Observation::WeakHash);
    }
    key.entry.formats = vec![format];
    seen.push(sha256);
    Ok(key)
}

/// The country of a participant. Codes from XXA to XXZ, and other invented ones, are tests.
fn country(participant: Option<&str>, certificate: &Certificate<'_>, policy: &Policy) -> Result<Country, Outcome> {
    let own = || certificate.subject().country().and_then(super::document_key::country_of);
    let Some(code) = participant else {
        return own().ok_or(Outcome::NoCountry);
    };
    let code = code.to_ascii_uppercase();
    match Country::from_alpha3(&code) {
        Some(country) => Ok(country),
        None if !code.starts_with('X') => Err(Outcome::NoCountry),
        None if policy.keep_test => own().ok_or(Outcome::NoCountry),
        None => Err(Outcome::Test),
    }
}

/// Text of a code as documents write it: `#PRT`, or `{"code": "#PRT"}`.
pub(super) fn code(value: &serde_json::Value) -> Option<&str> {
    let text = value.as_str().or_else(|| json::text(value, "code"))?;
    Some(text.trim_start_matches('#'))
}

/// A moment as documents write it.
pub(super) fn moment(value: &serde_json::Value, name: &str) -> Option<UnixTime> {
    UnixTime::parse(json::text(value, name)?)
}
