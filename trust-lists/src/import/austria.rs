//! Austria's list (also hcert-kotlin's): the content `{"c": [{"i": kid, "c": certificate}]}` in CBOR, and beside
//! it a COSE_Sign1 message whose CWT names the content's SHA-256 and when it holds.

use super::document_key::{Listed, certified};
use super::{ImportError, Imported, Input, ListSigner, Outcome};
use sha2::{Digest, Sha256};
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader};
use tegata_certificate::{Format, Kind, Sealed, UnixTime};

const FORM: ImportError = ImportError::Form("a trust list in CBOR");
const SIGNATURE_FORM: ImportError = ImportError::Form("the signature file of a trust list (COSE_Sign1)");

/// The header label of the version, and the version that is described here.
const VERSION_LABEL: i64 = 42;
const VERSION: i64 = 2;

/// CWT claims.
const SUBJECT: i64 = 2;
const EXPIRES_AT: i64 = 4;
const NOT_BEFORE: i64 = 5;

/// How far the list may begin in the future, in seconds, as Austria's own readers allow.
const SKEW: i64 = 300;

/// Nesting of the content.
const DEPTH: usize = 8;

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let (content, as_of, authenticity) = match input.files(1, 2, "two files: the content, and its signature")? {
        [content, signature] => {
            let signer = input.signer.ok_or(ImportError::SignerMissing)?;
            let made = check(&content.bytes, &signature.bytes, signer, input.policy.now)?;
            (content, Some(made), signer.authenticity())
        }
        [content] => (content, None, input.policy.accept_unsigned()?),
        _ => return Err(FORM),
    };
    input.policy.check_age(as_of)?;
    let mut imported = Imported::new(as_of, authenticity);
    for (kid, certificate) in entries(&content.bytes).map_err(|_: CborError| FORM)? {
        let key = certificate.ok_or(Outcome::Malformed).and_then(|der| {
            let listed = Listed { kid, country: input.country, kinds: &Kind::ALL };
            certified(der, listed, input.policy, &mut imported.report)
        });
        imported.push(&base16ct::lower::encode_string(kid.unwrap_or_default()), key);
    }
    Ok(imported)
}

/// Checks the signature over the content, and gives when the list was made.
fn check(content: &[u8], message: &[u8], signer: &ListSigner, now: UnixTime) -> Result<UnixTime, ImportError> {
    signer.check_in_force(now)?;
    let sealed = Sealed::from_message(message.to_vec(), Format::EuDcc, Profile::Lenient).map_err(|_| SIGNATURE_FORM)?;
    sealed.open(&signer.document_key()?).map_err(|_| ImportError::Signature)?;
    if version(message).map_err(|_: CborError| SIGNATURE_FORM)? != Some(VERSION) {
        return Err(SIGNATURE_FORM);
    }
    let claims = Claims::read(sealed.unverified_payload()).map_err(|_: CborError| SIGNATURE_FORM)?;
    let (Some(subject), Some(from), Some(until)) = (claims.subject, claims.from, claims.until) else {
        return Err(SIGNATURE_FORM);
    };
    if subject != Sha256::digest(content).as_slice() {
        return Err(ImportError::Signature);
    }
    if from > now.plus(SKEW) {
        return Err(ImportError::FromTheFuture { as_of: from });
    }
    if now >= until { Err(ImportError::Lapsed { until }) } else { Ok(from) }
}

/// The version in the protected header of a message whose signature held.
fn version(message: &[u8]) -> Result<Option<i64>, CborError> {
    let mut reader = Reader::new(message);
    while let Head::Tag(_) = reader.peek()? {
        reader.head()?;
    }
    reader.head()?;
    let mut header = Reader::new(reader.bytes()?);
    let mut version = None;
    for _ in 0..pairs(&mut header)? {
        // Labels may be texts.
        match header.peek()? {
            Head::Unsigned(_) | Head::Negative(_) if header.int()? == VERSION_LABEL => version = Some(header.int()?),
            Head::Unsigned(_) | Head::Negative(_) => header.skip()?,
            _ => {
                header.skip()?;
                header.skip()?;
            }
        }
    }
    Ok(version)
}

#[derive(Default)]
struct Claims<'a> {
    subject: Option<&'a [u8]>,
    from: Option<UnixTime>,
    until: Option<UnixTime>,
}

impl<'a> Claims<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, CborError> {
        cbor::scan(bytes, Profile::Lenient, Limits::CERTIFICATE)?;
        let mut reader = Reader::new(bytes);
        let mut claims = Self::default();
        for _ in 0..pairs(&mut reader)? {
            match reader.int()? {
                SUBJECT => claims.subject = Some(reader.bytes()?),
                EXPIRES_AT => claims.until = Some(UnixTime(reader.int()?)),
                NOT_BEFORE => claims.from = Some(UnixTime(reader.int()?)),
                _ => reader.skip()?,
            }
        }
        Ok(claims)
    }
}

fn pairs(reader: &mut Reader<'_>) -> Result<u64, CborError> {
    match reader.head()? {
        Head::Map(Some(pairs)) => Ok(u64::from(pairs)),
        _ => Err(CborError::UnexpectedType),
    }
}

type Entry<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// Kid and certificate of each entry.
fn entries(content: &[u8]) -> Result<Vec<Entry<'_>>, CborError> {
    // Every item takes a byte, so the length, which is capped, bounds the items.
    cbor::scan(content, Profile::Lenient, Limits { depth: DEPTH, items: content.len() })?;
    let mut reader = Reader::new(content);
    let mut entries = Vec::new();
    for _ in 0..pairs(&mut reader)? {
        if reader.text()? != "c" {
            reader.skip()?;
            continue;
        }
        let Head::Array(Some(count)) = reader.head()? else {
            return Err(CborError::UnexpectedType);
        };
        for _ in 0..count {
            entries.push(entry(&mut reader)?);
        }
    }
    Ok(entries)
}

fn entry<'a>(reader: &mut Reader<'a>) -> Result<Entry<'a>, CborError> {
    let (mut kid, mut certificate) = (None, None);
    for _ in 0..pairs(reader)? {
        match reader.text()? {
            "i" => kid = Some(reader.bytes()?),
            "c" => certificate = Some(reader.bytes()?),
            _ => reader.skip()?,
        }
    }
    Ok((kid, certificate))
}
