//! Sealing: personal data is kept as AES-256-GCM-SIV values (RFC 8452) that only the register's key opens.
//!
//! A sealed value is a version byte 1, a random nonce of 12 bytes, and the ciphertext with its tag. It is bound to its
//! table, its person, its column and the key: moved elsewhere, it does not open.

use super::key::MasterKey;
use super::lookup;
use super::read::damaged;
use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce, Tag};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tegata_certificate::BirthDate;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Where a sealed value belongs.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) table: &'static str,
    pub(super) number: &'a str,
    pub(super) column: &'static str,
}

impl<'a> Place<'a> {
    /// The record of a person.
    pub(super) fn person(number: &'a str) -> Self {
        Self { table: "person", number, column: "sealed" }
    }
}

/// The keys of one register.
pub(crate) struct Seals {
    cipher: Aes256GcmSiv,
    lookup: Hmac<Sha256>,
    /// Seals the entries of the audit.
    audit: Hmac<Sha256>,
    audit_key: AuditKey,
    id: [u8; 16],
}

/// The key of the audit's seals.
pub(super) type AuditKey = Zeroizing<[u8; 32]>;

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

impl Seals {
    /// The keys that are derived from a master key, each apart from the others.
    pub(super) fn new(master: &MasterKey) -> Self {
        let derived = Hkdf::<Sha256>::new(None, master.as_slice());
        let mut id = [0; 16];
        let (mut sealing, mut lookup, mut audit) =
            (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]), AuditKey::default());
        let labels: [(&str, &mut [u8]); 4] = [
            ("tegata register: key id", &mut id),
            ("tegata register: sealed values, AES-256-GCM-SIV", sealing.as_mut_slice()),
            ("tegata register: look-up, HMAC-SHA-256", lookup.as_mut_slice()),
            ("tegata register: audit, HMAC-SHA-256", audit.as_mut_slice()),
        ];
        for (label, key) in labels {
            derived
                .expand(label.as_bytes(), key)
                .unwrap_or_else(|_| unreachable!("HKDF-SHA-256 gives up to 8160 bytes"));
        }
        Self {
            cipher: Aes256GcmSiv::new((&*sealing).into()),
            lookup: mac(&lookup),
            audit: mac(&audit),
            id,
            audit_key: audit,
        }
    }

    /// The same, with the key that the chain of the audit began with, where that was under another master key.
    pub(super) fn with_audit_key(self, audit_key: AuditKey) -> Self {
        Self { audit: mac(&audit_key), audit_key, ..self }
    }

    /// The key that seals the audit, to be kept under another master key.
    pub(super) fn audit_key(&self) -> &AuditKey {
        &self.audit_key
    }

    /// The seal of an entry of the audit: the first 16 bytes of HMAC-SHA-256 of its link.
    pub(super) fn seal_link(&self, link: &[u8; 32]) -> [u8; 16] {
        let mut mac = self.audit.clone();
        mac.update(link);
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// Which key it is; tells nothing of the key itself.
    pub(super) fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Seals a value.
    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8], nonces: &mut Nonces) -> Result<Vec<u8>, sqlx::Error> {
        let nonce = nonces.next()?;
        let mut sealed = Vec::with_capacity(1 + NONCE + plain.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, text) = sealed.split_at_mut(1 + NONCE);
        let tag = self
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), self.associated(place).bytes(), text.into())
            .unwrap_or_else(|_| unreachable!("a value of a register is shorter than 64 GiB"));
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens a sealed value; a value that was changed, or that belongs elsewhere, is damage.
    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, sqlx::Error> {
        let opened = || {
            let (&version, rest) = sealed.split_first()?;
            let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
            let (text, tag) = rest.split_last_chunk::<TAG>()?;
            let mut plain = Zeroizing::new(text.to_vec());
            let associated = self.associated(place);
            self.cipher
                .decrypt_inout_detached(
                    &Nonce::from(*nonce),
                    associated.bytes(),
                    plain.as_mut_slice().into(),
                    &Tag::from(*tag),
                )
                .ok()?;
            (version == VERSION).then_some(plain)
        };
        opened().ok_or_else(damaged)
    }

    /// What finds a person without telling who it is: the first 16 bytes of HMAC-SHA-256 of the kana, spelled alike,
    /// and the birth date. None where either is not known.
    pub(super) fn lookup(&self, kana: Option<&str>, birth: BirthDate) -> Option<[u8; 16]> {
        let BirthDate::Day(date) = birth else { return None };
        let mut name = lookup::Spelling::default();
        if !name.spell(kana?) {
            return None;
        }
        let mut mac = self.lookup.clone();
        mac.update(&date.days().to_be_bytes());
        mac.update(name.as_bytes());
        mac.finalize().into_bytes().first_chunk().copied()
    }

    fn associated(&self, place: Place<'_>) -> Associated {
        let mut associated = Associated { bytes: [0; Associated::ROOM], length: 0 };
        for part in [place.table.as_bytes(), place.number.as_bytes(), place.column.as_bytes()] {
            associated.put(part);
            associated.put(&[0]);
        }
        associated.put(&self.id);
        associated
    }
}

