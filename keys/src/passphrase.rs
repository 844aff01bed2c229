//! Passphrases, and where they may come from: never the command line and never an environment
//! variable's value, both of which other processes and logs can see.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The longest passphrase, in bytes.
const MAX_LENGTH: u64 = 1024;

/// The shortest passphrase for a key that is not a DEMO key, in bytes.
pub const MIN_PASSPHRASE: usize = 12;

/// A passphrase, wiped when dropped. `Debug` shows nothing of it.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// A passphrase from its bytes; any bytes are allowed, also none.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Its bytes, for whoever hashes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

/// Where a passphrase is read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PassphraseSource {
    /// Asked for on the terminal, twice when a key is made.
    Prompt,
    /// The first line of an open file descriptor.
    Descriptor(u32),
    /// The first line of `$CREDENTIALS_DIRECTORY/NAME`, as systemd's `LoadCredential=` passes secrets.
    Credential(String),
}

/// Why no passphrase could be had.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// Neither a terminal to ask on nor another source.
    #[error(
        "there is no terminal to ask for the passphrase on: pass it with --passphrase-fd N or --passphrase-credential NAME"
    )]
    NoTerminal,
    /// The same, of a token's PIN.
    #[error("there is no terminal to ask for the PIN of {0} on: pass it with --pin-fd N or --pin-credential NAME")]
    NoTerminalForPin(String),
    /// One PIN cannot be right for two tokens, and a wrong one counts.
    #[error(
        "the keys are in more than one token, and one PIN was passed: leave it out to be asked for each, or use keys of one token"
    )]
    OnePin,
    /// The two entries differ.
    #[error("the two passphrases differ: start again")]
    Differ,
    /// Nothing came.
    #[error("the passphrase is empty: type it, or put it into the first line of what the tool is to read")]
    Empty,
    /// Longer than 1,024 bytes.
    #[error("the passphrase is longer than 1,024 bytes: look whether that is the right file")]
    TooLong,
    /// The descriptor is not open or cannot be read.
    #[error("file descriptor {number} cannot be read ({source}): open it for the tool, as in `{number}< FILE`")]
    Descriptor {
        /// The number given.
        number: u32,
        /// What the system said.
        source: io::Error,
    },
    /// `$CREDENTIALS_DIRECTORY` is not set.
    #[error("CREDENTIALS_DIRECTORY is not set: run under systemd with LoadCredential=, or use --passphrase-fd")]
    NoCredentials,
    /// A credential's name that could lead out of its folder.
    #[error("a credential's name is a plain file name")]
    CredentialName,
    /// The credential cannot be read.
    #[error("credential {name} cannot be read ({source}): add LoadCredential={name}:PATH to the unit")]
    Credential {
        /// The name given.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Terminal(io::Error),
}

impl PassphraseSource {
    /// Reads the passphrase of an existing key; `of` names it in the prompt.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read(&self, of: &str) -> Result<Passphrase, PassphraseError> {
        match self {
            Self::Prompt => prompt(&format!("Passphrase of {of}: ")),
            Self::Descriptor(number) => from_descriptor(*number),
            Self::Credential(name) => from_credential(name),
        }
    }

    /// Reads the PIN of a token; `of` names it in the prompt.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read_pin(&self, of: &str) -> Result<Passphrase, PassphraseError> {
        match self {
            Self::Prompt => prompt(&format!("PIN of {of}: ")).map_err(|error| match error {
                PassphraseError::NoTerminal => PassphraseError::NoTerminalForPin(of.to_owned()),
                other => other,
            }),
            Self::Descriptor(_) | Self::Credential(_) => self.read(of),
        }
    }

    /// Reads the passphrase of a new key: on a terminal twice.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read_new(&self, of: &str) -> Result<Passphrase, PassphraseError> {
        let first = match self {
            Self::Prompt => prompt(&format!("New passphrase of {of}: "))?,
            _ => return self.read(of),
        };
        let second = prompt("The same again: ")?;
        if first.as_bytes() == second.as_bytes() { Ok(first) } else { Err(PassphraseError::Differ) }
    }
}

fn prompt(question: &str) -> Result<Passphrase, PassphraseError> {
    if !io::stderr().is_terminal() && !io::stdin().is_terminal() {
        return Err(PassphraseError::NoTerminal);
    }
    let answer = rpassword::prompt_password(question).map_err(PassphraseError::Terminal)?;
    if answer.is_empty() { Err(PassphraseError::Empty) } else { Ok(Passphrase::new(answer)) }
}

fn from_descriptor(number: u32) -> Result<Passphrase, PassphraseError> {
    let unreadable = |source| PassphraseError::Descriptor { number, source };
    if number == 0 {
        return first_line(io::stdin().lock(), unreadable);
    }
    let file = File::open(format!("/dev/fd/{number}")).map_err(unreadable)?;
    first_line(file, unreadable)
}

fn from_credential(name: &str) -> Result<Passphrase, PassphraseError> {
    let plain = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
    if !plain {
        return Err(PassphraseError::CredentialName);
    }
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(PassphraseError::NoCredentials)?;
    let unreadable = |source| PassphraseError::Credential { name: name.to_owned(), source };
    first_line(File::open(PathBuf::from(folder).join(name)).map_err(unreadable)?, unreadable)
}

/// The first line without its end. The buffer never grows past its capacity, so no copy of the
/// passphrase stays behind in freed memory.
fn first_line(
    source: impl Read,
    unreadable: impl Fn(io::Error) -> PassphraseError,
) -> Result<Passphrase, PassphraseError> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LENGTH as usize + 2));
    BufReader::with_capacity(1, source).take(MAX_LENGTH + 2).read_until(b'\n', &mut line).map_err(unreadable)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    match line.len() as u64 {
        0 => Err(PassphraseError::Empty),
        1..=MAX_LENGTH => Ok(Passphrase(line)),
        _ => Err(PassphraseError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Passphrase, PassphraseError> {
        first_line(bytes, |source| PassphraseError::Descriptor { number: 9, source })
    }

    #[test]
    fn a_passphrase_is_the_first_line_without_its_end() {
        for text in ["correct horse", "correct horse\n", "correct horse\r\n", "correct horse\nbattery\n"] {
            assert_eq!(read(text.as_bytes()).expect("reads").as_bytes(), b"correct horse", "{text:?}");
        }
        assert!(matches!(read(b""), Err(PassphraseError::Empty)));
        assert!(matches!(read(b"\n"), Err(PassphraseError::Empty)));
    }

    #[test]
    fn endless_input_is_refused() {
        assert!(matches!(first_line(io::repeat(b'x'), PassphraseError::Terminal), Err(PassphraseError::TooLong)));
        assert!(read(&[b'x'; 1024]).is_ok());
    }

    #[test]
    fn a_credential_name_cannot_leave_its_folder() {
        for name in ["", ".", "..", "../secret", "a/b", "/etc/shadow"] {
            assert!(matches!(from_credential(name), Err(PassphraseError::CredentialName)), "{name}");
        }
    }

    #[test]
    fn debug_output_hides_the_passphrase() {
        assert!(!format!("{:?}", Passphrase::new("hunter2")).contains("hunter2"));
    }
}
