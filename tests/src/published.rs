//! A published set as a web server has it: the files of a bundle, each at its path.

use std::fs;
use std::io;
use std::path::Path;
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, FileName, RootPin, Source, update};

/// Writes each file that is read from a bundle.
struct Laying<'a> {
    bundle: &'a Bundle,
    folder: &'a Path,
}

impl Source for Laying<'_> {
    type Error = io::Error;

    fn read(&mut self, file: &FileName, cap: u64) -> io::Result<Option<Vec<u8>>> {
        let Ok(bytes) = (&mut &*self.bundle).read(file, cap);
        if let Some(bytes) = &bytes {
            let path = self.folder.join(file.path());
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(bytes)
    }
}

/// Lays out a bundle below a folder, as an update at that time reads it.
///
/// # Panics
/// If the bundle does not hold then, or the folder cannot be written.
pub fn lay_out(bundle: &Bundle, pin: &RootPin, folder: &Path, now: UnixTime) {
    update(None, pin, &mut Laying { bundle, folder }, now).expect("a bundle that holds");
}
