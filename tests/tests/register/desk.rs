//! A counter with a register, keys for three families, a published list, and a key for requests.

use std::path::PathBuf;
use tegata_certificate::{Certificate, Format, Sealed, UnixTime};
use tegata_issuer::approval::{ApprovalKind, Decision, Granted, Permit, Subject};
use tegata_issuer::check::{Code, Language};
use tegata_issuer::correct::{CorrectError, Corrected, Correction, CorrectionReason, Edit, Tools, correct};
use tegata_issuer::issue::{IssuedText, IssuingKey, Plan, Purpose, issue_texts};
use tegata_issuer::withdraw::{REQUESTS, StatusKey, hand_out, request_name};
use tegata_issuer::{Actor, Register, Way};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::specimen::{DAY, NOW, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, Request, TrustState};

use super::number;
use super::stores::Store;

/// The repository's id.
const REPOSITORY: &str = "DEMO/desk";

/// The counter.
pub struct Desk<'s> {
    pub store: &'s Store,
    keys: Vec<PrivateKey>,
    pub status: PrivateKey,
    pub state: TrustState,
}

/// How a correction is made, where it is not as usual.
#[derive(Clone, Copy, Default)]
pub struct How<'a> {
    pub confirm: &'a [Code],
    pub renew: bool,
    pub withdraw_only: bool,
    pub dry_run: bool,
    pub permit: Option<Permit<'a>>,
    pub at: i64,
}

impl<'s> Desk<'s> {
    /// A counter with these rows of the long form.
    pub fn with(store: &'s Store, rows: &str) -> Self {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        super::import_rows(&mut register, rows);
        register.close().expect("closes");
        let key = |kind| PrivateKey::generate(kind).expect("randomness");
        let keys = vec![key(KeyType::Ed25519), key(KeyType::P256), key(KeyType::P256)];
        let mut repository = DemoRepository::new(REPOSITORY, NOW.plus(-DAY)).expect("makes keys");
        let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
        let issuer = repository.add_issuer(issuer);
        for (key, format) in keys.iter().zip([Format::Compact, Format::EuDcc]) {
            repository.add_key(issuer, key.verifying_key(), &[format], NOW.plus(-DAY));
        }
        let (bundle, pin) = repository.publish(NOW.plus(-3_600)).expect("publishes");
        let state = TrustState::load(&bundle, &pin, NOW).expect("loads");
        Self { store, keys, status: key(KeyType::Ed25519), state }
    }

    /// The register, opened by the clerk of the morning.
    pub fn register(&self) -> Register {
        self.register_of("clerk")
    }

    /// The register, opened by somebody.
    pub fn register_of(&self, name: &str) -> Register {
        let mut register = Register::open(self.store.location()).expect("opens");
        register.act_for(Actor::new(name, "counter-1").expect("an actor"));
        register
    }

    fn issuing(&self, now: UnixTime) -> Vec<IssuingKey<'_>> {
        self.keys.iter().take(2).map(|key| IssuingKey::new(key, &self.state, now).expect("is listed")).collect()
    }

    /// Issues to one person.
    pub fn issue(&self, person: &str, formats: &[Format], purpose: Purpose) -> Vec<IssuedText> {
        let plan = Plan { formats: formats.to_vec(), purpose, ..Plan::default() };
        issue_texts(&mut self.register(), &self.issuing(NOW), &plan, &number(person), NOW).expect("issues")
    }

    /// The keys that issue.
    pub fn keys(&self, now: UnixTime) -> Vec<IssuingKey<'_>> {
        self.issuing(now)
    }

    /// The text of the compact certificate of one person.
    pub fn compact(&self, person: &str) -> String {
        let issued = self.issue(person, &[Format::Compact], Purpose::Domestic);
        issued.into_iter().next().expect("one").text.expect("is issued")
    }

    /// Corrects in the usual way.
    pub fn correct(&self, person: &str, edits: &[&str], how: How<'_>) -> Result<Corrected, CorrectError> {
        let edits: Vec<Edit> = edits.iter().map(|edit| Edit::parse(edit).expect("an edit")).collect();
        self.correct_with(&mut self.register(), &self.status, person, &edits, how)
    }

    /// Corrects with another signer of requests.
    pub fn correct_with(
        &self,
        register: &mut Register,
        status: &dyn Signer,
        person: &str,
        edits: &[Edit],
        how: How<'_>,
    ) -> Result<Corrected, CorrectError> {
        let now = NOW.plus(DAY).plus(how.at);
        let (keys, person) = (self.issuing(now), number(person));
        let status = StatusKey::new(status, true, &self.state).expect("a key for requests");
        let requests = self.requests();
        let permit = how.permit.unwrap_or(Permit::KEY_HOLDER);
        let tools = Tools { keys: &keys, status: Some(&status), requests: &requests, permit };
        let correction = Correction {
            person: &person,
            edits,
            reason: CorrectionReason::Clerical,
            confirm: how.confirm,
            renew: how.renew,
            withdraw_only: how.withdraw_only,
            language: Language::Ja,
            way: Way::Counter,
            dry_run: how.dry_run,
            today: now.date().expect("a day"),
        };
        let corrected = correct(register, &tools, &correction, now)?;
        hand_out(register, &corrected.requests, &requests, None, now).expect("hands out");
        Ok(corrected)
    }

    /// Where requests are handed out.
    pub fn requests(&self) -> PathBuf {
        self.store.folder().join(REQUESTS)
    }

    /// A request as the status service opens it.
    pub fn opened(&self, sequence: u64) -> Request {
        let bytes = std::fs::read(self.requests().join(request_name(sequence))).expect("its file");
        let keys = [self.status.verifying_key().clone()];
        Request::open(&bytes, REPOSITORY, &keys).expect("opens").0
    }

    /// What a text says, as whoever holds the list reads it.
    pub fn read(&self, text: &str) -> Certificate {
        let sealed = Sealed::decode(text).expect("decodes");
        let hint = sealed.kid().unwrap_or_default();
        let mut keys = self.state.candidates(sealed.format(), hint);
        let authentic = keys.find_map(|entry| sealed.open(&entry.key).ok()).expect("a listed key signed it");
        authentic.read().expect("reads")
    }

    /// What somebody asks for and somebody else approves.
    pub fn granted(&self, kind: ApprovalKind, subject: &Subject) -> Granted {
        let id = self.register().ask_approval(kind, subject, "asked for at the counter", NOW).expect("asks");
        let mut second = self.register_of("second");
        second.decide_approval(id, Decision::Approve, "", NOW).expect("approves");
        second.granted(id, NOW).expect("is granted")
    }
}
