//! Signatures as WebAssembly checks them, whose fields are others than those of native programs: the published vectors
//! and the corpus of the fuzz target, with tables of keys and without.

#[path = "../../src/fuzzing/signatures.rs"]
#[allow(dead_code, reason = "the seeds are in the corpus")]
mod target;

use tegata_certificate::{VerifyingKey, key_tables};
use wasm_bindgen::prelude::wasm_bindgen;

/// Bounds the memory of all tables of keys, in bytes: 0 turns them off.
#[wasm_bindgen]
pub fn limit_to(bytes: u32) {
    key_tables::limit_to(bytes as usize);
}

/// How many bytes they take.
#[wasm_bindgen]
pub fn held() -> u32 {
    u32::try_from(key_tables::held()).unwrap_or(u32::MAX)
}

/// One input of the fuzz target `signatures`; traps where keys with and without tables do not say the same.
#[wasm_bindgen]
pub fn fuzz(input: &[u8]) -> bool {
    target::signatures(input)
}

/// A key that verifies.
#[wasm_bindgen]
pub struct Key(VerifyingKey);

#[wasm_bindgen]
impl Key {
    /// From a COSE key; nothing if it is none that we take.
    pub fn read(cose: &[u8]) -> Option<Self> {
        VerifyingKey::from_cose_key(cose).ok().map(Self)
    }

    /// Makes its table, if there is room for one.
    pub fn prepare(&self) {
        self.0.prepare();
    }

    /// Whether a signature holds.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}
