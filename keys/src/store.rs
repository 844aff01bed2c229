//! A folder of keys: `NAME.key.pem` (sealed, mode 0600) and `NAME.json` (its public record). Of a key in a token there is
//! the record alone, and it says where the key is.

use crate::passphrase::{MIN_PASSPHRASE, Passphrase, PassphraseError};
use crate::pkcs11::{TokenError, TokenKey};
use crate::private_key::{KeyType, PrivateKey, PrivateKeyError};
use crate::record::KeyRecord;
use crate::sealed_file::{self, Effort, SealedFileError};
use crate::signer::Signer;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::{UnixTime, VerifyingKey, x509};

/// A folder of keys. Opening one reads nothing; every call looks at the files as they are.
#[derive(Clone, Debug)]
pub struct KeyStore {
    folder: PathBuf,
}

/// How careful the store is about a new key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A real key: the passphrase has at least [`MIN_PASSPHRASE`] bytes.
    Production,
    /// A key for a demonstration, marked so for ever: any passphrase that is not empty.
    Demo,
}

/// What went wrong with a key store; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name is not a plain lower-case word.
    #[error("`{0}` cannot be a key's name: use 1 to 64 of a-z, 0-9, `-`, `_`, beginning with a letter or digit")]
    Name(String),
    /// No such key.
    #[error("there is no key `{name}` in {folder}: `key list` shows those there are")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The store's folder.
        folder: PathBuf,
    },
    /// A file of this key is there already; nothing was written.
    #[error("{path} is there already: choose another name (keys are never overwritten)")]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// Too short for a key that is not a DEMO key.
    #[error("the passphrase is too short: at least {MIN_PASSPHRASE} characters (only DEMO keys may have less)")]
    ShortPassphrase,
    /// The passphrase does not open the file.
    #[error("wrong passphrase for `{name}` (or {path} is damaged: restore it from a backup)")]
    WrongPassphrase {
        /// The key's name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// Others than the owner can read or write the sealed file.
    #[error(
        "{path} is open to others (mode {mode:04o}): run `chmod 600 {path}`, and consider a new key if others use this machine"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key was retired.
    #[error("key `{name}` was retired at {at} and signs nothing any more: use another, or make one with `key new`")]
    Retired {
        /// The key's name.
        name: String,
        /// Since when.
        at: UnixTime,
    },
    /// A file is not what it should be.
    #[error("{path} is damaged ({what}): restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it is not.
        what: &'static str,
    },
    /// Not an X.509 certificate.
    #[error("that is no X.509 certificate: name a file in PEM or DER")]
    NoCertificate,
    /// The certificate is another key's.
    #[error("the certificate is not for key `{name}`: name the key that the request was made with")]
    OtherKey {
        /// The key's name.
        name: String,
    },
    /// The sealed file holds another key than its record says.
    #[error("the key in {path} is not the one that its record names: one of the two files was exchanged")]
    Mismatch {
        /// The sealed file.
        path: PathBuf,
    },
    /// The token that keeps the key.
    #[error("key `{name}`: {error}")]
    Token {
        /// The key's name.
        name: String,
        /// What is wrong with it.
        error: TokenError,
    },
    /// There was no passphrase or PIN.
    #[error(transparent)]
    Secret(#[from] PassphraseError),
    /// The key could not be made or sealed.
    #[error("the key could not be made: {0}")]
    Make(&'static str),
    /// The file system refused.
    #[error("{path}: {source}; make room, or look at the folder's rights, then try again")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn token(name: &str) -> impl Fn(TokenError) -> Self {
        let name = name.to_owned();
        move |error| Self::Token { name: name.clone(), error }
    }

    /// Whether it is for want of the right passphrase or PIN.
    #[must_use]
    pub fn is_about_secret(&self) -> bool {
        match self {
            Self::WrongPassphrase { .. } | Self::ShortPassphrase | Self::Secret(_) => true,
            Self::Token { error, .. } => error.is_about_pin(),
            _ => false,
        }
    }
}

