//! Finder patterns of QR codes in black and white pixels.
//!
//! `rxing` has the same search, but compares every candidate with all patterns found so far: a
//! large picture tiled with finder patterns would hold it for minutes. This one stops when
//! time is up and keeps the largest patterns only.

use rxing::common::cpp_essentials::{
    ConcentricPattern, FixedPattern, IsPattern, LocateConcentricPattern, PatternType, PatternView,
};
use rxing::common::{BitArray, BitMatrix};
use rxing::{Point, point};

/// Widths of the five runs across the middle of a finder pattern, in modules (ISO/IEC 18004,
/// 6.3.3.1).
const RUNS: [PatternType; 5] = [1, 1, 3, 1, 1];
const PATTERN: FixedPattern<5, 7> = FixedPattern::new(RUNS);

/// Every third row is looked at: the middle of the smallest legible pattern is three pixels high.
const ROW_STEP: usize = 3;

/// Patterns kept. A page of a hundred codes has 300; noise and traps have any number of small ones.
const MOST: usize = 600;

/// The finder patterns of `black`, at most [`MOST`], the largest if there are more; fewer when the
/// time is up.
pub(crate) fn finder_patterns(black: &BitMatrix, time_is_up: &mut dyn FnMut() -> bool) -> Vec<ConcentricPattern> {
    let mut found: Vec<ConcentricPattern> = Vec::new();
    let mut runs = Vec::new();
    for row in (ROW_STEP as u32 - 1..black.height()).step_by(ROW_STEP) {
        if time_is_up() {
            break;
        }
        find_runs(&black.getRow(row), &mut runs);
        for (middle, width) in candidates(&runs) {
            let at = point(middle, row as f32 + 0.5);
            if found.iter().any(|pattern| Point::distance(at, pattern.p) < pattern.size as f32 / 2.0) {
                continue;
            }
            // Three times the width, for patterns seen at a slant.
            found.extend(LocateConcentricPattern::<true, 5, 7>(black, &RUNS, at, 3 * width));
        }
        if found.len() > 2 * MOST {
            keep_largest(&mut found);
        }
    }
    keep_largest(&mut found);
    found
}

/// The widths of a row's runs, in turn white and black; the first and the last are white, and may be 0.
fn find_runs(row: &BitArray, runs: &mut Vec<PatternType>) {
    runs.clear();
    let (mut at, mut black) = (0, false);
    while at < row.get_size() {
        let end = if black { row.getNextUnset(at) } else { row.getNextSet(at) };
        runs.push((end - at) as PatternType);
        (at, black) = (end, !black);
    }
    if !black {
        runs.push(0);
    }
}

fn keep_largest(found: &mut Vec<ConcentricPattern>) {
    found.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    found.truncate(MOST);
}

/// Middle and width of each five runs of a row, first run white, that could cross a finder pattern.
fn candidates(runs: &[PatternType]) -> impl Iterator<Item = (f32, i32)> {
    let mut before = 0.0;
    runs.windows(5).enumerate().filter_map(move |(at, window)| {
        let start = before;
        if let [first, second, third, fourth, fifth] = *window {
            before += f32::from(first);
            let plausible = at % 2 == 1
                && third >= 3
                && u32::from(third) >= 2 * u32::from(first.max(fifth))
                && third >= second.max(fourth)
                && IsPattern::<true, 5, 7, false>(&PatternView::from_slice(window), &PATTERN, None, 0.0, 0.0, 0.0)
                    > 0.0;
            let middle = start + f32::from(first) + f32::from(second) + f32::from(third) / 2.0;
            plausible.then(|| (middle, window.iter().map(|run| i32::from(*run)).sum()))
        } else {
            None
        }
    })
}
