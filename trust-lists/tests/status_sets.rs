//! The set is exactly the set: every index of every small size, every parameter, every fault.

use proptest::prelude::*;
use std::collections::BTreeSet;
use tegata_trust_lists::{SHARD_SIZE, StatusFault, StatusSet};

/// A fixed sequence, the same in every run (splitmix64).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// `count` distinct numbers below `size`.
    fn draw(&mut self, size: u64, count: u64) -> BTreeSet<u32> {
        let mut drawn = BTreeSet::new();
        while (drawn.len() as u64) < count {
            drawn.insert((self.next() % size) as u32);
        }
        drawn
    }
}

fn set_of(size: u64, indices: &BTreeSet<u32>) -> StatusSet {
    let sorted: Vec<u32> = indices.iter().copied().collect();
    StatusSet::from_sorted(size, &sorted).expect("a set")
}

/// The parameter of the format, as it is specified, by another way than the code's: the smallest `k` whose
/// power of two is above the golden section's share of the mean gap.
fn parameter(size: u64, count: u64) -> u32 {
    (0..).find(|k| size * 4812 < (count * 10_000) << k).expect("a parameter")
}

/// For each parameter that a set of that size can have a number of indices that gives it: for even sizes the
/// fewest, for odd ones the most; and all and none.
fn counts_by_parameter(size: u64) -> Vec<u64> {
    let mut counts = vec![0];
    for count in 1..=size {
        let neighbour = if size.is_multiple_of(2) { count - 1 } else { count + 1 };
        if neighbour == 0 || neighbour > size || parameter(size, neighbour) != parameter(size, count) {
            counts.push(count);
        }
    }
    counts.push(size);
    counts.dedup();
    counts
}

/// Sizes in four parts, so that tests run side by side: every size from 0 to 4,096 is in one of them.
fn it_answers_as_an_ordinary_set(part: u64) {
    let mut sequence = Sequence(part);
    for size in (part..=4096).step_by(4) {
        for count in counts_by_parameter(size) {
            // All indices in random order; the first `count` are in the set.
            let mut indices: Vec<u32> = (0..size as u32).collect();
            for place in 0..count as usize {
                let other = place + (sequence.next() % (size - place as u64)) as usize;
                indices.swap(place, other);
            }
            let mut ordinary = vec![false; size as usize + 2];
            indices[..count as usize].iter().for_each(|index| ordinary[*index as usize] = true);
            indices.truncate(count as usize);
            indices.sort_unstable();
            let set = StatusSet::from_sorted(size, &indices).expect("a set");
            assert!(set.len() == indices.len() && set.iter().eq(indices), "size {size}, {count} indices");
            for (index, expected) in ordinary.iter().enumerate() {
                assert_eq!(set.contains(index as u64), *expected, "index {index} of {size}, {count} indices");
            }
        }
    }
}

#[test]
fn it_answers_as_an_ordinary_set_over_all_indices_of_every_size_up_to_4096_and_every_parameter_0() {
    it_answers_as_an_ordinary_set(0);
}

#[test]
fn it_answers_as_an_ordinary_set_over_all_indices_of_every_size_up_to_4096_and_every_parameter_1() {
    it_answers_as_an_ordinary_set(1);
}

#[test]
fn it_answers_as_an_ordinary_set_over_all_indices_of_every_size_up_to_4096_and_every_parameter_2() {
    it_answers_as_an_ordinary_set(2);
}

#[test]
fn it_answers_as_an_ordinary_set_over_all_indices_of_every_size_up_to_4096_and_every_parameter_3() {
    it_answers_as_an_ordinary_set(3);
}

#[test]
fn every_parameter_of_a_whole_shard_works_too() {
    let mut sequence = Sequence(5);
    for k in 0..24 {
        let indices = sequence.draw(SHARD_SIZE, (SHARD_SIZE >> k).min(1 << 17));
        let set = set_of(SHARD_SIZE, &indices);
        assert!(set.iter().eq(indices.iter().copied()), "k about {k}");
        for _ in 0..20_000 {
            let index = sequence.next() % SHARD_SIZE;
            assert_eq!(set.contains(index), indices.contains(&(index as u32)));
        }
        assert!(indices.iter().step_by(7).all(|index| set.contains(u64::from(*index))));
    }
}

#[test]
fn beyond_the_size_nothing_is_in_the_set() {
    let set = set_of(10, &(0..10).collect());
    for index in [10, 11, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        assert!(!set.contains(index));
    }
}

proptest! {
    #[test]
    fn what_was_put_in_comes_out(indices in prop::collection::btree_set(0u32..1 << 24, 0..400), size in 1u64..=SHARD_SIZE) {
        let indices: BTreeSet<u32> = indices.into_iter().filter(|index| u64::from(*index) < size).collect();
        let set = set_of(size, &indices);
        prop_assert!(set.iter().eq(indices.iter().copied()));
        for index in &indices {
            for near in [u64::from(*index).saturating_sub(1), u64::from(*index), u64::from(*index) + 1] {
                prop_assert_eq!(set.contains(near), near < size && indices.contains(&(near as u32)));
            }
        }
    }
}

#[test]
fn impossible_sets_are_not_made() {
    let fault = |size, indices: &[u32]| StatusSet::from_sorted(size, indices).err();
    assert_eq!(fault(SHARD_SIZE + 1, &[]), Some(StatusFault::Size));
    assert_eq!(fault(1, &[0, 0]), Some(StatusFault::Count));
    assert_eq!(fault(10, &[3, 3]), Some(StatusFault::Order));
    assert_eq!(fault(10, &[4, 3]), Some(StatusFault::Order));
    assert_eq!(fault(10, &[10]), Some(StatusFault::Range));
    assert_eq!(fault(SHARD_SIZE, &[u32::MAX]), Some(StatusFault::Range));
    assert_eq!(fault(SHARD_SIZE, &[(SHARD_SIZE - 1) as u32]), None);
    assert_eq!(fault(0, &[]), None);
}
