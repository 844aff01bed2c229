//! What all symbols of one version have in common: function patterns, where data goes, and the masks
//! (ISO/IEC 18004, 6.3, 7.7.3, 7.8.2).

use super::EcLevel;
use super::lines::{Grid, WORDS};
use std::sync::OnceLock;

/// The masks, by number.
pub(super) const MASKS: usize = 8;

/// A version's plan.
pub(super) struct Plan {
    /// Modules a side.
    pub(super) side: usize,
    /// The dark modules of finders, timing, alignment and version information.
    pub(super) function: Grid,
    /// Row and column of each bit of the codewords, in their order.
    pub(super) places: Vec<(u8, u8)>,
    /// For each mask the modules that it turns over.
    pub(super) masks: Vec<Grid>,
}

impl Plan {
    /// The plan of a version, 1 to 40; made when it is first used.
    pub(super) fn of(version: u8) -> &'static Self {
        static PLANS: [OnceLock<Plan>; 40] = [const { OnceLock::new() }; 40];
        PLANS[usize::from(version) - 1].get_or_init(|| Self::make(version))
    }

    fn make(version: u8) -> Self {
        let side = 17 + 4 * usize::from(version);
        let mut draft = Draft { side, dark: Grid::new(side), taken: Grid::new(side) };
        draft.timing();
        draft.alignment(version);
        draft.finders();
        draft.format();
        if version >= 7 {
            draft.version(version);
        }
        let masks = (0..MASKS).map(|mask| draft.mask(mask)).collect();
        Self { side, places: draft.places(), function: draft.dark, masks }
    }
}

/// A plan being drawn.
struct Draft {
    side: usize,
    dark: Grid,
    /// The modules that hold no data.
    taken: Grid,
}

impl Draft {
    fn set(&mut self, row: usize, column: usize, dark: bool) {
        self.dark.set(row, column, dark);
        self.taken.set(row, column, true);
    }

    fn timing(&mut self) {
        for at in 0..self.side {
            self.set(6, at, at % 2 == 0);
            self.set(at, 6, at % 2 == 0);
        }
    }

    /// The three finders, each with its separator.
    fn finders(&mut self) {
        let far = self.side - 7;
        for (top, left) in [(0, 0), (0, far), (far, 0)] {
            for row in top.saturating_sub(1)..(top + 8).min(self.side) {
                for column in left.saturating_sub(1)..(left + 8).min(self.side) {
                    let distance = row.abs_diff(top + 3).max(column.abs_diff(left + 3));
                    self.set(row, column, distance != 2 && distance != 4);
                }
            }
        }
    }

    /// Alignment patterns at all crossings of their coordinates but those on finders (annex E).
    fn alignment(&mut self, version: u8) {
        let centres = alignment_centres(version);
        let last = centres.len().saturating_sub(1);
        for (down, row) in centres.iter().enumerate() {
            for (across, column) in centres.iter().enumerate() {
                if [(0, 0), (0, last), (last, 0)].contains(&(down, across)) {
                    continue;
                }
                for (r, c) in (0..25).map(|at| (row + at / 5 - 2, column + at % 5 - 2)) {
                    let distance = r.abs_diff(*row).max(c.abs_diff(*column));
                    self.set(r, c, distance != 1);
                }
            }
        }
    }

    /// Keeps the places of the format information, and draws the module beside it that is always dark.
    fn format(&mut self) {
        for ((row, column), (other_row, other_column)) in format_places(self.side) {
            self.set(row, column, false);
            self.set(other_row, other_column, false);
        }
        self.set(self.side - 8, 8, true);
    }

    /// Version information: six bits with a BCH code of twelve more, twice (7.10).
    fn version(&mut self, version: u8) {
        let mut code = u32::from(version) << 12;
        for bit in (12..18).rev() {
            if code >> bit & 1 == 1 {
                code ^= 0x1F25 << (bit - 12);
            }
        }
        code |= u32::from(version) << 12;
        for bit in 0..18 {
            let (long, short) = (bit / 3, self.side - 11 + bit % 3);
            let dark = code >> bit & 1 == 1;
            self.set(long, short, dark);
            self.set(short, long, dark);
        }
    }

