//! From a text to a verdict, against the bare signature check of the same message.

use crate::measure::{Bound, Candidate, Table, in_turns, micros};
use p256::ecdsa::signature::Verifier as _;
use tegata_certificate::{Certificate, Format, KeyIdentity, Sealed, StatusIndex, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer, barcode_signer_request};
use tegata_tests::fuzzing::maker::{Made, Party};
use tegata_tests::specimen;
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy as ImportPolicy};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Authority, Issuer, StatusRange, TrustState};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

/// A key, what it signed, and a verifier that was told of it.
struct Scene {
    text: String,
    verifier: Verifier,
    message: Vec<u8>,
    signature: Vec<u8>,
    key: PrivateKey,
}

fn scene(kind: KeyType, certificate: impl FnOnce(StatusIndex) -> Certificate) -> Scene {
    let now = specimen::NOW;
    let key = PrivateKey::generate(kind).expect("randomness");
    let mut repository = DemoRepository::new("DEMO/bench", now.plus(-86_400)).expect("keys");
    let issuer = repository.add_issuer(Issuer {
        name_ja: "架空市".into(),
        name_en: "Kakuu City".into(),
        country: specimen::japan(),
    });
    // A list of a thousand other keys, so that the look-up is one.
    for seed in 0..1_000u32 {
        let mut scalar = [7; 32];
        scalar[..4].copy_from_slice(&seed.to_be_bytes());
        let other = ed25519_dalek::SigningKey::from_bytes(&scalar);
        let other = tegata_certificate::VerifyingKey::ed25519(other.verifying_key().as_bytes()).expect("good");
        repository.add_key(issuer, &other, &[Format::Compact], now.plus(-86_400)).ranges.clear();
    }
    let entry = repository.add_key(issuer, key.verifying_key(), &[Format::Compact, Format::EuDcc], now.plus(-86_400));
    entry.ranges = vec![StatusRange { shard: 2, from: 0, to: 1 << 16 }];
    let status = StatusIndex { shard: entry.ranges[0].shard, index: entry.ranges[0].from };
    let certificate = certificate(status);
    let mut identity = specimen::identity(&key);
    if let Some(iss) = certificate.issuer.clone().filter(|_| certificate.format == Format::Shc) {
        entry.formats = vec![Format::Shc];
        entry.authority = Authority::Iss(iss);
        identity = specimen::card_identity(&key);
    }
    let (bundle, pin) = repository.publish(now.plus(-60)).expect("publishes");
    let state = TrustState::load(&bundle, &pin, now).expect("loads");
    let verifier = Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    let unsigned = certificate.format.write(&certificate, &identity).expect("lays out");
    let message = unsigned.to_be_signed().to_vec();
    let signature = key.sign(&message).expect("signs");
    let text = unsigned.seal(&signature).expect("seals").text().to_owned();
    assert_eq!(verifier.verify(&text, Moment::Now(now)).outcome(), Outcome::Valid);
    Scene { text, verifier, message, signature, key }
}

/// A seal whose signer's certificate was seen before, under one of a hundred authorities.
fn seal_scene() -> Scene {
    const STATE: Party = Party { country: "JP", name: "CSCA", secret: 31 };
    let now = specimen::NOW;
    let key = PrivateKey::generate(KeyType::P256).expect("randomness");
    let request = barcode_signer_request(&key, specimen::japan(), "DA").expect("a request");
    let signer = Made::answering(&request, 41, STATE).signed_by(STATE);
    let authorities = (31..131).map(|secret| Party { secret, ..STATE });
    let files: Vec<_> = authorities
        .map(|state| InputFile { name: String::new(), bytes: Made::of(state, state).authority().signed_by(state) })
        .collect();
    let policy = ImportPolicy { unsigned_ok: true, ..ImportPolicy::new(now) };
    let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    let mut repository = DemoRepository::new("DEMO/bench", now.plus(-86_400)).expect("keys");
    repository.anchors = ListKind::Csca.read(&input).expect("imports").anchors;
    let (bundle, pin) = repository.publish(now.plus(-60)).expect("publishes");
    let state = TrustState::load(&bundle, &pin, now).expect("loads");
    let verifier = Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    let identity = KeyIdentity { certificate: Some(&signer), ..specimen::identity(&key) };
    let unsigned = Format::VdsNc.write(&specimen::vds_nc(), &identity).expect("lays out");
    let message = unsigned.to_be_signed().to_vec();
    let signature = key.sign(&message).expect("signs");
    let text = unsigned.seal(&signature).expect("seals").text().to_owned();
    assert_eq!(verifier.verify(&text, Moment::Now(now)).outcome(), Outcome::Valid);
    Scene { text, verifier, message, signature, key }
}

