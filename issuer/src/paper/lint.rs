//! Linting: the codes of any PDF, read as a camera would from paper, and compared with what should stand on each page.

use super::PaperError;
use super::folder::text_hash;
use super::proof::proofs;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a manifest of a print run says of a file's pages: the hash of each code's text, by page from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    by_file: HashMap<String, HashMap<u64, String>>,
}

/// What is wrong with a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LintFault {
    /// No code was read at every size.
    NoCode,
    /// A code is in sight that was not read at every size.
    Unread,
    /// More than one code was read.
    Several,
    /// The code is not the one that the manifest has for the page.
    Other,
    /// The manifest does not have the page.
    NotInManifest,
    /// The manifest has the page, and the file does not.
    Missing,
}

impl LintFault {
    /// The stable name used in answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCode => "no-code",
            Self::Unread => "unread",
            Self::Several => "several-codes",
            Self::Other => "other-code",
            Self::NotInManifest => "not-in-manifest",
            Self::Missing => "missing-page",
        }
    }

    /// What it means and what to do, in one line.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::NoCode => {
                "no code is read at both sizes: print it larger, in black on white, with four modules of white around it"
            }
            Self::Unread => {
                "a code is seen and not read at both sizes: print it larger, in black on white, with nothing over it"
            }
            Self::Several => "more than one code is on the page: nobody knows which to hold before the camera",
            Self::Other => "the code is not this page's: the file and the manifest are not of one run; print again",
            Self::NotInManifest => "the manifest does not have this page: the file and the manifest are not of one run",
            Self::Missing => "the manifest has this page and the file does not: print again",
        }
    }
}

/// What a file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LintEnd {
    /// Pages of the file.
    pub pages: u64,
    /// Pages on which all is well.
    pub good: u64,
    /// What is wrong, by page from 1.
    pub faults: Vec<(u64, LintFault)>,
}

impl Expected {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`PaperError::Read`], and [`PaperError::Manifest`] if it is none.
    pub fn read(path: &Path) -> Result<Self, PaperError> {
        let text = std::fs::read_to_string(path).map_err(|error| PaperError::Read { path: path.to_owned(), error })?;
        Self::parse(&text).ok_or_else(|| PaperError::Manifest(path.to_owned()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let headings: Vec<&str> = lines.next()?.split(',').collect();
        let place = |name| headings.iter().position(|heading| *heading == name);
        let (file, page, hash) = (place("file")?, place("page")?, place("text_sha256")?);
        let mut by_file = HashMap::<String, HashMap<u64, String>>::new();
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |at: usize| cells.get(at).copied();
            let pages = by_file.entry(cell(file)?.to_owned()).or_default();
            pages.insert(cell(page)?.parse().ok()?, cell(hash)?.to_owned());
        }
        Some(Self { by_file })
    }

    /// The pages of a file, by its name; the name that it bears until it is released is its own too.
    fn of(&self, path: &Path) -> Option<&HashMap<u64, String>> {
        let name = path.file_name()?.to_str()?;
        self.by_file.get(name).or_else(|| self.by_file.get(&name.replacen("unreleased-", "print-", 1)))
    }

    /// The files that it has.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.by_file.keys().map(PathBuf::from).collect();
        files.sort();
        files
    }
}

/// Lints a PDF: each page must show one code, read at every size; with a manifest, the one that stands there.
///
/// # Errors
/// [`PaperError::Read`], and [`PaperError::NotPdf`].
pub fn lint(path: &Path, expected: Option<&Expected>) -> Result<LintEnd, PaperError> {
    let bytes = std::fs::read(path).map_err(|error| PaperError::Read { path: path.to_owned(), error })?;
    let none = HashMap::new();
    let manifest = expected.map(|expected| expected.of(path).unwrap_or(&none));
    let mut end = LintEnd::default();
    let pages = proofs(&bytes, &[], &mut |place, proof| {
        let page = place as u64 + 1;
        let fault = match proof.codes.as_slice() {
            _ if proof.unread => Some(LintFault::Unread),
            [] => Some(LintFault::NoCode),
            [code] => manifest.and_then(|manifest| match manifest.get(&page) {
                None => Some(LintFault::NotInManifest),
                Some(hash) => (*hash != text_hash(code)).then_some(LintFault::Other),
            }),
            _ => Some(LintFault::Several),
        };
        match fault {
            None => end.good += 1,
            Some(fault) => end.faults.push((page, fault)),
        }
        true
    });
    end.pages = pages.map_err(|_| PaperError::NotPdf(path.to_owned()))? as u64;
    let mut missing: Vec<u64> = manifest.into_iter().flat_map(HashMap::keys).copied().collect();
    missing.retain(|page| *page > end.pages);
    missing.sort_unstable();
    end.faults.extend(missing.into_iter().map(|page| (page, LintFault::Missing)));
    Ok(end)
}
