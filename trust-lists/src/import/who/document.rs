//! DID documents of the network, in their versions 1 and 2.

use super::super::encoding::base64;
use super::super::json;
use super::{code, moment};
use serde_json::Value;
use tegata_certificate::UnixTime;
use tegata_certificate::x509::Certificate;

/// Entries of a document. The largest has 501.
const MAX_METHODS: usize = 20_000;

/// A document, believed by nobody yet.
pub(super) struct Document {
    /// The whole of it.
    pub value: Value,
    /// When its proof was made, as that says.
    pub created: Option<UnixTime>,
    /// Its entries.
    pub methods: Vec<Method>,
}

/// An entry.
pub(super) enum Method {
    /// The name of another document.
    Reference(String),
    /// A key with its certificate. The numbers of its JSON Web Key are not read: they are wrong in half of all entries.
    Key {
        /// Its name.
        id: String,
        /// The certificate.
        der: Vec<u8>,
        /// The participant's code, without `#`.
        participant: Option<String>,
        /// The domain's code, without `#`.
        domain: Option<String>,
        /// The usage's code, without `#`: `DSC`, `CSCA`, …
        usage: Option<String>,
        /// The key identifier that the entry states.
        kid: Option<String>,
    },
    /// Something else.
    Malformed(String),
}

impl Document {
    /// Reads a document; `None` if it is none.
    pub fn read(value: Value) -> Option<Self> {
        let list = value.get("verificationMethod")?.as_array().filter(|list| list.len() <= MAX_METHODS)?;
        let methods = list.iter().map(Method::read).collect();
        let created = value.get("proof").and_then(|proof| moment(proof, "created"));
        Some(Self { created, methods, value })
    }
}

impl Method {
    fn read(value: &Value) -> Self {
        if let Some(reference) = value.as_str() {
            return Self::Reference(reference.to_owned());
        }
        let id = json::text(value, "id").unwrap_or_default().to_owned();
        let jwk = value.get("publicKeyJwk");
        let leaf = jwk.and_then(|jwk| jwk.get("x5c")?.as_array()?.first()?.as_str());
        let Some(der) = leaf.and_then(base64) else {
            return Self::Malformed(id);
        };
        let part = |name: &str| value.get(name).and_then(code).map(str::to_owned);
        // Version 1 has them in the name alone: `did:web:HOST:trustlist:xcl#kid`.
        let (path, fragment) = id.split_once('#').unwrap_or((&id, ""));
        let in_path = || path.rsplit(':').next().filter(|last| last.len() == 3).map(str::to_owned);
        Self::Key {
            participant: part("participant").or_else(in_path),
            domain: part("domain"),
            usage: part("keyusage"),
            kid: jwk.and_then(|jwk| json::text(jwk, "kid")).or(Some(fragment)).map(|kid| kid.replace("%3D", "=")),
            der,
            id,
        }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        match self {
            Self::Reference(id) | Self::Key { id, .. } | Self::Malformed(id) => id,
        }
    }

    /// The certificate of a country's authority.
    pub fn authority(&self) -> Option<Vec<u8>> {
        match self {
            Self::Key { der, usage, .. } => match usage.as_deref() {
                Some("CSCA" | "SCA") => Some(der.clone()),
                Some(_) => None,
                None => {
                    Certificate::from_der(der).is_ok_and(|certificate| certificate.states_ca()).then(|| der.clone())
                }
            },
            Self::Reference(_) | Self::Malformed(_) => None,
        }
    }
}
