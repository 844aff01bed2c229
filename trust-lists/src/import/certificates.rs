//! Signer certificates as they are: a file each, or bundles, in PEM or DER.

use super::document_key::{Listed, certified};
use super::encoding::blocks;
use super::{ImportError, Imported, Input};
use tegata_certificate::Kind;

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let form = ImportError::Form("signer certificates in PEM or DER");
    let files = input.files(1, usize::MAX, "one file or more of certificates")?;
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let mut imported = Imported::new(None, authenticity);
    for file in files {
        let mut found = 0;
        for (label, der) in blocks(&file.bytes).ok_or(form.clone())? {
            if !matches!(label.as_str(), "" | "CERTIFICATE" | "X509 CERTIFICATE") {
                continue;
            }
            found += 1;
            let listed = Listed { kid: None, country: input.country, kinds: &Kind::ALL };
            let key = certified(&der, listed, input.policy, &mut imported.report);
            imported.push(&format!("{} {found}", file.name), key);
        }
        if found == 0 {
            return Err(form);
        }
    }
    Ok(imported)
}
