//! Paper: certificates as pages for archives and for everybody (PDF/A-3a and PDF/UA-1), set by Typst from templates
//! that an office can edit.
//!
//! ```text
//! record and text ─▶ Sheet ─▶ values ─▶ template ─▶ PDF ─▶ proof: every code read back ─▶ given out
//! ```
//!
//! Nothing leaves here whose code was not read back from the page: at 150 dots an inch, and at nine tenths of its size.

mod addresses;
mod due;
mod error;
mod files;
mod folder;
mod fonts;
mod held;
mod kind;
mod lint;
mod print;
mod proof;
mod sheet;
mod template;
mod workers;
mod world;

pub use addresses::{AddressError, Addresses};
pub use error::PaperError;
pub use folder::{HELD_BACK, PRINT_MANIFEST};
pub use fonts::Fonts;
pub use held::{HeldBack, HoldReason};
pub use kind::{CARD_MODULE_MM, PaperKind};
pub use lint::{Expected, LintEnd, LintFault, lint};
pub use print::{PAGES, PrintChoice, PrintEnd, PrintError, PrintOrder, print};
pub use sheet::{Address, Authority, Sheet};
pub use template::Templates;

use sha2::{Digest, Sha256};
use tegata_certificate::Date;
use typst::diag::Warned;
use typst::foundations::{Array, Dict, Smart, Value};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::PageWorld;

/// What makes pages: templates and fonts, held for as many pages as are wanted.
#[derive(Clone, Debug)]
pub struct Press {
    templates: Templates,
    fonts: Fonts,
}

impl Press {
    /// A press.
    #[must_use]
    pub fn new(templates: Templates, fonts: Fonts) -> Self {
        Self { templates, fonts }
    }

    /// What pages are made with: the same templates and fonts have the same fingerprint.
    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (path, bytes) in self.templates.files.iter() {
            hash.update(path);
            hash.update([0]);
            hash.update(Sha256::digest(bytes));
        }
        for font in self.fonts.fonts.iter() {
            hash.update(&font.info().family);
            hash.update((font.data().len() as u64).to_be_bytes());
        }
        hash.finalize().into()
    }

    /// One certificate as PDF, its code read back.
    ///
    /// # Errors
    /// [`PaperError`].
    pub fn page(&self, sheet: &Sheet, kind: PaperKind, today: Date) -> Result<Vec<u8>, PaperError> {
        self.admit(sheet, kind)?;
        let pdf = self.pdf(std::slice::from_ref(sheet), kind, today);
        // What Typst remembers holds personal data.
        forget();
        let pdf = pdf?;
        self.prove(&pdf, std::slice::from_ref(sheet))?;
        Ok(pdf)
    }

    /// Whether a sheet can be printed: an address for a letter, fonts for every character, and a code that is large enough.
    ///
    /// # Errors
    /// [`PaperError::NoAddress`], [`PaperError::Characters`], [`PaperError::Dense`] and [`PaperError::Symbol`].
    pub fn admit(&self, sheet: &Sheet, kind: PaperKind) -> Result<(), PaperError> {
        sheet.goes_somewhere(kind)?;
        let texts: Vec<String> = sheet.texts().collect();
        let missing = self.fonts.missing(texts.iter().map(String::as_str));
        if !missing.is_empty() {
            return Err(PaperError::Characters(missing));
        }
        kind.module_mm(&sheet.symbol()?).map(drop)
    }

    /// Sheets as one PDF, a page each, not read back yet. [`forget`] what is remembered of it afterwards.
    ///
    /// # Errors
    /// [`PaperError::Compile`], [`PaperError::Standard`], and what [`admit`](Self::admit) says.
    pub fn pdf(&self, sheets: &[Sheet], kind: PaperKind, today: Date) -> Result<Vec<u8>, PaperError> {
        let values = sheets.iter().map(|sheet| sheet.values(kind).map(Value::Dict)).collect::<Result<Array, _>>()?;
        let mut inputs = Dict::new();
        inputs.insert("sheets".into(), Value::Array(values));
        let world = PageWorld::new(&self.templates, &self.fonts, kind, inputs, today)?;
        let Warned { output, .. } = typst::compile(&world);
        let document = output.map_err(|problems| PaperError::Compile(world.told(&problems)))?;
        let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
            .map_err(|problem| PaperError::Standard(problem.message().to_string()))?;
        let (year, month, day) = today.ymd();
        let midnight = match (u8::try_from(month), u8::try_from(day)) {
            (Ok(month), Ok(day)) => typst::foundations::Datetime::from_ymd_hms(year, month, day, 0, 0, 0),
            _ => None,
        };
        let options = PdfOptions {
            ident: Smart::Auto,
            creator: Smart::Custom(Some(concat!("tegata-issuer ", env!("CARGO_PKG_VERSION")).into())),
            timestamp: midnight.map(Timestamp::new_utc),
            standards,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|problems| PaperError::Standard(world.told(&problems)))
    }

    /// Reads back what was printed: each page shows its sheet's code and no other.
    ///
    /// # Errors
    /// [`PaperError::Pages`] and [`PaperError::NotReadBack`].
    pub fn prove(&self, pdf: &[u8], sheets: &[Sheet]) -> Result<(), PaperError> {
        let pages = proof::pages(pdf).ok_or(PaperError::NotReadBack)?;
        if pages != sheets.len() {
            return Err(PaperError::Pages { pages, sheets: sheets.len() });
        }
        let expected: Vec<&str> = sheets.iter().map(|sheet| sheet.text.as_str()).collect();
        let mut all = true;
        proof::proofs(pdf, &expected, &mut |place, page| {
            let [code] = page.codes.as_slice() else {
                all = false;
                return false;
            };
            all = expected.get(place) == Some(&code.as_str());
            all
        })?;
        if all { Ok(()) } else { Err(PaperError::NotReadBack) }
    }
}

/// Forgets what Typst remembers of pages that were set, so that memory stays flat and holds nobody's data.
pub fn forget() {
    typst::comemo::evict(0);
}
