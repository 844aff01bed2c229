//! The arguments that every tool with keys shares: where keys are, where passphrases come from,
//! and `key new | list | retire`.

use crate::passphrase::{PassphraseError, PassphraseSource};
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

/// Where a passphrase comes from: the terminal, unless told otherwise.
#[derive(Args, Clone, Debug)]
pub struct PassphraseArgs {
    /// Read the passphrase from this open file descriptor (its first line), as in `--passphrase-fd 3 3< FILE`
    #[arg(long, value_name = "N", conflicts_with = "passphrase_credential")]
    pub passphrase_fd: Option<u32>,
    /// Read the passphrase from the systemd credential of this name
    #[arg(long, value_name = "NAME")]
    pub passphrase_credential: Option<String>,
}

impl PassphraseArgs {
    /// The source that the arguments name.
    #[must_use]
    pub fn source(&self) -> PassphraseSource {
        match (self.passphrase_fd, &self.passphrase_credential) {
            (Some(number), _) => PassphraseSource::Descriptor(number),
            (None, Some(name)) => PassphraseSource::Credential(name.clone()),
            (None, None) => PassphraseSource::Prompt,
        }
    }
}

/// `key new | list | retire`.
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Make a key in an encrypted file
    #[command(
        after_help = "Examples:\n  key new office-2026 --type ed25519\n  key new office-2026-eu --type p256 --passphrase-fd 3 3< passphrase.txt\n\nThe public record (DIR/NAME.json) is what the operator of the trust list gets; the sealed key (DIR/NAME.key.pem) never leaves."
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
    /// List the keys; needs no passphrase
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
            Self::New { name, kind, demo, store, passphrase, json } => {
                let purpose = if *demo { Purpose::Demo } else { Purpose::Production };
                let passphrase = passphrase.source().read_new(name)?;
                let record = store.store().create(name, *kind, &passphrase, purpose, now)?;
                if *json {
                    write!(out, "{}", record.to_json()?)?;
                } else {
                    writeln!(out, "Made {} key `{name}`, kid {}", record.algorithm().name(), record.kid_hex())?;
                    writeln!(out, "Public record for the trust list: {}", store.store().record_path(name).display())?;
                }
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
        writeln!(
            out,
            "{:width$}  {:9}  {short:16}  {:20}  {state}{demo}",
            record.name,
            record.algorithm().name(),
            record.created.to_string()
        )?;
    }
    Ok(())
}
