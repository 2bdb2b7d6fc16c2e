//! The circuit breaker: whether an instance is worth asking. Pure logic on one atomic word.
//!
//! Closed lets everything through and counts failures in a row; open lets nothing through until
//! its time is up; half-open means that exactly one request is out to see.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::options::BreakerOptions;

/// What a breaker says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    Pass,
    /// Pass, as the one request that decides whether the breaker closes again. Whoever gets this
    /// owes the breaker a verdict with `probe = true`.
    Probe,
    Refuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

/// One instance's breaker. `now` is monotonic time throughout.
pub(crate) struct Breaker {
    /// Two bits of state, then the failures in a row (closed) or the microsecond at which the
    /// breaker may be probed (open).
    word: AtomicU64,
    options: BreakerOptions,
}

const STATE_SHIFT: u32 = 62;
const PAYLOAD: u64 = (1 << STATE_SHIFT) - 1;
const CLOSED: u64 = 0;
const OPEN: u64 = 1 << STATE_SHIFT;
const HALF_OPEN: u64 = 2 << STATE_SHIFT;

impl Breaker {
    pub(crate) const fn new(options: BreakerOptions) -> Self {
        Self {
            word: AtomicU64::new(CLOSED),
            options,
        }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.word.load(Ordering::Acquire) & !PAYLOAD {
            CLOSED => BreakerState::Closed,
            OPEN => BreakerState::Open,
            _ => BreakerState::HalfOpen,
        }
    }

    /// Whether [`Breaker::admit`] would let a request through, without taking the probe.
    pub(crate) fn would_admit(&self, now: Duration) -> bool {
        let word = self.word.load(Ordering::Acquire);
        match word & !PAYLOAD {
            CLOSED => true,
            OPEN => micros(now) >= word & PAYLOAD,
            _ => false,
        }
    }

    pub(crate) fn admit(&self, now: Duration) -> Admit {
        let word = self.word.load(Ordering::Acquire);
        match word & !PAYLOAD {
            CLOSED => Admit::Pass,
            OPEN if micros(now) >= word & PAYLOAD && self.swap(word, HALF_OPEN) => Admit::Probe,
            _ => Admit::Refuse,
        }
    }

    /// The instance answered.
    pub(crate) fn succeeded(&self, probe: bool) {
        if probe {
            self.word.store(CLOSED, Ordering::Release);
            return;
        }
        let word = self.word.load(Ordering::Acquire);
        // A late answer to a request from before the breaker opened proves nothing about now.
        if word & !PAYLOAD == CLOSED && word != CLOSED {
            self.swap(word, CLOSED);
        }
    }

    /// The instance could not be asked or did not answer. True when this opened the breaker.
    pub(crate) fn failed(&self, probe: bool, now: Duration) -> bool {
        let open = OPEN | ((micros(now + self.options.open)) & PAYLOAD);
        if probe {
            self.word.store(open, Ordering::Release);
            return true;
        }
        loop {
            let word = self.word.load(Ordering::Acquire);
            if word & !PAYLOAD != CLOSED {
                return false;
            }
            let opens = word + 1 >= u64::from(self.options.failures);
            if self.swap(word, if opens { open } else { word + 1 }) {
                return opens;
            }
        }
    }

    /// The probe ended without a verdict, because its client went away: the next may probe.
    pub(crate) fn abandoned(&self) {
        self.word.store(OPEN, Ordering::Release);
    }

