//! The arguments that every tool with keys shares: where keys are, where passphrases come from,
//! and `key new | adopt | list | retire`.

use crate::keyring::{Keyring, name_of};
use crate::passphrase::{Passphrase, PassphraseError, PassphraseSource};
use crate::pkcs11::{TokenPlace, TokenUri, token_of};
use crate::private_key::KeyType;
use crate::record::{KeyRecord, RecordError};
use crate::store::{KeyStore, Purpose, StoreError};
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use tegata_certificate::UnixTime;

/// Where keys are kept.
#[derive(Args, Clone, Debug)]
pub struct KeyStoreArgs {
    /// Folder of the keys
    #[arg(long = "keys", value_name = "DIR", default_value = "keys")]
    pub keys: PathBuf,
}

impl KeyStoreArgs {
    /// The store.
    #[must_use]
    pub fn store(&self) -> KeyStore {
        KeyStore::new(&self.keys)
    }
}

/// Where passphrases and PINs come from: the terminal, unless told otherwise.
#[derive(Args, Clone, Debug)]
pub struct PassphraseArgs {
    /// Read the passphrase from this open file descriptor (its first line), as in `--passphrase-fd 3 3< FILE`
    #[arg(long, value_name = "N", conflicts_with = "passphrase_credential")]
    pub passphrase_fd: Option<u32>,
    /// Read the passphrase from the systemd credential of this name
    #[arg(long, value_name = "NAME")]
    pub passphrase_credential: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pin: PinArgs,
}

/// Where the PIN of a token comes from: the terminal, unless told otherwise. A PIN is never tried twice, and a passphrase
/// never as a PIN.
#[derive(Args, Clone, Debug)]
pub struct PinArgs {
    /// Of keys in a token: read the PIN from this open file descriptor (its first line)
    #[arg(long, value_name = "N", conflicts_with = "pin_credential")]
    pub pin_fd: Option<u32>,
    /// Of keys in a token: read the PIN from the systemd credential of this name
    #[arg(long, value_name = "NAME")]
    pub pin_credential: Option<String>,
}

impl PinArgs {
    /// The source that the arguments name.
    #[must_use]
    pub fn source(&self) -> PassphraseSource {
        source(self.pin_fd, self.pin_credential.as_ref())
    }
}

fn source(descriptor: Option<u32>, credential: Option<&String>) -> PassphraseSource {
    match (descriptor, credential) {
        (Some(number), _) => PassphraseSource::Descriptor(number),
        (None, Some(name)) => PassphraseSource::Credential(name.clone()),
        (None, None) => PassphraseSource::Prompt,
    }
}

impl PassphraseArgs {
    /// The source that the arguments name.
    #[must_use]
    pub fn source(&self) -> PassphraseSource {
        source(self.passphrase_fd, self.passphrase_credential.as_ref())
    }

    /// What opens the keys of a store, with the secrets that the arguments name.
    #[must_use]
    pub fn keyring<'a>(&self, store: &'a KeyStore) -> Keyring<'a> {
        Keyring::new(store, self.source(), self.pin.source())
    }
}

/// The vendor's library.
#[derive(Args, Clone, Debug)]
pub struct ModuleArgs {
    /// The vendor's PKCS#11 library; the record keeps its path, and without one TEGATA_PKCS11_MODULE names it on each machine
    #[arg(long, value_name = "PATH")]
    pub module: Option<PathBuf>,
}

impl ModuleArgs {
    fn place(&self, uri: &TokenUri) -> TokenPlace {
        TokenPlace { uri: uri.clone(), module: self.module.clone() }
    }
}

