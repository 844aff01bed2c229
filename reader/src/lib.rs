//! Grey pixels in, texts of the QR codes among them out.
//!
//! The journey: grey pixels ([`Luma`]) → black and white in several readings → finder patterns → modules → texts.
//! A picture is looked at in all readings and at several scales ([`still`]), a camera's frame in the reading that
//! serves best and one more ([`Live`]): the next frame comes soon.
//!
//! No file is read here and no clock: whoever calls says when time is up. Pixels are hostile: what they can cost is
//! bounded by that, and a panic in the decoder is a code that was not read, where panics unwind. Where they abort, as
//! in WebAssembly, the caller starts the module anew.

#[cfg(all(feature = "aztec", target_family = "wasm"))]
compile_error!("WebAssembly has no Aztec codes: without tables of character sets their decoder panics on every one");

mod binarize;
mod detect;
mod eight;
mod finders;
mod live;
mod luma;
mod panics;
mod still;

pub use detect::{Code, Symbology};
pub use live::Live;
pub use luma::{Luma, Malformed};
pub use still::still;

/// What was found in a picture or in a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The codes that were read, each text once, in the order found.
    pub codes: Vec<Code>,
    /// Whether the three corners of a code that was not read stand in it.
    pub seen: bool,
}

impl Sighting {
    /// Adds `codes`, but for those that are there.
    fn add(&mut self, codes: Vec<Code>) {
        for code in codes {
            if !self.codes.contains(&code) {
                self.codes.push(code);
            }
        }
    }
}
