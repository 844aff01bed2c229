//! All that a page needs to reach a verdict, and nothing else: kept lists are opened, a text is judged, its
//! certificate compared with a travel document, the report written. `cargo xtask test wasm` builds it for
//! WebAssembly and weighs it.

use std::hint::black_box;
use tegata_certificate::UnixTime;
use tegata_certificate::mrz::Mrz;
use tegata_trust_lists::{Held, RootPin};
use tegata_verifier::{Moment, Policy, Verifier};

fn main() {
    // The compiler must not know what is asked, or it would leave out what answers.
    let (kept, pin, text, zone, now) = black_box((Vec::new(), [0; 32], String::new(), String::new(), 0));
    let Ok(held) = Held::open(&kept, &RootPin(pin)) else { return };
    let Ok(verifier) = Verifier::new(held.into_state(), Policy::default()) else { return };
    let mut verdict = verifier.verify(&text, Moment::Now(UnixTime(now)));
    if let Ok(shown) = Mrz::read(&zone) {
        verdict = verdict.bind(&shown);
    }
    black_box(verdict.to_json(verifier.state()));
}
