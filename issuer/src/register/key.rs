//! The key file: what opens the personal data of a register, kept outside the database.
//!
//! ```text
//! # Opens the personal data of a Tegata register. …
//! tegata-register-key/1
//! 4b0e…
//! ```
//! Lines that begin with `#` are for people. The last line is the key: 32 random bytes in hexadecimal.

use super::RegisterError;
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key that all others of a register are derived from.
pub(crate) type MasterKey = Zeroizing<[u8; 32]>;

const HEAD: &str = "tegata-register-key/1";
const NOTE: &str = "# Opens the personal data of a Tegata register. Without this file nobody can read the register: keep a\n\
    # copy in a safe place, apart from the copies of the register.\n";
/// No key file is longer.
const LONGEST: u64 = 4096;

/// Where the key of a register in a file lies, unless another file is named: beside it.
pub(super) fn beside(register: &Path) -> PathBuf {
    let mut name = register.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// Reads a key file.
///
/// # Errors
/// [`RegisterError::KeyMissing`], [`RegisterError::KeyFile`] or [`RegisterError::KeyAccess`].
pub(super) fn read(path: &Path) -> Result<MasterKey, RegisterError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => RegisterError::KeyMissing(path.to_path_buf()),
        _ => RegisterError::KeyAccess { path: path.to_path_buf(), error },
    };
    if std::fs::metadata(path).map_err(failed)?.len() > LONGEST {
        return Err(RegisterError::KeyFile(path.to_path_buf()));
    }
    let text = Zeroizing::new(std::fs::read(path).map_err(failed)?);
    parse(&text).ok_or_else(|| RegisterError::KeyFile(path.to_path_buf()))
}

fn parse(text: &[u8]) -> Option<MasterKey> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (head, digits) = (lines.next()?, lines.next()?);
    let mut key = MasterKey::default();
    let read = base16ct::lower::decode(digits, key.as_mut_slice()).ok()?.len();
    (head == HEAD && read == key.len() && lines.next().is_none()).then_some(key)
}

/// Makes a key file, readable by its owner only. It appears whole or not at all, and is there to stay when this
/// returns.
///
/// # Errors
/// [`RegisterError::KeyExists`] if there is such a file, which is left as it is; [`RegisterError::KeyAccess`].
pub fn make_key_file(path: &Path) -> Result<(), RegisterError> {
    make(path).map(drop)
}

/// Reads a key file, or makes it; says which it was.
pub(super) fn read_or_make(path: &Path) -> Result<(MasterKey, bool), RegisterError> {
    match read(path) {
        Err(RegisterError::KeyMissing(_)) => match make(path) {
            // Another process was faster: its key is as good.
            Err(RegisterError::KeyExists(_)) => Ok((read(path)?, false)),
            made => Ok((made?, true)),
        },
        read => Ok((read?, false)),
    }
}

fn make(path: &Path) -> Result<MasterKey, RegisterError> {
    let failed = |error| RegisterError::KeyAccess { path: path.to_path_buf(), error };
    let mut key = MasterKey::default();
    getrandom::fill(key.as_mut_slice()).map_err(|error| failed(std::io::Error::other(error)))?;
    let digits = Zeroizing::new(base16ct::lower::encode_string(key.as_slice()));
    let folder = folder_of(path);
    // Temporary files are readable by their owner only.
    let mut file = tempfile::Builder::new().prefix(".register-key-").tempfile_in(folder).map_err(failed)?;
    let text = Zeroizing::new(format!("{NOTE}{HEAD}\n{}\n", *digits));
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(RegisterError::KeyExists(path.to_path_buf()));
        }
        Err(error) => return Err(failed(error.error)),
    }
    // What is sealed with it may be on the disk at once: the name of the key must be too.
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(key)
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_read_back_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        assert!(matches!(read(&path), Err(RegisterError::KeyMissing(_))));
        let (made, new) = read_or_make(&path).expect("makes");
        assert!(new && *made != [0; 32]);
        let bytes = std::fs::read(&path).expect("reads");
        assert!(matches!(make_key_file(&path), Err(RegisterError::KeyExists(_))));
        let (again, new) = read_or_make(&path).expect("reads");
        assert!(!new && again == made && std::fs::read(&path).expect("reads") == bytes);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        let digits = "0a".repeat(32);
        let good = format!("# a note\n{HEAD}\n{digits}\n");
        std::fs::write(&path, &good).expect("writes");
        assert_eq!(*read(&path).expect("reads"), [10; 32]);
        let bad = [
            String::new(),
            good.replace("/1", "/2"),
            good.replace("0a0a", "0a"),
            format!("{good}{digits}\n"),
            good.replace("0a0a", "xx0a"),
            "x".repeat(5000),
        ];
        for text in bad {
            std::fs::write(&path, &text).expect("writes");
            assert!(matches!(read(&path), Err(RegisterError::KeyFile(_))), "{} bytes", text.len());
        }
    }
}
