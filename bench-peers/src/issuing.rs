//! Issuing beside the crates that draw and write what is issued.

use crate::issuer::symbol::{EcLevel, Symbol};
use crate::measure::{Bound, Table, micros};
use crate::samples::{Candidate, Samples, in_turns};
use crate::specimen;
use ciborium::Value as Cbor;
use ed25519_dalek::Signer as _;
use std::io::Cursor;
use tegata_certificate::{Certificate, StatusIndex, base45};
use tegata_keys::{KeyType, PrivateKey};

/// What takes milliseconds has fewer rounds.
const ROUNDS: usize = 101;

/// A compact certificate from its record to its PNG, against the crates as they come.
pub fn pictures(table: &mut Table) -> Vec<Samples> {
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let compact = specimen::compact(StatusIndex { shard: 3, index: 1_234_567 });
    let crates = Crates::of(&compact, &key);
    let samples = in_turns(
        ROUNDS,
        vec![
            Candidate::new("compact EdDSA, record to PNG", || {
                let symbol = Symbol::encode(&specimen::seal(&key, &compact), EcLevel::M).expect("fits");
                symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE).expect("draws")
            }),
            Candidate::new("ciborium, ed25519-dalek, qrcode, image", || crates.issue()),
        ],
    );
    table.heading("A compact certificate, from its record to its picture: how many times as fast");
    if let [ours, theirs] = samples.as_slice() {
        let (ours, ratio) = (ours.median(), theirs.median() / ours.median());
        let of = format!("{}, {}", theirs.name, micros(theirs.median()));
        table.ratio("compact EdDSA, record to PNG", &micros(ours), ratio, &of, Bound::AtLeast(15.0));
    }
    samples
}

/// Drawing a symbol of version 15, all masks weighed, against other encoders.
pub fn symbols(table: &mut Table) -> Vec<Samples> {
    // A text as long as an EU certificate's (shared by the same alphabet), which fills version 15 at level M.
    let text: String = "HC1:6BFOXN%TS3DHPVO13J".chars().cycle().take(582).collect();
    let symbol = Symbol::encode(&text, EcLevel::M).expect("fits");
    assert_eq!(symbol.version(), 15);
    let samples = in_turns(
        ROUNDS,
        vec![
            Candidate::new("QR symbol of version 15", || Symbol::encode(&text, EcLevel::M)),
            Candidate::new("fast_qr", || fast_qr::QRBuilder::new(text.as_str()).ecl(fast_qr::ECL::M).build()),
            Candidate::new("qrcode", || qrcode::QrCode::with_error_correction_level(&text, qrcode::EcLevel::M)),
        ],
    );
    table.heading("QR symbol of version 15, level M, all masks weighed");
    if let [ours, others @ ..] = samples.as_slice() {
        for (other, bound) in others.iter().zip([0.15, 0.02]) {
            let of = format!("{}, {}", other.name, micros(other.median()));
            let ratio = ours.median() / other.median();
            table.ratio(ours.name, &micros(ours.median()), ratio, &of, Bound::AtMost(bound));
        }
    }
    samples
}

/// What issues the same certificate with the usual crates, each as its own documentation shows it.
struct Crates {
    key: ed25519_dalek::SigningKey,
    protected: Vec<u8>,
    payload: Cbor,
}

impl Crates {
    fn of(certificate: &Certificate, key: &PrivateKey) -> Self {
        let unsigned = certificate.format.write(certificate, &specimen::identity(key)).expect("lays out");
        let signed: Cbor = ciborium::from_reader(unsigned.to_be_signed()).expect("CBOR");
        let [_, Cbor::Bytes(protected), _, Cbor::Bytes(payload)] = signed.as_array().expect("an array").as_slice()
        else {
            panic!("no Sig_structure");
        };
        Self {
            key: ed25519_dalek::SigningKey::from_bytes(&[7; 32]),
            protected: protected.clone(),
            payload: ciborium::from_reader(payload.as_slice()).expect("CBOR"),
        }
    }

    /// Not deflated, as ours is not: that would only take them longer.
    fn issue(&self) -> Vec<u8> {
        let written = |value: &Cbor| {
            let mut bytes = Vec::new();
            ciborium::into_writer(value, &mut bytes).expect("writing to memory");
            bytes
        };
        let bytes = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
        let payload = written(&self.payload);
        let parts = vec![Cbor::Text("Signature1".into()), bytes(&self.protected), bytes(&[]), bytes(&payload)];
        let signature = self.key.sign(&written(&Cbor::Array(parts))).to_bytes();
        let parts = vec![bytes(&self.protected), Cbor::Map(Vec::new()), bytes(&payload), bytes(&signature)];
        let message = written(&Cbor::Tag(18, Box::new(Cbor::Array(parts))));
        let text = format!("TG1:{}", base45::encode(&message));
        let symbol = qrcode::QrCode::with_error_correction_level(&text, qrcode::EcLevel::M).expect("fits");
        let (modules, quiet, pixels) = (symbol.width(), 4, Symbol::DEFAULT_PIXELS_PER_MODULE);
        let side = (modules as u32 + 2 * quiet) * pixels;
        let colors = symbol.to_colors();
        let picture = image::GrayImage::from_fn(side, side, |x, y| {
            let place = |at: u32| (at / pixels).checked_sub(quiet).map(|at| at as usize).filter(|at| *at < modules);
            let dark = place(x).zip(place(y)).is_some_and(|(x, y)| colors[y * modules + x] == qrcode::Color::Dark);
            image::Luma([if dark { 0 } else { 255 }])
        });
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).expect("writing to memory");
        png.into_inner()
    }
}
