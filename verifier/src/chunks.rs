//! Cards that are split over several codes, put together as the codes come.

use tegata_certificate::shc::{Added, Chunk, ChunkSet};

/// Cards that wait for more codes at once: nobody scans more than a few in turn.
const WAITING_MAX: usize = 8;

/// Codes of one scanner or one command, in the order they come.
///
/// Codes of one card may come in any order, and twice. They bear no mark of their card, only how many they are: a code
/// that contradicts those before it begins another card, and the one before stays incomplete.
///
/// ```
/// use tegata_verifier::ChunkCollector;
///
/// let mut codes = ChunkCollector::default();
/// let mut seen = Vec::new();
/// for code in ["shc:/2/2/2909", "HC1:ABC", "shc:/1/2/5676", "shc:/1/3/5676"] {
///     codes.take(code, |text| seen.push(text.map(str::to_owned)));
/// }
/// codes.finish(|text| seen.push(text.map(str::to_owned)));
/// assert_eq!(seen, [Some("HC1:ABC".to_owned()), Some("eyJ6".to_owned()), None]);
/// ```
#[derive(Debug, Default)]
pub struct ChunkCollector {
    waiting: Vec<ChunkSet>,
}

impl ChunkCollector {
    /// Takes a scanned text. `each` hears what is there to be judged now: the text itself, the card that it
    /// completes, or `None` for a card that stays incomplete.
    pub fn take(&mut self, text: &str, mut each: impl FnMut(Option<&str>)) {
        let chunk = Chunk::is_announced_by(text).then(|| Chunk::parse(text).ok()).flatten();
        let Some(chunk) = chunk.filter(|chunk| chunk.of > 1 && chunk.characters().is_ok()) else {
            return each(Some(text));
        };
        if let Some(at) = self.waiting.iter().position(|set| set.total() == chunk.of) {
            let mut set = self.waiting.swap_remove(at);
            match set.add(&chunk) {
                Ok(Added::New) => match set.jws() {
                    Some(card) => each(Some(&card)),
                    None => self.waiting.push(set),
                },
                Ok(Added::Again) => self.waiting.push(set),
                _ => {
                    each(None);
                    self.waiting.extend(ChunkSet::of(&chunk));
                }
            }
            return;
        }
        if self.waiting.len() == WAITING_MAX {
            self.waiting.remove(0);
            each(None);
        }
        self.waiting.extend(ChunkSet::of(&chunk));
    }

    /// How many codes of the card that was scanned last are there, and how many it has; `None` if it waits for none.
    #[must_use]
    pub fn last_waiting(&self) -> Option<(u32, u32)> {
        let set = self.waiting.last()?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Some((count(set.total() - set.missing().count()), count(set.total())))
    }

    /// Ends: `each` hears `None` for every card that is incomplete.
    pub fn finish(&mut self, mut each: impl FnMut(Option<&str>)) {
        self.waiting.drain(..).for_each(|_| each(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(codes: &[&str]) -> Vec<Option<String>> {
        let (mut collector, mut seen) = (ChunkCollector::default(), Vec::new());
        for code in codes {
            collector.take(code, |text| seen.push(text.map(str::to_owned)));
        }
        collector.finish(|text| seen.push(text.map(str::to_owned)));
        seen
    }

    #[test]
    fn two_people_after_each_other_do_not_mix() {
        let seen = run(&["shc:/1/2/5676", "shc:/2/2/2909", "shc:/2/2/2909", "shc:/1/2/2929"]);
        assert_eq!(seen, [Some("eyJ6".to_owned()), Some("JJJ6".to_owned())]);
        // The first person's second code never came.
        let seen = run(&["shc:/1/2/5676", "shc:/1/2/2929", "shc:/2/2/2909"]);
        assert_eq!(seen, [None, Some("JJJ6".to_owned())]);
    }

    #[test]
    fn how_far_the_last_card_is_can_be_told() {
        let mut codes = ChunkCollector::default();
        assert_eq!(codes.last_waiting(), None);
        for (code, waiting) in [
            ("shc:/1/3/5676", Some((1, 3))),
            ("shc:/1/3/5676", Some((1, 3))),
            ("shc:/1/2/5676", Some((1, 2))),
            ("shc:/3/3/2909", Some((2, 3))),
            ("shc:/2/3/2909", Some((1, 2))),
            ("shc:/2/2/2909", None),
        ] {
            codes.take(code, |_| ());
            assert_eq!(codes.last_waiting(), waiting, "{code}");
        }
    }

    #[test]
    fn what_is_no_good_chunk_is_judged_as_it_is() {
        let seen = run(&["shc:/1/2/567", "shc:/1/1/5676", "shc:/5676", "shc:/3/2/5676"]);
        assert_eq!(seen.iter().flatten().count(), 4);
    }

    #[test]
    fn the_codes_that_wait_are_bounded() {
        let codes: Vec<String> = (2..=20).map(|of| format!("shc:/1/{of}/5676")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        assert_eq!(run(&codes), vec![None; 19]);
    }
}
