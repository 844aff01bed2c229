//! Grey pixels and their scales.

use std::borrow::Cow;

/// A grey picture, 0 black to 255 white, row by row: at least one pixel, and at most 32,767 to a side.
#[derive(Clone)]
pub struct Luma<'p> {
    width: usize,
    height: usize,
    pixels: Cow<'p, [u8]>,
}

/// Pixels that are no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A side has no pixel.
    #[error("a picture must have pixels")]
    Empty,
    /// A side has more than [`Luma::LONGEST_SIDE`] pixels.
    #[error("a picture must not have more than 32,767 pixels to a side")]
    TooLarge,
    /// There is not one byte for each pixel.
    #[error("a picture must have a byte for each pixel")]
    Length,
}

impl<'p> Luma<'p> {
    /// Longest side in pixels: run lengths of a doubled picture stay within 16 bits.
    pub const LONGEST_SIDE: usize = 32_767;

    /// A picture of these pixels, borrowed or owned, one byte each.
    ///
    /// # Errors
    /// [`Malformed`] when they are not `width` × `height`, or these are out of bounds.
    pub fn new(width: usize, height: usize, pixels: impl Into<Cow<'p, [u8]>>) -> Result<Self, Malformed> {
        let pixels = pixels.into();
        if width == 0 || height == 0 {
            return Err(Malformed::Empty);
        }
        if width > Self::LONGEST_SIDE || height > Self::LONGEST_SIDE {
            return Err(Malformed::TooLarge);
        }
        // The product of two such sides fits 32 bits.
        if pixels.len() != width * height {
            return Err(Malformed::Length);
        }
        Ok(Self { width, height, pixels })
    }

    /// Pixels to a row.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub(crate) const fn height(&self) -> usize {
        self.height
    }

    /// So many rows at a time, top to bottom; the last may be fewer.
    pub(crate) fn bands(&self, rows: usize) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks(rows * self.width)
    }

    /// Number of pixels.
    pub(crate) const fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The rows, top to bottom.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.width)
    }

    /// A row, if there is one so far down.
    pub(crate) fn row(&self, at: usize) -> Option<&[u8]> {
        self.pixels.get(at * self.width..(at + 1) * self.width)
    }

    /// The least factor that reduces the picture to at most `area` pixels.
    pub(crate) fn reduction_to(&self, area: u64) -> usize {
        (1..).find(|factor| self.area() <= area.saturating_mul(factor * factor)).map_or(1, |factor| factor as usize)
    }

    /// Every `factor` × `factor` pixels averaged to one; what is left over at the right and the
    /// bottom is dropped.
    pub(crate) fn reduced(&self, factor: usize) -> Luma<'_> {
        let (width, height) = (self.width / factor, self.height / factor);
        if factor <= 1 || width == 0 || height == 0 {
            return Luma { width: self.width, height: self.height, pixels: Cow::Borrowed(&self.pixels) };
        }
        let rows: Vec<&[u8]> = self.rows().collect();
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        for band in rows.chunks_exact(factor) {
            sums.fill(0);
            for row in band {
                for (sum, block) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += block.iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|sum| (sum / (factor * factor) as u32) as u8));
        }
        Luma { width, height, pixels: pixels.into() }
    }

    /// Twice as wide and high, linearly interpolated.
    pub(crate) fn doubled(&self) -> Luma<'static> {
        let mut pixels = Vec::with_capacity(4 * self.pixels.len());
        let rows: Vec<&[u8]> = self.rows().collect();
        for (at, row) in rows.iter().enumerate() {
            let above = at.checked_sub(1).and_then(|at| rows.get(at)).unwrap_or(row);
            let below = rows.get(at + 1).unwrap_or(row);
            for neighbour in [above, below] {
                widen(row, neighbour, &mut pixels);
            }
        }
        Luma { width: 2 * self.width, height: 2 * self.height, pixels: pixels.into() }
    }
}

/// One row of a doubled picture: `row` weighs 3/4, the neighbouring row 1/4, and so again along the
/// row.
fn widen(row: &[u8], neighbour: &[u8], into: &mut Vec<u8>) {
    let mixed: Vec<u16> = row.iter().zip(neighbour).map(|(a, b)| 3 * u16::from(*a) + u16::from(*b)).collect();
    for (at, here) in mixed.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| mixed.get(at)).unwrap_or(here);
        let after = mixed.get(at + 1).unwrap_or(here);
        into.extend([before, after].map(|beside| ((3 * here + beside + 8) / 16) as u8));
    }
}