impl KeyStore {
    /// The store in `folder`, which is made with mode 0700 by the first [`create`](Self::create).
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The store's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a key's public record lies.
    #[must_use]
    pub fn record_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn sealed_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key.pem"))
    }

    /// Where a key's certificate lies, if it has one.
    #[must_use]
    pub fn certificate_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.certificate.der"))
    }

    /// The certificate that an authority gave a key, in DER; most have none.
    ///
    /// # Errors
    /// [`StoreError::OtherKey`], [`StoreError::Damaged`], and those of [`record`](Self::record).
    pub fn certificate(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let record = self.record(name)?;
        let path = self.certificate_path(name);
        match fs::read(&path) {
            Ok(der) => check_certificate(&record, &der, &path).map(|()| Some(der)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(&path)(error)),
        }
    }

    /// Keeps the certificate that an authority gave a key, in place of an older one. What it may be used for is for
    /// whoever uses it to ask.
    ///
    /// # Errors
    /// [`StoreError::OtherKey`] if it is another key's, [`StoreError::NoCertificate`], [`StoreError::Io`], and those of
    /// [`record`](Self::record).
    pub fn store_certificate(&self, name: &str, der: &[u8]) -> Result<(), StoreError> {
        let record = self.record(name)?;
        let path = self.certificate_path(name);
        match check_certificate(&record, der, &path) {
            Err(StoreError::Damaged { .. }) => Err(StoreError::NoCertificate),
            Err(other) => Err(other),
            Ok(()) => replace(&path, der),
        }
    }

    /// Makes a new key, seals it, and writes its record. `now` becomes its creation time.
    ///
    /// The sealed file is complete on disk before the record appears, and neither replaces a file.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::ShortPassphrase`], [`StoreError::Exists`], [`StoreError::Make`], [`StoreError::Io`].
    pub fn create(
        &self,
        name: &str,
        kind: KeyType,
        passphrase: &Passphrase,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<KeyRecord, StoreError> {
        check_name(name)?;
        let (minimum, effort) = match purpose {
            Purpose::Production => (MIN_PASSPHRASE, Effort::Full),
            Purpose::Demo => (1, Effort::Demo),
        };
        if passphrase.len() < minimum {
            return Err(StoreError::ShortPassphrase);
        }
        make_folder(&self.folder)?;
        let record_path = self.record_path(name);
        if record_path.exists() {
            return Err(StoreError::Exists { path: record_path });
        }
        let key = PrivateKey::generate(kind).map_err(|_| StoreError::Make("the system's random source failed"))?;
        let plain = key.to_pkcs8().map_err(|_| StoreError::Make("it cannot be encoded"))?;
        let sealed = sealed_file::seal(plain.as_bytes(), passphrase, effort)
            .map_err(|_| StoreError::Make("it cannot be encrypted"))?;
        let record = KeyRecord::new(name, key.verifying_key(), now, purpose == Purpose::Demo);
        // Both are complete on disk before either gets its name: a full disk leaves no half of a key.
        let sealed_path = self.sealed_path(name);
        let sealed = staged(&sealed_path, sealed.as_bytes(), 0o600)?;
        let public = staged(&record_path, encode(&record)?.as_bytes(), 0o644)?;
        place_new(sealed, &sealed_path)?;
        if let Err(error) = place_new(public, &record_path) {
            // It was made a moment ago and nobody has seen its public key.
            let _ = fs::remove_file(&sealed_path);
            return Err(error);
        }
        Ok(record)
    }

    /// The public record of a key; needs no passphrase.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::Unknown`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn record(&self, name: &str) -> Result<KeyRecord, StoreError> {
        check_name(name)?;
        let path = self.record_path(name);
        let text = self.read(name, &path)?;
        match KeyRecord::from_json(&text) {
            Ok(record) if record.name == name => Ok(record),
            _ => Err(StoreError::Damaged { path, what: "not a key record of this name" }),
        }
    }

    /// The records of all keys, by name; needs no passphrase. A folder that is not there has none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io(&self.folder)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(StoreError::io(&self.folder))?.file_name();
            let Some(file) = file.to_str() else { continue };
            let name = file.strip_suffix(".key.pem");
            // A record without a sealed file is of a key in a token, or somebody else's.
            let name = name.or_else(|| file.strip_suffix(".json").filter(|name| self.is_in_token(name)));
            names.extend(name.filter(|name| check_name(name).is_ok()).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names.iter().map(|name| self.record(name)).collect()
    }

    fn is_in_token(&self, name: &str) -> bool {
        let alone = check_name(name).is_ok() && !self.sealed_path(name).exists();
        alone && self.record(name).is_ok_and(|record| record.token.is_some())
    }

    /// Opens a key for signing, wherever it is: `secret` is the passphrase of its file, or the PIN of its token. Of several
    /// keys a [`Keyring`](crate::Keyring) asks for no more than they need.
    ///
    /// # Errors
    /// [`StoreError::Retired`], [`StoreError::Exposed`], [`StoreError::WrongPassphrase`], [`StoreError::Token`],
    /// [`StoreError::Mismatch`], [`StoreError::Damaged`], and those of [`record`](Self::record).
    pub fn unlock(&self, name: &str, secret: &Passphrase) -> Result<Box<dyn Signer>, StoreError> {
        let record = self.usable(name)?;
        match &record.token {
            Some(place) => {
                let key = TokenKey::open(place, secret, Some(&record.key)).map_err(StoreError::token(name))?;
                Ok(Box::new(key.marked(record.demo)))
            }
            None => Ok(Box::new(self.unseal(&record, secret)?)),
        }
    }

    /// The record of a key that was not retired.
    pub(crate) fn usable(&self, name: &str) -> Result<KeyRecord, StoreError> {
        let record = self.record(name)?;
        match record.retired {
            Some(at) => Err(StoreError::Retired { name: name.to_owned(), at }),
            None => Ok(record),
        }
    }

    fn unseal(&self, record: &KeyRecord, passphrase: &Passphrase) -> Result<PrivateKey, StoreError> {
        let name = record.name.as_str();
        let path = self.sealed_path(name);
        refuse_exposed(&path)?;
        let text = self.read(name, &path)?;
        let plain = sealed_file::open(&text, passphrase).map_err(|error| match error {
            SealedFileError::WrongPassphrase => {
                StoreError::WrongPassphrase { name: name.to_owned(), path: path.clone() }
            }
            SealedFileError::TooCostly => {
                StoreError::Damaged { path: path.clone(), what: "its key derivation parameters are out of bounds" }
            }
            SealedFileError::Unsupported => {
                StoreError::Damaged { path: path.clone(), what: "its encryption is not supported" }
            }
            _ => StoreError::Damaged { path: path.clone(), what: "not an encrypted PKCS#8 key" },
        })?;
        let key = PrivateKey::from_pkcs8(&plain).map_err(|error| match error {
            PrivateKeyError::UnknownType => {
                StoreError::Damaged { path: path.clone(), what: "neither Ed25519 nor P-256" }
            }
            // A wrong passphrase unpads by chance once in 256 times: then the plaintext is no key.
            _ => StoreError::WrongPassphrase { name: name.to_owned(), path: path.clone() },
        })?;
        let fits = key.verifying_key().thumbprint() == record.kid();
        if fits { Ok(key.of_record(record.demo)) } else { Err(StoreError::Mismatch { path }) }
    }

    /// Marks a key as retired: from now on it signs nothing. Retiring twice keeps the first date.
    ///
    /// # Errors
    /// Those of [`record`](Self::record).
    pub fn retire(&self, name: &str, now: UnixTime) -> Result<KeyRecord, StoreError> {
        let mut record = self.record(name)?;
        if record.retired.is_none() {
            record.retired = Some(now);
            replace(&self.record_path(name), encode(&record)?.as_bytes())?;
        }
        Ok(record)
    }

    fn read(&self, name: &str, path: &Path) -> Result<String, StoreError> {
        fs::read_to_string(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Unknown { name: name.to_owned(), folder: self.folder.clone() },
            io::ErrorKind::InvalidData => StoreError::Damaged { path: path.to_owned(), what: "not text" },
            _ => StoreError::io(path)(error),
        })
    }
}

