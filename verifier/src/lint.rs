//! What is wrong with a health card, its payload or an issuer's key set, for whoever makes them.
//!
//! A verdict says whether a person at a door may rely on a card; real issuers deviate from the specification, and most
//! deviations are no reason to turn a holder away. Here every deviation that is seen is told, under the names that
//! the SMART Health Cards developer tools gave them, in lower case with hyphens. Nothing is fetched: keys, withdrawal
//! lists and directories are given.
//!
//! ```
//! use tegata_certificate::UnixTime;
//! use tegata_verifier::lint::{IssueCode, Linter, Severity};
//!
//! let linter = Linter::new(UnixTime(1_730_000_000));
//! let issues = linter.codes(&["shc:5676"]);
//! assert_eq!(issues[0].code, IssueCode::InvalidNumericQrHeader);
//! assert_eq!(issues[0].severity, Severity::Error);
//! ```

mod base64;
mod carrier;
mod claims;
mod envelope;
mod fhir;
mod keys;
mod numeric;
mod subject;
mod trust;

pub use subject::Subject;
pub use trust::{LintTrust, NotReadable};

use tegata_certificate::{Format, UnixTime};

/// How grave an issue is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Against the specification.
    Error,
    /// Against its advice, or needless.
    Warning,
}

impl Severity {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Declares the codes: each with its stable name and what it means.
macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal;)*) => {
        /// What is wrong. The list is closed.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum IssueCode { $(#[doc = $meaning] $name,)* }

        impl IssueCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable kebab-case name used in reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in one line.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    TrailingCharacters "trailing-characters" "blanks or a byte order mark around a layer";
    JsonParseError "json-parse-error" "not JSON, not base64url, or not three parts";
    SchemaError "schema-error" "a claim is missing, of a wrong type, or needless";
    CriticalDataMissing "critical-data-missing" "no bundle in the card, or no card in the file";
    InvalidNumericQrHeader "invalid-numeric-qr-header" "the scheme or the numbers of the parts are wrong";
    InvalidNumericQr "invalid-numeric-qr" "not pairs of digits from 00 to 77, or too many";
    MissingQrChunk "missing-qr-chunk" "fewer codes than they announce";
    QrChunkingDeprecated "qr-chunking-deprecated" "a card in several codes, given up in version 1.3.0";
    InvalidQr "invalid-qr" "a card is split that fits one code, or the segments of the symbol are wrong";
    QrDecodeError "qr-decode-error" "no code in the picture can be read";
    InvalidQrVersion "invalid-qr-version" "the symbol is above version 22, or larger than needed";
    JwsHeaderError "jws-header-error" "the header's alg, zip, kid or crit is not as it must be";
    InflationError "inflation-error" "the payload is no raw DEFLATE stream, is cut short, or grows too large";
    SignatureFormatError "signature-format-error" "the signature is not 64 bytes, r and s";
    JwsTooLong "jws-too-long" "longer than one code holds (1195 characters)";
    InvalidIssuerUrl "invalid-issuer-url" "the issuer is no https address, or ends in a slash";
    IssuerKeyDownloadError "issuer-key-download-error" "no key set is known of exactly this issuer";
    IssuerKidMismatch "issuer-kid-mismatch" "the key is known, but not as this issuer's";
    IssuerNotTrusted "issuer-not-trusted" "the issuer is not in the directory";
    JwsVerificationError "jws-verification-error" "no such key, or the signature does not hold";
    NotYetValid "not-yet-valid" "it begins later";
    ExpirationError "expiration-error" "it has ended, or ends before it begins";
    Revoked "revoked" "its issuer's list names it as withdrawn";
    RevocationError "revocation-error" "the withdrawal list, its counter or the card's rid is malformed";
    FhirSchemaError "fhir-schema-error" "against FHIR R4, or against the least data in a code";
    ProfileError "profile-error" "against the profile that was asked for";
    InvalidFileExtension "invalid-file-extension" "the file's name does not end in .smart-health-card";
    InvalidKeySchema "invalid-key-schema" "a key, or the set, lacks something";
    InvalidKeyPrivate "invalid-key-private" "the private key is published";
    InvalidKeyWrongKty "invalid-key-wrong-kty" "not an elliptic curve key";
    InvalidKeyWrongAlg "invalid-key-wrong-alg" "not for ES256";
    InvalidKeyWrongUse "invalid-key-wrong-use" "not for signatures";
    InvalidKeyWrongKid "invalid-key-wrong-kid" "the kid is not the key's thumbprint";
    InvalidKeyWrongCrv "invalid-key-wrong-crv" "not on P-256";
    InvalidKeyX5c "invalid-key-x5c" "the certificates do not fit the key, its issuer, each other or the time";
    InvalidKeyUnknown "invalid-key-unknown" "the key cannot be used";
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Issue {
    /// How grave.
    pub severity: Severity,
    /// What.
    pub code: IssueCode,
    /// Where: a layer or a path in it; never a value.
    pub place: String,
}

/// A set of rules beyond the specification's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// COVID-19 immunizations in the United States: every vaccine has a CVX code of a COVID-19 vaccine.
    UsaCovid19Immunization,
}

impl Profile {
    /// The profile of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == "usa-covid19-immunization").then_some(Self::UsaCovid19Immunization)
    }
}

