//! The page for browsers with what stands beside it: its configuration and the published lists. One description for
//! both ways to serve it: by this program, or as a folder for any web server.

use super::state_folder::{StateError, StateFolder};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, Held, RootPin, TrustError, Updated, update};

/// The configuration's name, beside `index.html`.
const CONFIG: &str = "config.json";
/// Where the lists lie, below the page.
const LISTS: &str = "lists/";

/// What the page may do: run its own scripts and modules, and ask its own origin. Nothing else, whatever a
/// certificate's text says. The page's own `meta` element says the same as far as it can.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types tegata";

/// The headers of every file.
pub const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Why the page cannot be served. Each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// This program holds no page.
    #[error(
        "this program was built without the page\n  remedy: cargo xtask page, then build it again; or name a built page: --page DIR"
    )]
    NotBuilt,
    /// The folder holds no page.
    #[error("{} holds no built page\n  remedy: name the folder that holds index.html and sw.js", .0.display())]
    NoPage(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {}: {error}\n  remedy: check that it is there, that the disk has room, and who may use it", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The folder to export to holds something else.
    #[error("{} holds something that is no exported page\n  remedy: name a new or empty folder", .0.display())]
    Occupied(PathBuf),
    /// The kept lists.
    #[error(transparent)]
    State(#[from] StateError),
    /// No lists are kept.
    #[error(
        "no trust lists to give to the page\n  remedy: get them: tegata-verifier update --from URL; or name a bundle: --trust BUNDLE"
    )]
    NoLists,
    /// The lists do not hold.
    #[error("the lists in {} are refused ({code}): {error}\n  remedy: {remedy}", path.display(), code = error.code(), remedy = super::lists::remedy(error))]
    Refused {
        /// The file.
        path: PathBuf,
        /// The first thing that does not hold.
        #[source]
        error: TrustError,
    },
    /// The lists are of a demonstration.
    #[error(
        "the lists are of a DEMO repository\n  remedy: nothing of a demonstration is valid; to show a demonstration, say --demo"
    )]
    Demo,
}

/// One file as it is served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFile {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// `Content-Type`.
    pub kind: &'static str,
    /// `Cache-Control`.
    pub cache: &'static str,
    /// `Content-Encoding`, if the bytes are compressed.
    pub encoding: Option<&'static str>,
}

/// The app's own files.
#[derive(Clone, Debug)]
pub struct Page(BTreeMap<String, Cow<'static, [u8]>>);

impl Page {
    /// The page that was built into this program.
    ///
    /// # Errors
    /// [`PageError::NotBuilt`].
    pub fn built_in() -> Result<Self, PageError> {
        let files = tegata_page::files();
        if files.is_empty() {
            return Err(PageError::NotBuilt);
        }
        Ok(Self(files.iter().map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes))).collect()))
    }

    /// A built page in a folder.
    ///
    /// # Errors
    /// [`PageError::NoPage`] or [`PageError::File`].
    pub fn in_folder(folder: &Path) -> Result<Self, PageError> {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files).map_err(|(path, error)| PageError::File { path, error })?;
        if ["index.html", "sw.js"].iter().all(|name| files.contains_key(*name)) {
            Ok(Self(files))
        } else {
            Err(PageError::NoPage(folder.to_owned()))
        }
    }

    /// The file at a path below the page, compressed if the browser takes that and it is there so.
    #[must_use]
    pub fn find(&self, path: &str, brotli: bool) -> Option<PageFile> {
        let path = if path.is_empty() { "index.html" } else { path };
        let plain = self.0.get(path).filter(|_| !path.ends_with(".br"))?;
        let compressed = brotli.then(|| self.0.get(&format!("{path}.br"))).flatten();
        Some(PageFile {
            bytes: compressed.unwrap_or(plain).clone(),
            kind: kind(path),
            cache: cache(path),
            encoding: compressed.map(|_| "br"),
        })
    }
}

fn collect(
    folder: &Path,
    below: &str,
    files: &mut BTreeMap<String, Cow<'static, [u8]>>,
) -> Result<(), (PathBuf, io::Error)> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        |error| (path, error)
    };
    for entry in fs::read_dir(folder).map_err(fail(folder))? {
        let path = entry.map_err(fail(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let named = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{named}/"), files)?;
        } else {
            files.insert(named, fs::read(&path).map_err(fail(&path))?.into());
        }
    }
    Ok(())
}

/// What browsers must know of a file.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

/// How long a browser may keep a file: for ever where the name holds a hash.
fn cache(path: &str) -> &'static str {
    let by_hash =
        |path: &str| path.strip_prefix("v1/").is_some_and(|path| path.contains('/') && !path.starts_with("root/"));
    if path.starts_with("assets/") || path.strip_prefix(LISTS).is_some_and(by_hash) {
        "public, max-age=31536000, immutable"
    } else if path.starts_with("sw") {
        "no-store"
    } else {
        "no-cache"
    }
}

/// Where the lists come from.
#[derive(Debug)]
pub enum PageLists {
    /// What the last update kept.
    Kept(StateFolder),
    /// A bundle file.
    Bundle(PathBuf),
}

