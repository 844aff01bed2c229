//! Samples of what takes microseconds: many, each shorter than a turn of the scheduler, so that the turns of others on
//! a busy machine fall into few of them. Time is that of the thread on its processor.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

/// Runs in a sample.
const RUNS: u32 = 4;

/// How long this thread ran so far, in microseconds.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

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

/// All samples of one candidate, in microseconds a run.
#[derive(Clone)]
pub struct Samples {
    pub name: &'static str,
    sorted: Vec<f64>,
}

impl Samples {
    pub fn median(&self) -> f64 {
        self.part(0.5)
    }

    /// The sample below which that part of them lies.
    fn part(&self, part: f64) -> f64 {
        let at = (self.sorted.len() as f64 * part) as usize;
        self.sorted.get(at).copied().unwrap_or(f64::NAN)
    }

    /// Whether the middle half of the samples lies close together. On a machine that is busy elsewhere a median may be
    /// of the others' work.
    pub fn is_steady(&self) -> bool {
        self.part(0.75) <= 1.5 * self.part(0.25)
    }
}

/// So many samples of each candidate, in turns.
pub fn in_turns(rounds: usize, mut candidates: Vec<Candidate<'_>>) -> Vec<Samples> {
    let mut samples = vec![Vec::with_capacity(rounds); candidates.len()];
    for _ in 0..rounds {
        for (candidate, samples) in candidates.iter_mut().zip(&mut samples) {
            // What the others pushed out of the caches comes back first, for each alike.
            (candidate.run)();
            let start = now();
            for _ in 0..RUNS {
                (candidate.run)();
            }
            samples.push((now() - start) / f64::from(RUNS));
        }
    }
    let sort = |mut samples: Vec<f64>| {
        samples.sort_by(f64::total_cmp);
        samples
    };
    candidates.iter().zip(samples).map(|(candidate, all)| Samples { name: candidate.name, sorted: sort(all) }).collect()
}

/// The shortest of some runs of what takes longer than a turn of the scheduler, in microseconds.
pub fn shortest<T>(mut run: impl FnMut() -> T) -> f64 {
    let mut time = || {
        let start = now();
        drop(black_box(run()));
        now() - start
    };
    (0..50).map(|_| time()).fold(f64::INFINITY, f64::min)
}
