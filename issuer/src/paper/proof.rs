//! Proofs: pages as a printer would put them on paper, and the codes that a camera reads from it.

use super::PaperError;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};
use tegata_reader::{Live, Luma, still};

/// Dots an inch of a proof: half of what an office printer does.
const DPI: f32 = 150.0;
/// Units of a page an inch.
const UNITS: f32 = 72.0;
/// Sizes at which a page is looked at: as it is, and as printers make it that fit a page to their margins.
const SIZES: [f32; 2] = [1.0, 0.9];
/// Pixels of a page's side at most: A2 at 150 dots an inch.
const LONGEST: f32 = 4_000.0;

/// What one page shows: the texts that were read at every size.
#[derive(Clone, PartialEq, Eq)]
pub struct PageProof {
    /// Texts of its codes that were read at each size, without order.
    pub codes: Vec<String>,
    /// Whether a code is in sight, at any size, that was not read at every size.
    pub unread: bool,
}

impl std::fmt::Debug for PageProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PageProof({} codes, unread: {})", self.codes.len(), self.unread)
    }
}

/// How many pages a PDF has; none if it is no PDF.
pub(super) fn pages(pdf: &[u8]) -> Option<usize> {
    Some(Pdf::new(pdf.to_vec()).ok()?.pages().len())
}

/// Looks at pages of a PDF, `expected` being the texts that each must show; for a page without any, everything is
/// looked for. `look` gets each page's proof, and says whether to go on.
///
/// # Errors
/// [`PaperError::NotReadBack`] if it is no PDF.
pub(super) fn proofs(
    pdf: &[u8],
    expected: &[&str],
    look: &mut dyn FnMut(usize, &PageProof) -> bool,
) -> Result<usize, PaperError> {
    let pdf = Pdf::new(pdf.to_vec()).map_err(|_| PaperError::NotReadBack)?;
    let settings = InterpreterSettings::default();
    let pages = pdf.pages();
    for (place, page) in pages.iter().enumerate() {
        // Fonts and outlines of other pages hold memory, and nobody looks at letters here.
        let cache = RenderCache::new();
        let mut proof: Option<PageProof> = None;
        for size in SIZES {
            let (width, height) = page.render_dimensions();
            let scale = (DPI / UNITS * size).min(LONGEST / width.max(height).max(1.0));
            let settings_of_page =
                RenderSettings { x_scale: scale, y_scale: scale, bg_color: WHITE, ..RenderSettings::default() };
            let picture = render(page, &cache, &settings, &settings_of_page);
            let seen = read(&picture, expected.get(place).copied());
            proof = Some(match proof {
                None => seen,
                Some(before) => PageProof {
                    unread: before.unread || seen.unread || before.codes.len() != seen.codes.len(),
                    codes: before.codes.into_iter().filter(|code| seen.codes.contains(code)).collect(),
                },
            });
        }
        let proof = proof.unwrap_or(PageProof { codes: Vec::new(), unread: true });
        if !look(place, &proof) {
            break;
        }
    }
    Ok(pages.len())
}

/// Reads a picture. Where one text is expected and the first look reads it alone, that is enough; otherwise every way
/// of reading is tried.
fn read(picture: &hayro::vello_cpu::Pixmap, expected: Option<&str>) -> PageProof {
    let (width, height) = (usize::from(picture.width()), usize::from(picture.height()));
    // Luma of ITU-R BT.601; the ground is opaque.
    let grey = picture.data().iter().map(|pixel| {
        let sum = 299 * u32::from(pixel.r) + 587 * u32::from(pixel.g) + 114 * u32::from(pixel.b);
        u8::try_from(sum / 1000).unwrap_or(u8::MAX)
    });
    let Ok(picture) = Luma::new(width, height, grey.collect::<Vec<u8>>()) else {
        return PageProof { codes: Vec::new(), unread: true };
    };
    let mut never = || false;
    if let Some(expected) = expected {
        let seen = Live::default().look(&picture, &mut never);
        if let [code] = seen.codes.as_slice()
            && code.text == expected
            && !seen.seen
        {
            return PageProof { codes: vec![code.text.clone()], unread: false };
        }
    }
    let seen = still(&picture, &mut never);
    PageProof { codes: seen.codes.into_iter().map(|code| code.text).collect(), unread: seen.seen }
}
