//! Issuing, stage by stage, against the bare signature.

use crate::measure::{Bound, Candidate, Table, in_turns, micros};
use ed25519_dalek::Signer as _;
use tegata_certificate::StatusIndex;
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
