//! Black and white pixels to texts, by the parts of `rxing` that its readers are made of.
//!
//! The readers themselves are not used: they guess a character set, read the clock and stop at the
//! first code.

use rxing::Point;
use rxing::common::{BitMatrix, DetectorRXingResult as _};
use rxing::qrcode::cpp_port::{decoder, detector};

use crate::binarize::{Binarizer, Reading};
use crate::finders::finder_patterns;
use crate::luma::Luma;
use crate::panics::unless_panicking;

/// Kind of a two-dimensional code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// QR code (ISO/IEC 18004).
    Qr,
    /// Aztec code (ISO/IEC 24778), which some railways and a few authorities use.
    #[cfg(feature = "aztec")]
    Aztec,
}

/// A code that was read.
///
/// Its `Debug` output leaves the text out: it is somebody's certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// What the code says: its bytes as UTF-8 where they are, else as Latin-1.
    pub text: String,
    /// Which kind of code said it.
    pub symbology: Symbology,
    /// The symbol's version, of a QR code: 1 to 40.
    pub version: Option<u8>,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").field("symbology", &self.symbology).finish_non_exhaustive()
    }
}

/// What one look at a picture gave.
#[derive(Default)]
pub(crate) struct Look {
    pub(crate) codes: Vec<Code>,
    /// Where QR codes were read.
    pub(crate) read: Vec<Corners>,
    /// Where three finder patterns stand as in a QR code that was not read; the first
    /// [`MOST_UNREAD`].
    pub(crate) unread: Vec<Corners>,
}

/// Finder triples tried in one look: noise makes thousands, a page of codes a few hundred.
const MOST_TRIPLES: usize = 2_000;

/// Unread triples remembered of one look, the likeliest first.
const MOST_UNREAD: usize = 50;

/// Looks at `picture` once, in one reading. A panic of the decoder ends the look.
pub(crate) fn look(
    picture: &Luma<'_>,
    reading: Reading,
    binarizer: &mut Binarizer,
    time_is_up: &mut dyn FnMut() -> bool,
) -> Look {
    let look = || {
        let Some(black) = binarizer.black(picture, reading) else { return Look::default() };
        let look = qr_codes(black, time_is_up);
        #[cfg(feature = "aztec")]
        if look.codes.is_empty() {
            return Look { codes: aztec_code(black).into_iter().collect(), ..look };
        }
        look
    };
    unless_panicking(look).unwrap_or_default()
}

fn qr_codes(black: &BitMatrix, time_is_up: &mut dyn FnMut() -> bool) -> Look {
    let mut patterns = finder_patterns(black, time_is_up);
    let mut look = Look::default();
    for triple in detector::GenerateFinderPatternSets(&mut patterns).into_iter().take(MOST_TRIPLES) {
        let corners = Corners { tl: triple.tl.p, tr: triple.tr.p, bl: triple.bl.p };
        if look.read.iter().any(|code| code.holds_any_of(&corners)) {
            continue;
        }
        if time_is_up() {
            break;
        }
        if let Some(code) = unless_panicking(|| qr_code(black, &triple)).flatten() {
            look.codes.push(code);
            look.read.push(corners);
        } else if look.unread.len() < MOST_UNREAD {
            look.unread.push(corners);
        }
    }
    look
}

fn qr_code(black: &BitMatrix, triple: &detector::FinderPatternSet) -> Option<Code> {
    let sampled = detector::SampleQR(black, triple).ok()?;
    let result = decoder::Decode(sampled.getBits()).ok()?;
    let version = u8::try_from(result.versionNumber()).ok();
    result.isValid().then(|| Code { text: text(result.content().bytes()), symbology: Symbology::Qr, version })
}

/// The text of the Aztec code in the middle of the picture: its detector looks nowhere else.
#[cfg(feature = "aztec")]
fn aztec_code(black: &BitMatrix) -> Option<Code> {
    use rxing::aztec;
    [false, true].into_iter().find_map(|mirrored| {
        let found = aztec::detector::Detector::new(black).detect(mirrored).ok()?;
        let result = aztec::decoder::decode(&found).ok()?;
        Some(Code { text: result.getText().to_owned(), symbology: Symbology::Aztec, version: None })
    })
}

/// Readers of other makes guess; certificates need no guess: they are ASCII, or JSON in UTF-8.
fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// The middles of a QR code's three finder patterns.
#[derive(Clone, Copy)]
pub(crate) struct Corners {
    tl: Point,
    tr: Point,
    bl: Point,
}

impl Corners {
    /// The same place in a picture `factor` times as large.
    pub(crate) fn times(&self, factor: f32) -> Self {
        Self { tl: self.tl * factor, tr: self.tr * factor, bl: self.bl * factor }
    }

    /// Whether a corner of `other` lies on this code, and so is one of its own or chance among its
    /// modules.
    pub(crate) fn holds_any_of(&self, other: &Self) -> bool {
        [other.tl, other.tr, other.bl].into_iter().any(|corner| self.holds(corner))
    }

    /// In the code's own axes the corners lie at 0 and 1; slack for slanted views.
    fn holds(&self, point: Point) -> bool {
        let (right, down, at) = (self.tr - self.tl, self.bl - self.tl, point - self.tl);
        let area = Point::cross(right, down);
        let (across, along) = (Point::cross(at, down) / area, Point::cross(right, at) / area);
        let inside = -0.15..=1.15;
        area != 0.0 && inside.contains(&across) && inside.contains(&along)
    }
}
