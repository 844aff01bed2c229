//! A text as a QR symbol: picture files for print and screen, and a drawing for the terminal.
//!
//! Every certificate text this workspace writes is drawn the same way: QR Model 2 (ISO/IEC 18004),
//! error correction level M, the smallest version that holds the text, plain square modules, black
//! on white, with the quiet zone of four modules as part of the picture, so that a code cannot be
//! cut at its edge.
//!
//! ```
//! use tegata_issuer::{EcLevel, Symbol};
//!
//! let symbol = Symbol::encode("TG1:EXAMPLE", EcLevel::default())?;
//! assert_eq!((symbol.version(), symbol.modules()), (1, 21));
//! assert!(symbol.svg().starts_with("<svg"));
//! # Ok::<(), tegata_issuer::SymbolError>(())
//! ```

mod codewords;
mod draw;
mod lines;
mod penalty;
mod plan;
mod reed_solomon;
mod segment;

use std::fmt;

use codewords::Division;
use lines::{Grid, Line};
use plan::{MASKS, Plan};
use segment::{BitString, Segment};

pub use draw::Palette;

/// Modules of white on each side of a symbol (ISO/IEC 18004, 5.3.8: at least four).
pub const QUIET_ZONE: usize = 4;

/// Least width of a printed code in millimetres, quiet zone not counted. Smaller ones were a main
/// complaint about the paper certificates of 2021.
pub const PRINT_WIDTH_MM: f64 = 60.0;

/// Least side of a printed module in millimetres.
pub const PRINT_MODULE_MM: f64 = 0.5;

/// How much damage a symbol survives (ISO/IEC 18004, 8.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EcLevel {
    /// About 7 % of the codewords.
    L,
    /// About 15 %: what certificates use, since a higher level only makes the modules smaller.
    #[default]
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

impl fmt::Display for EcLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L => "L",
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

/// Why a text has no symbol, or a symbol no picture.
#[derive(Debug, thiserror::Error)]
pub enum SymbolError {
    /// There is nothing to encode.
    #[error("an empty text has no QR symbol")]
    Empty,
    /// The text does not fit the largest symbol, version 40, at this level.
    #[error(
        "the text of {bytes} bytes is too long for a QR symbol at level {level}; choose a lower level or a more compact format"
    )]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// The level asked for.
        level: EcLevel,
    },
    /// The picture would have no pixels, or more than [`Symbol::MAX_PIXELS_PER_MODULE`] a module.
    #[error("a module cannot be {0} pixels wide; choose 1 to {max}", max = Symbol::MAX_PIXELS_PER_MODULE)]
    ModuleWidth(u32),
    /// The PNG encoder failed. Not known to happen, as it writes to memory.
    #[error("the PNG encoder failed")]
    Png(#[source] png::EncodingError),
}

/// A QR symbol, ready to be drawn.
///
/// Its `Debug` output shows its size only: the modules spell the certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    level: EcLevel,
    /// Rows of modules.
    rows: Vec<Line>,
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbol").field("version", &self.version).field("level", &self.level).finish_non_exhaustive()
    }
}

impl Symbol {
    /// Pixels a module in PNG files unless the caller chooses: a certificate of 60 mm then has more
    /// than 200 dots an inch.
    pub const DEFAULT_PIXELS_PER_MODULE: u32 = 10;

    /// Upper bound of [`Symbol::png`]: version 40 then has 11,840 pixels a side.
    pub const MAX_PIXELS_PER_MODULE: u32 = 64;

