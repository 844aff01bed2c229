//! Grey to black and white: several readings, as each saves pictures that the others lose.

use rxing::common::{BIT_FIELD_BASE_BITS as WORD, BitArray, BitMatrix};

use crate::eight;
use crate::luma::Luma;

/// A way to tell black from white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// By blocks of eight pixels and their neighbours.
    Hybrid,
    /// Light modules on dark ground.
    Inverted,
    /// Each pixel against the mean of those around it: dim and unevenly lit sheets.
    LocalMean,
    /// By blocks too, of which hardly any count as blank: low contrast, which [`Reading::Hybrid`] takes for paper.
    Faint,
}

/// Radius of the mean in pixels: about one alignment pattern at the least readable size (measured:
/// 14 and 20 read most).
const MEAN_RADIUS: usize = 14;
/// A pixel must be this much darker than its surroundings to be black, so that blank paper stays
/// white.
const MEAN_MARGIN: i16 = 4;

/// Side of a block in pixels: one module or two.
const BLOCK: usize = 8;
/// Blocks to either side that have a say in a block's threshold.
const NEIGHBOURS: usize = 2;

impl Reading {
    /// All, in the order tried.
    pub(crate) const ALL: [Self; 4] = [Self::Hybrid, Self::Inverted, Self::LocalMean, Self::Faint];

    /// Whether finder patterns in it are there for the eye too, rather than made of magnified
    /// noise.
    pub(crate) const fn is_faithful(self) -> bool {
        matches!(self, Self::Hybrid | Self::Inverted)
    }

    /// By how much the shades of a blank block differ at most.
    const fn blank(self) -> u8 {
        match self {
            Self::Faint => 10,
            _ => 24,
        }
    }

    /// The level of a blank block: so far below its darkest pixel that it is white, and no further, or the modules
    /// beside it would be white too (measured on faint codes: a fixed step reads many more than the half does).
    const fn below(self, least: u8) -> u8 {
        match self {
            Self::Faint => least.saturating_sub(15),
            _ => least / 2,
        }
    }
}

/// Makes black and white of grey pixels, in buffers that are used again from look to look.
pub(crate) struct Binarizer {
    black: Option<BitMatrix>,
    row: BitArray,
    sums: Vec<u32>,
    sliding: Sliding,
    tallies: Vec<Tally>,
    /// A level for each block that tells its black from its white, row by row.
    levels: Vec<u8>,
    thresholds: Vec<u8>,
}

impl Default for Binarizer {
    fn default() -> Self {
        Self {
            black: None,
            row: BitArray::new(),
            sums: Vec::new(),
            sliding: Sliding::default(),
            tallies: Vec::new(),
            levels: Vec::new(),
            thresholds: Vec::new(),
        }
    }
}

impl Binarizer {
    /// The black pixels of `picture` in this reading.
    pub(crate) fn black(&mut self, picture: &Luma<'_>, reading: Reading) -> Option<&BitMatrix> {
        let (width, height) = (picture.width(), picture.height());
        let same = |black: &BitMatrix| (black.width(), black.height()) == (width as u32, height as u32);
        let mut black = match self.black.take().filter(same) {
            Some(black) => black,
            None => {
                self.row = BitArray::with_size(width);
                BitMatrix::new(width as u32, height as u32).ok()?
            }
        };
        match reading {
            Reading::Hybrid | Reading::Faint => self.by_blocks(picture, reading, &mut black),
            Reading::Inverted => {
                self.by_blocks(picture, reading, &mut black);
                black.flip_self();
            }
            Reading::LocalMean => self.by_local_mean(picture, &mut black),
        }
        self.black = Some(black);
        self.black.as_ref()
    }

