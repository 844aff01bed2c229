//! Private keys at rest: PKCS#8 `EncryptedPrivateKeyInfo` under PBES2 (RFC 8018), in PEM.
//!
//! Written with scrypt (N = 2^14, r = 8, p = 5: the strength that OWASP's password storage guidance
//! asks for, within the 32 MiB that OpenSSL allows itself) and AES-256-CBC, so that `openssl pkey`
//! can open a key without us. Reading accepts any PBES2 whose cost is bounded: a key file is input
//! like any other, and an iteration count of 2^31 is a way to hang a service.

use crate::passphrase::Passphrase;
use pkcs8::der::pem::PemLabel;
use pkcs8::der::{Decode, SecretDocument, pem};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{EncryptionScheme as Cipher, Kdf, Parameters, Salt, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef};
use zeroize::Zeroizing;

/// scrypt's parameters for new files: 16 MiB.
const SCRYPT_COST: u64 = 1 << 14;
const SCRYPT_BLOCK_SIZE: u16 = 8;

/// How hard a new file makes it to guess its passphrase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effort {
    /// Five passes, for every key that counts.
    Full,
    /// One pass: a DEMO key guards nothing, and a demonstration opens dozens.
    Demo,
}

impl Effort {
    fn passes(self) -> u16 {
        match self {
            Self::Full => 5,
            Self::Demo => 1,
        }
    }
}

/// The most PBKDF2 iterations that are tried (RFC 8018 section 4.2 speaks of up to ten million).
const MAX_PBKDF2_ITERATIONS: u32 = 10_000_000;
/// The most memory that scrypt may ask for, in bytes.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
/// The most scrypt work, as memory times parallelization, in bytes.
const MAX_SCRYPT_WORK: u64 = 4 << 30;
/// The largest file or ciphertext, in bytes: a private key takes a few hundred.
const MAX_LENGTH: usize = 16 * 1024;

/// Why a sealed file did not open or could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealedFileError {
    /// Not PEM with the label `ENCRYPTED PRIVATE KEY`, or not such DER.
    #[error("not an encrypted PKCS#8 key")]
    Malformed,
    /// Not PBES2, or with functions that are not supported.
    #[error("encrypted in a way that is not supported (PBES2 with scrypt or PBKDF2-HMAC-SHA-2 and AES is)")]
    Unsupported,
    /// The key derivation would cost more than is reasonable.
    #[error("the key derivation parameters are out of bounds")]
    TooCostly,
    /// Wrong passphrase, or the ciphertext is damaged: PBES2 cannot tell which.
    #[error("wrong passphrase, or the file is damaged")]
    WrongPassphrase,
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
}

/// Encrypts bytes, normally a PKCS#8 key, as PEM.
///
/// # Errors
/// [`SealedFileError::Random`], or [`SealedFileError::Malformed`] when `plain` is longer than 8 KiB.
pub fn seal(plain: &[u8], passphrase: &Passphrase, effort: Effort) -> Result<String, SealedFileError> {
    if plain.len() > MAX_LENGTH / 2 {
        return Err(SealedFileError::Malformed);
    }
    let parameters = fresh_parameters(effort)?;
    let encrypted = parameters.encrypt(passphrase.as_bytes(), plain).map_err(|_| SealedFileError::Unsupported)?;
    let info = EncryptedPrivateKeyInfoOwned {
        encryption_algorithm: parameters.into(),
        encrypted_data: pkcs8::der::asn1::OctetString::new(encrypted).map_err(|_| SealedFileError::Malformed)?,
    };
    let document = SecretDocument::try_from(info).map_err(|_| SealedFileError::Malformed)?;
    let text = document
        .to_pem(EncryptedPrivateKeyInfoOwned::PEM_LABEL, pem::LineEnding::LF)
        .map_err(|_| SealedFileError::Malformed)?;
    Ok(text.to_string())
}

fn fresh_parameters(effort: Effort) -> Result<Parameters, SealedFileError> {
    let (mut salt, mut iv) = ([0u8; 16], [0u8; 16]);
    getrandom::fill(&mut salt).map_err(|_| SealedFileError::Random)?;
    getrandom::fill(&mut iv).map_err(|_| SealedFileError::Random)?;
    let kdf = Kdf::Scrypt(ScryptParams {
        salt: Salt::new(salt).map_err(|_| SealedFileError::Unsupported)?,
        cost_parameter: SCRYPT_COST,
        block_size: SCRYPT_BLOCK_SIZE,
        parallelization: effort.passes(),
        key_length: None,
    });
    Ok(Parameters { kdf, encryption: Cipher::Aes256Cbc { iv } })
}

/// Decrypts a PEM file written by [`seal`] or by another tool.
///
/// # Errors
/// Any [`SealedFileError`] but `Random`.
pub fn open(text: &str, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, SealedFileError> {
    if text.len() > MAX_LENGTH {
        return Err(SealedFileError::Malformed);
    }
    let (label, document) = SecretDocument::from_pem(text).map_err(|_| SealedFileError::Malformed)?;
    if label != EncryptedPrivateKeyInfoOwned::PEM_LABEL {
        return Err(SealedFileError::Malformed);
    }
    open_der(document.as_bytes(), passphrase)
}

/// Decrypts the DER of an `EncryptedPrivateKeyInfo` and gives out the plaintext as it is: whether
/// that is a key is for [`PrivateKey::from_pkcs8`](crate::PrivateKey::from_pkcs8) to say.
///
/// # Errors
/// Any [`SealedFileError`] but `Random`.
pub fn open_der(der: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, SealedFileError> {
    if der.len() > MAX_LENGTH {
        return Err(SealedFileError::Malformed);
    }
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| SealedFileError::Malformed)?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(SealedFileError::Unsupported);
    };
    check_cost(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let length = match parameters.decrypt_in_place(passphrase.as_bytes(), &mut buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs8::pkcs5::Error::DecryptFailed) => return Err(SealedFileError::WrongPassphrase),
        Err(_) => return Err(SealedFileError::Unsupported),
    };
    buffer.truncate(length);
    Ok(buffer)
}

/// Refuses key derivations that would take minutes or gigabytes, before any work is done.
fn check_cost(kdf: &Kdf) -> Result<(), SealedFileError> {
    let affordable = match kdf {
        Kdf::Pbkdf2(parameters) => (1..=MAX_PBKDF2_ITERATIONS).contains(&parameters.iteration_count),
        Kdf::Scrypt(parameters) => {
            let memory = parameters.cost_parameter.saturating_mul(128 * u64::from(parameters.block_size));
            parameters.cost_parameter >= 2
                && parameters.cost_parameter.is_power_of_two()
                && parameters.block_size >= 1
                && parameters.parallelization >= 1
                && memory <= MAX_SCRYPT_MEMORY
                && memory.saturating_mul(u64::from(parameters.parallelization)) <= MAX_SCRYPT_WORK
        }
        _ => return Err(SealedFileError::Unsupported),
    };
    if affordable { Ok(()) } else { Err(SealedFileError::TooCostly) }
}
