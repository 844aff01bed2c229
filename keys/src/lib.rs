//! Private keys: where they live and how they sign.
//!
//! An office makes a key once, in a folder that only it can read; the public record goes to the
//! operator of the trust list, the sealed file stays. From then on the key is a [`Signer`]: what
//! signs certificates and lists asks for no more than that, so a key in a PKCS#11 token serves as well.
//!
//! ```
//! use tegata_certificate::UnixTime;
//! use tegata_keys::{KeyStore, KeyType, Passphrase, Purpose, Signer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let store = KeyStore::new(folder.path().join("keys"));
//! let passphrase = Passphrase::new("three small boats at dawn");
//! let now = UnixTime(1_767_225_600);
//! store.create("office-2026", KeyType::Ed25519, &passphrase, Purpose::Production, now)?;
//!
//! let key = store.unlock("office-2026", &passphrase)?;
//! let signature = key.sign(b"message")?;
//! key.verifying_key().verify(b"message", &signature)?;
//! # Ok(())
//! # }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `NAME.key.pem` | the sealed key: PKCS#8 under PBES2 with scrypt and AES-256-CBC, mode 0600 |
//! | `NAME.json` | the public record: algorithm, kid, dates, COSE_Key; of a key in a token also where it is |
//! | `NAME.certificate.der` | the certificate that an authority gave it, for seals that carry it |
//!
//! Feature `command`: the `key new | adopt | list | retire` arguments that the tools mount.

#[cfg(feature = "command")]
mod command;
mod keyring;
mod passphrase;
mod pkcs11;
mod private_key;
mod record;
mod request;
pub mod sealed_file;
mod signer;
mod store;
mod token_keys;

#[cfg(feature = "command")]
pub use command::{KeyCommand, KeyCommandError, KeyStoreArgs, ModuleArgs, PassphraseArgs, PinArgs};
pub use keyring::Keyring;
pub use passphrase::{MIN_PASSPHRASE, Passphrase, PassphraseError, PassphraseSource};
pub use pkcs11::{MODULE_VARIABLE, TokenError, TokenPlace, TokenUri, UriError};
pub use private_key::{KeyType, PrivateKey, PrivateKeyError};
pub use record::{KeyRecord, RecordError};
pub use request::{RequestError, barcode_signer_request, certificate_in, request_pem};
pub use sealed_file::SealedFileError;
pub use signer::{SignError, Signer};
pub use store::{KeyStore, Purpose, StoreError};