pub(crate) fn encode(record: &KeyRecord) -> Result<String, StoreError> {
    record.to_json().map_err(|_| StoreError::Make("its record cannot be written as JSON"))
}

fn check_certificate(record: &KeyRecord, der: &[u8], path: &Path) -> Result<(), StoreError> {
    let damaged = |_| StoreError::Damaged { path: path.to_owned(), what: "not an X.509 certificate" };
    let certificate = x509::Certificate::from_der(der).map_err(damaged)?;
    match VerifyingKey::from_spki(certificate.spki()) {
        Ok(key) if key == record.key => Ok(()),
        _ => Err(StoreError::OtherKey { name: record.name.clone() }),
    }
}

/// A name becomes a file name, so nothing that could lead elsewhere is let in.
pub(crate) fn check_name(name: &str) -> Result<(), StoreError> {
    let word = |c: &u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let good =
        name.len() <= 64 && name.bytes().all(|c| word(&c)) && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if good { Ok(()) } else { Err(StoreError::Name(name.chars().take(80).filter(|c| !c.is_control()).collect())) }
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(StoreError::io(folder))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            Err(StoreError::Exposed { path: path.to_owned(), mode: metadata.permissions().mode() & 0o7777 })
        }
        // What else may be wrong with the file, reading it says.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// A temporary file beside `path` with all its content on disk, never readable by others before it
/// gets its mode.
pub(crate) fn staged(path: &Path, content: &[u8], mode: u32) -> Result<tempfile::NamedTempFile, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(StoreError::io(folder))?;
    file.write_all(content).map_err(StoreError::io(path))?;
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        file.as_file().set_permissions(permissions).map_err(StoreError::io(path))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    file.as_file().sync_all().map_err(StoreError::io(path))?;
    Ok(file)
}

/// Gives a staged file its name, which no file may have yet.
pub(crate) fn place_new(file: tempfile::NamedTempFile, path: &Path) -> Result<(), StoreError> {
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        _ => StoreError::io(path)(error.error),
    })?;
    sync_folder(path)
}

/// Replaces a record: the old one or the new one is there, never a part.
fn replace(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    staged(path, content, 0o644)?.persist(path).map_err(|error| StoreError::io(path)(error.error))?;
    sync_folder(path)
}

/// Makes a rename survive a power cut.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    #[cfg(unix)]
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io(folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
