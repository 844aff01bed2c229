//! All that a page needs to reach a verdict, and nothing else: kept lists are opened and brought up to date, codes
//! are put together and judged, the certificate is compared with a travel document, the report is written.
//! `cargo xtask test wasm` builds it for WebAssembly and weighs it.

use std::hint::black_box;
use tegata_certificate::UnixTime;
use tegata_certificate::mrz::Mrz;
use tegata_trust_lists::{Held, RootPin, Update, Updated};
use tegata_verifier::{ChunkCollector, Moment, Policy, Verifier};

fn main() {
    // The compiler must not know what is asked, or it would leave out what answers.
    let (kept, pin, codes, zone, now) = black_box((Vec::new(), [0; 32], Vec::<String>::new(), String::new(), 0));
    let (pin, now) = (RootPin(pin), UnixTime(now));
    let held = Held::open(&kept, &pin).ok();
    let mut update = Update::begin(held.as_ref(), &pin, now);
    while let Some(wanted) = update.wanted() {
        black_box(wanted);
        update.give(black_box(None));
    }
    let held = match update.finish() {
        Ok(Updated::Changed(newer)) => Some(*newer),
        _ => held,
    };
    let Some(held) = held else { return };
    black_box(held.encode());
    let Ok(verifier) = Verifier::new(held.into_state(), Policy::default()) else { return };
    let mut collector = ChunkCollector::default();
    for code in &codes {
        collector.take(code, |text| {
            let mut verdict = verifier.verify(text.unwrap_or_default(), Moment::Now(now));
            if let Ok(shown) = Mrz::read(&zone) {
                verdict = verdict.bind(&shown);
            }
            black_box(verdict.to_json(verifier.state()));
        });
    }
}
