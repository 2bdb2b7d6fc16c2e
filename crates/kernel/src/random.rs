//! Randomness is handed in, so that a test can repeat what it saw.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` whole.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret may be made"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A repeatable sequence (SplitMix64). For tests and self-proofs; never for a secret.
pub struct SeededRandom {
    state: AtomicU64,
}

impl SeededRandom {
    pub const fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self
            .state
            .fetch_add(STEP, Ordering::Relaxed)
            .wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let (mut first, mut second) = ([0; 13], [0; 13]);
        SeededRandom::new(7).fill(&mut first);
        SeededRandom::new(7).fill(&mut second);
        assert_eq!(first, second);
        SeededRandom::new(8).fill(&mut second);
        assert_ne!(first, second);
    }

    #[test]
    fn the_system_fills_every_byte() {
        /// A byte is zero by chance in one fill of 256: in all of these, never.
        const FILLS: usize = 64;
        let mut seen = [0; 64];
        for _ in 0..FILLS {
            let mut bytes = [0; 64];
            SystemRandom.fill(&mut bytes);
            seen.iter_mut()
                .zip(bytes)
                .for_each(|(seen, byte)| *seen |= byte);
        }
        assert!(seen.iter().all(|byte| *byte != 0), "{seen:?}");
    }
}
