//! The entries of a trust list, read from its JSON by the test itself, and what an import must make of each.

use serde_json::Value;
use std::collections::BTreeMap;
use tegata_certificate::x509::{Certificate, PublicKey};
use tegata_certificate::{Algorithm, Country, Format, Kind, UnixTime, VerifyingKey};
use tegata_tests::vectors;
use tegata_trust_lists::import::{ImportedKey, Outcome};

/// The entries of a document.
pub struct Entries(Vec<Entry>);

/// One of them.
struct Entry {
    is_reference: bool,
    der: Vec<u8>,
    participant: Option<String>,
    domain: Option<String>,
    usage: Option<String>,
    kid: Option<Vec<u8>>,
}

impl Entries {
    pub fn read(document: &Value) -> Self {
        Self(document["verificationMethod"].as_array().expect("entries").iter().map(Entry::read).collect())
    }

    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// How many have this outcome, whatever is kept of expired and of test keys.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.0.iter().filter(|entry| entry.left_out() == Some(outcome)).count() as u64
    }

    /// How many keys there are of participants that are no states.
    pub fn tests(&self) -> u64 {
        self.0.iter().filter(|entry| entry.left_out().is_none() && entry.is_test()).count() as u64
    }

    /// The keys to be taken when nothing is left out for its age or as a test, by the SHA-256 of their certificates.
    pub fn keys(&self) -> BTreeMap<[u8; 32], Key<'_>> {
        let of = |entry| Some(Key { entry, authorities: self.issuers(entry)? });
        // Of two entries of one certificate the first counts.
        let keys = self.0.iter().rev().filter(|entry| entry.left_out().is_none()).filter_map(of);
        keys.map(|key| (key.certificate().sha256(), key)).collect()
    }

    /// The authorities of its country that signed a key which may sign; `None` where there are none.
    fn issuers<'a>(&'a self, entry: &Entry) -> Option<Vec<Certificate<'a>>> {
        let certificate = entry.certificate()?;
        let usable = VerifyingKey::from_spki(certificate.spki())
            .is_ok_and(|key| matches!(key.algorithm(), Algorithm::Es256 | Algorithm::Ps256));
        let country = entry.country().filter(|_| usable)?;
        let signed = |authority: &Certificate<'_>| {
            let key = PublicKey::from_spki(authority.spki());
            own_country(authority) == Some(country) && key.is_ok_and(|key| certificate.is_signed_by(&key).is_ok())
        };
        let listed = self.0.iter().filter(|entry| entry.is_authority()).filter_map(Entry::certificate);
        let issuers: Vec<_> = listed.filter(signed).collect();
        (!issuers.is_empty()).then_some(issuers)
    }
}

impl Entry {
    fn read(value: &Value) -> Self {
        let jwk = &value["publicKeyJwk"];
        let code = |name: &str| {
            let code = value[name].as_str().or(value[name]["code"].as_str())?;
            Some(code.trim_start_matches('#').to_owned())
        };
        // The first version of the lists says whose and which key it is in the name alone.
        let (path, fragment) = value["id"].as_str().and_then(|id| id.split_once('#')).unwrap_or_default();
        let in_path = || path.rsplit(':').next().filter(|last| last.len() == 3).map(str::to_owned);
        let kid = jwk["kid"].as_str().unwrap_or(fragment).replace("%3D", "=");
        Self {
            is_reference: value.is_string(),
            der: jwk["x5c"][0].as_str().and_then(vectors::base64).unwrap_or_default(),
            participant: code("participant").or_else(in_path),
            domain: code("domain"),
            usage: code("keyusage"),
            kid: vectors::base64(&kid),
        }
    }

    fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::from_der(&self.der).ok()
    }

    fn is_authority(&self) -> bool {
        match self.usage.as_deref() {
            Some(usage) => matches!(usage, "CSCA" | "SCA"),
            None => self.certificate().is_some_and(|certificate| certificate.states_ca()),
        }
    }

    /// Why it is no key of a signer.
    fn left_out(&self) -> Option<Outcome> {
        if self.is_reference {
            return Some(Outcome::Reference);
        }
        let Some(certificate) = self.certificate() else { return Some(Outcome::Malformed) };
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "DSC") && !certificate.states_ca();
        (!signs || self.format().is_none()).then_some(Outcome::OtherPurpose)
    }

    fn format(&self) -> Option<Format> {
        match self.domain.as_deref() {
            None | Some("DCC" | "DDCC") => Some(Format::EuDcc),
            Some("ICVP" | "PH4H") => Some(Format::Icvp),
            Some(_) => None,
        }
    }

    fn state(&self) -> Option<Country> {
        Country::from_alpha3(&self.participant.as_ref()?.to_ascii_uppercase())
    }

    fn is_test(&self) -> bool {
        self.state().is_none()
            && self.participant.as_ref().is_some_and(|code| code.to_ascii_uppercase().starts_with('X'))
    }

    /// Whose it is. A participant's code that no table has is no state's, unless it is a test's.
    fn country(&self) -> Option<Country> {
        let own = || own_country(&self.certificate()?);
        self.state().or_else(|| (self.is_test() || self.participant.is_none()).then(own)?)
    }
}

fn own_country(certificate: &Certificate<'_>) -> Option<Country> {
    let code = certificate.subject().country()?.trim().to_ascii_uppercase();
    Country::parse(&code).or_else(|| Country::from_alpha3(&code))
}

/// A key that is to be taken.
pub struct Key<'a> {
    entry: &'a Entry,
    authorities: Vec<Certificate<'a>>,
}

impl Key<'_> {
    fn certificate(&self) -> Certificate<'_> {
        self.entry.certificate().expect("read before")
    }

    /// Whether something that it signs, and it by its authority, could be in force.
    pub fn is_current(&self, now: UnixTime) -> bool {
        now < self.certificate().not_after() && self.authorities.iter().any(|authority| authority.is_live(now))
    }

    /// Whether it is no state's.
    pub fn is_test(&self) -> bool {
        self.entry.is_test()
    }

    /// Whether the list names it by other bytes than its certificate's.
    pub fn is_misnamed(&self) -> bool {
        self.entry.kid.as_deref() != self.certificate().sha256().get(..8)
    }

    /// What of an imported key is not as list and certificate say; nothing if all is.
    pub fn differences(&self, imported: &ImportedKey) -> Vec<&'static str> {
        let (certificate, found) = (self.certificate(), &imported.entry);
        let same = [
            ("key", VerifyingKey::from_spki(certificate.spki()).is_ok_and(|key| key == found.key)),
            ("format", Some(found.formats.as_slice()) == self.entry.format().as_ref().map(std::slice::from_ref)),
            ("kinds", kinds(&certificate).contains(&found.kinds)),
            ("country", Some(imported.issuer.country) == self.entry.country()),
            ("begin", found.sign_from == certificate.not_before()),
            ("end", found.sign_until == certificate.not_after() && found.valid_until == certificate.not_after()),
            // Whatever the list says: the kid is the certificate's.
            ("hint", found.hint.is_none()),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

/// What a certificate's key may sign by its extended usages: all kinds where none is named. Usages with an arc too many
/// are in use, and may be read as what was meant or as none.
fn kinds(certificate: &Certificate<'_>) -> [Vec<Kind>; 2] {
    let usages = certificate.extended_key_usage().expect("usages").unwrap_or_default();
    let named = |arcs: &[&str]| {
        let last = |usage: &String| arcs.iter().find_map(|arc| usage.strip_prefix(*arc).map(str::to_owned));
        let named: Vec<_> = usages.iter().map(ToString::to_string).filter_map(|usage| last(&usage)).collect();
        let number = |kind: &Kind| match kind {
            Kind::Test => "1",
            Kind::Vaccination => "2",
            Kind::Recovery => "3",
        };
        let kinds: Vec<_> =
            Kind::ALL.into_iter().filter(|kind| named.iter().any(|last| last == number(kind))).collect();
        if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds }
    };
    const RIGHT: &str = "1.3.6.1.4.1.1847.2021.1.";
    const MISTYPED: &str = "1.3.6.1.4.1.0.1847.2021.1.";
    [named(&[RIGHT]), named(&[RIGHT, MISTYPED])]
}
