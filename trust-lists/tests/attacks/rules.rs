//! Rules by whoever may not sign them, older ones, others of the same version, and none.

use tegata_certificate::UnixTime;
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::publish::{Lifetimes, Lists, Repository, Roles, STARTER_RULES, read_rule_text, sign_list};
use tegata_trust_lists::rules::RuleSet;
use tegata_trust_lists::{Bundle, NamedFile, Role, RoleKeys, TrustError, TrustState, UpdateError, Updated, update};

const NOW: UnixTime = UnixTime(1_780_272_000);
const DAY: i64 = 86_400;

fn starter(id: &str) -> RuleSet {
    let text = STARTER_RULES.iter().find(|starter| starter.id == id).expect("a starter set").text;
    read_rule_text(text).expect("a set").to_rule_set().expect("rules")
}

/// A repository whose every key is at hand, to sign what no publisher would.
struct Forger {
    root: PrivateKey,
    trust: PrivateKey,
    status: PrivateKey,
    head: PrivateKey,
    rules: PrivateKey,
    repository: Repository,
}

const ID: &str = "DEMO/forger";

impl Forger {
    fn new() -> Self {
        let key = || PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let (root, trust, status, head, rules) = (key(), key(), key(), key(), key());
        let one = |key: &PrivateKey| RoleKeys { threshold: 1, keys: vec![key.verifying_key().clone()] };
        let roles = Roles {
            root: one(&root),
            trust: one(&trust),
            status: Some(one(&status)),
            head: one(&head),
            rules: Some(one(&rules)),
        };
        let lifetimes = Lifetimes::default();
        let mut repository = Repository::init(ID, roles, lifetimes, &[&root], NOW).expect("a root");
        repository.publish(Lists::default(), lifetimes, &[&trust, &head], NOW).expect("publishes");
        Self { root, trust, status, head, rules, repository }
    }

    fn publish(&mut self, sets: Vec<RuleSet>, at: UnixTime) -> Bundle {
        let signers: [&dyn Signer; 2] = [&self.rules, &self.head];
        self.repository.publish_rules(sets, Lifetimes::default(), &signers, at).expect("publishes");
        self.repository.bundle().expect("published")
    }

    /// What is published, with another file of rules or none, named by a head of the next version.
    fn with(&self, rules: Option<(Vec<u8>, u64)>, at: UnixTime) -> Bundle {
        let mut bundle = self.repository.bundle().expect("published");
        let mut head = self.repository.state().expect("published").head().clone();
        head.header.version += 1;
        (head.header.issued_at, head.header.expires_at) = (at, at.plus(7 * DAY));
        head.rules = rules.as_ref().map(|(file, version)| NamedFile::of(file, *version));
        bundle.rules = rules.map(|(file, _)| file);
        bundle.head = sign_list(Role::Head, ID, &head.encode(), &[&self.head]).expect("signs");
        bundle
    }
}

#[test]
fn no_key_but_the_rules_roles_own_signs_rules_and_for_nothing_else() {
    let mut forger = Forger::new();
    forger.publish(vec![starter("venue")], NOW);
    let mut list = forger.repository.state().and_then(|state| state.rules().cloned()).expect("rules");
    list.header.version = 2;
    let payload = list.encode();
    let pin = forger.repository.pin();
    let load = |file: Vec<u8>| TrustState::load(&forger.with(Some((file, 2)), NOW), &pin, NOW).err();
    assert_eq!(load(sign_list(Role::Rules, ID, &payload, &[&forger.rules]).expect("signs")), None);
    let refused = Some(TrustError::BelowThreshold { role: Role::Rules });
    for key in [&forger.root, &forger.trust, &forger.status, &forger.head] {
        assert_eq!(load(sign_list(Role::Rules, ID, &payload, &[key]).expect("signs")), refused);
    }
    for (role, id) in [(Role::Status, ID), (Role::Head, ID), (Role::Rules, "DEMO/another")] {
        assert_eq!(load(sign_list(role, id, &payload, &[&forger.rules]).expect("signs")), refused);
    }
    assert_eq!(
        load(sign_list(Role::Rules, ID, &payload, &[]).expect("signs")),
        Some(TrustError::Malformed { role: Role::Rules })
    );
    // The rules' key signs no other list either.
    let head = forger.repository.state().expect("published").head().encode();
    let mut bundle = forger.repository.bundle().expect("published");
    bundle.head = sign_list(Role::Head, ID, &head, &[&forger.rules]).expect("signs");
    assert_eq!(TrustState::load(&bundle, &pin, NOW).err(), Some(TrustError::BelowThreshold { role: Role::Head }));
}

#[test]
fn older_other_or_forgotten_rules_are_refused_though_a_new_head_names_them() {
    let mut forger = Forger::new();
    let first = forger.publish(vec![starter("venue")], NOW);
    let second = forger.publish(vec![starter("venue"), starter("ihr-polio")], NOW.plus(60));
    let pin = forger.repository.pin();
    let Ok(Updated::Changed(held)) = update(None, &pin, &mut &second, NOW.plus(60)) else { panic!("the lists") };
    let later = NOW.plus(120);
    let take = |bundle: Bundle, at: UnixTime| match update(Some(&held), &pin, &mut &bundle, at) {
        Ok(_) => None,
        Err(UpdateError::Refused(error)) => Some(error),
        Err(UpdateError::Source { error, .. }) => match error {},
    };
    let old = forger.with(Some((first.rules.clone().expect("rules"), 1)), later);
    assert!(matches!(take(old, later), Some(TrustError::Rollback { found: 1, held: 2, .. })));

    let mut other = held.state().rules().expect("rules").clone();
    other.sets.remove(0);
    let other = sign_list(Role::Rules, ID, &other.encode(), &[&forger.rules]).expect("signs");
    assert!(matches!(take(forger.with(Some((other, 2)), later), later), Some(TrustError::Forked { version: 2, .. })));

    assert_eq!(take(forger.with(None, later), later), Some(TrustError::RulesForgotten));
    // At their date they may leave.
    let after = NOW.plus(60 + 30 * DAY);
    assert_eq!(take(forger.with(None, after.plus(-1)), after.plus(-1)), Some(TrustError::RulesForgotten));
    assert_eq!(take(forger.with(None, after), after), None);
    assert_eq!(take(forger.with(Some((second.rules.expect("rules"), 2)), later), later), None);
}
