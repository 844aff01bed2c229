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

fn assert_equal(size: u64, indices: &BTreeSet<u32>) {
    let set = set_of(size, indices);
    assert_eq!(set.len(), indices.len());
    assert!(set.iter().eq(indices.iter().copied()), "size {size}, {} indices", indices.len());
    for index in 0..=size {
        let expected = indices.contains(&(index as u32)) && index < size;
        assert_eq!(set.contains(index), expected, "index {index} of {size}, {} indices", indices.len());
    }
}

#[test]
fn it_answers_as_an_ordinary_set_over_all_indices_of_every_size_up_to_4096() {
    let mut sequence = Sequence(1);
    for size in 0..=4096 {
        // One count a size for each parameter that sizes up to it can have, in turns, and the edges.
        let share = 1 << (size % 13);
        for count in [(size / share).min(size), if size % 64 == 0 { size } else { 0 }] {
            assert_equal(size, &sequence.draw(size, count));
        }
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
