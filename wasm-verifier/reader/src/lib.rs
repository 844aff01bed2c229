//! The reader of codes, for a page: grey pixels in, texts out. It runs in a worker of its own, as a small module of its
//! own: should the decoder panic, the module is dead, and the worker is started anew.

use tegata_reader::{Live, Luma, still};
use wasm_bindgen::prelude::wasm_bindgen;

/// What a frame may cost, in milliseconds: the next one comes soon.
const FRAME: f64 = 40.0;
/// What a picture may cost, in milliseconds.
const PICTURE: f64 = 2_000.0;

#[wasm_bindgen]
extern "C" {
    /// The clock of the worker, in milliseconds.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Says when so many milliseconds have passed.
fn after(milliseconds: f64) -> impl FnMut() -> bool {
    let end = now() + milliseconds;
    move || now() >= end
}

/// Reads the codes in a camera's frames and in pictures.
#[wasm_bindgen]
#[derive(Default)]
pub struct Reader {
    live: Live,
}

#[wasm_bindgen]
impl Reader {
    /// A reader; it keeps its buffers from frame to frame.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The codes in one frame of a camera, `width` × `height` grey pixels, row by row, one byte each. Takes at most
    /// some 40 ms. When the first look reads nothing, a second one is made, of another kind from frame to frame.
    /// Pixels that do not fit the sides show nothing.
    pub fn live(&mut self, luma: &[u8], width: usize, height: usize) -> Sighting {
        Luma::new(width, height, luma)
            .map_or_else(|_| Sighting::default(), |frame| Sighting(self.live.look(&frame, &mut after(FRAME))))
    }

    /// The codes in a picture, tried in every way, for at most some two seconds. Pixels as for `live`.
    pub fn still(&mut self, luma: &[u8], width: usize, height: usize) -> Sighting {
        Luma::new(width, height, luma)
            .map_or_else(|_| Sighting::default(), |picture| Sighting(still(&picture, &mut after(PICTURE))))
    }
}

/// What was found.
#[wasm_bindgen]
#[derive(Default)]
pub struct Sighting(tegata_reader::Sighting);

#[wasm_bindgen]
impl Sighting {
    /// The texts of the codes that were read, each once.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.codes.iter().map(|code| code.text.clone()).collect()
    }

    /// Whether the corners of a code that was not read were seen.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn seen(&self) -> bool {
        self.0.seen
    }
}
