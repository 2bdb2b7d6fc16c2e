//! What every worker of a node knows of every key, in fixed memory: sets of slots behind many
//! small locks, so that two cores see one limit and hardly ever wait for each other.
//!
//! Keys are keyed hashes: who they were cannot be read back, and nobody can aim at a set.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::gcra::{NANOS_PER_SECOND, Window};

/// Slots of one set. A key has two sets and takes a slot in the emptier one: so hardly any is
/// full before nearly all are, and two thirds of all slots can be taken without an eviction
/// (Azar et al., "Balanced Allocations", 1999). With one set each it would be a sixteenth.
const WAYS: usize = 8;

/// Memory per key, the lock's share included.
pub const BYTES_PER_KEY: usize = size_of::<Mutex<Set>>() / WAYS;

type Set = [Slot; WAYS];

/// One key of one window. All zero is a slot that was never used.
#[derive(Clone, Copy, Default)]
struct Slot {
    tag: Tag,
    /// The second in which its breach was last told, plus one; zero for never.
    told: u32,
    /// When its budget is whole again, in nanoseconds.
    due: u64,
}

/// The lower 96 bits of the key, in words that leave no gap. The upper 32 choose one of its sets.
type Tag = [u32; 3];

pub(super) struct Table {
    sets: Box<[Mutex<Set>]>,
    evictions: AtomicU64,
}

/// A window has refused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// Nanoseconds until the same request would be granted.
    pub(super) wait: u64,
    /// Whether it is the first that is told in this window.
    pub(super) is_news: bool,
}

impl Table {
    /// Room for `keys_max` keys, at least, taken at once.
    pub(super) fn new(keys_max: usize) -> Self {
        let sets = keys_max.div_ceil(WAYS).max(1);
        Self {
            sets: (0..sets).map(|_| Mutex::default()).collect(),
            evictions: AtomicU64::new(0),
        }
    }

    /// Charges `cost` nanoseconds to a key. Gives the moment at which it owes nothing again.
    pub(super) fn take(
        &self,
        key: u128,
        window: Window,
        now: u64,
        cost: u64,
    ) -> Result<u64, Breach> {
        let taken = self.with(key, now, |slot| match window.take(slot.due, now, cost) {
            Ok(due) => {
                slot.due = due;
                Ok(due)
            }
            Err(wait) => Err(Breach {
                wait,
                is_news: slot.tell(now, window.seconds()),
            }),
        });
        // Every key has a set: see `place`.
        taken.unwrap_or(Ok(now))
    }

    /// Gives back what [`Table::take`] took, for a request that another window has refused.
    pub(super) fn give_back(&self, key: u128, now: u64, cost: u64) {
        self.with(key, now, |slot| slot.due = slot.due.saturating_sub(cost));
    }

    /// Keys that owe something. Looks at every slot: for a scrape, not for a request.
    pub(super) fn keys(&self, now: u64) -> usize {
        let owing = |set: &Mutex<Set>| {
            let set = set.lock().unwrap_or_else(PoisonError::into_inner);
            set.iter().filter(|slot| slot.due > now).count()
        };
        self.sets.iter().map(owing).sum()
    }

    /// Keys that owed something and had to give way to others.
    pub(super) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// The slot of a key. One that has none takes the slot whose key has owed nothing for the
    /// longest; where all owe, the one that owes least, so that whoever floods the table with
    /// fresh keys drives out those and not the keys that are near their limit.
    ///
    /// The sets are locked in the order of the table, so that no two threads wait for each other.
    fn with<T>(&self, key: u128, now: u64, act: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let (first, second, tag) = self.place(key);
        let mut first_set = self.lock(first)?;
        if let Some(slot) = first_set.iter_mut().find(|slot| slot.tag == tag) {
            return Some(act(slot));
        }
        if first == second {
            return Some(act(self.claim(&mut first_set, tag, now)?));
        }
        let mut second_set = self.lock(second)?;
        if let Some(slot) = second_set.iter_mut().find(|slot| slot.tag == tag) {
            return Some(act(slot));
        }
        let emptier = match room(&second_set, now) > room(&first_set, now) {
            true => &mut second_set,
            false => &mut first_set,
        };
        Some(act(self.claim(emptier, tag, now)?))
    }

    fn lock(&self, at: usize) -> Option<MutexGuard<'_, Set>> {
        let set = self.sets.get(at)?;
        Some(set.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives the least of a set's slots to a new key.
    fn claim<'s>(&self, set: &'s mut Set, tag: Tag, now: u64) -> Option<&'s mut Slot> {
        let slot = set.iter_mut().min_by_key(|slot| slot.due)?;
        if slot.due > now {
            self.evictions.fetch_add(1, Ordering::Relaxed);
        }
        *slot = Slot {
            tag,
            ..Slot::default()
        };
        Some(slot)
    }

    /// The two sets of a key, the lower first, by 32 bits each that are scaled to the number of
    /// sets; and what tells keys of one set apart.
    fn place(&self, key: u128) -> (usize, usize, Tag) {
        let word = |at: u32| (key >> (32 * at)) as u32;
        let set = |word: u32| ((u128::from(word) * self.sets.len() as u128) >> 32) as usize;
        let (one, other) = (set(word(3)), set(word(2)));
        let tag = [word(2), word(1), word(0)];
        (one.min(other), one.max(other), tag)
    }
}

