//! Issuing, stage by stage, against the bare signature.

use crate::measure::{Bound, Candidate, Table, in_turns, micros};
use ciborium::Value as Cbor;
use ed25519_dalek::Signer as _;
use std::io::Cursor;
use tegata_certificate::{StatusIndex, base45};
use tegata_issuer::{EcLevel, Symbol};
use tegata_keys::{KeyType, PrivateKey, Signer as _};
use tegata_tests::specimen;

pub fn measure(table: &mut Table) {
    let (ed, ec) = (
        PrivateKey::generate(KeyType::Ed25519).expect("randomness"),
        PrivateKey::generate(KeyType::P256).expect("randomness"),
    );
    let compact = specimen::compact(StatusIndex { shard: 3, index: 1_234_567 });
    let eu = specimen::eu_dcc();
    let lay_out = |certificate: &tegata_certificate::Certificate, key: &PrivateKey| {
        certificate.format.write(certificate, &specimen::identity(key)).expect("lays out")
    };
    let whole = |certificate: &tegata_certificate::Certificate, key: &PrivateKey| {
        let unsigned = lay_out(certificate, key);
        let signature = key.sign(unsigned.to_be_signed()).expect("signs");
        unsigned.seal(&signature).expect("seals")
    };
    let message = lay_out(&compact, &ed).to_be_signed().to_vec();
    let eu_message = lay_out(&eu, &ec).to_be_signed().to_vec();
    let signature = ed.sign(&message).expect("signs");
    let bare_ed = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let bare_ec = p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a scalar");
    let text = whole(&compact, &ed).text().to_owned();
    let eu_text = whole(&eu, &ec).text().to_owned();
    let symbol = Symbol::encode(&text, EcLevel::M).expect("fits");

    let times = in_turns(vec![
        Candidate::new("bare Ed25519 signature", || bare_ed.sign(&message)),
        Candidate::new("bare P-256 signature", || -> p256::ecdsa::Signature { bare_ec.sign(&eu_message) }),
        Candidate::new("compact EdDSA, sign and encode", || whole(&compact, &ed)),
        Candidate::new("eu-dcc ES256, sign and encode", || whole(&eu, &ec)),
        Candidate::new("  compact, lay out", || lay_out(&compact, &ed)),
        Candidate::new("  compact, sign", || ed.sign(&message)),
        Candidate::new("  compact, join and encode", || lay_out(&compact, &ed).seal(&signature)),
        Candidate::new("  compact, QR symbol", || Symbol::encode(&text, EcLevel::M)),
        Candidate::new("  eu-dcc, QR symbol", || Symbol::encode(&eu_text, EcLevel::M)),
        Candidate::new("  compact, PNG", || symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE)),
        Candidate::new("  compact, SVG", || symbol.svg()),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    table.heading("Issuing, without the register");
    for (name, of, bound) in [
        ("compact EdDSA, sign and encode", "bare Ed25519 signature", Bound::AtMost(2.5)),
        ("eu-dcc ES256, sign and encode", "bare P-256 signature", Bound::None),
    ] {
        table.ratio(name, &micros(time(name)), time(name) / time(of), of, bound);
    }
    for (name, time) in &times {
        if name.starts_with("bare") || name.starts_with(' ') {
            table.figure(name, &micros(*time));
        }
    }
}

/// A compact certificate from its record to its PNG, against the crates as they come.
pub fn pictures(table: &mut Table) {
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let compact = specimen::compact(StatusIndex { shard: 3, index: 1_234_567 });
    let crates = Crates::of(&compact, &key);
    let times = in_turns(vec![
        Candidate::new("compact EdDSA, record to PNG", || {
            let symbol = Symbol::encode(&specimen::seal(&key, &compact), EcLevel::M).expect("fits");
            symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE).expect("draws")
        }),
        Candidate::new("the crates as they come", || crates.issue()),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    let (ours, theirs) = (time("compact EdDSA, record to PNG"), time("the crates as they come"));
    table.heading("A compact certificate with its picture");
    let named = format!("ciborium, ed25519-dalek, qrcode, image: {}", micros(theirs));
    table.ratio("compact EdDSA, record to PNG", &micros(ours), theirs / ours, &named, Bound::AtLeast(15.0));
}

/// What issues the same certificate with the usual crates, each as its own documentation shows it.
struct Crates {
    key: ed25519_dalek::SigningKey,
    protected: Vec<u8>,
    payload: Cbor,
}

impl Crates {
    fn of(certificate: &tegata_certificate::Certificate, key: &PrivateKey) -> Self {
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

/// Drawing a symbol of version 15, all masks weighed, against other encoders.
pub fn symbols(table: &mut Table) {
    // A text as long as an EU certificate's (shared by the same alphabet), which fills version 15 at level M.
    let text: String = "HC1:6BFOXN%TS3DHPVO13J".chars().cycle().take(582).collect();
    let symbol = Symbol::encode(&text, EcLevel::M).expect("fits");
    assert_eq!(symbol.version(), 15);
    let times = in_turns(vec![
        Candidate::new("QR symbol of version 15", || Symbol::encode(&text, EcLevel::M)),
        Candidate::new("fast_qr", || fast_qr::QRBuilder::new(text.as_str()).ecl(fast_qr::ECL::M).build()),
        Candidate::new("qrcode", || qrcode::QrCode::with_error_correction_level(&text, qrcode::EcLevel::M)),
    ]);
    let time = |name: &str| times.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, time)| *time);
    let ours = time("QR symbol of version 15");
    table.heading("QR symbol of version 15, level M, all masks weighed");
    for (of, bound) in [("fast_qr", 0.15), ("qrcode", 0.02)] {
        let named = format!("{of}, {}", micros(time(of)));
        table.ratio("QR symbol of version 15", &micros(ours), ours / time(of), &named, Bound::AtMost(bound));
    }
}