impl PageLists {
    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(folder) => folder.lists_path(),
            Self::Bundle(path) => path.clone(),
        }
    }

    fn open(&self, pin: &RootPin, now: UnixTime) -> Result<Held, PageError> {
        match self {
            Self::Kept(folder) => folder.load(pin)?.ok_or(PageError::NoLists),
            Self::Bundle(path) => {
                let bytes = fs::read(path).map_err(|error| PageError::File { path: path.clone(), error })?;
                let refused = |error| PageError::Refused { path: path.clone(), error };
                let bundle = Bundle::parse(&bytes).map_err(refused)?;
                match update(None, pin, &mut &bundle, now) {
                    Ok(Updated::Changed(held)) => Ok(*held),
                    Ok(Updated::Unchanged) => Err(PageError::NoLists),
                    Err(tegata_trust_lists::UpdateError::Refused(error)) => Err(refused(error)),
                    Err(tegata_trust_lists::UpdateError::Source { error, .. }) => match error {},
                }
            }
        }
    }
}

/// By what a file is known to be another one: when it was written, how long it is, and which it is, for the clock of a file
/// system is coarse.
type Stamp = (SystemTime, u64, u64);

fn stamp(file: &fs::Metadata) -> io::Result<Stamp> {
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(file);
    #[cfg(not(unix))]
    let which = 0;
    Ok((file.modified()?, file.len(), which))
}

/// The page, its configuration and the newest lists.
#[derive(Debug)]
pub struct Site {
    page: Page,
    lists: PageLists,
    pin: RootPin,
    demo: bool,
    /// The lists' files by path, and the file that they came from as it was then.
    served: BTreeMap<String, Vec<u8>>,
    stamp: Option<Stamp>,
}

impl Site {
    /// The page with lists for the pinned root, which must hold now.
    ///
    /// # Errors
    /// [`PageError`].
    pub fn new(page: Page, lists: PageLists, pin: RootPin, demo: bool, now: UnixTime) -> Result<Self, PageError> {
        let mut site = Self { page, lists, pin, demo, served: BTreeMap::new(), stamp: None };
        site.reload(now)?;
        Ok(site)
    }

    /// Takes lists that came since, if they hold; if not, those before stay. Whether there are newer ones.
    ///
    /// # Errors
    /// [`PageError`]: why those that came are not taken.
    pub fn reload(&mut self, now: UnixTime) -> Result<bool, PageError> {
        let path = self.lists.path();
        let stamp = match fs::metadata(&path).and_then(|file| stamp(&file)) {
            Ok(stamp) => Some(stamp),
            Err(error) if error.kind() == io::ErrorKind::NotFound && matches!(self.lists, PageLists::Kept(_)) => None,
            Err(error) => return Err(PageError::File { path, error }),
        };
        if stamp.is_some() && stamp == self.stamp {
            return Ok(false);
        }
        // Even if it does not hold, it is not looked at again until it changes.
        self.stamp = stamp;
        let held = self.lists.open(&self.pin, now)?;
        if held.state().is_demo() && !self.demo {
            return Err(PageError::Demo);
        }
        let files = held.bundle().named_files();
        self.served = files.into_iter().map(|(name, bytes)| (name.path(), bytes.to_vec())).collect();
        Ok(true)
    }

    /// The file at a path below the site.
    #[must_use]
    pub fn find(&self, path: &str, brotli: bool) -> Option<PageFile> {
        let own =
            |bytes: Vec<u8>| PageFile { bytes: bytes.into(), kind: kind(path), cache: cache(path), encoding: None };
        match path.strip_prefix(LISTS) {
            Some(list) => self.served.get(list).cloned().map(own),
            None if path == CONFIG => Some(own(self.config().into_bytes())),
            None => self.page.find(path, brotli),
        }
    }

    fn config(&self) -> String {
        let config = serde_json::json!({
            "form": "tegata-page/1", "root": self.pin.to_string(), "lists": LISTS, "demo": self.demo,
        });
        format!("{config}\n")
    }

    /// Writes everything into a folder, for any web server: new, empty, or one that was exported to before, whose
    /// files are replaced.
    ///
    /// # Errors
    /// [`PageError::Occupied`] or [`PageError::File`].
    pub fn export(&self, folder: &Path) -> Result<usize, PageError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            |error| PageError::File { path, error }
        };
        let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if occupied && !(folder.join(CONFIG).is_file() && folder.join("sw.js").is_file()) {
            return Err(PageError::Occupied(folder.to_owned()));
        }
        let lists = self.served.iter().map(|(path, bytes)| (format!("{LISTS}{path}"), bytes.as_slice()));
        let config = self.config();
        let page = self.page.0.iter().map(|(path, bytes)| (path.clone(), &**bytes));
        // The head after what it names, the service worker after what it keeps: who comes meanwhile finds either release whole.
        let mut files: Vec<_> = lists.chain(page).chain([(CONFIG.to_owned(), config.as_bytes())]).collect();
        files.sort_by_key(|(path, _)| {
            path.ends_with("head.cose") || path.starts_with("sw") || path.starts_with("index")
        });
        for (path, bytes) in &files {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(fail(parent))?;
            }
            fs::write(&path, bytes).map_err(fail(&path))?;
        }
        Ok(files.len())
    }
}

/// The `ETag` of a file.
#[must_use]
pub fn entity_tag(bytes: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    format!("\"{}\"", base16ct::lower::encode_string(&hash[..16]))
}
