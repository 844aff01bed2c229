//! Measuring side by side, and the table.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds in which every candidate gets one sample; the figure is the median of its samples.
const ROUNDS: usize = 41;
/// How long a sample takes, at least.
const SAMPLE: Duration = Duration::from_millis(8);

/// Something to be measured.
pub struct Candidate<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Candidate<'a> {
    /// Whatever `run` gives is kept from being optimised away.
    pub fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self { name, run: Box::new(move || drop(black_box(run()))) }
    }
}

/// The median time of one run of each candidate, in microseconds. All are measured in turns, so that a
/// busy moment of the machine falls on all alike.
pub fn in_turns(mut candidates: Vec<Candidate<'_>>) -> Vec<(&'static str, f64)> {
    let counts: Vec<u32> = candidates.iter_mut().map(calibrate).collect();
    let mut samples = vec![Vec::with_capacity(ROUNDS); candidates.len()];
    for _ in 0..ROUNDS {
        for ((candidate, count), samples) in candidates.iter_mut().zip(&counts).zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..*count {
                (candidate.run)();
            }
            samples.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(*count));
        }
    }
    candidates.iter().zip(samples).map(|(candidate, samples)| (candidate.name, median(samples))).collect()
}

/// How many runs fill a sample.
fn calibrate(candidate: &mut Candidate<'_>) -> u32 {
    let mut count = 1;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            (candidate.run)();
        }
        if start.elapsed() >= SAMPLE {
            return count;
        }
        count *= 2;
    }
}

/// The middle one; of an even number the lower middle.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// What a ratio must be.
#[derive(Clone, Copy)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// It is printed only.
    None,
}

/// The table: a line is printed as soon as it is measured, for all of it takes minutes.
#[derive(Default)]
pub struct Table {
    broken: usize,
}

impl Table {
    /// A heading between groups.
    pub fn heading(&self, text: &str) {
        println!("\n{text}");
    }

    /// A figure that is printed only.
    pub fn figure(&self, name: &str, figure: &str) {
        println!("  {name:<52} {figure:>14}");
    }

    /// An absolute figure that is aimed at: machines differ, so it is said whether this one reaches it, and binds nothing.
    pub fn aim(&self, name: &str, figure: &str, aim: &str, reached: bool) {
        println!("  {name:<52} {figure:>14}   aim {aim:<46} {}", if reached { "reached" } else { "not reached" });
    }

    /// What must be so on any machine.
    pub fn fact(&mut self, name: &str, holds: bool) {
        self.broken += usize::from(!holds);
        println!("  {name:<118} {}", if holds { "holds" } else { "BROKEN" });
    }

    /// A time, its ratio to another, and what the ratio must be.
    pub fn ratio(&mut self, name: &str, figure: &str, ratio: f64, of: &str, bound: Bound) {
        let (bound, holds) = match bound {
            Bound::AtMost(bound) => (format!("≤ {bound:.2}"), Some(ratio <= bound)),
            Bound::AtLeast(bound) => (format!("≥ {bound:.2}"), Some(ratio >= bound)),
            Bound::None => (String::new(), None),
        };
        let word = match holds {
            Some(true) => "holds",
            Some(false) => "BROKEN",
            None => "",
        };
        self.broken += usize::from(holds == Some(false));
        println!("  {name:<52} {figure:>14}   {ratio:>6.3} × {of:<34} {bound:<7} {word}");
    }

    /// Whether every bound holds.
    pub fn all_hold(&self) -> bool {
        self.broken == 0
    }

    /// Prints whether all of it holds.
    pub fn close(&self) {
        println!(
            "\n{}",
            if self.all_hold() { "All of it holds.".to_owned() } else { format!("{} are BROKEN.", self.broken) }
        );
    }
}

/// Microseconds as text.
pub fn micros(time: f64) -> String {
    format!("{time:.2} µs")
}
