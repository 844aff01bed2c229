//! An exact set of indices, held as it is published.

use super::fault::StatusFault;
use super::rice::{BLOCK, Codes, Encoder, parameter};
use crate::entry::SHARD_SIZE;
#[cfg(feature = "tool")]
use std::iter::Peekable;

/// An exact set of status indices below a size: the revoked ones of a shard.
///
/// It stays compressed in memory, with a table of 8 bytes for every 32 indices beside it, so that a
/// query decodes at most 32 gaps.
#[derive(Clone)]
pub struct StatusSet {
    size: u64,
    count: usize,
    /// Low bits of a code.
    k: u32,
    data: Vec<u8>,
    skips: Vec<Skip>,
}

/// Where a block begins.
#[derive(Clone, Copy)]
struct Skip {
    /// The first index that the block could hold: the one after the last of the block before.
    from: u32,
    /// The first bit of its high parts.
    position: u32,
}

impl StatusSet {
    /// The set of these indices.
    ///
    /// # Errors
    /// [`StatusFault::Size`] for a `size` above 2^24, [`StatusFault::Order`] if the indices do not strictly
    /// ascend, [`StatusFault::Range`] if one is not below `size`.
    pub fn from_sorted(size: u64, indices: &[u32]) -> Result<Self, StatusFault> {
        let mut builder = Builder::new(size, indices.len())?;
        indices.iter().try_for_each(|index| builder.push(*index))?;
        builder.finish()
    }

    /// Reads published data and accepts exactly what [`from_sorted`](Self::from_sorted) would write.
    pub(crate) fn read(size: u64, count: u64, data: &[u8]) -> Result<Self, StatusFault> {
        let k = check_count(size, count, data.len())?;
        let count = count as usize;
        let codes = Codes::new(data, k, count)?;
        let blocks = count.div_ceil(BLOCK);
        let mut skips = Vec::with_capacity(blocks);
        let (mut from, mut position, mut highs) = (0, 0, codes.highs(0));
        for block in 0..blocks {
            // Both fit: the block before ended below the size, its codes within the data.
            skips.push(Skip { from: from as u32, position: position as u32 });
            let length = codes.block_length(block);
            let after = highs.skip(length)? + 1;
            // What is not a one is a zero.
            let high = (after - position - length) as u64;
            from += length as u64 + (high << k) + codes.low_sum(block);
            if from > size {
                return Err(StatusFault::Range);
            }
            position = after;
        }
        highs.finish(position)?;
        Ok(Self { size, count, k, data: data.to_vec(), skips })
    }

    /// Whether it holds that index.
    #[must_use]
    pub fn contains(&self, index: u64) -> bool {
        let Ok(index) = u32::try_from(index) else { return false };
        let block = self.skips.partition_point(|skip| skip.from <= index);
        let Some(block) = block.checked_sub(1) else { return false };
        let (Some(skip), Ok(codes)) = (self.skips.get(block), self.codes()) else { return false };
        codes.reach(block, skip.position as usize, u64::from(index - skip.from))
    }

