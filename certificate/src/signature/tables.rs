//! Tables of multiples of listed keys, within a bound for all of them together.
//!
//! A verifier trusts few keys and meets them all day. Once a key has verified two signatures, multiples of it are kept,
//! so that from then on its multiplication and the base point's are additions alone. What holds does not change: the
//! tests compare every case with the path without tables. Everything here is public, so it need not take constant time.
//!
//! Whichever key was not met for the longest time gives its table up for the next.

mod digits;
mod edwards;
mod field;
mod field_25519;
#[cfg(any(target_arch = "wasm32", test))]
mod field_of_curve;
#[cfg(not(target_arch = "wasm32"))]
mod field_of_fiat;
mod weierstrass;

pub(super) use edwards::{Multiples as EdwardsMultiples, Sum as EdwardsSum};
pub(super) use weierstrass::{Multiples as P256Multiples, Sum as P256Sum};

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

/// The bound as long as [`limit_to`] sets no other, in bytes. The two tables of the base points, which all keys of a
/// kind share, are not in it: they have 0.8 MB.
pub const LIMIT: usize = 38_000_000;

/// A key earns a table with this signature that it verifies …
const USES: u32 = 2;
/// … and, if it had to give one up, with this one: by then a table has paid for itself, so even keys that are met in
/// turn, and are more than there is room for, cost no more than twice what they would without.
const USES_AGAIN: u32 = 16;

/// All tables of the process.
static ALL: Tables = Tables::within(LIMIT);

/// Bounds the memory that all tables of keys take together, in bytes, and gives up at once what is beyond it. 0 turns
/// them off: every signature is then checked by the plain path. It holds for the whole process, as its memory does.
pub fn limit_to(bytes: usize) {
    ALL.limit_to(bytes);
}

/// How many bytes the tables of keys take now, all together.
#[must_use]
pub fn held() -> usize {
    ALL.held()
}

/// How large a table may be. The first third of the memory is for wide ones: the few keys that nearly everything is
/// signed with are quickest. The rest is for narrow ones, so that 500 keys of ES256 have one each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Room {
    /// For a wide one.
    Ample,
    /// For a narrow one.
    Scarce,
}

/// A table of multiples.
pub(super) trait Table: Send + Sync + 'static {
    /// How much memory it takes.
    fn bytes(&self) -> usize;
}

/// Tables that share a bound.
struct Tables {
    bound: AtomicUsize,
    /// Counts uses, so that of two tables the one met later has the greater number.
    clock: AtomicU64,
    /// Every table that was made, unless it is known to be gone.
    made: Mutex<Vec<Made>>,
}

/// A table that was made.
struct Made {
    bytes: usize,
    place: Weak<dyn Given>,
}

/// The place of a table, whatever the table is.
trait Given: Send + Sync {
    /// When it was last met, as the clock counts.
    fn met(&self) -> u64;
    fn is_held(&self) -> bool;
    fn give_up(&self);
}

impl Made {
    fn is_held(&self) -> bool {
        self.place.upgrade().is_some_and(|place| place.is_held())
    }

    fn met(&self) -> u64 {
        self.place.upgrade().map_or(0, |place| place.met())
    }
}

impl Tables {
    const fn within(bytes: usize) -> Self {
        Self { bound: AtomicUsize::new(bytes), clock: AtomicU64::new(1), made: Mutex::new(Vec::new()) }
    }

    fn are_off(&self) -> bool {
        self.bound.load(Ordering::Relaxed) == 0
    }

    fn made(&self) -> MutexGuard<'_, Vec<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit_to(&self, bytes: usize) {
        let mut made = self.made();
        self.bound.store(bytes, Ordering::Relaxed);
        self.make_room(&mut made, 0);
    }

    fn held(&self) -> usize {
        let mut made = self.made();
        made.retain(Made::is_held);
        made.iter().map(|made| made.bytes).sum()
    }

    fn room(&self) -> Room {
        if self.held() < self.bound.load(Ordering::Relaxed) / 3 { Room::Ample } else { Room::Scarce }
    }

    /// Gives up tables until so many bytes more are within the bound, the one that was not met for the longest time
    /// first. Whether they are in the end.
    fn make_room(&self, made: &mut Vec<Made>, bytes: usize) -> bool {
        let bound = self.bound.load(Ordering::Relaxed);
        if bytes > bound {
            return false;
        }
        made.retain(Made::is_held);
        let mut held: usize = made.iter().map(|made| made.bytes).sum();
        while held + bytes > bound {
            let Some(oldest) = (0..made.len()).min_by_key(|at| made.get(*at).map(Made::met)) else { break };
            let oldest = made.swap_remove(oldest);
            held -= oldest.bytes;
            if let Some(place) = oldest.place.upgrade() {
                place.give_up();
            }
        }
        true
    }
}

/// The place of a key's table, which copies of the key share.
pub(super) struct Place<T> {
    among: &'static Tables,
    /// So many signatures are still to be verified before a table is made; 0 once one is.
    due: AtomicU32,
    met: AtomicU64,
    table: RwLock<Option<T>>,
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self::among(&ALL)
    }
}

impl<T> Place<T> {
    fn among(among: &'static Tables) -> Self {
        Self { among, due: AtomicU32::new(USES), met: AtomicU64::new(0), table: RwLock::new(None) }
    }

