//! Grey to black and white: several readings, as each saves pictures that the others lose.

use rxing::common::{BitMatrix, HybridBinarizer};
use rxing::{Binarizer as _, Luma8Source};

use super::luma::Luma;

/// A way to tell black from white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// By blocks of eight pixels and their neighbours.
    Hybrid,
    /// Light modules on dark ground.
    Inverted,
    /// Each pixel against the mean of those around it: dim and unevenly lit sheets.
    LocalMean,
    /// The difference to the mean around, magnified, then by blocks: low contrast, which
    /// [`Reading::Hybrid`] takes for blank.
    HighPass,
}

/// Radius of the mean in pixels: about one alignment pattern at the least readable size (measured:
/// 14 and 20 read most).
const MEAN_RADIUS: usize = 14;
const HIGH_PASS_RADIUS: usize = 20;
const HIGH_PASS_GAIN: i32 = 3;
/// A pixel must be this much darker than its surroundings to be black, so that blank paper stays
/// white.
const MEAN_MARGIN: i32 = 4;

impl Reading {
    /// All, in the order tried.
    pub(super) const ALL: [Self; 4] = [Self::Hybrid, Self::Inverted, Self::LocalMean, Self::HighPass];

    /// Whether finder patterns in it are there for the eye too, rather than made of magnified
    /// noise.
    pub(super) const fn is_faithful(self) -> bool {
        matches!(self, Self::Hybrid | Self::Inverted)
    }

    /// The black pixels of `picture` in this reading.
    pub(super) fn black(self, picture: &Luma) -> Option<BitMatrix> {
        match self {
            Self::Hybrid => hybrid(&picture.pixels, picture),
            Self::Inverted => hybrid(&picture.pixels, picture).map(|mut matrix| {
                matrix.flip_self();
                matrix
            }),
            Self::LocalMean => by_local_mean(picture),
            Self::HighPass => hybrid(&high_pass(picture), picture),
        }
    }
}

fn hybrid(pixels: &[u8], picture: &Luma) -> Option<BitMatrix> {
    let source = Luma8Source::new_with_slice(pixels, picture.width as u32, picture.height as u32).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}

fn by_local_mean(picture: &Luma) -> Option<BitMatrix> {
    let mut black = BitMatrix::new(picture.width as u32, picture.height as u32).ok()?;
    against_mean(picture, MEAN_RADIUS, |column, row, difference| {
        if difference < -MEAN_MARGIN {
            black.set(column as u32, row as u32);
        }
    });
    Some(black)
}

fn high_pass(picture: &Luma) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(picture.pixels.len());
    against_mean(picture, HIGH_PASS_RADIUS, |_, _, difference| {
        pixels.push((128 + HIGH_PASS_GAIN * difference).clamp(0, 255) as u8);
    });
    pixels
}

/// Calls `each` with column, row and the pixel's difference to the mean of the square of `radius`
/// around it (cut at the edges), row by row. Sums slide along columns and rows: the cost is the
/// same for every radius.
fn against_mean(picture: &Luma, radius: usize, mut each: impl FnMut(usize, usize, i32)) {
    let rows: Vec<&[u8]> = picture.rows().collect();
    let mut columns = vec![0_u32; picture.width];
    for row in rows.iter().take(radius) {
        add(&mut columns, row);
    }
    for (at, row) in rows.iter().enumerate() {
        if let Some(enters) = rows.get(at + radius) {
            add(&mut columns, enters);
        }
        if let Some(leaves) = at.checked_sub(radius + 1).and_then(|at| rows.get(at)) {
            for (sum, pixel) in columns.iter_mut().zip(*leaves) {
                *sum -= u32::from(*pixel);
            }
        }
        let high = (at + radius + 1).min(rows.len()) - at.saturating_sub(radius);
        let mut sum: u32 = columns.iter().take(radius).sum();
        for (column, pixel) in row.iter().enumerate() {
            sum += columns.get(column + radius).copied().unwrap_or(0);
            sum -= column.checked_sub(radius + 1).and_then(|left| columns.get(left)).copied().unwrap_or(0);
            let wide = (column + radius + 1).min(row.len()) - column.saturating_sub(radius);
            each(column, at, i32::from(*pixel) - (sum / (high * wide) as u32) as i32);
        }
    }
}

fn add(columns: &mut [u32], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum += u32::from(*pixel);
    }
}