    /// How many indices it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many indices there are in all, revoked or not.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The indices in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + Clone + use<'_> {
        // It was read once, so it reads again.
        let mut state = self.codes().ok().map(|codes| (codes.highs(0), codes.lows(0)));
        let (k, mut zero, mut from) = (self.k, 0, 0);
        (0..self.count).map_while(move |_| {
            let (highs, lows) = state.as_mut()?;
            let one = highs.next().ok()?;
            let index = from + (((one - zero) as u64) << k | lows.next());
            (zero, from) = (one + 1, index + 1);
            u32::try_from(index).ok()
        })
    }

    /// The Rice-coded gaps.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// The set after a delta: without `removed`, which it must hold, and with `added`, which it must not.
    pub(crate) fn changed(&self, size: u64, added: &Self, removed: &Self) -> Result<Self, StatusFault> {
        let count = (self.count + added.count).checked_sub(removed.count).ok_or(StatusFault::RemovedMissing)?;
        let mut builder = Builder::new(size, count)?;
        let (mut added, mut removed) = (added.iter().peekable(), removed.iter().peekable());
        for index in self.iter() {
            while let Some(new) = added.next_if(|new| *new < index) {
                builder.push(new)?;
            }
            if added.peek() == Some(&index) {
                return Err(StatusFault::AddedTwice);
            }
            if removed.next_if_eq(&index).is_none() {
                builder.push(index)?;
            }
        }
        added.try_for_each(|new| builder.push(new))?;
        // An index that the set does not hold stays in front and keeps all after it.
        if removed.peek().is_some() { Err(StatusFault::RemovedMissing) } else { builder.finish() }
    }

    /// What [`changed`](Self::changed) needs to give `next`.
    #[cfg(feature = "tool")]
    pub(crate) fn difference(&self, next: &Self) -> Result<(Self, Self), StatusFault> {
        let only = |one: &Self, other: &Self| {
            let mut other = other.iter().peekable();
            let indices: Vec<u32> = one.iter().filter(|index| !take(&mut other, *index)).collect();
            Self::from_sorted(next.size, &indices)
        };
        Ok((only(next, self)?, only(self, next)?))
    }

    fn codes(&self) -> Result<Codes<'_>, StatusFault> {
        Codes::new(&self.data, self.k, self.count)
    }
}

/// Whether an ascending sequence holds the index; it is left after it.
#[cfg(feature = "tool")]
fn take(sequence: &mut Peekable<impl Iterator<Item = u32>>, index: u32) -> bool {
    while sequence.next_if(|other| *other < index).is_some() {}
    sequence.next_if_eq(&index).is_some()
}

/// Refuses what no data of that length can be, before anything is allocated for it; gives the
/// number of low bits.
fn check_count(size: u64, count: u64, length: usize) -> Result<u32, StatusFault> {
    if size > SHARD_SIZE {
        return Err(StatusFault::Size);
    }
    if count > size {
        return Err(StatusFault::Count);
    }
    let k = parameter(size, count);
    let needed = count * u64::from(k + 1);
    if needed > 8 * length as u64 { Err(StatusFault::Truncated) } else { Ok(k) }
}

/// A set in the making, whose size and count are known.
struct Builder {
    size: u64,
    count: usize,
    k: u32,
    encoder: Encoder,
    skips: Vec<Skip>,
    pushed: usize,
    from: u32,
}

impl Builder {
    fn new(size: u64, count: usize) -> Result<Self, StatusFault> {
        if size > SHARD_SIZE {
            return Err(StatusFault::Size);
        }
        if count as u64 > size {
            return Err(StatusFault::Count);
        }
        let k = parameter(size, count as u64);
        let encoder = Encoder::new(k, count);
        Ok(Self { size, count, k, encoder, skips: Vec::with_capacity(count.div_ceil(BLOCK)), pushed: 0, from: 0 })
    }

    #[inline(always)]
    fn push(&mut self, index: u32) -> Result<(), StatusFault> {
        let gap = index.checked_sub(self.from).ok_or(StatusFault::Order)?;
        if u64::from(index) >= self.size {
            return Err(StatusFault::Range);
        }
        if self.pushed.is_multiple_of(BLOCK) {
            self.skips.push(Skip { from: self.from, position: self.encoder.position() as u32 });
        }
        self.encoder.push(gap);
        self.from = index + 1;
        self.pushed += 1;
        Ok(())
    }

    fn finish(self) -> Result<StatusSet, StatusFault> {
        if self.pushed != self.count {
            return Err(StatusFault::Count);
        }
        Ok(StatusSet { size: self.size, count: self.count, k: self.k, data: self.encoder.finish(), skips: self.skips })
    }
}

impl PartialEq for StatusSet {
    fn eq(&self, other: &Self) -> bool {
        // One set has one encoding.
        (self.size, self.count, &self.data) == (other.size, other.count, &other.data)
    }
}

impl Eq for StatusSet {}

impl std::fmt::Debug for StatusSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusSet").field("size", &self.size).field("len", &self.count).finish_non_exhaustive()
    }
}
