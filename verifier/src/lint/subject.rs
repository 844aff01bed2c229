//! What a text or a file is, before it is looked at.

use super::trimmed;
use super::{Issues, Linter};
use crate::lint::Issue;
use tegata_certificate::json::Object;
use tegata_certificate::shc::{Chunk, SCHEME};

/// What can be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// The text of a code: all codes of a card belong together.
    Code,
    /// A card in its bare form.
    Jws,
    /// A `.smart-health-card` file or a `$health-cards-issue` answer.
    File,
    /// The claims of a card, not signed.
    Payload,
    /// An issuer's key set.
    KeySet,
}

impl Subject {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Code, Self::Jws, Self::File, Self::Payload, Self::KeySet];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Jws => "jws",
            Self::File => "file",
            Self::Payload => "payload",
            Self::KeySet => "jwks",
        }
    }

    /// The kind with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What bytes look like, if they look like any of them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let inner = trimmed(bytes, "", &mut Issues::default());
        let text = std::str::from_utf8(inner).ok()?;
        // A scheme without its slash is a faulty code, and no file is named so.
        let scheme = SCHEME.trim_end_matches('/');
        let faulty = text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
        if Chunk::is_announced_by(text) || faulty {
            return Some(Self::Code);
        }
        if let Ok(object) = Object::parse(inner) {
            let has = |name| object.get(name).is_some();
            return Some(match () {
                () if has("keys") => Self::KeySet,
                () if has("verifiableCredential") || has("parameter") => Self::File,
                () => Self::Payload,
            });
        }
        let parts = text.split('.').count();
        let characters = text.bytes().all(|c| c.is_ascii_graphic());
        (parts == 3 && characters && text.starts_with('e')).then_some(Self::Jws)
    }
}

impl Linter {
    /// Looks at bytes as that kind. `name` is the file's, `iss` the issuer of a key set.
    #[must_use]
    pub fn look_at(&self, subject: Subject, name: Option<&str>, bytes: &[u8], iss: Option<&str>) -> Vec<Issue> {
        let text = String::from_utf8_lossy(bytes);
        match subject {
            Subject::Code => self.codes(&[&text]),
            Subject::Jws => self.jws(&text),
            Subject::File => self.file(name, bytes),
            Subject::Payload => self.payload(bytes),
            Subject::KeySet => self.key_set(bytes, iss),
        }
    }
}
