//! A picture file to the texts of the codes in it.
//!
//! The journey: bytes → grey pixels ([`load`]) → black and white in several readings ([`binarize`])
//! at several scales ([`luma`]) → finder patterns ([`finders`]) → modules, texts ([`detect`]). A
//! screenshot is read by the first step of this ladder; a dim, tilted or very large photograph by a
//! later one.
//!
//! A picture is hostile input: its bytes, pixels, memory and the time spent on it are bounded by
//! [`Limits`], and a panic in the decoder is a code that was not read.

mod binarize;
mod detect;
mod finders;
mod load;
mod luma;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use binarize::Reading;
use detect::Corners;
use luma::Luma;

/// What reading one picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the file in bytes.
    pub bytes: usize,
    /// Width times height, as the file declares them.
    pub pixels: u64,
    /// Memory that decoding the file may take, in bytes.
    pub memory: u64,
    /// Time spent looking for codes once the file is unpacked, at most an hour; no new step begins
    /// after it.
    pub time: Duration,
}

impl Default for Limits {
    /// 32 MiB, 50 megapixels (phones of 2024), 512 MiB, two seconds.
    fn default() -> Self {
        Self { bytes: 32 << 20, pixels: 50_000_000, memory: 512 << 20, time: Duration::from_secs(2) }
    }
}

/// Upper bound of [`Limits::time`].
const LONGEST: Duration = Duration::from_secs(3600);

/// Kind of a two-dimensional code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// QR code (ISO/IEC 18004).
    Qr,
    /// Aztec code (ISO/IEC 24778), which some railways and a few authorities use.
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

/// Why a picture gave no text.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file could not be opened or read.
    #[error("the picture cannot be read")]
    File(#[source] std::io::Error),
    /// The bytes are no PNG, JPEG or WebP file.
    #[error("not a picture that can be read; use a PNG, JPEG or WebP file")]
    NotAPicture,
    /// The bytes begin as a picture of a known kind, but are cut off or damaged.
    #[error("the picture is cut off or damaged; copy or take it again")]
    Damaged,
    /// More bytes, pixels or memory than [`Limits`] allow.
    #[error("the picture is too large; scale or crop it to the code")]
    TooLarge,
    /// No code was seen.
    #[error("no QR or Aztec code in the picture; the whole code with its white margin must be in it")]
    NoCode,
    /// The corners of a QR code were seen, but not what it says.
    #[error("there is a code in the picture, but it cannot be read; take it closer, flat and in focus")]
    Unreadable,
}

/// Reads every code in a picture file's `bytes`; each text once, in the order found.
///
/// # Errors
/// Any [`PictureError`] but [`PictureError::File`]. When several codes are seen and one is read,
/// that one is returned.
pub fn read_codes(bytes: &[u8], limits: &Limits) -> Result<Vec<Code>, PictureError> {
    let picture = load::luma(bytes, limits)?;
    let deadline = Instant::now() + limits.time.min(LONGEST);
    let ladder = Ladder { deadline, codes: Vec::new(), read: Vec::new(), seen: Vec::new() };
    ladder.climb(&picture)
}

/// [`read_codes`] of the file at `path`, of which no more than [`Limits::bytes`] is read into
/// memory.
///
/// # Errors
/// Any [`PictureError`].
pub fn read_codes_in_file(path: &Path, limits: &Limits) -> Result<Vec<Code>, PictureError> {
    let mut bytes = Vec::new();
    let cap = (limits.bytes as u64).saturating_add(1);
    File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(PictureError::File)?;
    read_codes(&bytes, limits)
}

/// The readings of the picture, scale by scale, until every code in sight is read.
struct Ladder {
    deadline: Instant,
    codes: Vec<Code>,
    /// Where codes were read, and where they were seen, in pixels of the picture.
    read: Vec<Corners>,
    seen: Vec<Corners>,
}

impl Ladder {
    /// Pixels of the largest scale looked at. A code in a larger picture has pixels to spare.
    const LARGEST: u64 = 12_000_000;
    /// Pixels above which the picture is looked at in a third and a fifth of its size first.
    const LARGE: u64 = 4_000_000;
    /// Pixels up to which doubling is tried: above, small modules are not what hinders.
    const DOUBLED: u64 = 2_500_000;

    fn climb(mut self, picture: &Luma) -> Result<Vec<Code>, PictureError> {
        let base = picture.reduction_to(Self::LARGEST);
        // A large picture is mostly noise between the pixels that count: its small scales are
        // both quicker and better.
        let order = if picture.area() > Self::LARGE { [3, 5, 2, 1] } else { [1, 2, 3, 5] };
        let done =
            order.into_iter().map(|step| base * step).any(|factor| self.step(&picture.reduced(factor), factor as f32));
        if !done && !self.seen.is_empty() && picture.area() <= Self::DOUBLED {
            self.step(&picture.doubled(), 0.5);
        }
        match (self.codes.is_empty(), self.seen.is_empty()) {
            (false, _) => Ok(self.codes),
            (true, false) => Err(PictureError::Unreadable),
            (true, true) => Err(PictureError::NoCode),
        }
    }

    /// Tries all readings at one scale, `factor` times smaller than the picture, and says whether
    /// every code in sight was read. None is left out after a success: the certificate may be the
    /// dimmer of two codes on a sheet.
    fn step(&mut self, picture: &Luma, factor: f32) -> bool {
        for reading in Reading::ALL {
            if Instant::now() >= self.deadline {
                return true;
            }
            let sighting = detect::sighting(picture, reading, self.deadline).unwrap_or_default();
            for code in sighting.codes {
                if !self.codes.contains(&code) {
                    self.codes.push(code);
                }
            }
            self.read.extend(sighting.read.iter().map(|corners| corners.times(factor)));
            if reading.is_faithful() {
                self.seen.extend(sighting.unread.iter().map(|corners| corners.times(factor)));
            }
        }
        let unread = |seen: &Corners| !self.read.iter().any(|read| read.holds_any_of(seen));
        !self.codes.is_empty() && !self.seen.iter().any(unread)
    }
}

#[cfg(test)]
mod tests;
