//! What went wrong, as a value.

use tegata_certificate::mrz::MrzError;
use tegata_trust_lists::TrustError;
use tegata_verifier::DemoRefused;
use wasm_bindgen::prelude::wasm_bindgen;

/// Why something cannot be done: a code, and no words. The words of every cause would weigh 2 KB of each page.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Failure(&'static str);

#[wasm_bindgen]
impl Failure {
    /// The stable code of the cause, in kebab case.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.0.to_owned()
    }
}

impl Failure {
    /// The root is not 64 hex digits.
    pub(crate) const BAD_ROOT: Self = Self("bad-root");
    /// A bundle without lists.
    pub(crate) const NO_LISTS: Self = Self("list-withheld");
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self(error.code())
    }
}

impl From<DemoRefused> for Failure {
    fn from(_: DemoRefused) -> Self {
        Self("demo-refused")
    }
}

impl From<MrzError> for Failure {
    /// The first of the faults.
    fn from(error: MrzError) -> Self {
        Self(error.faults().first().map_or("mrz-format", |fault| fault.code()))
    }
}