/// The most issues that are told of one thing.
const ISSUES_MAX: usize = 1_000;

/// Issues as they are found.
#[derive(Default)]
pub(crate) struct Issues(Vec<Issue>);

impl Issues {
    fn add(&mut self, severity: Severity, code: IssueCode, place: impl Into<String>) {
        let issue = Issue { severity, code, place: place.into() };
        if self.0.len() < ISSUES_MAX && !self.0.contains(&issue) {
            self.0.push(issue);
        }
    }

    pub(crate) fn error(&mut self, code: IssueCode, place: impl Into<String>) {
        self.add(Severity::Error, code, place);
    }

    pub(crate) fn warning(&mut self, code: IssueCode, place: impl Into<String>) {
        self.add(Severity::Warning, code, place);
    }
}

/// Looks at cards and key sets, by what it was given.
#[derive(Debug)]
pub struct Linter {
    at: UnixTime,
    trust: Option<LintTrust>,
    profile: Option<Profile>,
}

impl Linter {
    /// One that knows nobody's keys: signatures and issuers are not looked at.
    #[must_use]
    pub fn new(at: UnixTime) -> Self {
        Self { at, trust: None, profile: None }
    }

    /// With whom to trust: signatures, issuers and withdrawals are looked at too.
    #[must_use]
    pub fn with_trust(self, trust: LintTrust) -> Self {
        Self { trust: Some(trust), ..self }
    }

    /// With a profile to hold cards to.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile: Some(profile), ..self }
    }

    /// What is wrong with a card in the texts of its codes, in the order of scanning.
    #[must_use]
    pub fn codes(&self, codes: &[&str]) -> Vec<Issue> {
        let mut issues = Issues::default();
        if let Some(jws) = numeric::join(codes, &mut issues) {
            envelope::check(self, &jws, "jws", &mut issues);
        }
        issues.0
    }

    /// The same of codes that were read from symbols, each with the version of its symbol if that is known. A text
    /// that is empty is a symbol that could not be read.
    #[must_use]
    pub fn symbols(&self, symbols: &[(&str, Option<u8>)]) -> Vec<Issue> {
        let mut issues = Issues::default();
        for (place, (text, version)) in symbols.iter().enumerate() {
            let place = format!("code {}", place + 1);
            if text.is_empty() {
                issues.error(IssueCode::QrDecodeError, place.as_str());
            }
            if version.is_some_and(|version| version > Format::Shc.symbol_version_max()) {
                issues.error(IssueCode::InvalidQrVersion, place);
            }
        }
        let texts: Vec<&str> = symbols.iter().map(|(text, _)| *text).filter(|text| !text.is_empty()).collect();
        if !texts.is_empty() {
            issues.0.extend(self.codes(&texts));
        }
        issues.0
    }

    /// What is wrong with a card in its bare form.
    #[must_use]
    pub fn jws(&self, text: &str) -> Vec<Issue> {
        let mut issues = Issues::default();
        envelope::check(self, text, "jws", &mut issues);
        issues.0
    }

    /// What is wrong with a file of cards or a `$health-cards-issue` answer. `name` is the file's, if it has one.
    #[must_use]
    pub fn file(&self, name: Option<&str>, bytes: &[u8]) -> Vec<Issue> {
        let mut issues = Issues::default();
        carrier::check(self, name, bytes, &mut issues);
        issues.0
    }

    /// What is wrong with the claims of a card that is not signed yet.
    #[must_use]
    pub fn payload(&self, bytes: &[u8]) -> Vec<Issue> {
        let mut issues = Issues::default();
        claims::check(self, bytes, "payload", &mut issues);
        issues.0
    }

    /// What is wrong with an issuer's key set. With its address, the certificates in it must name that.
    #[must_use]
    pub fn key_set(&self, bytes: &[u8], iss: Option<&str>) -> Vec<Issue> {
        let mut issues = Issues::default();
        keys::check(bytes, iss, self.at, &mut issues);
        issues.0
    }
}

/// A text without blanks and byte order marks around it, which are told.
pub(crate) fn trimmed<'a>(text: &'a [u8], place: &str, issues: &mut Issues) -> &'a [u8] {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let inner = text.strip_prefix(MARK).unwrap_or(text).trim_ascii();
    if inner.len() != text.len() {
        issues.error(IssueCode::TrailingCharacters, place);
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_has_its_own_name() {
        let names: HashSet<_> = IssueCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), IssueCode::ALL.len());
        assert!(
            names.iter().all(|name| name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'))
        );
    }

    #[test]
    fn what_is_no_card_at_all_is_told_once_and_never_panics() {
        let linter = Linter::new(UnixTime(0));
        for text in ["", "..", "a.b.c", "shc:/", "shc:/00", "eyJ.x", "\u{feff}shc:/5", "shc:/1/1/00"] {
            assert!(linter.codes(&[text]).iter().any(|issue| issue.severity == Severity::Error), "{text}");
            assert!(!linter.jws(text).is_empty(), "{text}");
        }
        for bytes in [&b""[..], b"{}", b"[]", b"\xff", b"{\"keys\":[1,{}]}"] {
            assert!(!linter.file(None, bytes).is_empty());
            assert!(!linter.payload(bytes).is_empty());
            assert!(!linter.key_set(bytes, None).is_empty());
        }
        assert!(!linter.codes(&[]).is_empty());
    }
}
