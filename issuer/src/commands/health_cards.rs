//! `tegata-issuer publish-health-card-keys`: the static files of an issuer of SMART Health Cards.

use super::register_arguments::RegisterArguments;
use crate::error::{Status, store_status};
use clap::Args;
use serde_json::json;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_issuer::health_cards::{PublishProblem, PublishedKey, StaticFile, check_issuer, static_files};
use tegata_issuer::{Register, RegisterError};
use tegata_keys::{KeyStoreArgs, StoreError};

const EXAMPLES: &str = "\
Example:
  tegata-issuer publish-health-card-keys --iss https://card.example/issuer --key office-2026 \\
      --key office-2025 --out site/issuer

What is below DIR goes to the address of --iss, on any web server that lets every page read it
(Access-Control-Allow-Origin: *). Name every key whose cards are still to be read, retired ones too: a
key that is left out takes its cards with it. Do it again whenever cards were withdrawn.

Exit status: 0 done; 2 usage; 3 not an address or a key for health cards; 5 a file cannot be read or written.";

/// Write the key set and the withdrawal lists that an issuer of SMART Health Cards publishes
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The issuer's address, letter for letter as in its cards
    #[arg(long, value_name = "URL")]
    iss: String,
    /// Name of a key that signs, or has signed, cards; may be given several times
    #[arg(long = "key", value_name = "NAME", required = true)]
    key_names: Vec<String>,
    #[command(flatten)]
    store: KeyStoreArgs,
    #[command(flatten)]
    register: RegisterArguments,
    /// Folder for the files
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum HealthCardFailure {
    /// A key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address or a key.
    #[error(transparent)]
    Problem(#[from] PublishProblem),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A file.
    #[error("cannot write {}: {error}; make room, or name another folder with --out", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The terminal.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] io::Error),
}

impl HealthCardFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Store(error) => store_status(error),
            Self::Problem(_) => Status::Unsuitable,
            Self::Register(_) | Self::File { .. } | Self::Output(_) => Status::Failed,
        }
    }
}

/// Writes the files.
///
/// # Errors
/// [`HealthCardFailure`].
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<(), HealthCardFailure> {
    check_issuer(&args.iss)?;
    let store = args.store.store();
    let records = args.key_names.iter().map(|name| store.record(name)).collect::<Result<Vec<_>, _>>()?;
    let mut register = Register::open(args.register.location())?;
    let mut keys = Vec::with_capacity(records.len());
    for record in &records {
        keys.push(PublishedKey { key: &record.key, list: register.card_list(&record.kid())? });
    }
    register.close()?;
    let withdrawn: usize = keys.iter().map(|key| key.list.rids.len()).sum();
    let files = static_files(&keys)?;
    for file in &files {
        write(&args.out, file)?;
    }
    if args.json {
        let names: Vec<_> = files.iter().map(|file| file.path.display().to_string()).collect();
        let answer = json!({ "iss": args.iss, "keys": keys.len(), "withdrawn": withdrawn, "files": names });
        return Ok(writeln!(out, "{answer}")?);
    }
    writeln!(out, "{} keys, {withdrawn} cards withdrawn.", keys.len())?;
    Ok(writeln!(out, "Publish {} as {}/.well-known", args.out.join(".well-known").display(), args.iss)?)
}

/// Writes beside and moves into place, so that a server never shows half a file.
fn write(folder: &Path, file: &StaticFile) -> Result<(), HealthCardFailure> {
    let path = folder.join(&file.path);
    let fail = |error| HealthCardFailure::File { path: path.clone(), error };
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(fail)?;
    if fs::read(&path).is_ok_and(|there| there == file.bytes) {
        return Ok(());
    }
    let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(parent).map_err(fail)?;
    fresh.write_all(&file.bytes).map_err(fail)?;
    // For everybody to read.
    #[cfg(unix)]
    fresh.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(fail)?;
    fresh.as_file().sync_all().map_err(fail)?;
    fresh.persist(&path).map_err(|error| fail(error.error))?;
    Ok(())
}
