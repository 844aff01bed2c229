//! x
use std::hint::black_box;
use tegata_certificate::UnixTime;
use tegata_certificate::mrz::Mrz;
use tegata_trust_lists::{Held, RootPin, Update, Updated};
use tegata_verifier::{Moment, Policy, Verifier, ChunkCollector};

fn main() {
    let (kept, pin, text, zone, now) = black_box((Vec::new(), [0; 32], String::new(), String::new(), 0));
    let held = Held::open(&kept, &RootPin(pin)).ok();
    let mut update = Update::begin(held.as_ref(), &RootPin(pin), UnixTime(now));
    while let Some(w) = update.wanted() { black_box(w); update.give(black_box(None)); }
    let Ok(Updated::Changed(held)) = update.finish() else { return };
    let held = *held;
    let Ok(verifier) = Verifier::new(held.into_state(), Policy::default()) else { return };
    let mut c = ChunkCollector::default();
    let mut all = Vec::new();
    c.take(&text, |t| all.extend(t.map(str::to_owned)));
    c.finish(|t| all.extend(t.map(str::to_owned)));
    for text in &all {
    let mut verdict = verifier.verify(text, Moment::Now(UnixTime(now)));
    if let Ok(shown) = Mrz::read(&zone) {
        verdict = verdict.bind(&shown);
    }
    black_box(verdict.to_json(verifier.state()));
    }
}
