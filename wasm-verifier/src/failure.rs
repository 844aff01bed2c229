//! What went wrong, as a value.

use tegata_trust_lists::TrustError;
use tegata_verifier::DemoRefused;
use wasm_bindgen::prelude::wasm_bindgen;

/// Why something cannot be done. It names no personal data.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    message: String,
}

#[wasm_bindgen]
impl Failure {
    /// The stable code of the cause, in kebab case.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.code.to_owned()
    }

    /// The cause in English, for developers.
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> String {
        self.message.clone()
    }
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<DemoRefused> for Failure {
    fn from(error: DemoRefused) -> Self {
        Self::new("demo-refused", error.to_string())
    }
}
