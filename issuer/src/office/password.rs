//! Passwords of local accounts: argon2id, as slow for a name that nobody has as for one that somebody has.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;

/// The fewest characters of a password.
pub const SHORTEST: usize = 10;
/// The most bytes that are hashed.
pub const LONGEST: usize = 1_024;

/// Why a password is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters: choose another (DEMO accounts may have less)")]
    Length,
    /// It could not be hashed.
    #[error("the password cannot be hashed: the system gives no randomness or memory; try again")]
    Hash,
}

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1_024, 2, 1, None).unwrap_or(Params::DEFAULT))
}

/// A password's hash, in PHC form.
///
/// # Errors
/// [`PasswordError`].
pub fn hash(password: &str, demo: bool) -> Result<String, PasswordError> {
    let least = if demo { 1 } else { SHORTEST };
    if password.chars().count() < least || password.len() > LONGEST {
        return Err(PasswordError::Length);
    }
    argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| PasswordError::Hash)
}

/// Whether a password is the one that was hashed. Without a hash it takes as long, and is not.
#[must_use]
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| {
        argon2().hash_password(b"nobody has this password").map(|hash| hash.to_string()).unwrap_or_default()
    });
    let (hash, known) = hash.map_or((NOBODYS.as_str(), false), |hash| (hash, true));
    if password.len() > LONGEST {
        return false;
    }
    let right = PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
    right && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_is_right_and_no_other() {
        let hashed = hash("three small boats", false).expect("hashes");
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(is_right("three small boats", Some(&hashed)));
        assert!(!is_right("three small boat", Some(&hashed)) && !is_right("", Some(&hashed)));
        assert!(!is_right("nobody has this password", None) && !is_right("x", Some("damaged")));
        assert_ne!(hash("three small boats", false), Ok(hashed));
    }

    #[test]
    fn a_short_password_is_for_demonstrations_only() {
        assert_eq!(hash("demo", false), Err(PasswordError::Length));
        assert!(hash("demo", true).is_ok());
        assert_eq!(hash(&"x".repeat(LONGEST + 1), true), Err(PasswordError::Length));
    }
}
