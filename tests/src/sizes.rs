//! How large codes come out over a sample register.

use crate::office::{Office, manifest};
use crate::specimen::NOW;
use std::collections::HashMap;
use tegata_certificate::{Format, Sealed};
use tegata_issuer::{EcLevel, Symbol};

/// Versions of QR symbols at level M, and how codes of one person compare.
#[derive(Clone, PartialEq, Debug)]
pub struct Sizes {
    /// How many people have a `compact` code.
    pub people: usize,
    /// Median version of `compact` codes.
    pub median: u8,
    /// 99th percentile of the same.
    pub p99: u8,
    /// Median version of `compact` codes that hold exactly two doses.
    pub two_doses_median: u8,
    /// 99th percentile of the same.
    pub two_doses_p99: u8,
    /// Median over people of the modules of the `compact` code, divided by those of the `eu-dcc` code.
    pub modules_ratio: f64,
}

/// Measures the codes of everybody in an office's register.
///
/// # Panics
/// If issuing fails, or nobody has two doses or both codes.
#[must_use]
pub fn sizes(office: &Office) -> Sizes {
    let out = tempfile::tempdir().expect("a temporary folder");
    office.issue(out.path(), &[], NOW);
    let key = tegata_keys::Signer::verifying_key(&office.compact);
    let (mut all, mut two, mut compact_of, mut ratios) = (Vec::new(), Vec::new(), HashMap::new(), Vec::new());
    let certified = manifest(out.path());
    for certificate in certified.iter().filter(|certificate| certificate.format == Format::Compact.name()) {
        let symbol = Symbol::encode(&certificate.text, EcLevel::M).expect("fits");
        let sealed = Sealed::decode(&certificate.text).expect("decodes");
        let doses = sealed.open(key).expect("opens").read().expect("reads").doses.len();
        all.push(symbol.version());
        if doses == 2 {
            two.push(symbol.version());
        }
        compact_of.insert(certificate.number.as_str(), symbol.modules());
    }
    for certificate in certified.iter().filter(|certificate| certificate.format == Format::EuDcc.name()) {
        let modules = Symbol::encode(&certificate.text, EcLevel::M).expect("fits").modules();
        let compact = compact_of[certificate.number.as_str()];
        ratios.push((compact * compact) as f64 / (modules * modules) as f64);
    }
    ratios.sort_by(f64::total_cmp);
    Sizes {
        people: all.len(),
        median: percentile(&mut all, 50),
        p99: percentile(&mut all, 99),
        two_doses_median: percentile(&mut two, 50),
        two_doses_p99: percentile(&mut two, 99),
        modules_ratio: ratios[ratios.len() / 2],
    }
}

fn percentile(values: &mut [u8], percent: usize) -> u8 {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
