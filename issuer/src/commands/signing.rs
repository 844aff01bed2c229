//! What signs: the keys that are named, the list that vouches for them, and what they are to issue.

use super::issue::{ForPurpose, Formats, IcvpModel, IssueFailure, parse_formats, parse_life, unlock};
use clap::Args;
use std::path::PathBuf;
use tegata_certificate::icvp::Generation;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::issue::{IssueError, IssuingKey, KeyProblem, Picture, Plan, Purpose};
use tegata_keys::{KeyStoreArgs, PassphraseArgs, Signer};
use tegata_trust_lists::{RootPin, TrustState};

/// Keys, list, and what to issue.
#[derive(Args)]
pub struct SigningArguments {
    /// Name of a key that signs; of several each format takes the first that the list has for it
    #[arg(long = "key", value_name = "NAME", required = true)]
    pub key_names: Vec<String>,
    #[command(flatten)]
    pub store: KeyStoreArgs,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
    /// The published trust list, which tells what the keys may sign: a bundle file
    #[arg(long, value_name = "BUNDLE")]
    pub trust: PathBuf,
    /// SHA-256 of the list's first root file, as its operator published it
    #[arg(long, value_name = "SHA256")]
    pub root: RootPin,
    /// Formats to issue: compact, eu-dcc, icvp, shc, vds-nc, or all [default: compact; with --for, those of use for it]
    #[arg(long = "format", value_name = "FORMAT", value_delimiter = ',', value_parser = parse_formats)]
    formats: Vec<Formats>,
    /// What the certificates are for: it chooses formats and fields [default: domestic]
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    purpose: Option<ForPurpose>,
    /// The model that icvp is written by
    #[arg(long, value_enum, value_name = "MODEL", default_value = "gen1")]
    icvp: IcvpModel,
    /// Life of the certificates: a number of s, d or y [default: 1y for eu-dcc and icvp, 10y for others, within the key's listing]
    #[arg(long, value_name = "TIME", value_parser = parse_life)]
    valid_for: Option<i64>,
}

/// The keys that were named, open.
pub struct OpenKeys {
    signers: Vec<Box<dyn Signer>>,
    certificates: Vec<Option<Vec<u8>>>,
}

impl SigningArguments {
    /// Opens the keys that were named.
    ///
    /// # Errors
    /// [`IssueFailure`].
    pub fn open(&self) -> Result<OpenKeys, IssueFailure> {
        let signers = unlock(self)?;
        let store = self.store.store();
        let certificates = self.key_names.iter().map(|name| store.certificate(name)).collect::<Result<Vec<_>, _>>()?;
        Ok(OpenKeys { signers, certificates })
    }

    /// The keys as the list has them: a key may be on the list, have a certificate for seals, or both.
    ///
    /// # Errors
    /// [`IssueFailure::Key`].
    pub fn keys<'a>(
        &self,
        open: &'a OpenKeys,
        state: &'a TrustState,
        now: UnixTime,
    ) -> Result<Vec<IssuingKey<'a>>, IssueFailure> {
        let mut keys = Vec::new();
        for (name, (signer, certificate)) in self.key_names.iter().zip(open.signers.iter().zip(&open.certificates)) {
            let problem = |problem| IssueFailure::Key { name: name.clone(), problem };
            match IssuingKey::new(signer, state, now) {
                Ok(key) => keys.push(key),
                Err(KeyProblem::NotListed) if certificate.is_some() => {}
                Err(other) => return Err(problem(other)),
            }
            if let Some(certificate) = certificate {
                keys.push(IssuingKey::certified(signer, certificate, state, now).map_err(problem)?);
            }
        }
        Ok(keys)
    }

    /// What to issue, and the formats that were wished for in general and that no key given may sign.
    ///
    /// # Errors
    /// [`IssueError::NoKey`].
    pub fn plan(&self, keys: &[IssuingKey<'_>], pictures: Vec<Picture>) -> Result<(Plan, Vec<Format>), IssueFailure> {
        let purpose = self.purpose.map(Purpose::from).unwrap_or_default();
        // Named by itself a format must be issued; of a group, those that the keys allow.
        let mut named = Vec::new();
        let mut group = match self.formats.is_empty() {
            true if self.purpose.is_some() => purpose.formats(),
            _ => Vec::new(),
        };
        for formats in &self.formats {
            match formats {
                Formats::One(format) if !named.contains(format) => named.push(*format),
                Formats::One(_) => {}
                Formats::All => group = Format::ALL.to_vec(),
            }
        }
        if named.is_empty() && group.is_empty() {
            named.push(Format::Compact);
        }
        let signed = |format: &Format| keys.iter().any(|key| key.signs(*format));
        let (with_key, without_key): (Vec<_>, Vec<_>) =
            group.into_iter().filter(|format| !named.contains(format)).partition(signed);
        let formats: Vec<Format> = named.into_iter().chain(with_key).collect();
        if formats.is_empty() {
            return Err(without_key
                .first()
                .map_or(IssueError::NobodyThere, |format| IssueError::NoKey(*format))
                .into());
        }
        let icvp = (self.icvp == IcvpModel::Gen2).then_some(Generation::Gen2);
        Ok((Plan { formats, purpose, icvp, life: self.valid_for, pictures, skip_shielded: false }, without_key))
    }
}
