//! The folder of a print run. A file under its own name is whole and released; what is not bears another name.
//!
//! ```text
//! unreleased-0001.pdf ─▶ unreleased-0001.json ─▶ the register notes it ─▶ print-0001.pdf, print-0001.json
//! ```
//!
//! Who is killed behind the register's note finds, on the next run, that the file only wants its name.

use super::held::HeldBack;
use super::{PaperKind, Press, PrintError, Sheet};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Which order the folder is of; locked while it is filled.
const ORDER: &str = "order.json";
/// Which page is which certificate, of all files.
pub const PRINT_MANIFEST: &str = "manifest.csv";
/// What was not printed.
pub const HELD_BACK: &str = "held-back.csv";
/// How the names of files begin that are released, and of those that are not.
const RELEASED: &str = "print-";
const UNRELEASED: &str = "unreleased-";
/// What a file is called while it is written.
const PART: &str = ".part-";

/// The folder, ours until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    run: String,
    /// Files that a run which was killed had noted as released, and which got their names now; and their pages.
    pub(super) finished: (u64, u64),
    /// Locked.
    _order: File,
}

#[derive(Serialize, Deserialize)]
struct OrderLine {
    order: String,
    /// Random, so that files of two folders are never taken for one.
    run: String,
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

    /// What the register calls it: names come again in every folder.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.file, self.sha256.get(..16).unwrap_or_default())
    }

    /// SHA-256 of the PDF; none before it was laid down.
    pub(super) fn sha256(&self) -> Option<[u8; 32]> {
        let mut hash = [0; 32];
        let read = base16ct::lower::decode(&self.sha256, &mut hash).ok()?.len();
        (read == hash.len()).then_some(hash)
    }

    fn description(&self) -> String {
        format!("{}.json", self.file.trim_end_matches(".pdf"))
    }

    fn unreleased(&self) -> String {
        self.file.replacen(RELEASED, UNRELEASED, 1)
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
    /// Makes it, or goes on with it if it is of the same order. `is_released` tells of a file's [`id`](Self::id)
    /// whether the register has it as released.
    pub(super) fn begin(
        path: &Path,
        order: &[u8; 32],
        is_released: &mut dyn FnMut(&[u8; 32]) -> Result<bool, PrintError>,
    ) -> Result<Self, PrintError> {
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
        let there = fs::read(&name).map_err(failed)?;
        let there = serde_json::from_slice::<OrderLine>(&there).ok().filter(|there| there.order == hex(order));
        let entries = entries(path).map_err(failed)?;
        let run = if let Some(there) = there {
            there.run
        } else {
            if entries.iter().any(|entry| entry.starts_with(RELEASED)) {
                return Err(PrintError::OtherOrder(path.to_owned()));
            }
            let mut random = [0; 16];
            getrandom::fill(&mut random).map_err(|_| failed(io::Error::other("no randomness")))?;
            let line = OrderLine { order: hex(order), run: hex(&random) };
            let text = serde_json::to_string(&line).map_err(io::Error::from).map_err(failed)?;
            file.set_len(0).and_then(|()| writeln!(file, "{text}")).and_then(|()| file.sync_all()).map_err(failed)?;
            line.run
        };
        let mut folder = Self { path: path.to_owned(), run, finished: (0, 0), _order: file };
        for entry in entries.iter().filter(|entry| entry.starts_with(UNRELEASED) && entry.ends_with(".json")) {
            folder.finish_one(entry, is_released)?;
        }
        // What a run that was killed, or whose codes were not read, left behind: it holds personal data.
        let left = |entry: &&String| entry.starts_with(PART) || entry.starts_with(UNRELEASED);
        entries.iter().filter(left).try_for_each(|entry| remove(&path.join(entry))).map_err(failed)?;
        Ok(folder)
    }

    /// Gives a file its name that the register has as released, and that a kill kept from it.
    fn finish_one(
        &mut self,
        description: &str,
        is_released: &mut dyn FnMut(&[u8; 32]) -> Result<bool, PrintError>,
    ) -> Result<(), PrintError> {
        let Some(file) = self.described(description)? else { return Ok(()) };
        let Some(hash) = file.sha256() else { return Ok(()) };
        if !is_released(&self.id(&file))? {
            return Ok(());
        }
        for name in [file.unreleased(), file.file.clone()] {
            match fs::read(self.path.join(&name)) {
                Ok(pdf) if Sha256::digest(&pdf).as_slice() == hash => {
                    self.finished = (self.finished.0 + 1, self.finished.1 + file.pages.len() as u64);
                    return self.name_it(&file);
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failed()(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// What tells a file from all others, in the register.
    pub(super) fn id(&self, file: &PrintFile) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(b"tegata-print-file/1\0");
        for text in [&self.run, &file.file, &file.sha256] {
            hash.update(text);
            hash.update([0]);
        }
        hash.finalize().into()
    }

    /// The number of the last file that is released.
    pub(super) fn last(&self) -> Result<u64, PrintError> {
        let entries = entries(&self.path).map_err(self.failed())?;
        let number = |entry: &String| entry.strip_prefix(RELEASED)?.split('.').next()?.parse().ok();
        Ok(entries.iter().filter_map(number).max().unwrap_or(0))
    }

    /// Identifiers of the certificates that are on released pages.
    pub(super) fn certificates(&self) -> Result<HashSet<String>, PrintError> {
        let mut all = HashSet::new();
        for entry in entries(&self.path).map_err(self.failed())? {
            if entry.starts_with(RELEASED) && entry.ends_with(".json") {
                let file = self.described(&entry)?;
                all.extend(file.into_iter().flat_map(|file| file.pages).map(|page| page.certificate));
            }
        }
        Ok(all)
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

    /// Lays a PDF down that nobody has read back yet; an earlier one of that number goes, and before it the manifest
    /// that names it.
    pub(super) fn lay(&self, file: &mut PrintFile, pdf: &[u8]) -> Result<PathBuf, PrintError> {
        file.sha256 = hex(&Sha256::digest(pdf));
        for name in [PRINT_MANIFEST, &file.description(), &file.file] {
            remove(&self.path.join(name)).map_err(self.failed())?;
        }
        self.write(&file.unreleased(), pdf)?;
        Ok(self.path.join(file.unreleased()))
    }

    /// Writes down what was read back, before the register hears of it.
    pub(super) fn describe(&self, file: &PrintFile) -> Result<(), PrintError> {
        let text = serde_json::to_vec(&file).map_err(io::Error::from).map_err(self.failed())?;
        self.write(&file.unreleased().replace(".pdf", ".json"), &text)
    }

    /// Gives a file its own name, which tells that it is released; the register knows it.
    pub(super) fn name_it(&self, file: &PrintFile) -> Result<(), PrintError> {
        let unreleased = file.unreleased();
        let names =
            [(unreleased.clone(), file.file.clone()), (unreleased.replace(".pdf", ".json"), file.description())];
        for (from, to) in names {
            match fs::rename(self.path.join(from), self.path.join(to)) {
                // It was done before a kill.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failed()(error)),
                _ => {}
            }
        }
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(self.failed())
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
            for name in [PRINT_MANIFEST, &file.description(), &file.file] {
                remove(&self.path.join(name)).map_err(self.failed())?;
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
            self.write(PRINT_MANIFEST, manifest.as_bytes())
        } else {
            remove(&self.path.join(PRINT_MANIFEST)).map_err(self.failed())
        }
    }
}

/// Names of what lies in a folder.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
