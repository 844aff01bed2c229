//! A state that gives signers their certificates, and a border desk that lists it.

use tegata_certificate::{Algorithm, Certificate, Country, Format, KeyIdentity, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer, barcode_signer_request};
use tegata_tests::fuzzing::maker::{Made, Party};
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, Policy};
use tegata_trust_lists::publish::{DemoRepository, WithdrawalsContent};
use tegata_trust_lists::{Anchor, TrustState, WithdrawalGroup};
use tegata_verifier::{Policy as VerifierPolicy, Verifier};

/// 2026-06-15.
pub const NOW: UnixTime = UnixTime(1_781_481_600);

/// The authority.
pub const STATE: Party = Party { country: "JP", name: "CSCA of a specimen", secret: 31 };

/// A signer with the certificate that the state gave it for its request.
pub struct Office {
    pub key: PrivateKey,
    pub certificate: Vec<u8>,
}

impl Office {
    pub fn new(serial: u8) -> Self {
        let key = PrivateKey::generate(KeyType::P256).expect("random");
        let japan = Country::parse("JP").expect("a country");
        let request = barcode_signer_request(&key, japan, "DA").expect("a request");
        let certificate = Made::answering(&request, serial, STATE).signed_by(STATE);
        Self { key, certificate }
    }

    pub fn seal(&self, certificate: &Certificate) -> String {
        let kid = self.key.verifying_key().thumbprint();
        let identity = KeyIdentity { algorithm: Algorithm::Es256, kid, certificate: Some(&self.certificate) };
        let unsigned = Format::VdsNc.write(certificate, &identity).expect("can be written");
        let signature = self.key.sign(unsigned.to_be_signed()).expect("signs");
        unsigned.seal(&signature).expect("fits").text().to_owned()
    }
}

pub fn import(kind: ListKind, bytes: Vec<Vec<u8>>, anchors: &[Anchor]) -> Result<Imported, ImportError> {
    let file = |bytes| InputFile { name: "file".to_owned(), bytes };
    let files: Vec<_> = bytes.into_iter().map(file).collect();
    let policy = Policy { unsigned_ok: kind == ListKind::Csca, ..Policy::new(NOW) };
    kind.read(&Input { files: &files, signer: None, country: None, iss: None, anchors, policy: &policy })
}

/// The state's certificate as a listed anchor.
pub fn anchors() -> Vec<Anchor> {
    let csca = Made::of(STATE, STATE).authority().signed_by(STATE);
    import(ListKind::Csca, vec![csca], &[]).expect("imports").anchors
}

/// A desk that lists the state and these withdrawals.
pub fn desk(groups: Vec<WithdrawalGroup>) -> Verifier {
    let mut demo = DemoRepository::new("DEMO/seals", NOW).expect("makes keys");
    demo.anchors = anchors();
    if !groups.is_empty() {
        demo.content.withdrawals.insert(1, WithdrawalsContent { source: "crls".to_owned(), groups });
    }
    let (bundle, pin) = demo.publish(NOW).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW).expect("loads");
    Verifier::new(state, VerifierPolicy { accept_demo: true, ..VerifierPolicy::default() }).expect("a verifier")
}