/// Associated data, in place: names of tables and columns are ours, a number has at most 20 characters.
struct Associated {
    bytes: [u8; Self::ROOM],
    length: usize,
}

impl Associated {
    const ROOM: usize = 128;

    fn put(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(part);
            self.length = end;
        } else {
            unreachable!("associated data is short");
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Random nonces: the operating system is asked for many at a time.
pub(super) struct Nonces {
    random: Vec<u8>,
    used: usize,
}

impl Nonces {
    /// For about so many values.
    pub(super) fn for_values(count: usize) -> Self {
        Self { random: vec![0; NONCE * count.clamp(1, 4096)], used: usize::MAX }
    }

    fn next(&mut self) -> Result<[u8; NONCE], sqlx::Error> {
        loop {
            let nonce = self.random.get(self.used..).and_then(|rest| rest.first_chunk::<NONCE>()).copied();
            if let Some(nonce) = nonce {
                self.used += NONCE;
                return Ok(nonce);
            }
            fill_random(&mut self.random)?;
            self.used = 0;
        }
    }
}

/// Random bytes.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), sqlx::Error> {
    getrandom::fill(bytes).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegata_certificate::Date;

    fn seals(byte: u8) -> Seals {
        Seals::new(&MasterKey::new([byte; 32]))
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_and_nowhere_else() {
        let (seals, mut nonces) = (self::seals(1), Nonces::for_values(1));
        let place = Place::person("4711");
        let sealed = seals.seal(place, b"a record", &mut nonces).expect("seals");
        assert_eq!(*seals.open(place, &sealed).expect("opens"), b"a record");
        let elsewhere = [
            Place::person("4712"),
            Place { table: "record_version", ..place },
            Place { column: "lookup", ..place },
            // The same letters, cut otherwise.
            Place { table: "perso", number: "n4711", ..place },
        ];
        for place in elsewhere {
            assert!(seals.open(place, &sealed).is_err());
        }
        assert!(self::seals(2).open(place, &sealed).is_err(), "another key");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seals.open(place, &changed).is_err(), "byte {at}");
            assert!(seals.open(place, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_is_never_sealed_to_the_same_bytes() {
        let (seals, mut nonces) = (self::seals(1), Nonces::for_values(2));
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            assert!(seen.insert(seals.seal(Place::person("1"), b"x", &mut nonces).expect("seals")));
        }
    }

    #[test]
    fn a_look_up_finds_the_same_person_however_the_kana_is_written_and_nobody_else() {
        let seals = self::seals(1);
        let birth = |day| BirthDate::Day(Date::from_ymd(1980, 5, day).expect("a day"));
        let found = seals.lookup(Some("ヤマダ　ハナコ"), birth(6));
        assert!(found.is_some());
        assert_eq!(seals.lookup(Some("やまだ はなこ"), birth(6)), found);
        assert_eq!(seals.lookup(Some("ﾔﾏﾀﾞﾊﾅｺ"), birth(6)), found);
        assert_ne!(seals.lookup(Some("ヤマタハナコ"), birth(6)), found);
        assert_ne!(seals.lookup(Some("ヤマダハナコ"), birth(7)), found);
        assert_ne!(self::seals(2).lookup(Some("ヤマダハナコ"), birth(6)), found);
        assert_eq!(seals.lookup(None, birth(6)), None);
        assert_eq!(seals.lookup(Some("　・ー"), birth(6)), None, "nothing is left of it");
        assert_eq!(seals.lookup(Some("ヤマダハナコ"), BirthDate::Month(1980, 5)), None);
    }
}