    /// A block's threshold is the mean level of the blocks around it; the rule is that of the zxing family of readers,
    /// which all codes in use have been tried with.
    fn by_blocks(&mut self, picture: &Luma<'_>, reading: Reading, black: &mut BitMatrix) {
        self.find_levels(picture, reading);
        for (at, band) in picture.bands(BLOCK).enumerate() {
            self.find_thresholds(at, picture.width().div_ceil(BLOCK));
            for (row, pixels) in (at * BLOCK..).zip(band.chunks_exact(picture.width())) {
                let words = pixels.chunks(WORD).zip(self.thresholds.chunks(WORD / BLOCK));
                for (word, (pixels, thresholds)) in words.enumerate() {
                    let mut bits = 0;
                    for (shift, (block, threshold)) in pixels.chunks(BLOCK).zip(thresholds).enumerate() {
                        bits |= eight::no_lighter(eight::of(block), *threshold) << (shift * BLOCK);
                    }
                    // Beyond the edge all is white.
                    let within = 1_usize.checked_shl(pixels.len() as u32).map_or(usize::MAX, |end| end - 1);
                    self.row.setBulk(word * WORD, bits & within);
                }
                black.setRow(row as u32, &self.row);
            }
        }
    }

    fn find_levels(&mut self, picture: &Luma<'_>, reading: Reading) {
        let across = picture.width().div_ceil(BLOCK);
        self.levels.clear();
        for band in picture.bands(BLOCK) {
            self.tallies.clear();
            self.tallies.resize(across, Tally::EMPTY);
            for row in band.chunks_exact(picture.width()) {
                for (tally, block) in self.tallies.iter_mut().zip(row.chunks(BLOCK)) {
                    tally.add(eight::of(block));
                }
            }
            for (at, tally) in self.tallies.iter().enumerate() {
                let before = |back: usize| self.levels.get(self.levels.len().checked_sub(back)?).copied();
                let around = match (before(1), before(across), before(across + 1)) {
                    (Some(left), Some(above), Some(beyond)) if at > 0 => Some([left, left, above, beyond]),
                    _ => None,
                };
                self.levels.push(tally.level(reading, around));
            }
        }
    }

    /// The thresholds of a band of blocks, `across` wide: of each block the mean over five by five levels. At an edge
    /// it is that of the blocks further in.
    fn find_thresholds(&mut self, band: usize, across: usize) {
        const SPAN: usize = 2 * NEIGHBOURS + 1;
        let down = self.levels.len() / across;
        let first = band.saturating_sub(NEIGHBOURS).min(down.saturating_sub(SPAN));
        let rows = self.levels.chunks_exact(across).skip(first).take(SPAN);
        let high = rows.len();
        self.sums.clear();
        self.sums.resize(across, 0);
        for row in rows {
            add(&mut self.sums, row);
        }
        let wide = SPAN.min(across);
        let means = self.sums.windows(wide).map(|window| (window.iter().sum::<u32>() / (high * wide) as u32) as u8);
        self.thresholds.clear();
        self.thresholds.resize(NEIGHBOURS.min(across / 2), 0);
        self.thresholds.extend(means);
        if let Some(first) = self.thresholds.get(NEIGHBOURS.min(across / 2)).copied() {
            self.thresholds.iter_mut().take(NEIGHBOURS).for_each(|threshold| *threshold = first);
        }
        let last = self.thresholds.last().copied().unwrap_or(0);
        self.thresholds.resize(across, last);
    }

    fn by_local_mean(&mut self, picture: &Luma<'_>, black: &mut BitMatrix) {
        self.sliding.against_mean(picture, MEAN_RADIUS, |row, differences| {
            for (word, differences) in differences.chunks(WORD).enumerate() {
                let darker = |difference: &i16| usize::from(*difference < -MEAN_MARGIN);
                let bits = differences.iter().rev().fold(0, |bits, difference| bits << 1 | darker(difference));
                self.row.setBulk(word * WORD, bits);
            }
            black.setRow(row as u32, &self.row);
        });
    }
}

/// What the pixels of a block have been so far, by columns.
#[derive(Clone, Copy)]
struct Tally {
    /// Eight bytes.
    least: u64,
    most: u64,
    /// Of two columns each, in 16 bits: eight rows of them fit.
    sums: u64,
    rows: u32,
}

impl Tally {
    const EMPTY: Self = Self { least: u64::MAX, most: 0, sums: 0, rows: 0 };

