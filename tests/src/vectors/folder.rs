//! Finds the vectors and walks them by their own indexes.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

/// Names the folder that holds the families (`eu-dcc`, `crypto`, …).
pub const ENVIRONMENT: &str = "TEGATA_VECTORS";

/// The folder of one family, or `None` after saying on standard output how to get it.
///
/// # Panics
/// Where [`ENVIRONMENT`] names a folder that does not exist: who names one wants it used.
#[must_use]
pub fn family(name: &str) -> Option<PathBuf> {
    let all = match env::var_os(ENVIRONMENT) {
        Some(named) => {
            let named = PathBuf::from(named);
            // Cargo runs tests inside their package; a path is meant from where it was typed.
            let named = if named.is_relative() { workspace().join(named) } else { named };
            assert!(named.is_dir(), "{ENVIRONMENT} names no folder: {}", named.display());
            named
        }
        None => workspace().join("../shared/vectors"),
    };
    let folder = all.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{name}: skipped: no vectors");
    println!("  Put the published vectors into a folder with one subfolder a family ({name}, …),");
    println!("  each as its README says, and name that folder in {ENVIRONMENT}.");
    None
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A JSON file.
///
/// # Panics
/// Where it cannot be read or is not JSON: an index that cannot be read hides cases.
#[must_use]
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A file of one JSON value a line; empty where there is no such file.
///
/// # Panics
/// Where a line is not JSON.
#[must_use]
pub fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    if !path.exists() {
        return Vec::new();
    }
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text(path).lines().filter(|line| !line.trim().is_empty()).map(parse).collect()
}

/// The rows of a tab-separated file without its comment lines; empty where there is no such file.
#[must_use]
pub fn rows(path: &Path) -> Vec<Vec<String>> {
    if !path.exists() {
        return Vec::new();
    }
    text(path)
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Every file below a folder that has this extension, in order of their paths.
///
/// # Panics
/// Where a folder cannot be read.
#[must_use]
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let entries = fs::read_dir(&next).unwrap_or_else(|e| panic!("{}: {e}", next.display()));
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files of a family: those that its `MANIFEST.tsv` names, and whatever else lies there.
pub struct Manifest {
    folder: PathBuf,
    entries: Vec<ManifestEntry>,
    names: BTreeSet<String>,
}

/// One row of a manifest.
pub struct ManifestEntry {
    /// The file's path inside the family's folder, with `/`.
    pub name: String,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its length in bytes.
    pub length: u64,
}

impl Manifest {
    /// Reads the manifest of a family's folder, if it has one, and walks the folder: a case that
    /// nobody listed is a case all the same.
    ///
    /// # Panics
    /// Where a row is not of its form.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let path = folder.join("MANIFEST.tsv");
        let entry = |row: Vec<String>| {
            let [name, sha256, length, ..] = row.as_slice() else {
                panic!("{}: a row with too few columns", path.display());
            };
            let length = length.parse().unwrap_or_else(|_| panic!("{name}: no length in bytes"));
            ManifestEntry { name: name.clone(), sha256: sha256.clone(), length }
        };
        let entries: Vec<_> = rows(&path).into_iter().map(entry).collect();
        let mut names: BTreeSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        names.extend(files_below(folder, "json").iter().filter_map(|path| relative(folder, path)));
        Self { folder: folder.to_owned(), entries, names }
    }

    /// The rows of `MANIFEST.tsv`.
    #[must_use]
    pub fn entries(&self) -> &[ManifestEntry] {
        &self.entries
    }

    /// The names of the files below a subfolder that have this extension.
    pub fn below<'a>(&'a self, folder: &'a str, extension: &'a str) -> impl Iterator<Item = &'a str> {
        self.names.iter().map(String::as_str).filter(move |name| {
            let inside = name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            inside && Path::new(name).extension().is_some_and(|e| e == extension)
        })
    }

    /// The path of a file by its name.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A path inside a folder, with `/` on every system.
fn relative(folder: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_str());
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}