/// `key new | adopt | list | retire`.
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Make a key in an encrypted file, or in a token
    #[command(
        after_help = "Examples:\n  key new office-2026 --type ed25519\n  key new office-2026-eu --type p256 --passphrase-fd 3 3< passphrase.txt\n  key new office-2026-hsm --type p256 --token pkcs11:token=office --module /usr/lib/softhsm/libsofthsm2.so\n\nIn a token the key is made sensitive, not extractable, and to sign only; its PIN is asked for, or read with --pin-fd.\nThe public record (DIR/NAME.json) is what the operator of the trust list gets; the sealed key (DIR/NAME.key.pem) never leaves."
    )]
    New {
        /// Name of the key: a-z, 0-9, `-`, `_`
        name: String,
        /// Type: ed25519 (compact certificates) or p256 (all other formats)
        #[arg(long = "type", value_name = "TYPE", default_value = "ed25519", value_parser = key_type)]
        kind: KeyType,
        /// A key for demonstrations: a short passphrase will do, and no production list takes it
        #[arg(long)]
        demo: bool,
        /// Make it inside this token (PKCS#11 URI, RFC 7512), which it never leaves
        #[arg(long, value_name = "URI")]
        token: Option<TokenUri>,
        #[command(flatten)]
        #[allow(missing_docs)]
        module: ModuleArgs,
        #[command(flatten)]
        #[allow(missing_docs)]
        store: KeyStoreArgs,
        #[command(flatten)]
        #[allow(missing_docs)]
        passphrase: PassphraseArgs,
        /// Print the public record as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take in a key that is in a token already
    #[command(
        after_help = "Looks at the key and refuses one that could be read, or that may do more than sign. Nothing in the token is changed.\n\nExample:\n  key adopt office-2026-hsm --token 'pkcs11:token=office;object=issuing' --module /usr/lib/softhsm/libsofthsm2.so --pin-fd 3 3< pin.txt"
    )]
    Adopt {
        /// Name of the key: a-z, 0-9, `-`, `_`
        name: String,
        /// Token and key in it (PKCS#11 URI, RFC 7512): token or serial, and object or id
        #[arg(long, value_name = "URI")]
        token: TokenUri,
        #[command(flatten)]
        #[allow(missing_docs)]
        module: ModuleArgs,
        /// A key for demonstrations: no production list takes it
        #[arg(long)]
        demo: bool,
        #[command(flatten)]
        #[allow(missing_docs)]
        store: KeyStoreArgs,
        #[command(flatten)]
        #[allow(missing_docs)]
        pin: PinArgs,
        /// Print the public record as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the keys, and where they are; needs no passphrase
    List {
        #[command(flatten)]
        #[allow(missing_docs)]
        store: KeyStoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a key sign nothing any more (its list entry is the trust repository's business)
    Retire {
        /// Name of the key
        name: String,
        #[command(flatten)]
        #[allow(missing_docs)]
        store: KeyStoreArgs,
    },
}

fn key_type(text: &str) -> Result<KeyType, String> {
    KeyType::from_name(text).ok_or_else(|| "the types are ed25519 and p256".to_owned())
}

/// Why a `key` command failed.
#[derive(Debug, thiserror::Error)]
pub enum KeyCommandError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There was no passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// A record cannot be shown as JSON.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The output is closed or full.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] io::Error),
}

impl KeyCommand {
    /// Does what was asked and writes the result to `out`.
    ///
    /// # Errors
    /// [`KeyCommandError`].
    pub fn run(&self, now: UnixTime, out: &mut dyn Write) -> Result<(), KeyCommandError> {
        match self {
            Self::New { name, kind, demo, token: None, module: _, store, passphrase, json } => {
                let passphrase = passphrase.source().read_new(name)?;
                let record = store.store().create(name, *kind, &passphrase, purpose(*demo), now)?;
                tell(out, "Made", &record, &store.store(), *json)?;
            }
            Self::New { name, kind, demo, token: Some(uri), module, store, passphrase, json } => {
                let (store, place) = (store.store(), module.place(uri));
                let pin = read_pin(name, &place, &passphrase.pin)?;
                let record = store.create_in_token(name, *kind, &place, &pin, purpose(*demo), now)?;
                tell(out, "Made", &record, &store, *json)?;
            }
            Self::Adopt { name, token, module, demo, store, pin, json } => {
                let (store, place) = (store.store(), module.place(token));
                let pin = read_pin(name, &place, pin)?;
                let record = store.adopt_from_token(name, &place, &pin, purpose(*demo), now)?;
                tell(out, "Took in", &record, &store, *json)?;
            }
            Self::List { store, json: true } => write_json(out, &store.store().list()?)?,
            Self::List { store, json: false } => write_table(out, &store.store().list()?)?,
            Self::Retire { name, store } => {
                let record = store.store().retire(name, now)?;
                let since = record.retired.unwrap_or(now);
                writeln!(out, "Key `{name}` is retired since {since} and signs nothing any more.")?;
            }
        }
        Ok(())
    }
}

fn purpose(demo: bool) -> Purpose {
    if demo { Purpose::Demo } else { Purpose::Production }
}

/// The PIN of the token that is there: of one that is away nobody is asked.
fn read_pin(name: &str, place: &TokenPlace, from: &PinArgs) -> Result<Passphrase, KeyCommandError> {
    let token = token_of(place).map_err(StoreError::token(name))?;
    Ok(from.source().read_pin(&name_of(&token))?)
}

fn tell(
    out: &mut dyn Write,
    done: &str,
    record: &KeyRecord,
    store: &KeyStore,
    json: bool,
) -> Result<(), KeyCommandError> {
    let name = &record.name;
    if json {
        write!(out, "{}", record.to_json()?)?;
        return Ok(());
    }
    writeln!(out, "{done} {} key `{name}`, kid {}", record.algorithm().name(), record.kid_hex())?;
    if let Some(place) = &record.token {
        writeln!(out, "It is in the token: {}", place.uri)?;
    }
    writeln!(out, "Public record for the trust list: {}", store.record_path(name).display())?;
    Ok(())
}

fn write_json(out: &mut dyn Write, records: &[KeyRecord]) -> Result<(), KeyCommandError> {
    let records = records.iter().map(KeyRecord::to_json).collect::<Result<Vec<_>, _>>()?;
    let records: Vec<_> = records.iter().map(|record| record.trim_end().to_owned()).collect();
    writeln!(out, "[{}]", records.join(",\n"))?;
    Ok(())
}

fn write_table(out: &mut dyn Write, records: &[KeyRecord]) -> Result<(), KeyCommandError> {
    let width = records.iter().map(|record| record.name.len()).max().unwrap_or(0).max(4);
    if !records.is_empty() {
        writeln!(out, "{:width$}  {:9}  {:16}  {:20}  state", "name", "algorithm", "kid", "created")?;
    }
    for record in records {
        let state = record.retired.map_or_else(|| "active".to_owned(), |at| format!("retired {at}"));
        let demo = if record.demo { ", demo" } else { "" };
        let kid = record.kid_hex();
        let short = kid.get(..16).unwrap_or(&kid);
        let place = record.token.as_ref().map_or_else(String::new, |place| format!(", in {}", place.uri));
        writeln!(
            out,
            "{:width$}  {:9}  {short:16}  {:20}  {state}{demo}{place}",
            record.name,
            record.algorithm().name(),
            record.created.to_string()
        )?;
    }
    Ok(())
}