    const fn add(&mut self, pixels: u64) {
        self.least = eight::min(self.least, pixels);
        self.most = eight::max(self.most, pixels);
        self.sums += eight::sums(pixels);
        self.rows += 1;
    }

    /// The mean where there is black and white. A blank block is white, unless it is as dark as what its neighbours
    /// around took for black: the inside of a finder pattern is larger than a block.
    fn level(&self, reading: Reading, around: Option<[u8; 4]>) -> u8 {
        let least = self.least.to_le_bytes().into_iter().min().unwrap_or(0);
        let most = self.most.to_le_bytes().into_iter().max().unwrap_or(0);
        if most.saturating_sub(least) > reading.blank() {
            return (eight::total(self.sums) / (self.rows * BLOCK as u32).max(1)) as u8;
        }
        let around = around.map(|levels| levels.into_iter().map(u32::from).sum::<u32>() / 4);
        match around {
            Some(level) if u32::from(least) < level => level as u8,
            _ => reading.below(least),
        }
    }
}

/// The sums that a sliding mean needs.
#[derive(Default)]
struct Sliding {
    /// Of each column, over the rows around.
    columns: Vec<u32>,
    /// Of the columns to the left, for each column and the end.
    prefixes: Vec<u32>,
    differences: Vec<i16>,
}

impl Sliding {
    /// Calls `each` with every row's number and its pixels' differences to the mean of the square of `radius` around
    /// each (cut at the edges). The cost is the same for every radius.
    fn against_mean(&mut self, picture: &Luma<'_>, radius: usize, mut each: impl FnMut(usize, &[i16])) {
        let (width, height) = (picture.width(), picture.height());
        self.columns.clear();
        self.columns.resize(width, 0);
        for row in picture.rows().take(radius) {
            add(&mut self.columns, row);
        }
        for at in 0..height {
            if let Some(enters) = picture.row(at + radius) {
                add(&mut self.columns, enters);
            }
            if let Some(leaves) = at.checked_sub(radius + 1).and_then(|at| picture.row(at)) {
                for (sum, pixel) in self.columns.iter_mut().zip(leaves) {
                    *sum -= u32::from(*pixel);
                }
            }
            let high = (at + radius + 1).min(height) - at.saturating_sub(radius);
            self.find_differences(picture.row(at).unwrap_or_default(), radius, high);
            each(at, &self.differences);
        }
    }

    fn find_differences(&mut self, row: &[u8], radius: usize, high: usize) {
        self.prefixes.clear();
        self.prefixes.push(0);
        let mut sum = 0;
        self.prefixes.extend(self.columns.iter().map(|column| {
            sum += column;
            sum
        }));
        let prefixes = self.prefixes.as_slice();
        let at_edge = |column: usize| {
            let (from, to) = (column.saturating_sub(radius), (column + radius + 1).min(row.len()));
            let sum = prefixes.get(to).zip(prefixes.get(from)).map_or(0, |(to, from)| to - from);
            sum / ((to - from) * high) as u32
        };
        let difference = |(pixel, mean): (&u8, u32)| i16::from(*pixel) - mean as i16;
        let inner = radius.min(row.len())..row.len().saturating_sub(radius).max(radius.min(row.len()));
        let (left, right) = (0..inner.start, inner.end..row.len());
        self.differences.clear();
        self.differences.extend(row.iter().zip(left.map(at_edge)).map(difference));
        // Inside, the square has always the same area: its reciprocal is exact enough for the sums that there can be.
        let reciprocal = (1_u64 << 32) / ((2 * radius + 1) * high) as u64 + 1;
        let sums = prefixes.iter().skip(2 * radius + 1).zip(prefixes).map(|(to, from)| to - from);
        let means = sums.map(|sum| ((u64::from(sum) * reciprocal) >> 32) as u32);
        self.differences.extend(row.get(inner).unwrap_or_default().iter().zip(means).map(difference));
        let rest = row.get(right.start..).unwrap_or_default();
        self.differences.extend(rest.iter().zip(right.map(at_edge)).map(difference));
    }
}

fn add(columns: &mut [u32], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum += u32::from(*pixel);
    }
}
