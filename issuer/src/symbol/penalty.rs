//! How hard a masked symbol is to read, after ISO/IEC 18004, 7.8.3: whole lines are counted at once.

use super::lines::{Grid, Line};

/// The points of a symbol: fewer are better.
pub(super) fn points(grid: &Grid) -> u32 {
    // Shifts cost for each word, so no more words are shifted than the symbol has.
    match grid.rows.len() {
        0..=64 => points_of::<1>(grid),
        65..=128 => points_of::<2>(grid),
        _ => points_of::<3>(grid),
    }
}

fn points_of<const W: usize>(grid: &Grid) -> u32 {
    let side = grid.rows.len();
    let mut tally = Tally::default();
    let mut above: Option<Part<W>> = None;
    let mut dark = 0;
    for row in &grid.rows {
        let row = Part::<W>::of(row);
        tally.line(row, side);
        if let Some(above) = above {
            tally.blocks += above.blocks_with(row, side);
        }
        dark += row.ones();
        above = Some(row);
    }
    for column in &grid.columns {
        tally.line(Part::<W>::of(column), side);
    }
    tally.points() + balance(dark, (side * side) as u32)
}

/// Ten points for each whole 5 % that the share of dark modules is off one half.
const fn balance(dark: u32, all: u32) -> u32 {
    (2 * dark).abs_diff(all) * 10 / all * 10
}

/// What was counted so far.
#[derive(Default)]
struct Tally {
    /// Modules that end five or more of the same colour in a line, and such runs.
    fifths: u32,
    runs: u32,
    /// Squares of two by two modules of one colour.
    blocks: u32,
    /// Sequences like a line through a finder, with four light modules before or behind.
    finders: u32,
}

impl Tally {
    /// A run of five counts 3, each module more counts 1.
    const fn points(&self) -> u32 {
        self.fifths + 2 * self.runs + 3 * self.blocks + 40 * self.finders
    }

    fn line<const W: usize>(&mut self, line: Part<W>, side: usize) {
        let same = line.same_as_next(side);
        let pairs = same.and(same.down(1));
        let fives = pairs.and(pairs.down(2));
        self.fifths += fives.ones();
        self.runs += fives.and(fives.up(1).not()).ones();
        self.finders += line.finders().ones();
    }
}

/// The words of a line that a symbol of this size uses.
#[derive(Clone, Copy)]
struct Part<const W: usize>([u64; W]);

impl<const W: usize> Part<W> {
    fn of(line: &Line) -> Self {
        Self(std::array::from_fn(|word| line[word]))
    }

    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    fn unlike(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] ^ other.0[word]))
    }

    /// Each module gets what the one that many places on has; light from beyond the end.
    fn down(self, places: u32) -> Self {
        Self(std::array::from_fn(|word| {
            let next = self.0.get(word + 1).copied().unwrap_or(0);
            self.0[word] >> places | next << (64 - places)
        }))
    }

    /// Each module gets what the one that many places back has; light from before the beginning.
    fn up(self, places: u32) -> Self {
        Self(std::array::from_fn(|word| {
            let last = word.checked_sub(1).map_or(0, |word| self.0[word]);
            self.0[word] << places | last >> (64 - places)
        }))
    }

    fn ones(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The first so many modules.
    fn first(self, count: usize) -> Self {
        Self(std::array::from_fn(|word| {
            let count = count.saturating_sub(word * 64);
            if count >= 64 { self.0[word] } else { self.0[word] & ((1 << count) - 1) }
        }))
    }

    /// The modules that have the colour of the next.
    fn same_as_next(self, side: usize) -> Self {
        self.unlike(self.down(1)).not().first(side - 1)
    }

    /// Squares of one colour whose upper row this is.
    fn blocks_with(self, below: Self, side: usize) -> u32 {
        let same = self.unlike(below).not();
        self.same_as_next(side).and(same).and(same.down(1)).ones()
    }

    /// The modules at which dark, light, three dark, light, dark begin, with four light ones before or behind. What lies
    /// beyond a symbol is its quiet zone, and light.
    fn finders(self) -> Self {
        let edge = self.and(self.down(1).not());
        let middle = self.and(self.down(1)).down(2);
        let begins = edge.and(edge.down(4)).and(middle).and(self.down(6));
        if begins.ones() == 0 {
            return begins;
        }
        let pair = self.or(self.down(1));
        let dark_behind = pair.or(pair.down(2)).down(7);
        let pair = self.or(self.up(1));
        let dark_before = pair.or(pair.up(2)).up(1);
        begins.and(dark_before.and(dark_behind).not())
    }
}
