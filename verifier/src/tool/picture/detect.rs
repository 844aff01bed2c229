//! Black and white pixels to texts, by the parts of `rxing` that its readers are made of.
//!
//! The readers themselves are not used: they guess a character set, read the clock and stop at the
//! first code.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::Instant;

use rxing::common::{BitMatrix, DetectorRXingResult as _};
use rxing::qrcode::cpp_port::{decoder, detector};
use rxing::{Point, aztec};

use super::binarize::Reading;
use super::finders::finder_patterns;
use super::luma::Luma;
use super::{Code, Symbology};

/// What one look at a picture gave.
#[derive(Default)]
pub(super) struct Sighting {
    pub(super) codes: Vec<Code>,
    /// Where QR codes were read.
    pub(super) read: Vec<Corners>,
    /// Where three finder patterns stand as in a QR code that was not read; the first
    /// [`MOST_UNREAD`].
    pub(super) unread: Vec<Corners>,
}

/// Finder triples tried in one look: noise makes thousands, a page of codes a few hundred.
const MOST_TRIPLES: usize = 2_000;

/// Unread triples remembered of one look, the likeliest first.
const MOST_UNREAD: usize = 50;

/// Looks at `picture` once; `None` when the decoder panicked or could not begin.
pub(super) fn sighting(picture: &Luma, reading: Reading, deadline: Instant) -> Option<Sighting> {
    unless_panicking(|| {
        let black = reading.black(picture)?;
        let mut sighting = qr_codes(&black, deadline);
        if sighting.codes.is_empty() {
            sighting.codes.extend(aztec_code(&black));
        }
        Some(sighting)
    })
    .flatten()
}

fn qr_codes(black: &BitMatrix, deadline: Instant) -> Sighting {
    let mut patterns = finder_patterns(black, deadline);
    let mut sighting = Sighting::default();
    for triple in detector::GenerateFinderPatternSets(&mut patterns).into_iter().take(MOST_TRIPLES) {
        let corners = Corners { tl: triple.tl.p, tr: triple.tr.p, bl: triple.bl.p };
        if sighting.read.iter().any(|code| code.holds_any_of(&corners)) {
            continue;
        }
        if Instant::now() >= deadline {
            break;
        }
        if let Some(code) = unless_panicking(|| qr_code(black, &triple)).flatten() {
            sighting.codes.push(code);
            sighting.read.push(corners);
        } else if sighting.unread.len() < MOST_UNREAD {
            sighting.unread.push(corners);
        }
    }
    sighting
}

fn qr_code(black: &BitMatrix, triple: &detector::FinderPatternSet) -> Option<Code> {
    let sampled = detector::SampleQR(black, triple).ok()?;
    let result = decoder::Decode(sampled.getBits()).ok()?;
    let version = u8::try_from(result.versionNumber()).ok();
    result.isValid().then(|| Code { text: text(result.content().bytes()), symbology: Symbology::Qr, version })
}

/// The text of the Aztec code in the middle of the picture: its detector looks nowhere else.
fn aztec_code(black: &BitMatrix) -> Option<Code> {
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
pub(super) struct Corners {
    tl: Point,
    tr: Point,
    bl: Point,
}

impl Corners {
    /// The same place in a picture `factor` times as large.
    pub(super) fn times(&self, factor: f32) -> Self {
        Self { tl: self.tl * factor, tr: self.tr * factor, bl: self.bl * factor }
    }

    /// Whether a corner of `other` lies on this code, and so is one of its own or chance among its
    /// modules.
    pub(super) fn holds_any_of(&self, other: &Self) -> bool {
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

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and gives `None` when it panics, without the message on standard error: it would say
/// nothing to the person at the desk, and could quote what was read.
fn unless_panicking<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(before);
    result
}
