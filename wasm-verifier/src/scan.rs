//! What is scanned beside one code: cards of several codes, and the travel document.

use crate::failure::Failure;
use tegata_certificate::mrz::Mrz;
use tegata_verifier::ChunkCollector;
use wasm_bindgen::prelude::wasm_bindgen;

/// Puts together cards that are split over several codes.
#[wasm_bindgen]
#[derive(Default)]
pub struct Codes(ChunkCollector);

#[wasm_bindgen]
impl Codes {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a scanned text, and gives what can be judged now: the text itself or the card that it completes;
    /// nothing while codes are missing.
    pub fn take(&mut self, text: &str) -> Option<String> {
        let mut ready = None;
        self.0.take(text, |text| ready = text.map(str::to_owned).or(ready.take()));
        ready
    }

    /// How many codes of the card that was scanned last are there; 0 if none waits.
    pub fn have(&self) -> u32 {
        self.0.last_waiting().map_or(0, |(have, _)| have)
    }

    /// How many codes the card that was scanned last has; 0 if none waits.
    pub fn of(&self) -> u32 {
        self.0.last_waiting().map_or(0, |(_, of)| of)
    }

    /// Forgets all codes.
    pub fn clear(&mut self) {
        self.0 = ChunkCollector::default();
    }
}

/// The machine-readable zone of the travel document shown.
#[wasm_bindgen]
pub struct Document(pub(crate) Mrz);

#[wasm_bindgen]
impl Document {
    /// Reads the lines of a zone, with line ends between them.
    ///
    /// # Errors
    /// [`Failure`] with the code of the first fault, such as `check-digit:document_number`.
    pub fn read(lines: &str) -> Result<Self, Failure> {
        Ok(Self(Mrz::read(lines)?))
    }
}
