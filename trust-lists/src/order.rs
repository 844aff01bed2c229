//! Sorting and finding by keys of one kind, whatever they stand for.
//!
//! A sort of the standard library is 5 KB of machine code for each type that is sorted; here it is needed once.

/// Sorts as the parts that it is made of, each most significant byte first.
pub(crate) type SortKey = [u8; 40];

/// A hash, or an identifier padded to as much, and a place: keys with equal hashes stand together, by place.
pub(crate) fn placed(hash: &[u8; 32], place: usize) -> SortKey {
    joined(&[hash, &(place as u64).to_be_bytes()])
}

/// The place in a key made by [`placed`].
pub(crate) fn place(key: &SortKey) -> usize {
    let place = key.last_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(place) as usize
}

/// Whether two keys made by [`placed`] have the same hash.
pub(crate) fn same_hash(one: &SortKey, other: &SortKey) -> bool {
    one.first_chunk::<32>() == other.first_chunk()
}

/// Numbers, the first one first.
pub(crate) fn numbers(numbers: [u64; 5]) -> SortKey {
    let bytes = numbers.map(u64::to_be_bytes);
    joined(&[bytes.as_flattened()])
}

/// The numbers in a key made by [`numbers`].
pub(crate) fn numbers_of(key: &SortKey) -> [u64; 5] {
    let (bytes, _) = key.as_chunks();
    std::array::from_fn(|place| u64::from_be_bytes(bytes.get(place).copied().unwrap_or_default()))
}

fn joined(parts: &[&[u8]]) -> SortKey {
    let mut key = [0; 40];
    for (to, from) in key.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    key
}

/// Sorts.
#[inline(never)]
pub(crate) fn sort(keys: &mut [SortKey]) {
    keys.sort_unstable();
}

/// The first place whose hash an earlier place has too.
pub(crate) fn first_repeat(mut keys: Vec<SortKey>) -> Option<usize> {
    sort(&mut keys);
    keys.array_windows().filter(|[one, other]| same_hash(one, other)).map(|[_, other]| place(other)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_their_parts_in_turn() {
        let mut keys =
            [[2, 0, 0, 0, 0], [1, 300, 0, 0, 0], [1, 2, u64::MAX, 0, 1], [1, 2, u64::MAX, 0, 0]].map(numbers);
        sort(&mut keys);
        assert_eq!(
            keys,
            [[1, 2, u64::MAX, 0, 0], [1, 2, u64::MAX, 0, 1], [1, 300, 0, 0, 0], [2, 0, 0, 0, 0]].map(numbers)
        );
    }

    #[test]
    fn the_first_place_with_a_hash_that_was_there_before_is_found() {
        let of = |hashes: &[u8]| {
            first_repeat(hashes.iter().enumerate().map(|(place, byte)| placed(&[*byte; 32], place)).collect())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3, 1, 2]), None);
        assert_eq!(of(&[3, 1, 2, 2, 1, 3]), Some(3));
        assert_eq!(of(&[5, 5, 5]), Some(1));
        assert_eq!(place(&placed(&[0xff; 32], 70_000)), 70_000);
    }
}
