//! Grey pixels and their scales.

/// A grey picture, 0 black to 255 white, row by row; at least one pixel.
pub(super) struct Luma {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

impl Luma {
    /// Number of pixels.
    pub(super) const fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The rows, top to bottom.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.width)
    }

    /// The least factor that reduces the picture to at most `area` pixels.
    pub(super) fn reduction_to(&self, area: u64) -> usize {
        (1..).find(|factor| self.area() <= area.saturating_mul(factor * factor)).map_or(1, |factor| factor as usize)
    }

    /// Every `factor` × `factor` pixels averaged to one; what is left over at the right and the
    /// bottom is dropped.
    pub(super) fn reduced(&self, factor: usize) -> Self {
        let (width, height) = (self.width / factor, self.height / factor);
        if factor <= 1 || width == 0 || height == 0 {
            return Self { width: self.width, height: self.height, pixels: self.pixels.clone() };
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
        Self { width, height, pixels }
    }

    /// Twice as wide and high, linearly interpolated.
    pub(super) fn doubled(&self) -> Self {
        let mut pixels = Vec::with_capacity(4 * self.pixels.len());
        let rows: Vec<&[u8]> = self.rows().collect();
        for (at, row) in rows.iter().enumerate() {
            let above = at.checked_sub(1).and_then(|at| rows.get(at)).unwrap_or(row);
            let below = rows.get(at + 1).unwrap_or(row);
            for neighbour in [above, below] {
                widen(row, neighbour, &mut pixels);
            }
        }
        Self { width: 2 * self.width, height: 2 * self.height, pixels }
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
