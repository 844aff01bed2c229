//! Lists made of a vector's trust set, as an operator makes them: import, publish, load.

use std::collections::BTreeMap;
use std::rc::Rc;
use tegata_certificate::UnixTime;
use tegata_tests::vectors::Case;
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, Observation, Outcome, Policy};
use tegata_trust_lists::publish::{DemoRepository, WithdrawalsContent};
use tegata_trust_lists::{Anchor, TrustState};
use tegata_verifier::{Policy as VerifierPolicy, Verifier};

/// A verifier with the lists of one trust set at one time.
pub struct Trusting {
    pub verifier: Verifier,
    /// What the operator was told of what was imported, by the vectors' codes.
    pub told: Vec<&'static str>,
    /// Why some of the set was not imported.
    pub refused: Vec<&'static str>,
}

/// The verifiers made so far.
#[derive(Default)]
pub struct Verifiers(BTreeMap<(String, UnixTime), Rc<Trusting>>);

impl Verifiers {
    pub fn of(&mut self, case: &Case<'_>) -> Rc<Trusting> {
        let key = (case.text("trust").to_owned(), case.now());
        Rc::clone(self.0.entry(key).or_insert_with(|| Rc::new(make(case))))
    }
}

fn make(case: &Case<'_>) -> Trusting {
    let now = case.now();
    let (mut told, mut refused) = (Vec::new(), Vec::new());
    let mut demo = DemoRepository::new("DEMO/vectors", now).expect("a repository");
    let files: Vec<InputFile> = case.trusted("csca").into_iter().map(file).collect();
    if !files.is_empty() {
        let imported = import(ListKind::Csca, &files, &[], now).expect("CSCA certificates");
        if imported.report.observed(Observation::CaFlagMissing) > 0 {
            told.push("anchor-ca-flag-missing");
        }
        // Not an issuer of certificates, or for another purpose: it is not listed at all.
        if imported.report.count(Outcome::OtherPurpose) > 0 {
            refused.extend(["anchor-not-ca", "anchor-wrong-purpose"]);
        }
        demo.anchors = imported.anchors;
    }
    let mut groups = Vec::new();
    for crl in case.trusted("crl") {
        match import(ListKind::Crl, &[file(crl)], &demo.anchors, now) {
            Ok(imported) => groups.extend(imported.withdrawals),
            Err(ImportError::Signature) => refused.push("crl-invalid"),
            Err(ImportError::FromTheFuture { .. }) => told.push("crl-from-the-future"),
            Err(ImportError::AuthorityUnknown) => {}
            Err(other) => panic!("{}: {other}", case.text("trust")),
        }
    }
    if !groups.is_empty() {
        let source = "the vectors".to_owned();
        demo.content.withdrawals.insert(1, WithdrawalsContent { source, groups });
    }
    let (bundle, pin) = demo.publish(now).expect("publishes");
    let state = TrustState::load(&bundle, &pin, now).expect("loads");
    let policy = VerifierPolicy { accept_demo: true, ..VerifierPolicy::default() };
    Trusting { verifier: Verifier::new(state, policy).expect("a verifier"), told, refused }
}

fn import(kind: ListKind, files: &[InputFile], anchors: &[Anchor], now: UnixTime) -> Result<Imported, ImportError> {
    let policy = Policy { keep_expired: true, unsigned_ok: true, ..Policy::new(now) };
    kind.read(&Input { files, signer: None, country: None, iss: None, anchors, policy: &policy })
}

fn file(bytes: Vec<u8>) -> InputFile {
    InputFile { name: "vector".to_owned(), bytes }
}
