//! The files of requests: written whole, the same to the byte however often.

use super::WithdrawError;
use crate::register::Register;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;

/// The folder beside the register that requests are kept in.
pub const REQUESTS: &str = "requests";

/// Why a request's file could not be written. The request itself is safe in the register.
#[derive(Debug, thiserror::Error)]
pub enum HandOutError {
    /// The disk is full.
    #[error("the disk of {} is full: make room and run the same command again; the request is kept in the register", .0.display())]
    Full(PathBuf),
    /// It cannot be written.
    #[error("cannot write {}: {error}; when that is mended, run the same command again; the request is kept in the register", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

fn fail(path: &Path) -> impl FnOnce(io::Error) -> HandOutError {
    let path = path.to_owned();
    |error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            HandOutError::Full(path)
        }
        _ => HandOutError::File { path, error },
    }
}

/// The name of a request's file: `request-000001.cose`.
#[must_use]
pub fn request_name(sequence: u64) -> String {
    format!("request-{sequence:06}.cose")
}

/// The number in such a name.
fn number_in(name: &str) -> Option<u64> {
    name.strip_prefix("request-")?.strip_suffix(".cose")?.parse().ok()
}

/// A file of a request with that number or a later one.
pub(super) fn later_request(folder: &Path, sequence: u64) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let later = entries.filter(|entry| entry.file_name().to_str().and_then(number_in) >= Some(sequence));
    later.map(|entry| entry.path()).min()
}

/// Writes the files of `requests`, and of every earlier request whose file was never written. Each goes into
/// `folder`; the newest of `requests` to `out` instead, if that is given. A file that holds these bytes already is left.
///
/// # Errors
/// [`WithdrawError::InTheWay`] if a file of that name holds anything else, and [`HandOutError`].
pub fn hand_out(
    register: &mut Register,
    requests: &BTreeSet<u64>,
    folder: &Path,
    out: Option<&Path>,
    now: UnixTime,
) -> Result<Vec<(u64, PathBuf)>, WithdrawError> {
    let mut written = Vec::new();
    for entry in register.requests()? {
        let sequence = entry.sequence;
        if entry.handed_out.is_some() && !requests.contains(&sequence) {
            continue;
        }
        let path = match out {
            Some(out) if requests.last() == Some(&sequence) => out.to_owned(),
            _ => folder.join(request_name(sequence)),
        };
        let bytes = register.request_bytes(sequence)?.unwrap_or_default();
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            register.mark_handed_out(sequence, now)?;
        } else if path.exists() {
            return Err(WithdrawError::InTheWay(path.display().to_string()));
        } else {
            write_new(&path, &bytes)?;
            register.mark_handed_out(sequence, now)?;
        }
        written.push((sequence, path));
    }
    Ok(written)
}

/// Writes beside and moves into place, so that a file under its own name is always whole and on the disk.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), HandOutError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(fail(folder))?;
    let mut file = tempfile::Builder::new().prefix(".request-").tempfile_in(folder).map_err(fail(folder))?;
    file.write_all(bytes).map_err(fail(path))?;
    // It goes to the status service: nothing in it is secret.
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(fail(path))?;
    file.as_file().sync_all().map_err(fail(path))?;
    file.persist(path).map_err(|error| fail(path)(error.error))?;
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail(folder))?;
    Ok(())
}