/// Slots that a new key may have without loss.
fn room(set: &Set, now: u64) -> usize {
    set.iter().filter(|slot| slot.due <= now).count()
}

impl Slot {
    /// Whether a breach at `now` is to be told; at most one per `seconds`.
    fn tell(&mut self, now: u64, seconds: u32) -> bool {
        let second = u32::try_from(now / NANOS_PER_SECOND).unwrap_or(u32::MAX - 1) + 1;
        let is_news = self.told == 0 || second.saturating_sub(self.told) >= seconds;
        if is_news {
            self.told = second;
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SECOND: u64 = NANOS_PER_SECOND;

    fn window(quota: u32, seconds: u32) -> Window {
        Window::new(quota, seconds).unwrap()
    }

    /// A key whose sets are both the first of any table.
    const fn in_first_set(tag: u128) -> u128 {
        tag
    }

    #[test]
    fn a_key_costs_what_the_documentation_says() {
        assert_eq!(size_of::<Slot>(), 24);
        assert_eq!(BYTES_PER_KEY, 25);
    }

    #[test]
    fn exactly_the_quota_passes_however_many_threads_ask_at_once() {
        const QUOTA: usize = 500;
        let table = Arc::new(Table::new(64));
        let limit = window(QUOTA as u32, 60);
        let start = Arc::new(std::sync::Barrier::new(4));
        let threads = (0..4).map(|_| {
            let (table, start) = (table.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                let ask = |_: &usize| table.take(7, limit, 1, limit.interval()).is_ok();
                (0..QUOTA).filter(ask).count()
            })
        });
        let threads: Vec<_> = threads.collect();
        let passed: usize = threads.into_iter().map(|one| one.join().unwrap()).sum();
        assert_eq!(passed, QUOTA);
    }

    #[test]
    fn keys_do_not_share_a_budget() {
        let table = Table::new(1024);
        let once = window(1, 60);
        for key in (0..64_u128).map(|key| key << 122 | key) {
            assert!(table.take(key, once, 1, once.interval()).is_ok());
            assert!(table.take(key, once, 1, once.interval()).is_err());
        }
        assert_eq!((table.keys(1), table.evictions()), (64, 0));
        assert_eq!(table.keys(61 * SECOND), 0);
    }

    #[test]
    fn a_key_that_owes_nothing_gives_way_without_loss() {
        let table = Table::new(WAYS);
        let once = window(1, 60);
        for key in 0..WAYS as u128 {
            let at = key as u64;
            assert!(
                table
                    .take(in_first_set(key), once, at, once.interval())
                    .is_ok()
            );
        }
        let later = 60 * SECOND;
        assert!(
            table
                .take(in_first_set(99), once, later, once.interval())
                .is_ok()
        );
        assert_eq!(table.evictions(), 0);
        // The others are still known.
        assert!(
            table
                .take(in_first_set(1), once, later, once.interval())
                .is_err()
        );
    }

    #[test]
    fn fresh_keys_drive_out_those_that_owe_least_and_are_counted() {
        let table = Table::new(WAYS);
        let five = window(5, 60);
        let offender = in_first_set(1);
        while table.take(offender, five, 0, five.interval()).is_ok() {}
        for flood in 100..200 {
            assert!(
                table
                    .take(in_first_set(flood), five, 0, five.interval())
                    .is_ok()
            );
        }
        assert!(table.take(offender, five, 0, five.interval()).is_err());
        assert_eq!(table.evictions(), 100 - (WAYS as u64 - 1));
    }

    #[test]
    fn two_thirds_of_the_room_is_taken_without_an_eviction() {
        use palisade_kernel::{Random, SeededRandom};
        const KEYS: usize = 100_000;
        let table = Table::new(KEYS * 3 / 2);
        let once = window(1, 60);
        let random = SeededRandom::new(7);
        let keys = || {
            let mut bytes = [0; 16];
            random.fill(&mut bytes);
            u128::from_le_bytes(bytes)
        };
        let keys: Vec<u128> = (0..KEYS).map(|_| keys()).collect();
        for key in &keys {
            assert!(table.take(*key, once, 1, once.interval()).is_ok());
        }
        assert_eq!((table.evictions(), table.keys(1)), (0, KEYS));
        for key in &keys {
            assert!(table.take(*key, once, 1, once.interval()).is_err());
        }
    }

    #[test]
    fn what_is_given_back_may_be_taken_again() {
        let table = Table::new(8);
        let once = window(1, 60);
        assert!(table.take(5, once, 1, once.interval()).is_ok());
        table.give_back(5, 1, once.interval());
        assert!(table.take(5, once, 1, once.interval()).is_ok());
    }

    #[test]
    fn a_breach_is_news_once_per_window() {
        let table = Table::new(8);
        let once = window(1, 60);
        let ask = |now| table.take(5, once, now * SECOND, once.interval());
        let news = |now| ask(now).map_err(|breach| breach.is_news);
        assert!(ask(0).is_ok());
        let told: Vec<_> = [1, 2, 59].into_iter().map(news).collect();
        assert_eq!(told, [Err(true), Err(false), Err(false)]);
        assert!(ask(60).is_ok());
        assert_eq!((news(60), news(61)), (Err(false), Err(true)));
    }
}
