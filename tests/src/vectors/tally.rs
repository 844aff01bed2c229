//! Counts what held, what did not and what was no check, and says so a family.

use std::{collections::BTreeMap, fmt::Display};

/// The outcome of one family of vectors.
pub struct Tally {
    name: String,
    passed: u64,
    failed: Vec<String>,
    skipped: BTreeMap<String, u64>,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), passed: 0, failed: Vec::new(), skipped: BTreeMap::new() }
    }

    /// One check of the case `id`.
    pub fn check(&mut self, id: impl Display, held: bool) {
        if held {
            self.passed += 1;
        } else {
            self.failed.push(id.to_string());
        }
    }

    /// One check of the case `id` that tells why it did not hold.
    pub fn outcome<E: Display>(&mut self, id: impl Display, outcome: Result<(), E>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => self.failed.push(format!("{id}: {why}")),
        }
    }

    /// One check that could not be made, or is of no concern to the product.
    pub fn skip(&mut self, reason: impl Into<String>) {
        self.skip_many(reason, 1);
    }

    /// So many checks that could not be made, or are of no concern to the product.
    pub fn skip_many(&mut self, reason: impl Into<String>, count: u64) {
        *self.skipped.entry(reason.into()).or_default() += count;
    }

    /// The same checks, made once more in another way.
    #[must_use]
    pub fn once_more(self, way: &str) -> Self {
        Self { name: format!("{} {way}", self.name), ..self }
    }

    /// How many checks held.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    fn line(&self) -> String {
        let skipped: u64 = self.skipped.values().sum();
        let (name, passed, failed) = (&self.name, self.passed, self.failed.len());
        format!("{name}: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// Prints every family and the whole, then fails where any check did.
///
/// # Panics
/// Where a check failed, or where nothing at all was checked: an empty folder is no success.
pub fn finish(name: &str, tallies: Vec<Tally>) {
    let mut whole = Tally::new(name);
    for tally in tallies {
        println!("{}", tally.line());
        for (reason, count) in &tally.skipped {
            println!("    skipped {count}: {reason}");
            whole.skip_many(reason, *count);
        }
        for id in &tally.failed {
            println!("    FAILED {}: {id}", tally.name);
        }
        whole.passed += tally.passed;
        whole.failed.extend(tally.failed.into_iter().map(|id| format!("{}: {id}", tally.name)));
    }
    println!("{}", whole.line());
    assert!(whole.failed.is_empty(), "{} checks of {name} failed", whole.failed.len());
    assert!(whole.passed > 0, "no check of {name} was made");
}