    /// Where the bits go: in columns of two from the right, upwards and downwards in turns, around what is taken.
    fn places(&self) -> Vec<(u8, u8)> {
        let mut places = Vec::new();
        let mut upwards = true;
        // The vertical timing pattern has a column of its own.
        let rights = (1..self.side).rev().step_by(2).map(|right| if right <= 6 { right - 1 } else { right });
        for right in rights.filter(|right| *right > 0) {
            for step in 0..self.side {
                let row = if upwards { self.side - 1 - step } else { step };
                for column in [right, right - 1] {
                    if !self.taken.is_dark(row, column) {
                        places.push((row as u8, column as u8));
                    }
                }
            }
            upwards = !upwards;
        }
        // Up to seven modules behind the last codeword stay light.
        places.truncate(places.len() / 8 * 8);
        places
    }

    fn mask(&self, mask: usize) -> Grid {
        let mut grid = Grid::new(self.side);
        for row in 0..self.side {
            for column in 0..self.side {
                let turned = turns_over(mask, row, column) && !self.taken.is_dark(row, column);
                grid.set(row, column, turned);
            }
        }
        grid
    }
}

/// The rows and columns in which alignment patterns have their centres (annex E): the first at 6, the others evenly
/// from the far side on.
fn alignment_centres(version: u8) -> Vec<usize> {
    if version == 1 {
        return Vec::new();
    }
    let version = usize::from(version);
    let (count, last) = (version / 7 + 2, 10 + 4 * version);
    // The even distance nearest to an equal division, rounded up; the table has one exception.
    let step = if version == 32 { 26 } else { (last - 6).div_ceil(2 * (count - 1)) * 2 };
    let mut centres: Vec<usize> = (0..count - 1).map(|at| last - at * step).collect();
    centres.push(6);
    centres.reverse();
    centres
}

/// Table 10.
const fn turns_over(mask: usize, row: usize, column: usize) -> bool {
    match mask {
        0 => (row + column).is_multiple_of(2),
        1 => row.is_multiple_of(2),
        2 => column.is_multiple_of(3),
        3 => (row + column).is_multiple_of(3),
        4 => (row / 2 + column / 3).is_multiple_of(2),
        5 => row * column % 2 + row * column % 3 == 0,
        6 => (row * column % 2 + row * column % 3).is_multiple_of(2),
        _ => ((row + column) % 2 + row * column % 3).is_multiple_of(2),
    }
}

/// The two places of each bit of the format information, the lowest bit first (7.9).
fn format_places(side: usize) -> [((usize, usize), (usize, usize)); 15] {
    std::array::from_fn(|bit| {
        let first = match bit {
            0..=5 => (bit, 8),
            6 => (7, 8),
            7 => (8, 8),
            8 => (8, 7),
            _ => (8, 14 - bit),
        };
        let second = if bit < 8 { (8, side - 1 - bit) } else { (side + bit - 15, 8) };
        (first, second)
    })
}

/// Draws the format information: level and mask with a BCH code of ten bits, twice (7.9).
pub(super) fn draw_format(grid: &mut Grid, side: usize, level: EcLevel, mask: usize) {
    let level = match level {
        EcLevel::L => 0b01,
        EcLevel::M => 0b00,
        EcLevel::Q => 0b11,
        EcLevel::H => 0b10,
    };
    let data = level << 3 | mask as u32;
    let mut code = data << 10;
    for bit in (10..15).rev() {
        if code >> bit & 1 == 1 {
            code ^= 0x537 << (bit - 10);
        }
    }
    code = (data << 10 | code) ^ 0x5412;
    for (bit, (first, second)) in format_places(side).into_iter().enumerate() {
        let dark = code >> bit & 1 == 1;
        grid.set(first.0, first.1, dark);
        grid.set(second.0, second.1, dark);
    }
}

const _: () = assert!(WORDS * 64 >= 177, "version 40 fits a line");
