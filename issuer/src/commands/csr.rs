//! `tegata-issuer csr` and `certify`: a key's way to an authority and back, for seals that carry its certificate.

use crate::error::{Status, store_status};
use clap::Args;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::{BarcodeSigner, Country, SignerFault, UnixTime, x509};
use tegata_keys::{
    KeyStoreArgs, PassphraseArgs, RequestError, StoreError, barcode_signer_request, certificate_in, request_pem,
};

/// Longer than any certificate file.
const FILE_MAX: u64 = 64 * 1024;

/// Make a request for a signer's certificate (PKCS#10), which a CSCA answers; seals (vds-nc) carry it
#[derive(Args)]
#[command(after_help = "\
Examples:
  tegata-issuer key new seals-2026 --type p256
  tegata-issuer csr --key seals-2026 --country JP --common-name DA --out seals-2026.csr
  tegata-issuer certify --key seals-2026 seals-2026.crt

The request asks for the extended key usage of barcode signers and for proofs of vaccination (NV).")]
pub struct Arguments {
    /// Name of the key
    #[arg(long, value_name = "NAME")]
    key: String,
    #[command(flatten)]
    store: KeyStoreArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// The country of the signer, two letters
    #[arg(long, value_name = "CC", value_parser = country)]
    country: Country,
    /// The signer's name; Doc 9303 advises two characters
    #[arg(long, value_name = "NAME")]
    common_name: String,
    /// File for the request; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Keep the certificate that a CSCA gave a key
#[derive(Args)]
#[command(after_help = "\
Example:
  tegata-issuer certify --key seals-2026 seals-2026.crt

The certificate must be this key's, and one that verifiers take for proofs of vaccination. It replaces an older one.")]
pub struct CertifyArguments {
    /// Name of the key
    #[arg(long, value_name = "NAME")]
    key: String,
    #[command(flatten)]
    store: KeyStoreArgs,
    /// The certificate, PEM or DER
    #[arg(value_name = "FILE")]
    certificate: PathBuf,
}

fn country(text: &str) -> Result<Country, String> {
    Country::parse(text).ok_or_else(|| "a country has two letters A-Z".to_owned())
}

/// Why there is no request, or no certificate is kept.
#[derive(Debug, thiserror::Error)]
pub enum CsrFailure {
    /// A key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The certificate cannot sign seals.
    #[error(
        "{0}: ask the authority for one as the request wishes it (extended key usage 2.23.136.1.1.14.2, document type NV)"
    )]
    Unfit(#[from] SignerFault),
    /// It is past its end.
    #[error("the certificate ended at {0}: ask the authority for a new one")]
    Expired(UnixTime),
    /// A file.
    #[error("{}: {error}", path.display())]
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

impl CsrFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Store(error) => store_status(error),
            Self::Request(_) | Self::Unfit(_) | Self::Expired(_) => Status::Unsuitable,
            Self::File { .. } | Self::Output(_) => Status::Failed,
        }
    }
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> CsrFailure {
    let path = path.to_owned();
    |error| CsrFailure::File { path, error }
}

/// Makes a request.
///
/// # Errors
/// [`CsrFailure`].
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, CsrFailure> {
    let store = args.store.store();
    store.record(&args.key)?;
    let key = args.passphrase.keyring(&store).open(&args.key)?;
    let request = request_pem(&barcode_signer_request(&key, args.country, &args.common_name)?)?;
    match &args.out {
        None => out.write_all(request.as_bytes())?,
        Some(path) => {
            // Nothing that is there is overwritten: it may be the request that is being answered.
            let created = OpenOptions::new().write(true).create_new(true).open(path);
            created.and_then(|mut to| to.write_all(request.as_bytes())).map_err(file(path))?;
            writeln!(out, "Request for key `{}`: {}", args.key, path.display())?;
            writeln!(out, "The CSCA's answer goes back with: tegata-issuer certify --key {} FILE", args.key)?;
        }
    }
    Ok(Status::Done)
}

/// Keeps a certificate.
///
/// # Errors
/// [`CsrFailure`].
pub fn certify(args: &CertifyArguments, now: UnixTime, out: &mut dyn Write) -> Result<Status, CsrFailure> {
    let path = &args.certificate;
    let length = fs::metadata(path).map_err(file(path))?.len();
    let bytes = if length > FILE_MAX { Vec::new() } else { fs::read(path).map_err(file(path))? };
    let der = certificate_in(&bytes).ok_or(StoreError::NoCertificate)?;
    let certificate = x509::Certificate::from_der(&der).map_err(|_| StoreError::NoCertificate)?;
    let signer = BarcodeSigner::of(&certificate)?;
    if !signer.kinds.contains(&tegata_certificate::Kind::Vaccination) {
        return Err(SignerFault::DocumentType.into());
    }
    if signer.not_after < now {
        return Err(CsrFailure::Expired(signer.not_after));
    }
    let store = args.store.store();
    store.store_certificate(&args.key, &der)?;
    let country = signer.country.map_or_else(String::new, |country| format!(" of {country}"));
    writeln!(out, "Key `{}` signs seals{country} until {}.", args.key, signer.not_after)?;
    writeln!(out, "Its certificate: {}", store.certificate_path(&args.key).display())?;
    Ok(Status::Done)
}
