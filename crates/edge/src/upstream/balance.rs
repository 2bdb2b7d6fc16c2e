//! Which instance is asked: two are drawn at random, the less busy one gets the request.
//!
//! Two choices keep the fullest instance within a few requests of the average without anyone
//! looking at all of them (Mitzenmacher, "The power of two choices", 2001).

/// Instances per group: what a set in one machine word holds.
pub const INSTANCES_MAX: usize = 64;

/// A set of instances, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InstanceSet(u64);

impl InstanceSet {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn insert(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The member with `rank` smaller ones, which must exist.
    fn nth(self, rank: u32) -> usize {
        let mut left = self.0;
        for _ in 0..rank {
            left &= left - 1;
        }
        left.trailing_zeros() as usize
    }
}

/// Draws one of `candidates`. `random` decides the two that are compared, `load` between them.
pub(crate) fn choose(
    candidates: InstanceSet,
    random: u64,
    load: impl Fn(usize) -> usize,
) -> Option<usize> {
    let count = candidates.len();
    match count {
        0 => None,
        1 => Some(candidates.nth(0)),
        _ => {
            let (high, low) = ((random >> 32) as u32, random as u32);
            let first = high % count;
            let second = (first + 1 + low % (count - 1)) % count;
            let (first, second) = (candidates.nth(first), candidates.nth(second));
            Some(if load(second) < load(first) {
                second
            } else {
                first
            })
        }
    }
}

/// SplitMix64's finaliser: spreads a counter over the whole word. Spreads load, guards nothing.
pub(crate) const fn spread(counter: u64) -> u64 {
    let z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(members: impl IntoIterator<Item = usize>) -> InstanceSet {
        let mut set = InstanceSet::EMPTY;
        members.into_iter().for_each(|index| set.insert(index));
        set
    }

    #[test]
    fn nobody_to_ask_is_nobody() {
        assert_eq!(choose(InstanceSet::EMPTY, 7, |_| 0), None);
    }

    #[test]
    fn of_two_the_less_busy_is_asked() {
        for counter in 0..100 {
            let chosen = choose(set([3, 63]), spread(counter), |index| index);
            assert_eq!(chosen, Some(3));
        }
    }

    #[test]
    fn equal_instances_share_the_load_equally() {
        let mut requests = [0_usize; 4];
        for counter in 0..10_000 {
            let chosen = choose(set(0..4), spread(counter), |index| requests[index]).unwrap();
            requests[chosen] += 1;
        }
        assert!(
            requests.iter().all(|n| n.abs_diff(2_500) < 10),
            "{requests:?}"
        );
    }

    proptest! {
        #[test]
        fn the_chosen_is_a_candidate(members in any::<u64>(), random in any::<u64>()) {
            let candidates = InstanceSet(members);
            match choose(candidates, random, |index| index % 3) {
                Some(index) => prop_assert!(members >> index & 1 == 1),
                None => prop_assert!(candidates.is_empty()),
            }
        }
    }
}
