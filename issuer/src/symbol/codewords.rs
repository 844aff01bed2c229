//! Data and error correction codewords (ISO/IEC 18004, 7.5 and 7.6).

use super::EcLevel;
use super::reed_solomon::{Remainder, remainder};

/// Error correction codewords a block, by level and version (table 9).
const PER_BLOCK: [[u8; 40]; 4] = [
    [
        7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    ],
    [
        13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
];

/// Blocks, by level and version (table 9).
const BLOCKS: [[u8; 40]; 4] = [
    [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18,
        19, 19, 20, 21, 22, 24, 25,
    ],
    [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31,
        33, 35, 37, 38, 40, 43, 45, 47, 49,
    ],
    [
        1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40,
        43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
    ],
    [
        1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48,
        51, 54, 57, 60, 63, 66, 70, 74, 77, 81,
    ],
];

/// How a symbol's codewords are divided.
#[derive(Clone, Copy)]
pub(super) struct Division {
    /// All codewords of the symbol.
    total: usize,
    blocks: usize,
    /// Error correction codewords of each block.
    correction: usize,
}

impl Division {
    /// Of a symbol of that version, 1 to 40, and level.
    pub(super) const fn of(version: u8, level: EcLevel) -> Self {
        let (row, column) = (level as usize, version as usize - 1);
        Self {
            total: codewords(version),
            blocks: BLOCKS[row][column] as usize,
            correction: PER_BLOCK[row][column] as usize,
        }
    }

    /// Data codewords.
    pub(super) const fn data(self) -> usize {
        self.total - self.blocks * self.correction
    }

    /// Data codewords, with their error correction, in the order in which they are placed: of each block the first,
    /// then of each the second …; the later blocks have one more than the earlier ones where they are not equal.
    pub(super) fn interleave(self, data: &[u8]) -> Vec<u8> {
        let short = self.data() / self.blocks;
        let short_blocks = self.blocks - self.data() % self.blocks;
        let blocks = (0..self.blocks).map(|block| {
            let from = block * short + block.saturating_sub(short_blocks);
            &data[from..from + short + usize::from(block >= short_blocks)]
        });
        let blocks: Vec<&[u8]> = blocks.collect();
        let mut placed = Vec::with_capacity(self.total);
        for at in 0..=short {
            placed.extend(blocks.iter().filter_map(|block| block.get(at)));
        }
        let remainders: Vec<Remainder> = blocks.iter().map(|block| remainder(block, self.correction)).collect();
        for at in 0..self.correction {
            placed.extend(remainders.iter().map(|remainder| remainder[at]));
        }
        placed
    }
}

/// Codewords that a version holds (table 1): its modules without function patterns, eight a codeword.
const fn codewords(version: u8) -> usize {
    let version = version as usize;
    let side = 17 + 4 * version;
    // Three finders with separators, two timing patterns, format information and the dark module.
    let mut modules = side * side - 3 * 64 - 2 * (side - 16) - 31;
    if version >= 2 {
        let centres = version / 7 + 2;
        // All crossings but three have an alignment pattern of 25; those on a timing pattern share five with it.
        modules -= (centres * centres - 3) * 25 - (centres - 2) * 2 * 5;
    }
    if version >= 7 {
        modules -= 36;
    }
    modules / 8
}
