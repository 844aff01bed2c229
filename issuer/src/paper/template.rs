//! Templates: files of Typst that an office can edit. They are read whole before anything is printed, so that a
//! template reaches nothing but what lies in its folder.

use super::{PaperError, PaperKind};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use typst::foundations::Bytes;

/// The built-in templates: names and texts.
const BUILT_IN: [(&str, &str); 4] = [
    ("certificate.typ", include_str!("templates/certificate.typ")),
    ("letter.typ", include_str!("templates/letter.typ")),
    ("kiosk.typ", include_str!("templates/kiosk.typ")),
    ("card.typ", include_str!("templates/card.typ")),
];

/// Files of a folder of templates at most.
const FILES: usize = 200;
/// Bytes of them all together.
const BYTES: u64 = 32 << 20;
/// Folders in each other.
const DEPTH: usize = 4;

/// The templates of all kinds. Its clones share the files.
#[derive(Clone, Debug)]
pub struct Templates {
    /// By paths from the folder, without a slash before them.
    pub(super) files: Arc<BTreeMap<String, Bytes>>,
}

impl Templates {
    /// Those that come with this program.
    #[must_use]
    pub fn built_in() -> Self {
        let files = BUILT_IN.into_iter().map(|(name, text)| (name.to_owned(), Bytes::from_string(text)));
        Self { files: Arc::new(files.collect()) }
    }

    /// Those in a folder, with all that lies beside them (a crest, for example).
    ///
    /// # Errors
    /// [`PaperError::Read`], and [`PaperError::Template`] if it is no folder of templates, too large, or has links in it.
    pub fn read(folder: &Path) -> Result<Self, PaperError> {
        let mut files = BTreeMap::new();
        let mut room = BYTES;
        read(folder, folder, "", DEPTH, &mut files, &mut room)?;
        if PaperKind::ALL.iter().all(|kind| !files.contains_key(kind.main_file())) {
            return Err(problem(folder, "it has none of letter.typ, kiosk.typ, card.typ"));
        }
        Ok(Self { files: Arc::new(files) })
    }

    /// Writes the built-in templates into a folder, to be edited there; gives their paths. What is there is left as
    /// it is.
    ///
    /// # Errors
    /// [`PaperError::WriteTemplate`], also if one is there already.
    pub fn write_built_in(folder: &Path) -> Result<Vec<PathBuf>, PaperError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| PaperError::WriteTemplate { path, error }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let paths: Vec<PathBuf> = BUILT_IN.iter().map(|(name, _)| folder.join(name)).collect();
        if let Some(there) = paths.iter().find(|path| path.exists()) {
            return Err(failed(there)(std::io::ErrorKind::AlreadyExists.into()));
        }
        for (path, (_, text)) in paths.iter().zip(BUILT_IN) {
            let mut file = fs::File::create_new(path).map_err(failed(path))?;
            file.write_all(text.as_bytes()).map_err(failed(path))?;
        }
        Ok(paths)
    }
}

fn problem(folder: &Path, problem: &'static str) -> PaperError {
    PaperError::Template { folder: folder.to_owned(), problem }
}

fn read(
    root: &Path,
    folder: &Path,
    before: &str,
    depth: usize,
    files: &mut BTreeMap<String, Bytes>,
    room: &mut u64,
) -> Result<(), PaperError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| PaperError::Read { path, error }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(problem(root, "a file's name is not UTF-8"));
        };
        // What editors and version control leave behind.
        if name.starts_with('.') {
            continue;
        }
        let what = fs::symlink_metadata(&path).map_err(failed(&path))?;
        let name = format!("{before}{name}");
        if what.is_symlink() {
            return Err(problem(root, "a link lies in it: put the file itself there"));
        } else if what.is_dir() {
            let depth = depth.checked_sub(1).ok_or_else(|| problem(root, "too many folders lie in each other"))?;
            read(root, &path, &format!("{name}/"), depth, files, room)?;
        } else if what.is_file() {
            *room = room.checked_sub(what.len()).ok_or_else(|| problem(root, "its files have more than 32 MiB"))?;
            if files.len() >= FILES {
                return Err(problem(root, "it has more than 200 files"));
            }
            files.insert(name, Bytes::new(fs::read(&path).map_err(failed(&path))?));
        }
    }
    Ok(())
}
