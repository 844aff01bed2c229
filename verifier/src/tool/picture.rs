//! A picture file to the texts of the codes in it.
//!
//! The journey: bytes → grey pixels ([`load`]) → texts (the crate `tegata-reader`).
//!
//! A picture is hostile input: its bytes, pixels, memory and the time spent on it are bounded by
//! [`Limits`], and a panic in the decoder is a code that was not read.

mod load;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

pub use tegata_reader::{Code, Symbology};

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
    let found = tegata_reader::still(&picture, &mut || Instant::now() >= deadline);
    match (found.codes.is_empty(), found.seen) {
        (false, _) => Ok(found.codes),
        (true, true) => Err(PictureError::Unreadable),
        (true, false) => Err(PictureError::NoCode),
    }
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

#[cfg(test)]
mod tests;
