//! The newest entry of the audit, and the note of it that lies beside the key file and not in the database.
//!
//! ```text
//! tegata-audit-head/1
//! SEQUENCE LINK
//! ```
//! It is raised after the commit, so it is never ahead of what was committed. A database whose chain is shorter, or says
//! something else there, was set back or rewritten.

use super::RegisterError;
use super::key::folder_of;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

const HEAD: &str = "tegata-audit-head/1";
/// No note is longer.
const LONGEST: u64 = 4096;

/// An entry of the chain, by its number and link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Its number; 0 before the first.
    pub sequence: u64,
    /// Its link, which stands for it and all before it.
    pub link: [u8; 32],
}

impl Head {
    /// Reads what [`Display`](fmt::Display) writes: the number, a colon, 64 hexadecimal digits; blanks anywhere are let
    /// pass, because heads are read aloud.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (sequence, digits) = text.split_once(':')?;
        let mut link = [0; 32];
        let read = base16ct::mixed::decode(digits, &mut link).ok()?.len();
        (read == link.len()).then_some(Self { sequence: sequence.parse().ok()?, link })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, base16ct::lower::encode_string(&self.link))
    }
}

/// The note beside a key file.
pub(super) struct HeadMark(PathBuf);

impl HeadMark {
    pub(super) fn beside(key_file: &Path) -> Self {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".audit");
        Self(PathBuf::from(path))
    }

    /// What is noted, if anything is.
    pub(super) fn read(&self) -> Result<Option<Head>, RegisterError> {
        let failed = |error| RegisterError::KeyAccess { path: self.0.clone(), error };
        match std::fs::metadata(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(metadata) if metadata.len() > LONGEST => return Err(RegisterError::AuditMark(self.0.clone())),
            Ok(_) => {}
        }
        let text = std::fs::read(&self.0).map_err(failed)?;
        parse(&text).map(Some).ok_or_else(|| RegisterError::AuditMark(self.0.clone()))
    }

    /// Notes a later entry; an earlier one changes nothing.
    pub(super) fn raise(&self, head: &Head) -> Result<(), RegisterError> {
        // A note that cannot be read is replaced by nobody: verify tells of it.
        match self.read() {
            Ok(Some(noted)) if noted.sequence >= head.sequence => Ok(()),
            Ok(_) => self.set(head),
            Err(error) => Err(error),
        }
    }

    /// Notes this entry, whatever was noted.
    pub(super) fn set(&self, head: &Head) -> Result<(), RegisterError> {
        let failed = |error| RegisterError::KeyAccess { path: self.0.clone(), error };
        let digits = base16ct::lower::encode_string(&head.link);
        let mut file =
            tempfile::Builder::new().prefix(".register-audit-").tempfile_in(folder_of(&self.0)).map_err(failed)?;
        file.write_all(format!("{HEAD}\n{} {digits}\n", head.sequence).as_bytes()).map_err(failed)?;
        file.persist(&self.0).map(drop).map_err(|error| failed(error.error))
    }

    /// Forgets it, with a key that opens nothing.
    pub(super) fn remove(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn parse(text: &[u8]) -> Option<Head> {
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    let (head, line) = (lines.next()?, lines.next()?);
    let noted = Head::parse(&line.replacen(' ', ":", 1))?;
    (head == HEAD && lines.next().is_none()).then_some(noted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_only_rises_and_a_damaged_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = HeadMark::beside(&folder.path().join("a.key"));
        assert_eq!(mark.read().expect("none yet"), None);
        let head = |sequence, byte| Head { sequence, link: [byte; 32] };
        mark.raise(&head(7, 1)).expect("raises");
        mark.raise(&head(5, 2)).expect("stays");
        assert_eq!(mark.read().expect("reads"), Some(head(7, 1)));
        mark.set(&head(5, 2)).expect("sets");
        assert_eq!(mark.read().expect("reads"), Some(head(5, 2)));
        for text in ["", "tegata-audit-head/2\n1 00\n", "tegata-audit-head/1\n1 00\n", "tegata-audit-head/1\n"] {
            std::fs::write(folder.path().join("a.key.audit"), text).expect("writes");
            assert!(matches!(mark.read(), Err(RegisterError::AuditMark(_))), "{text:?}");
            assert!(mark.raise(&head(9, 1)).is_err());
        }
        assert_eq!(Head::parse(&format!(" {} ", head(7, 1))), Some(head(7, 1)));
    }
}
