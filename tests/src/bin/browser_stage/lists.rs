//! What is published: the lists in force, newer ones, old ones, and those of somebody else.

use crate::codes::Codes;
use std::fs;
use std::io;
use std::path::Path;
use tegata_certificate::{Format, StatusIndex, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::published::lay_out;
use tegata_tests::specimen::{DAY, japan};
use tegata_tests::travel_office::TravelOffice;
use tegata_trust_lists::publish::{DemoRepository, STARTER_RULES, read_rule_text};
use tegata_trust_lists::rules::RuleSet;
use tegata_trust_lists::{Bundle, Issuer, RootPin, TrustState};
use tegata_verifier::{Policy, Verifier};

/// An office that has not published for a while.
pub struct Old {
    /// Its root.
    pub pin: RootPin,
    /// Published ten days ago: past its date, and to be used with care.
    pub stale: Bundle,
    /// Published sixty days ago: of no use.
    pub expired: Bundle,
    /// When the expired ones were.
    pub expired_at: UnixTime,
}

/// Everything that is published.
pub struct Lists {
    /// The root of the office's lists.
    pub pin: RootPin,
    /// In force.
    pub current: Bundle,
    /// The next edition: one more certificate is withdrawn.
    pub newer: Bundle,
    /// An office that does not keep up.
    pub old: Old,
    /// Of another root, and as good in itself.
    pub other: (Bundle, RootPin),
}

impl Lists {
    /// Publishes what stands for these codes.
    pub fn publish(office: &mut TravelOffice, codes: &Codes, now: UnixTime) -> Self {
        let repository = &mut office.repository;
        repository.publish_shard(1);
        revoke(repository, codes.revoked);
        // Two purposes that ask for different diseases: one accepts what the other refuses.
        repository.rule_sets = ["venue", "ihr-yellow-fever", "japan-2022-three-doses"].map(starter).to_vec();
        let (current, pin) = repository.publish(now.plus(-3_600)).expect("publishes");
        revoke(repository, codes.revoked_later);
        let (newer, _) = repository.publish(now.plus(-1_800)).expect("publishes");
        Self { pin, current, newer, old: Old::publish(&codes.old_key, now), other: other(now) }
    }

    /// Judges by the lists in force.
    pub fn verifier(&self, now: UnixTime) -> Verifier {
        verifier(&self.current, &self.pin, now)
    }

    /// Writes each as a bundle and as a web server has it.
    pub fn write(&self, folder: &Path, now: UnixTime) -> io::Result<()> {
        let Self { pin, current, newer, old, other } = self;
        let all = [
            ("current", current, pin, now),
            ("newer", newer, pin, now),
            ("stale", &old.stale, &old.pin, now),
            ("expired", &old.expired, &old.pin, old.expired_at),
            ("other-root", &other.0, &other.1, now),
        ];
        fs::create_dir_all(folder.join("bundles"))?;
        for (name, bundle, pin, at) in all {
            fs::write(folder.join("bundles").join(format!("{name}.cbor")), bundle.encode())?;
            lay_out(bundle, pin, &folder.join("lists").join(name), at);
        }
        Ok(())
    }
}

/// A starter set.
fn starter(id: &str) -> RuleSet {
    let starter = STARTER_RULES.iter().find(|starter| starter.id == id).expect("a starter set");
    read_rule_text(starter.text).expect("a text").to_rule_set().expect("rules")
}

fn revoke(repository: &mut DemoRepository, index: StatusIndex) {
    repository.revoke(index.shard, u32::try_from(index.index).expect("an index of the sample"));
}

/// A verifier that was told to take lists of demonstrations.
pub fn verifier(bundle: &Bundle, pin: &RootPin, now: UnixTime) -> Verifier {
    let state = TrustState::load(bundle, pin, now).expect("lists that load");
    Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so")
}

fn kakuu() -> Issuer {
    Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() }
}

impl Old {
    fn publish(key: &PrivateKey, now: UnixTime) -> Self {
        let begun = now.plus(-70 * DAY);
        let mut repository = DemoRepository::new("DEMO/old", begun).expect("makes keys");
        let issuer = repository.add_issuer(kakuu());
        repository.add_key(issuer, key.verifying_key(), &[Format::Compact], begun);
        repository.publish_shard(1);
        let expired_at = now.plus(-60 * DAY);
        let editions =
            [60, 50, 40, 30, 20, 10].map(|days| repository.publish(now.plus(-days * DAY)).expect("publishes"));
        let [(expired, pin), .., (stale, _)] = &editions;
        let (expired, stale, pin) = (expired.clone(), stale.clone(), *pin);
        Self { pin, stale, expired, expired_at }
    }
}

fn other(now: UnixTime) -> (Bundle, RootPin) {
    let mut repository = DemoRepository::new("DEMO/other", now.plus(-DAY)).expect("makes keys");
    let issuer = repository.add_issuer(kakuu());
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    repository.add_key(issuer, key.verifying_key(), &[Format::Compact], now.plus(-DAY));
    repository.publish(now.plus(-3_600)).expect("publishes")
}
