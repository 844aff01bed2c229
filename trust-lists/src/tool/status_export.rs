//! `status export`: a shard for readers of another form.

use super::cli::{RepositoryArgs, RoleKeyArgs};
use super::failure::Failure;
use super::signers::{store, unlock};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use tegata_keys::SignError;
use tegata_trust_lists::publish::{Folder, PublishError, write_atomically};
use tegata_trust_lists::{Role, RoleKeys, token_status_list};

#[derive(Clone, Copy, ValueEnum)]
pub enum ExportFormat {
    /// IETF Token Status List as a CWT (draft-ietf-oauth-status-list)
    TokenStatusList,
}

#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// The shard's number
    #[arg(long, value_name = "N")]
    pub shard: u64,
    /// The form to write
    #[arg(long, value_enum, default_value = "token-status-list")]
    pub format: ExportFormat,
    /// The name by which certificates refer to the list
    #[arg(long, value_name = "URI")]
    pub uri: String,
    /// How many seconds a reader may keep it
    #[arg(long, value_name = "SECONDS", default_value_t = 43_200)]
    pub ttl: u64,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    #[command(flatten)]
    pub role_keys: RoleKeyArgs,
}

pub fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let repository = Folder::open(&args.repository.dir)?.repository()?;
    let state = repository.state().ok_or(Failure::NothingPublished)?;
    let shard = state.shard(args.shard).ok_or(Failure::UnknownShard(args.shard))?;
    let role = repository.root().status.as_ref().ok_or(PublishError::NoStatusRole)?;
    let store = store(&args.role_keys, &args.repository.dir);
    let mut keyring = args.role_keys.passphrase.keyring(&store).asking_for("the status key");
    // The form has one signature, whatever the threshold of our own files.
    let one = RoleKeys { threshold: 1, keys: role.keys.clone() };
    let signers = unlock(&store, &[(Role::Status, &one)], &mut keyring)?;
    let signer = signers.first().ok_or(Failure::NotSigned(SignError::Failed))?;
    let ExportFormat::TokenStatusList = args.format;
    let token = token_status_list(shard, &args.uri, args.ttl, signer).map_err(Failure::NotSigned)?;
    write_atomically(&args.out, &token)?;
    let revoked = shard.set().len();
    writeln!(
        out,
        "Wrote {} ({} bytes): shard {}, {revoked} revoked, valid until {}.",
        args.out.display(),
        token.len(),
        args.shard,
        shard.header().expires_at
    )?;
    if !shard.rules().is_empty() {
        eprintln!(
            "warning: the form cannot say what the shard's {} rules say: certificates that only they revoke are not in it",
            shard.rules().len()
        );
    }
    Ok(())
}
