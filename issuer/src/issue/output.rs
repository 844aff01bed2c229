//! The folder that issuing fills: pictures, and a manifest that tells which is whose.

use super::manifest::{Line, LineKey, MANIFEST};
use super::{Edition, Refusal};
use crate::record::RegisterNumber;
use crate::register::Reservation;
use crate::symbol::{Symbol, SymbolError};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;

/// A kind of picture file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Picture {
    /// PNG, 1 bit a pixel.
    Png,
    /// SVG, one path.
    Svg,
}

impl Picture {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// Why the folder could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The disk is full.
    #[error("the disk of {} is full: make room and run the same command again; no certificate is lost", .0.display())]
    Full(PathBuf),
    /// Another process fills the folder.
    #[error("another process is issuing into {}: wait until it has ended, or give each process a folder of its own with --out", .0.display())]
    InUse(PathBuf),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {error}; when that is mended, run the same command again; no certificate is lost", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The symbol could not be drawn.
    #[error("a QR symbol could not be drawn: {0}")]
    Symbol(#[from] SymbolError),
}

pub(super) fn fail(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    |error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            OutputError::Full(path)
        }
        _ => OutputError::File { path, error },
    }
}

/// One certificate on its way out, or the reason why there is none.
pub(super) struct Issued {
    pub number: RegisterNumber,
    pub edition: Edition,
    pub reservation: Option<Reservation>,
    pub text: Result<String, Refusal>,
}

impl Issued {
    pub(super) fn refused(number: &RegisterNumber, edition: Edition, refusal: Refusal) -> Self {
        Self { number: number.clone(), edition, reservation: None, text: Err(refusal) }
    }
}

/// The folder being filled for people that were named.
pub(super) struct Output<'a> {
    folder: PathBuf,
    pictures: &'a [Picture],
    manifest: BufWriter<File>,
    /// What was written: an earlier manifest's other lines are kept. Few people, so little memory.
    written: HashSet<LineKey>,
}

impl<'a> Output<'a> {
    /// Makes the folder.
    pub(super) fn begin(folder: &Path, pictures: &'a [Picture]) -> Result<Self, OutputError> {
        fs::create_dir_all(folder).map_err(fail(folder))?;
        let part = folder.join(part_of(MANIFEST));
        let manifest = BufWriter::new(File::create(&part).map_err(fail(&part))?);
        Ok(Self { folder: folder.to_owned(), pictures, manifest, written: HashSet::new() })
    }

    /// Writes a page: the pictures on all cores, then the lines.
    pub(super) fn write(&mut self, issued: &[Issued]) -> Result<(), OutputError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = issued.len().div_ceil(cores).max(1);
        let (folder, pictures) = (&self.folder, self.pictures);
        let drawn: Vec<Result<Vec<Drawn>, OutputError>> = thread::scope(|scope| {
            let threads: Vec<_> = issued
                .chunks(share)
                .map(|chunk| {
                    scope.spawn(move || chunk.iter().map(|issued| draw(folder, folder, pictures, issued)).collect())
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut drawn_in_order = Vec::with_capacity(issued.len());
        for part in drawn {
            drawn_in_order.extend(part?);
        }
        for (issued, drawn) in issued.iter().zip(drawn_in_order) {
            self.write_line(issued, drawn)?;
        }
        Ok(())
    }

    fn write_line(&mut self, issued: &Issued, drawn: Drawn) -> Result<(), OutputError> {
        let line = Line::of(issued, &drawn);
        self.written.insert(line.key());
        let path = self.folder.join(MANIFEST);
        let json = serde_json::to_string(&line).map_err(|error| fail(&path)(error.into()))?;
        writeln!(self.manifest, "{json}").map_err(fail(&path))
    }

    /// Puts the manifest in its place, whole.
    pub(super) fn finish(mut self) -> Result<(), OutputError> {
        let path = self.folder.join(MANIFEST);
        let part = self.folder.join(part_of(MANIFEST));
        let keep = |manifest: &mut BufWriter<File>, written: &HashSet<LineKey>| -> io::Result<()> {
            let earlier = match File::open(&path) {
                Ok(file) => BufReader::new(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            };
            for line in earlier.lines() {
                let line = line?;
                let other = serde_json::from_str::<LineKey>(&line).is_ok_and(|key| !written.contains(&key));
                if other {
                    writeln!(manifest, "{line}")?;
                }
            }
            Ok(())
        };
        keep(&mut self.manifest, &self.written).map_err(fail(&path))?;
        let place = |manifest: &mut BufWriter<File>| -> io::Result<()> {
            manifest.flush()?;
            manifest.get_ref().sync_all()?;
            fs::rename(&part, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        place(&mut self.manifest).map_err(fail(&path))
    }
}

/// A certificate's pictures, as they are in the folder.
#[derive(Default)]
pub(super) struct Drawn {
    pub version: Option<u8>,
    pub files: Vec<String>,
}

/// Draws into a folder; what is half written lies in `beside` meanwhile, on the same disk.
pub(super) fn draw(folder: &Path, beside: &Path, pictures: &[Picture], issued: &Issued) -> Result<Drawn, OutputError> {
    let Ok(text) = &issued.text else {
        return Ok(Drawn::default());
    };
    if pictures.is_empty() {
        return Ok(Drawn::default());
    }
    let symbol = issued.edition.symbol(text)?;
    let mut files = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let name = format!("{}.{}.{}", issued.number, issued.edition.suffix(), picture.extension());
        let bytes = match picture {
            Picture::Png => symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE)?,
            Picture::Svg => symbol.svg().into_bytes(),
        };
        write_if_other(folder, beside, &name, &bytes)?;
        files.push(name);
    }
    Ok(Drawn { version: Some(symbol.version()), files })
}

/// Leaves a file that holds these bytes already; else writes it beside and moves it into place, so that
/// a file under its own name is always whole.
fn write_if_other(folder: &Path, beside: &Path, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
    let path = folder.join(name);
    if fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let part = beside.join(part_of(name));
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path)).map_err(|error| {
        let _ = fs::remove_file(&part);
        // The folder, because a picture's name tells a person's number.
        fail(folder)(error)
    })
}

impl Drop for Output<'_> {
    /// A manifest that did not get finished tells of certificates that no folder holds; once it is
    /// finished, it has another name.
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(part_of(MANIFEST)));
    }
}

pub(super) fn part_of(name: &str) -> String {
    format!(".{name}.part")
}