    /// Encodes `text` in the smallest version that holds it at `level`.
    ///
    /// A text of the alphanumeric set (`0-9A-Z $%*+-./:`; every Base45 text with its prefix)
    /// becomes one alphanumeric segment. In any other text a long tail of digits becomes a numeric
    /// segment (SMART Health Cards) and the rest is bytes; kanji mode is never used, because it
    /// would change the bytes that readers report.
    ///
    /// # Errors
    /// [`SymbolError::Empty`] and [`SymbolError::TooLong`].
    pub fn encode(text: &str, level: EcLevel) -> Result<Self, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        let segments = segment::segments(text.as_bytes());
        let version = (1..=40).find(|version| fits(&segments, *version, level));
        let version = version.ok_or(SymbolError::TooLong { bytes: text.len(), level })?;
        let grid = place(version, &codewords(&segments, version, level));
        let best = (0..MASKS).map(|mask| masked(&grid, version, level, mask));
        let best = best.min_by_key(penalty::points);
        // The first of equals is taken, as by most encoders: two runs give one picture.
        Ok(Self { version, level, rows: best.map_or_else(|| grid.rows.clone(), |best| best.rows) })
    }

    /// Encodes `text` as `encode` does, in a symbol no larger than that version: where the level makes it larger, a lower
    /// level is taken.
    ///
    /// # Errors
    /// [`SymbolError::Empty`], and [`SymbolError::TooLong`] if it does not fit at level L either.
    pub fn encode_within(text: &str, level: EcLevel, version_max: u8) -> Result<Self, SymbolError> {
        let levels = [EcLevel::H, EcLevel::Q, EcLevel::M, EcLevel::L].into_iter().filter(|lower| *lower <= level);
        for level in levels {
            match Self::encode(text, level) {
                Ok(symbol) if symbol.version <= version_max => return Ok(symbol),
                Ok(_) | Err(SymbolError::TooLong { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(SymbolError::TooLong { bytes: text.len(), level: EcLevel::L })
    }

    /// Version of the symbol, 1 to 40.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Error correction level of the symbol.
    #[must_use]
    pub const fn level(&self) -> EcLevel {
        self.level
    }

    /// Modules a side, quiet zone not counted: 21 to 177.
    #[must_use]
    pub fn modules(&self) -> usize {
        self.rows.len()
    }

    /// Modules a side of the drawn picture, quiet zone counted.
    fn drawn_modules(&self) -> usize {
        self.rows.len() + 2 * QUIET_ZONE
    }

    /// Whether the module in `column` and `row` of the drawn picture, quiet zone counted, is dark.
    fn is_dark(&self, column: usize, row: usize) -> bool {
        let within = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.rows.len());
        match (within(column), within(row)) {
            (Some(column), Some(row)) => self.rows[row][column / 64] >> (column % 64) & 1 == 1,
            _ => false,
        }
    }

    /// Side of a module in print, in millimetres: as wide as [`PRINT_WIDTH_MM`] wants, at least
    /// [`PRINT_MODULE_MM`].
    #[must_use]
    pub fn module_mm(&self) -> f64 {
        (PRINT_WIDTH_MM / self.modules() as f64).max(PRINT_MODULE_MM)
    }
}

/// Whether segments fit a version at a level.
fn fits(segments: &[Segment<'_>], version: u8, level: EcLevel) -> bool {
    segments.iter().map(|segment| segment.bits(version)).sum::<usize>() <= Division::of(version, level).data() * 8
}

/// All codewords of a symbol, in the order in which they are placed.
fn codewords(segments: &[Segment<'_>], version: u8, level: EcLevel) -> Vec<u8> {
    let mut bits = BitString::default();
    segments.iter().for_each(|segment| segment.write(version, &mut bits));
    let division = Division::of(version, level);
    division.interleave(&bits.filled(division.data()))
}

/// A symbol without mask and format information.
fn place(version: u8, codewords: &[u8]) -> Grid {
    let plan = Plan::of(version);
    let mut grid = plan.function.clone();
    for (codeword, places) in codewords.iter().zip(plan.places.chunks_exact(8)) {
        for (bit, (row, column)) in places.iter().enumerate() {
            if codeword << bit & 0x80 != 0 {
                grid.darken(usize::from(*row), usize::from(*column));
            }
        }
    }
    grid
}

/// The symbol with a mask.
fn masked(grid: &Grid, version: u8, level: EcLevel, mask: usize) -> Grid {
    let plan = Plan::of(version);
    let mut masked = grid.masked(&plan.masks[mask]);
    plan::draw_format(&mut masked, plan.side, level, mask);
    masked
}

#[cfg(test)]
mod oracles;
#[cfg(test)]
mod tests;