fn verdict(scene: &Scene, now: UnixTime) -> Outcome {
    scene.verifier.verify(&scene.text, Moment::Now(now)).outcome()
}

pub fn measure(table: &mut Table) {
    let now = specimen::NOW;
    let eddsa = scene(KeyType::Ed25519, specimen::compact);
    let es256 = scene(KeyType::P256, specimen::compact);
    let eu = scene(KeyType::P256, |_| specimen::eu_dcc());
    let card = scene(KeyType::P256, |_| specimen::health_card());

    let ed_key = {
        let cose = eddsa.key.verifying_key().to_cose_key();
        let x: [u8; 32] = cose[cose.len() - 32..].try_into().expect("32 bytes");
        ed25519_dalek::VerifyingKey::from_bytes(&x).expect("good")
    };
    let ed_signature = ed25519_dalek::Signature::from_slice(&eddsa.signature).expect("64 bytes");
    let ec_check = |scene: &Scene| {
        let cose = scene.key.verifying_key().to_cose_key();
        // {1: 2, -1: 1, -2: x, -3: y}: x ends 35 bytes before the end, y is the end.
        let (x, y) = (&cose[cose.len() - 67..cose.len() - 35], &cose[cose.len() - 32..]);
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], x, y].concat()).expect("on the curve");
        let signature = p256::ecdsa::Signature::from_slice(&scene.signature).expect("64 bytes");
        let message = scene.message.clone();
        move || key.verify(&message, &signature).expect("holds")
    };

    let seal = seal_scene();
    let seal_check = ec_check(&seal);
    let times = in_turns(vec![
        Candidate::new("bare verify_strict", || ed_key.verify_strict(&eddsa.message, &ed_signature).expect("holds")),
        Candidate::new("compact EdDSA, text to verdict", || verdict(&eddsa, now)),
        Candidate::new("bare p256, compact", ec_check(&es256)),
        Candidate::new("compact ES256, text to verdict", || verdict(&es256, now)),
        Candidate::new("bare p256, eu-dcc", ec_check(&eu)),
        Candidate::new("eu-dcc ES256, text to verdict", || verdict(&eu, now)),
        Candidate::new("bare p256, vds-nc", seal_check),
        Candidate::new("vds-nc ES256, text to verdict", || verdict(&seal, now)),
        Candidate::new("vds-nc, text to sealed", || Sealed::decode(&seal.text)),
        Candidate::new("bare p256, health card", ec_check(&card)),
        Candidate::new("health card, text to verdict", || verdict(&card, now)),
        Candidate::new("health card, text to sealed", || Sealed::decode(&card.text)),
        Candidate::new("compact, text to sealed", || Sealed::decode(&eddsa.text)),
        Candidate::new("eu-dcc, text to sealed", || Sealed::decode(&eu.text)),
        Candidate::new("compact, report", || {
            eddsa.verifier.verify("TG1:", Moment::Now(now)).to_json(eddsa.verifier.state())
        }),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    table.heading("Verification, key known (list of 1,001 keys)");
    let mut row = |name: &str, of: &str, bound| {
        table.ratio(name, &micros(time(name)), time(name) / time(of), of, bound);
    };
    row("compact EdDSA, text to verdict", "bare verify_strict", Bound::AtMost(1.25));
    row("compact ES256, text to verdict", "bare p256, compact", Bound::None);
    row("eu-dcc ES256, text to verdict", "bare p256, eu-dcc", Bound::AtMost(1.10));
    row("vds-nc ES256, text to verdict", "bare p256, vds-nc", Bound::AtMost(1.15));
    row("health card, text to verdict", "bare p256, health card", Bound::AtMost(1.15));
    for name in [
        "bare p256, vds-nc",
        "vds-nc, text to sealed",
        "bare verify_strict",
        "bare p256, compact",
        "bare p256, eu-dcc",
        "compact, text to sealed",
        "eu-dcc, text to sealed",
        "bare p256, health card",
        "health card, text to sealed",
    ] {
        table.figure(name, &micros(time(name)));
    }
}