    fn meet(&self) {
        // A key that is met again and again only looks: no two threads then write where both read.
        if self.met.load(Ordering::Relaxed) != self.among.clock.load(Ordering::Relaxed) {
            self.met.store(self.among.clock.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }
}

impl<T: Table> Place<T> {
    /// Checks a signature with the table, if there is one, and else without. Only what a key really signed earns it a
    /// table, which `make` makes: forgeries cost no memory.
    pub fn check(self: &Arc<Self>, check: impl FnOnce(Option<&T>) -> bool, make: impl FnOnce(Room) -> T) -> bool {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let (held, holds) = (table.is_some(), check(table.as_ref()));
        drop(table);
        if !holds || self.among.are_off() {
            return holds;
        }
        if held {
            self.meet();
        } else if self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |due| due.checked_sub(1)) == Ok(1) {
            self.keep(make(self.among.room()));
        }
        true
    }

    /// Makes the table now, if there is room for one and none yet.
    pub fn prepare(self: &Arc<Self>, make: impl FnOnce(Room) -> T) {
        if !self.among.are_off() && !self.is_held() {
            self.due.store(0, Ordering::Relaxed);
            self.keep(make(self.among.room()));
        }
    }

    fn keep(self: &Arc<Self>, table: T) {
        let bytes = table.bytes();
        let mut made = self.among.made();
        if self.is_held() {
            return;
        }
        if !self.among.make_room(&mut made, bytes) {
            self.due.store(USES_AGAIN, Ordering::Relaxed);
            return;
        }
        self.meet();
        let place: Weak<Self> = Arc::downgrade(self);
        made.push(Made { bytes, place });
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
    }
}

impl<T: Table> Given for Place<T> {
    fn met(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }

    fn is_held(&self) -> bool {
        self.table.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn give_up(&self) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.due.store(USES_AGAIN, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much memory as it says.
    struct Bytes(usize);

    impl Table for Bytes {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn place(among: &'static Tables) -> Arc<Place<Bytes>> {
        Arc::new(Place::among(among))
    }

    fn verify(place: &Arc<Place<Bytes>>, times: u32) {
        for _ in 0..times {
            assert!(place.check(|_| true, |_| Bytes(10)));
        }
    }

    #[test]
    fn a_key_that_verified_twice_has_a_table_and_forgeries_earn_none() {
        static TABLES: Tables = Tables::within(100);
        let (one, copy) = {
            let one = place(&TABLES);
            (Arc::clone(&one), one)
        };
        for _ in 0..10 {
            assert!(!one.check(|_| false, |_| Bytes(10)));
        }
        verify(&one, 1);
        assert!(!one.is_held());
        verify(&copy, 1);
        assert!(one.is_held());
        assert_eq!(TABLES.held(), 10);
        drop((one, copy));
        assert_eq!(TABLES.held(), 0, "a key that is gone takes no room");
    }

    #[test]
    fn the_table_not_met_for_the_longest_time_gives_way() {
        static TABLES: Tables = Tables::within(39);
        let places: Vec<_> = (0..4).map(|_| place(&TABLES)).collect();
        for place in &places[..3] {
            verify(place, USES);
        }
        verify(&places[0], 1);
        verify(&places[2], 1);
        verify(&places[3], USES);
        let held = || places.iter().map(|place| place.is_held()).collect::<Vec<_>>();
        assert_eq!(held(), [true, false, true, true]);
        assert_eq!(TABLES.held(), 30);
        verify(&places[1], USES_AGAIN - 1);
        assert!(!places[1].is_held(), "it has to earn it again");
        verify(&places[1], 1);
        assert_eq!(held(), [false, true, true, true]);
    }

    #[test]
    fn a_lower_bound_holds_at_once_and_none_turns_tables_off() {
        static TABLES: Tables = Tables::within(30);
        let places: Vec<_> = (0..3).map(|_| place(&TABLES)).collect();
        places.iter().for_each(|place| verify(place, USES));
        TABLES.limit_to(15);
        assert_eq!((TABLES.held(), places[2].is_held()), (10, true));
        TABLES.limit_to(0);
        assert_eq!(TABLES.held(), 0);
        verify(&places[0], 100);
        places[0].prepare(|_| Bytes(10));
        assert_eq!(TABLES.held(), 0);
        TABLES.limit_to(5);
        places[0].prepare(|_| Bytes(10));
        assert_eq!(TABLES.held(), 0, "one that is larger than the bound is not kept");
        TABLES.limit_to(30);
        places[0].prepare(|_| Bytes(10));
        assert_eq!(TABLES.held(), 10);
    }

    #[test]
    fn tables_are_wide_while_there_is_ample_room() {
        static TABLES: Tables = Tables::within(90);
        let places: Vec<_> = (0..6).map(|_| place(&TABLES)).collect();
        let mut rooms = Vec::new();
        for place in &places {
            place.prepare(|room| {
                rooms.push(room);
                Bytes(if room == Room::Ample { 20 } else { 10 })
            });
        }
        assert_eq!(rooms, [Room::Ample, Room::Ample, Room::Scarce, Room::Scarce, Room::Scarce, Room::Scarce]);
        assert_eq!(TABLES.held(), 80);
    }

    #[test]
    fn threads_that_meet_more_keys_than_there_is_room_for_stay_within_the_bound() {
        static TABLES: Tables = Tables::within(50);
        let places: Vec<_> = (0..20).map(|_| place(&TABLES)).collect();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let places = &places;
                scope.spawn(move || {
                    for at in 0..2_000 {
                        verify(&places[(at * (thread + 1)) % places.len()], 1);
                        assert!(at % 50 != 0 || TABLES.held() <= 50);
                    }
                });
            }
        });
        assert_eq!(TABLES.held(), 50);
    }
}
