//! Single CSCA certificates, got from a state by another way than a master list: in PEM or DER.

use super::encoding::blocks;
use super::{ImportError, Imported, Input, icao};

const FORM: &str = "CSCA certificates in PEM or DER";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, usize::MAX, "one file or more of CSCA certificates")?;
    // A certificate that signed itself vouches for nobody.
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let mut imported = Imported::new(None, authenticity);
    for file in files {
        let blocks = blocks(&file.bytes).ok_or(ImportError::Form(FORM))?;
        let certificates = || blocks.iter().filter(|(label, _)| matches!(label.as_str(), "" | "CERTIFICATE"));
        if certificates().next().is_none() {
            return Err(ImportError::Form(FORM));
        }
        for (_, der) in certificates() {
            icao::push(&mut imported, der, input.policy);
        }
    }
    Ok(imported)
}
