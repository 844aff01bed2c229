//! Lists made of a vector's trust set, as an operator makes them: import, publish, load.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tegata_certificate::UnixTime;
use tegata_certificate::x509::Certificate;
use tegata_tests::vectors::{Case, record};
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, Observation, Outcome, Policy};
use tegata_trust_lists::publish::{DemoRepository, WithdrawalsContent};
use tegata_trust_lists::{Anchor, Bundle, RootPin, TrustState};
use tegata_verifier::{Moment, Policy as VerifierPolicy, Verdict, Verifier};

/// A verifier with the lists of one trust set at one time.
pub struct Trusting {
    bundle: Bundle,
    pin: RootPin,
    verifier: Verifier,
    authorities: Vec<Authority>,
    revocations: Vec<Revocations>,
    now: UnixTime,
}

/// One certificate of a set's authorities, and what its import comes to.
struct Authority {
    der: Vec<u8>,
    anchors: Vec<Anchor>,
    /// Why it was not taken.
    refused: Option<&'static str>,
    /// Whether the operator was told that it does not state what it is.
    flagless: bool,
}

/// One revocation list of a set, and what its import comes to, by the vectors' codes.
struct Revocations {
    der: Vec<u8>,
    told: Option<&'static str>,
}

/// What the imports told of the authorities and lists that one signer needs.
#[derive(Default)]
pub struct Told {
    /// What the operator was told of what was imported, by the vectors' codes.
    pub warnings: BTreeSet<&'static str>,
    /// Why some of it was not imported.
    pub refused: BTreeSet<&'static str>,
    /// Whether a list was imported that says what its authority revoked.
    pub revocations: bool,
}

impl Trusting {
    /// Judges a text.
    pub fn judge(&self, text: &str) -> Verdict<'_> {
        record(&self.bundle, &self.pin, text, self.now);
        self.verifier.verify(text, Moment::Now(self.now))
    }

    /// What the imports told of the authorities that may have issued this signer's certificate, and of their lists.
    pub fn told_of(&self, signer: &Certificate<'_>) -> Told {
        let mut told = Told::default();
        let authorities: Vec<_> = self.authorities.iter().filter(|authority| issued(&authority.der, signer)).collect();
        for authority in &authorities {
            told.refused.extend(authority.refused);
            if authority.flagless {
                told.warnings.insert("anchor-ca-flag-missing");
            }
        }
        let anchors: Vec<Anchor> = authorities.iter().flat_map(|authority| authority.anchors.clone()).collect();
        for list in &self.revocations {
            let alone = import(ListKind::Crl, &[file(list.der.clone())], &anchors, self.now);
            if matches!(alone, Err(ImportError::AuthorityUnknown)) {
                continue;
            }
            match list.told {
                None => told.revocations = true,
                Some("crl-invalid") => drop(told.refused.insert("crl-invalid")),
                Some(code) => drop(told.warnings.insert(code)),
            }
        }
        told
    }
}

/// Whether a certificate's owner may have issued another: by key identifier or, where either has none, by name.
fn issued(authority: &[u8], signer: &Certificate<'_>) -> bool {
    let authority = Certificate::from_der(authority).expect("a trusted certificate");
    match (signer.authority_key_identifier(), authority.subject_key_identifier()) {
        (Some(named), Some(own)) => named == own,
        _ => signer.issuer().means(&authority.subject()),
    }
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
    let mut demo = DemoRepository::new("DEMO/vectors", now).expect("a repository");
    let authorities: Vec<Authority> = case.trusted("csca").into_iter().map(|der| authority(der, now)).collect();
    let files: Vec<InputFile> = authorities.iter().map(|authority| file(authority.der.clone())).collect();
    if !files.is_empty() {
        demo.anchors = import(ListKind::Csca, &files, &[], now).expect("CSCA certificates").anchors;
    }
    let (mut groups, mut revocations) = (Vec::new(), Vec::new());
    for der in case.trusted("crl") {
        let told = match import(ListKind::Crl, &[file(der.clone())], &demo.anchors, now) {
            Ok(imported) => {
                groups.extend(imported.withdrawals);
                None
            }
            // Of no concern to any signer of the set's.
            Err(ImportError::AuthorityUnknown) => continue,
            Err(ImportError::FromTheFuture { .. }) => Some("crl-from-the-future"),
            Err(_) => Some("crl-invalid"),
        };
        revocations.push(Revocations { der, told });
    }
    if !groups.is_empty() {
        let source = "the vectors".to_owned();
        demo.content.withdrawals.insert(1, WithdrawalsContent { source, groups });
    }
    let (bundle, pin) = demo.publish(now).expect("publishes");
    let state = TrustState::load(&bundle, &pin, now).expect("loads");
    let policy = VerifierPolicy { accept_demo: true, ..VerifierPolicy::default() };
    let verifier = Verifier::new(state, policy).expect("a verifier");
    Trusting { bundle, pin, verifier, authorities, revocations, now }
}

fn authority(der: Vec<u8>, now: UnixTime) -> Authority {
    let imported = import(ListKind::Csca, &[file(der.clone())], &[], now).expect("a CSCA certificate");
    // Not an issuer of certificates, or for another purpose: it is not listed at all.
    let refused = (imported.report.count(Outcome::OtherPurpose) > 0).then(|| {
        let issues = Certificate::from_der(&der).is_ok_and(|certificate| certificate.may_issue());
        if issues { "anchor-wrong-purpose" } else { "anchor-not-ca" }
    });
    let flagless = imported.report.observed(Observation::CaFlagMissing) > 0;
    Authority { der, anchors: imported.anchors, refused, flagless }
}

fn import(kind: ListKind, files: &[InputFile], anchors: &[Anchor], now: UnixTime) -> Result<Imported, ImportError> {
    let policy = Policy { keep_expired: true, unsigned_ok: true, ..Policy::new(now) };
    kind.read(&Input { files, signer: None, country: None, iss: None, anchors, policy: &policy })
}

fn file(bytes: Vec<u8>) -> InputFile {
    InputFile { name: "vector".to_owned(), bytes }
}
