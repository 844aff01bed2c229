//! `tegata-issuer serve`: the office's service.

use super::now;
use crate::error::{CommandError, Status};
use clap::Args;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use tegata_issuer::office::{Config, ConfigError, KeysError, Office, OfficeError, OfficeKeys, described};
use tegata_keys::{KeyStore, PassphraseArgs};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer serve --office office.toml
  tegata-issuer serve --office office.toml --listen 127.0.0.1:8300 --passphrase-credential office
  tegata-issuer serve --openapi > openapi.json      # for the vendor of a register system

The service speaks plain HTTP and listens on this machine only; a proxy in front of it does TLS. Accounts are made with
tegata-issuer account. It ends on SIGTERM or Ctrl-C, when what is in hand is done. docs/operations.md tells how to run it.";

/// Serve the office: a counter for clerks in a browser, and an interface for other systems
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The office's file
    #[arg(long, value_name = "FILE", default_value = "office.toml")]
    office: PathBuf,
    /// Where to listen: an address of this machine, and a port (0: any)
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8300")]
    listen: SocketAddr,
    /// Print the description of the interface for other systems (OpenAPI 3.1, JSON), and serve nothing
    #[arg(long)]
    openapi: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Why it does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeFailure {
    /// The file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The service.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// The output or the network.
    #[error("the service cannot start: {0}; is another one at that address?")]
    Start(#[from] std::io::Error),
}

impl ServeFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Config(_) => Status::Unsuitable,
            Self::Office(OfficeError::Keys(KeysError::Store(error))) => crate::error::store_status(error),
            Self::Office(OfficeError::Keys(_)) => Status::TrustRefused,
            Self::Office(_) | Self::Start(_) => Status::Failed,
        }
    }
}

/// Serves until it is told to end.
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    if args.openapi {
        out.write_all(described().as_bytes())?;
        return Ok(Status::Done);
    }
    serve(args, out)?;
    Ok(Status::Done)
}

fn serve(args: &Arguments, out: &mut dyn Write) -> Result<(), ServeFailure> {
    let config = Config::read(&args.office)?;
    let names: Vec<&str> = config.keys.issuing.iter().chain(&config.keys.status).map(String::as_str).collect();
    let store = KeyStore::new(&config.keys.folder);
    let mut keyring = args.passphrase.keyring(&store).asking_for(names.join(", "));
    let keys = OfficeKeys::open(&config, &store, &mut keyring, now()).map_err(OfficeError::from)?;
    drop(keyring);
    let office = Office::open(config, keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen).await?;
        writeln!(out, "The office serves at http://{}/", listener.local_addr()?)?;
        out.flush()?;
        Ok::<_, ServeFailure>(office.serve(listener, ending()).await?)
    })
}

/// Over when somebody ends the process.
async fn ending() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
