//! A picture: every reading at every scale, until every code in sight is read.

use crate::Sighting;
use crate::binarize::{Binarizer, Reading};
use crate::detect::{self, Corners};
use crate::luma::Luma;

/// Pixels of the largest scale looked at. A code in a larger picture has pixels to spare.
const LARGEST: u64 = 12_000_000;
/// Pixels above which the picture is looked at in a third and a fifth of its size first.
const LARGE: u64 = 4_000_000;
/// Pixels up to which doubling is tried: above, small modules are not what hinders.
const DOUBLED: u64 = 2_500_000;

/// Reads every code in a picture. No new step begins once `time_is_up` says so.
///
/// A screenshot is read by the first step of this ladder; a dim, tilted or very large photograph by a later one.
pub fn still(picture: &Luma<'_>, time_is_up: &mut dyn FnMut() -> bool) -> Sighting {
    let mut ladder = Ladder::default();
    ladder.climb(picture, time_is_up);
    let unread = ladder.is_any_unread();
    ladder.found.seen = unread;
    ladder.found
}

#[derive(Default)]
struct Ladder {
    binarizer: Binarizer,
    found: Sighting,
    /// Where codes were read, and where they were seen, in pixels of the picture.
    read: Vec<Corners>,
    seen: Vec<Corners>,
}

impl Ladder {
    fn climb(&mut self, picture: &Luma<'_>, time_is_up: &mut dyn FnMut() -> bool) {
        let base = picture.reduction_to(LARGEST);
        // A large picture is mostly noise between the pixels that count: its small scales are
        // both quicker and better.
        let order = if picture.area() > LARGE { [3, 5, 2, 1] } else { [1, 2, 3, 5] };
        for factor in order.map(|step| base * step) {
            if self.step(&picture.reduced(factor), factor as f32, time_is_up) {
                return;
            }
        }
        if !self.seen.is_empty() && picture.area() <= DOUBLED {
            self.step(&picture.doubled(), 0.5, time_is_up);
        }
    }

    /// Tries all readings at one scale, `factor` times smaller than the picture, and says whether
    /// to stop: every code in sight was read, or time is up. None is left out after a success: the
    /// certificate may be the dimmer of two codes on a sheet.
    fn step(&mut self, picture: &Luma<'_>, factor: f32, time_is_up: &mut dyn FnMut() -> bool) -> bool {
        for reading in Reading::ALL {
            if time_is_up() {
                return true;
            }
            let look = detect::look(picture, reading, &mut self.binarizer, time_is_up);
            self.found.add(look.codes);
            self.read.extend(look.read.iter().map(|corners| corners.times(factor)));
            if reading.is_faithful() {
                self.seen.extend(look.unread.iter().map(|corners| corners.times(factor)));
            }
        }
        !self.found.codes.is_empty() && !self.is_any_unread()
    }

    fn is_any_unread(&self) -> bool {
        self.seen.iter().any(|seen| !self.read.iter().any(|read| read.holds_any_of(seen)))
    }
}
