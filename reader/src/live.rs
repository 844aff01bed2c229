//! A camera's frames: one look each, and a second in a reading that changes from frame to frame.

use crate::Sighting;
use crate::binarize::{Binarizer, Reading};
use crate::detect;
use crate::luma::Luma;

/// The second looks, in turn: what most codes need that the first does not read comes first.
const RETRIES: [Reading; 3] = [Reading::Faint, Reading::LocalMean, Reading::Inverted];

/// Pixels of the largest frame looked at as it is (1920 × 1080 and some); a larger one is reduced.
const LARGEST: u64 = 2_500_000;

/// Reads the frames of a camera, one after the other.
#[derive(Default)]
pub struct Live {
    binarizer: Binarizer,
    retries: usize,
}

impl Live {
    /// Reads the codes in one frame. No new step begins once `time_is_up` says so.
    ///
    /// When the first look reads nothing, a second one is made in another reading, whose turn it is.
    pub fn look(&mut self, frame: &Luma<'_>, time_is_up: &mut dyn FnMut() -> bool) -> Sighting {
        let frame = &frame.reduced(frame.reduction_to(LARGEST));
        let mut found = Sighting::default();
        let first = detect::look(frame, Reading::Hybrid, &mut self.binarizer, time_is_up);
        let mut unread = first.unread;
        let mut read = first.read;
        found.add(first.codes);
        if found.codes.is_empty() && !time_is_up() {
            let reading = RETRIES.get(self.retries % RETRIES.len()).copied().unwrap_or(Reading::Faint);
            self.retries = self.retries.wrapping_add(1);
            let second = detect::look(frame, reading, &mut self.binarizer, time_is_up);
            found.add(second.codes);
            read.extend(second.read);
            if reading.is_faithful() {
                unread.extend(second.unread);
            }
        }
        found.seen = unread.iter().any(|seen| !read.iter().any(|read| read.holds_any_of(seen)));
        found
    }
}
