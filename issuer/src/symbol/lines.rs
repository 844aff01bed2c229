//! A square of modules as lines of bits, by rows and by columns at once: what is counted along lines is counted
//! along both in the same way.

/// Words of a line: 192 modules, of 177 that version 40 has.
pub(super) const WORDS: usize = 3;

/// A line of modules, the first in the lowest bit; dark is one.
pub(super) type Line = [u64; WORDS];

/// Modules of a square.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) rows: Vec<Line>,
    pub(super) columns: Vec<Line>,
}

impl Grid {
    /// A light square.
    pub(super) fn new(side: usize) -> Self {
        Self { rows: vec![[0; WORDS]; side], columns: vec![[0; WORDS]; side] }
    }

    pub(super) fn is_dark(&self, row: usize, column: usize) -> bool {
        self.rows[row][column / 64] >> (column % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, row: usize, column: usize, dark: bool) {
        put(&mut self.rows[row], column, dark);
        put(&mut self.columns[column], row, dark);
    }

    /// Makes a module dark.
    pub(super) fn darken(&mut self, row: usize, column: usize) {
        self.rows[row][column / 64] |= 1 << (column % 64);
        self.columns[column][row / 64] |= 1 << (row % 64);
    }

    /// The square with those modules turned over that a mask has dark.
    pub(super) fn masked(&self, mask: &Self) -> Self {
        let turn = |of: &[Line], mask: &[Line]| {
            let turned = of.iter().zip(mask).map(|(of, mask)| std::array::from_fn(|word| of[word] ^ mask[word]));
            turned.collect()
        };
        Self { rows: turn(&self.rows, &mask.rows), columns: turn(&self.columns, &mask.columns) }
    }
}

fn put(line: &mut Line, at: usize, dark: bool) {
    let bit = 1 << (at % 64);
    if dark {
        line[at / 64] |= bit;
    } else {
        line[at / 64] &= !bit;
    }
}