    fn swap(&self, from: u64, to: u64) -> bool {
        self.word
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

fn micros(at: Duration) -> u64 {
    u64::try_from(at.as_micros())
        .unwrap_or(PAYLOAD)
        .min(PAYLOAD)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPTIONS: BreakerOptions = BreakerOptions {
        failures: 3,
        open: Duration::from_secs(5),
    };
    const START: Duration = Duration::from_secs(100);

    fn opened() -> Breaker {
        let breaker = Breaker::new(OPTIONS);
        assert!(!breaker.failed(false, START));
        assert!(!breaker.failed(false, START));
        assert!(breaker.failed(false, START));
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let breaker = Breaker::new(OPTIONS);
        for _ in 0..10 {
            breaker.failed(false, START);
            breaker.failed(false, START);
            breaker.succeeded(false);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(opened().state(), BreakerState::Open);
    }

    #[test]
    fn refuses_until_its_time_is_up_then_lets_one_through() {
        let breaker = opened();
        assert_eq!(
            breaker.admit(START + Duration::from_millis(4_999)),
            Admit::Refuse
        );
        let later = START + OPTIONS.open;
        assert!(breaker.would_admit(later));
        assert_eq!(breaker.admit(later), Admit::Probe);
        assert_eq!(breaker.admit(later), Admit::Refuse);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
    }

    #[test]
    fn the_probe_decides() {
        let later = START + OPTIONS.open;
        let breaker = opened();
        assert_eq!(breaker.admit(later), Admit::Probe);
        breaker.succeeded(true);
        assert_eq!(breaker.admit(later), Admit::Pass);

        let breaker = opened();
        assert_eq!(breaker.admit(later), Admit::Probe);
        assert!(breaker.failed(true, later));
        assert_eq!(breaker.admit(later), Admit::Refuse);
        assert_eq!(breaker.admit(later + OPTIONS.open), Admit::Probe);
    }

    #[test]
    fn an_abandoned_probe_frees_the_way_for_the_next() {
        let breaker = opened();
        assert_eq!(breaker.admit(START + OPTIONS.open), Admit::Probe);
        breaker.abandoned();
        assert_eq!(breaker.admit(START + OPTIONS.open), Admit::Probe);
    }

    #[test]
    fn late_verdicts_from_before_it_opened_change_nothing() {
        let breaker = opened();
        breaker.succeeded(false);
        assert!(!breaker.failed(false, START + Duration::from_secs(3)));
        assert_eq!(breaker.admit(START + OPTIONS.open), Admit::Probe);
        breaker.succeeded(false);
        assert!(!breaker.failed(false, START + OPTIONS.open));
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
    }

    #[derive(Clone, Debug)]
    enum Event {
        Ask,
        Succeed,
        Fail,
        Abandon,
        Wait(u64),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            4 => Just(Event::Ask),
            1 => Just(Event::Succeed),
            4 => Just(Event::Fail),
            1 => Just(Event::Abandon),
            2 => (0..8_000_u64).prop_map(Event::Wait),
        ];
        prop::collection::vec(event, 0..200)
    }

    proptest! {
        /// Requests are judged in an order of their own, oldest first; at no time are two probes
        /// out, and nothing passes while one is.
        #[test]
        fn never_lets_more_than_one_probe_through(events in events()) {
            let breaker = Breaker::new(OPTIONS);
            let mut now = START;
            let mut out = std::collections::VecDeque::new();
            for event in events {
                match event {
                    Event::Wait(millis) => now += Duration::from_millis(millis),
                    Event::Ask => match breaker.admit(now) {
                        Admit::Refuse => {}
                        admit => {
                            prop_assert!(!out.contains(&true), "passed beside a probe");
                            out.push_back(admit == Admit::Probe);
                        }
                    },
                    verdict => match (out.pop_front(), verdict) {
                        (Some(probe), Event::Succeed) => breaker.succeeded(probe),
                        (Some(probe), Event::Fail) => { breaker.failed(probe, now); }
                        (Some(true), _) => breaker.abandoned(),
                        _ => {}
                    },
                }
            }
        }

        #[test]
        fn threads_racing_for_the_probe_get_one(threads in 2..5_usize) {
            let breaker = opened();
            let probes: usize = std::thread::scope(|scope| {
                let asked: Vec<_> = (0..threads)
                    .map(|_| scope.spawn(|| breaker.admit(START + OPTIONS.open) == Admit::Probe))
                    .collect();
                asked.into_iter().map(|one| usize::from(one.join().unwrap())).sum()
            });
            prop_assert_eq!(probes, 1);
        }
    }
}
