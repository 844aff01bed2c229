//! What every list begins with.

use crate::error::TrustError;
use crate::fields::ListReader;
use crate::role::Role;
use tegata_certificate::UnixTime;

/// The specification and its version, in every list.
pub(crate) const SPECIFICATION: &str = "vc-trust/1";

/// Repository ids that begin so are for demonstrations and tests. The id is inside every signature,
/// so a demonstration's list can't become a real one.
pub(crate) const DEMO_PREFIX: &str = "DEMO/";

/// Labels of the header.
pub(crate) const TYPE: u64 = 1;
pub(crate) const VERSION: u64 = 2;
pub(crate) const ISSUED_AT: u64 = 3;
pub(crate) const EXPIRES_AT: u64 = 4;
pub(crate) const SPEC: u64 = 5;
pub(crate) const REPOSITORY_ID: u64 = 6;

/// The beginning of every list: `{1: type, 2: version, 3: issued at, 4: expires at, 5: "vc-trust/1", 6: repository id}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// Counts up from 1 with each publication.
    pub version: u64,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// From this moment on it is stale.
    pub expires_at: UnixTime,
    /// The repository it belongs to.
    pub repository_id: String,
}

/// Whether a text can be a repository's id: 1 to 100 of `A-Z a-z 0-9 . _ - /`.
#[must_use]
pub fn is_repository_id(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'/');
    (1..=100).contains(&text.len()) && text.bytes().all(allowed)
}

impl Header {
    /// Whether it belongs to a DEMO repository.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.repository_id.starts_with(DEMO_PREFIX)
    }

    /// Refuses an impossible version, lifetime or id.
    pub(crate) fn check(&self, role: Role) -> Result<(), TrustError> {
        let possible = self.version >= 1
            && self.issued_at.0 >= 0
            && self.issued_at < self.expires_at
            && self.expires_at <= UnixTime::MAX;
        if !possible {
            return Err(TrustError::BadLifetime { role });
        }
        if is_repository_id(&self.repository_id) { Ok(()) } else { Err(TrustError::BadRepositoryId) }
    }
}

/// A header on its way in.
#[derive(Default)]
pub(crate) struct HeaderFields {
    typed: bool,
    version: Option<u64>,
    issued_at: Option<UnixTime>,
    expires_at: Option<UnixTime>,
    specification: Option<String>,
    repository_id: Option<String>,
}

impl HeaderFields {
    /// Takes the value of a header label; `false` for any other label.
    pub fn take(&mut self, label: u64, list: &mut ListReader<'_>) -> Result<bool, TrustError> {
        match label {
            // At once: labels after the header mean something else in another role's list.
            TYPE if list.uint()? == list.role().number() => self.typed = true,
            TYPE => return Err(TrustError::OtherRole { role: list.role() }),
            VERSION => self.version = Some(list.uint()?),
            ISSUED_AT => self.issued_at = Some(list.time()?),
            EXPIRES_AT => self.expires_at = Some(list.time()?),
            SPEC => self.specification = Some(list.text(40)?),
            REPOSITORY_ID => self.repository_id = Some(list.text(100)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The header, if it is complete and possible.
    pub fn finish(self, role: Role) -> Result<Header, TrustError> {
        if self.specification.as_deref() != Some(SPECIFICATION) {
            return Err(TrustError::OtherSpecification { role });
        }
        let missing = TrustError::Malformed { role };
        let (true, Some(version), Some(issued_at), Some(expires_at), Some(repository_id)) =
            (self.typed, self.version, self.issued_at, self.expires_at, self.repository_id)
        else {
            return Err(missing);
        };
        let header = Header { version, issued_at, expires_at, repository_id };
        header.check(role)?;
        Ok(header)
    }
}
