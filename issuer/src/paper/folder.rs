//! The folder of a print run. A file under its own name is whole and released; what is not bears another name.

use super::held::HeldBack;
use super::{PaperKind, Press, PrintError, Sheet};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Which order the folder is of; locked while it is filled.
const ORDER: &str = "order.json";
/// Which page is which certificate, of all files.
pub const PRINT_MANIFEST: &str = "manifest.csv";
/// What was not printed.
pub const HELD_BACK: &str = "held-back.csv";
/// What a file is called while it is written.
const PART: &str = ".part-";

/// The folder, ours until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    /// Locked.
    _order: File,
}

#[derive(Serialize, Deserialize)]
struct OrderLine {
    order: String,
}

/// A print file, as its description has it.
#[derive(Serialize, Deserialize, Clone)]
pub(super) struct PrintFile {
    file: String,
    /// Of the PDF; empty until it is released.
    sha256: String,
    /// Of all that is printed, and what with.
    content: String,
    kind: String,
    pages: Vec<PageLine>,
}

/// A page of it.
#[derive(Serialize, Deserialize, Clone)]
struct PageLine {
    page: u64,
    certificate: String,
    format: String,
    postcode: String,
    /// Of the text in its code.
    text_sha256: String,
}

impl PrintFile {
    /// The file that these sheets make.
    pub(super) fn of(number: u64, kind: PaperKind, press: &Press, sheets: &[Sheet]) -> Self {
        let mut content = Sha256::new().chain_update(press.fingerprint()).chain_update(kind.name());
        let pages = sheets.iter().enumerate().map(|(place, sheet)| {
            content.update(sheet.fingerprint());
            PageLine {
                page: place as u64 + 1,
                certificate: sheet.identifier.clone(),
                format: sheet.edition.format.name().to_owned(),
                postcode: sheet.address.as_ref().map(|address| address.postcode.clone()).unwrap_or_default(),
                text_sha256: text_hash(&sheet.text),
            }
        });
        let pages = pages.collect();
        let (file, kind) = (format!("print-{number:04}.pdf"), kind.name().to_owned());
        Self { file, sha256: String::new(), content: hex(&content.finalize()), kind, pages }
    }

    fn description(&self) -> String {
        format!("{}.json", self.file.trim_end_matches(".pdf"))
    }

    fn unreleased(&self) -> String {
        self.file.replacen("print-", "unreleased-", 1)
    }
}

/// What a manifest tells of the text in a code: it proves which it was and tells nothing of what it says.
pub(super) fn text_hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

impl Folder {
    /// Makes it, or goes on with it if it is of the same order.
    pub(super) fn begin(path: &Path, order: &[u8; 32]) -> Result<Self, PrintError> {
        let failed = |error| PrintError::Write { folder: path.to_owned(), error };
        fs::create_dir_all(path).map_err(failed)?;
        let name = path.join(ORDER);
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(PrintError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let line = OrderLine { order: hex(order) };
        let there = fs::read(&name).map_err(failed)?;
        let same = serde_json::from_slice::<OrderLine>(&there).is_ok_and(|there| there.order == line.order);
        let mut leftovers = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.file_name();
            let entry = entry.to_string_lossy();
            if entry.starts_with(PART) || entry.starts_with("unreleased-") {
                leftovers.push(path.join(entry.as_ref()));
            } else if entry.starts_with("print-") && !same {
                return Err(PrintError::OtherOrder(path.to_owned()));
            }
        }
        if !same {
            let text = serde_json::to_string(&line).map_err(io::Error::from).map_err(failed)?;
            file.set_len(0).and_then(|()| writeln!(file, "{text}")).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        // What a run that was killed, or whose codes were not read, left behind: it holds personal data.
        leftovers.iter().try_for_each(fs::remove_file).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _order: file })
    }

    fn failed(&self) -> impl Fn(io::Error) -> PrintError {
        let folder = self.path.clone();
        move |error| PrintError::Write { folder: folder.clone(), error }
    }

    /// Whether the file is released, as it would be made now.
    pub(super) fn has(&self, file: &PrintFile) -> Result<bool, PrintError> {
        let Some(there) = self.described(&file.description())? else { return Ok(false) };
        if there.content != file.content {
            return Ok(false);
        }
        match fs::read(self.path.join(&file.file)) {
            Ok(pdf) => Ok(hex(&Sha256::digest(pdf)) == there.sha256),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn described(&self, name: &str) -> Result<Option<PrintFile>, PrintError> {
        match fs::read(self.path.join(name)) {
            // One that is not understood is made again.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    /// Lays a PDF down that nobody has read back yet; an earlier one of that number goes.
    pub(super) fn lay(&self, file: &PrintFile, pdf: &[u8]) -> Result<PathBuf, PrintError> {
        for name in [&file.description(), &file.file] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failed()(error)),
                _ => {}
            }
        }
        self.write(&file.unreleased(), pdf)?;
        Ok(self.path.join(file.unreleased()))
    }

    /// Releases it: from here on it bears its own name.
    pub(super) fn release(&self, mut file: PrintFile, pdf: &[u8]) -> Result<(), PrintError> {
        file.sha256 = hex(&Sha256::digest(pdf));
        let text = serde_json::to_vec(&file).map_err(io::Error::from).map_err(self.failed())?;
        fs::rename(self.path.join(file.unreleased()), self.path.join(&file.file)).map_err(self.failed())?;
        self.write(&file.description(), &text)
    }

    /// Writes a file that only its owner may read, and which is there only once it is whole.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), PrintError> {
        let write = || -> io::Result<()> {
            let mut part = tempfile::Builder::new().prefix(PART).tempfile_in(&self.path)?;
            part.write_all(bytes)?;
            part.as_file().sync_all()?;
            part.persist(self.path.join(name)).map_err(|error| error.error)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(self.failed())
    }

    /// Writes the manifest of all files and what was held back. Files of a number beyond the last are of an earlier
    /// time, when more was printed: they go.
    pub(super) fn finish(&self, files: u64, held: &[HeldBack], released: bool) -> Result<(), PrintError> {
        let mut manifest = String::from("file,page,certificate,format,postcode,kind,text_sha256\n");
        for number in 1..=files {
            let Some(file) = self.described(&format!("print-{number:04}.json"))? else { continue };
            for page in &file.pages {
                let PageLine { page, certificate, format, postcode, text_sha256 } = page;
                let (name, kind) = (&file.file, &file.kind);
                manifest.push_str(&format!("{name},{page},{certificate},{format},{postcode},{kind},{text_sha256}\n"));
            }
        }
        let mut number = files + 1;
        while let Some(file) = self.described(&format!("print-{number:04}.json"))? {
            for name in [file.description(), file.file] {
                match fs::remove_file(self.path.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failed()(error)),
                    _ => {}
                }
            }
            number += 1;
        }
        let mut lines = String::from("resident_id,certificate,reason,characters,what_to_do\n");
        for HeldBack { number, identifier, reason } in held {
            let identifier = identifier.as_deref().unwrap_or_default();
            let (code, characters, remedy) = (reason.code(), reason.characters(), reason.explanation());
            lines.push_str(&format!("{number},{identifier},{code},{characters},\"{}\"\n", remedy.replace('"', "\"\"")));
        }
        self.write(HELD_BACK, lines.as_bytes())?;
        // The manifest last: where it is, the run has come to its end.
        if released {
            self.write(PRINT_MANIFEST, manifest.as_bytes())?;
        }
        Ok(())
    }
}
