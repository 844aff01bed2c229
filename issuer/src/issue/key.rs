//! A key that issues: what signs, and how the published lists have it.

use tegata_certificate::{Country, Format, KeyIdentity, UnixTime};
use tegata_keys::Signer;
use tegata_trust_lists::{Authority, Issuer, KeyEntry, KeyState, StatusRange, TrustState};

/// A key that issues: what signs, and how the published list has it.
pub struct IssuingKey<'a> {
    signer: &'a dyn Signer,
    entry: &'a KeyEntry,
    issuer: &'a Issuer,
    /// The list that has it.
    state: &'a TrustState,
}

/// Why a key cannot issue. Each says what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The published list does not have it.
    #[error(
        "the key is not on the trust list: what it signed would be refused everywhere; have the list's operator add it (tegata-trust add-issuer) and publish"
    )]
    NotListed,
    /// It is retired or revoked there.
    #[error(
        "the trust list says that the key signs no more: make a new one (tegata-issuer key new) and have it listed"
    )]
    OutOfService,
    /// Now lies outside its signing window.
    #[error("now lies outside the key's signing window on the trust list: use the key of this period")]
    OutsideWindow,
}

impl<'a> IssuingKey<'a> {
    /// A key as the verified list has it, checked for use at `now`.
    ///
    /// # Errors
    /// [`KeyProblem`] if verifiers would refuse what it signs now.
    pub fn new(signer: &'a dyn Signer, state: &'a TrustState, now: UnixTime) -> Result<Self, KeyProblem> {
        let key = signer.verifying_key();
        let entry = state.trust().keys.iter().find(|entry| entry.key == *key).ok_or(KeyProblem::NotListed)?;
        let issuer = state.issuer(entry).ok_or(KeyProblem::NotListed)?;
        if entry.state != KeyState::Active {
            return Err(KeyProblem::OutOfService);
        }
        if !(entry.sign_from..entry.sign_until).contains(&now) || now >= entry.valid_until {
            return Err(KeyProblem::OutsideWindow);
        }
        Ok(Self { signer, entry, issuer, state })
    }

    /// Whether what it signs in that family is accepted.
    #[must_use]
    pub fn signs(&self, format: Format) -> bool {
        self.entry.signs(format)
    }

    pub(super) fn signer(&self) -> &'a dyn Signer {
        self.signer
    }

    pub(super) fn state(&self) -> &'a TrustState {
        self.state
    }

    /// Its full identifier in the list.
    pub(super) fn kid(&self) -> [u8; 32] {
        self.entry.kid
    }

    /// The status indices that its certificates may name.
    pub(super) fn ranges(&self) -> &'a [StatusRange] {
        &self.entry.ranges
    }

    /// The key as messages of a family name it.
    pub(super) fn identity(&self, format: Format) -> KeyIdentity<'_> {
        let kid = if format == Format::Shc { self.entry.shc_kid() } else { self.entry.kid };
        KeyIdentity { algorithm: self.entry.key.algorithm(), kid, certificate: None }
    }

    /// The issuer's name in English, as certificates state it.
    pub(super) fn issuer_name(&self) -> &'a str {
        &self.issuer.name_en
    }

    /// The exact issuer that it speaks for, if it does not speak for countries.
    pub(super) fn iss(&self) -> Option<&'a str> {
        self.entry.iss()
    }

    /// The country that certificates of it name: the issuer's own, if the key speaks for it.
    pub(super) fn country(&self) -> Option<Country> {
        match &self.entry.authority {
            Authority::Countries(countries) if countries.contains(&self.issuer.country) => Some(self.issuer.country),
            Authority::Countries(countries) => countries.first().copied(),
            Authority::Iss(_) => None,
        }
    }

    /// The end of a certificate issued now: the wanted life, but never beyond what the list grants.
    pub(super) fn expiry(&self, life: i64, now: UnixTime) -> UnixTime {
        let life = life.min(self.entry.max_life.unwrap_or(i64::MAX));
        now.plus(life).min(self.entry.valid_until).min(UnixTime::MAX)
    }
}
