//! Random bytes for request ids, fetched by the page: a system call per request is one too many.

use std::sync::{Arc, Mutex, PoisonError};

use palisade_kernel::Random;

const PAGE_BYTES: usize = 4096;

pub(super) struct Entropy {
    random: Arc<dyn Random>,
    page: Mutex<Page>,
}

struct Page {
    bytes: Box<[u8; PAGE_BYTES]>,
    used: usize,
}

impl Entropy {
    pub(super) fn new(random: Arc<dyn Random>) -> Self {
        let page = Page {
            bytes: Box::new([0; PAGE_BYTES]),
            used: PAGE_BYTES,
        };
        Self {
            random,
            page: Mutex::new(page),
        }
    }

    pub(super) fn take<const N: usize>(&self) -> [u8; N] {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if page.used + N > PAGE_BYTES {
            self.random.fill(page.bytes.as_mut_slice());
            page.used = 0;
        }
        let start = page.used;
        page.used += N;
        let taken = page
            .bytes
            .get(start..start + N)
            .and_then(|bytes| bytes.try_into().ok());
        taken.unwrap_or([0; N])
    }
}

#[cfg(test)]
mod tests {
    use palisade_kernel::SeededRandom;

    use super::*;

    #[test]
    fn no_bytes_are_given_twice() {
        let entropy = Entropy::new(Arc::new(SeededRandom::new(1)));
        let mut seen: Vec<[u8; 10]> = (0..2_000).map(|_| entropy.take()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2_000);
    }
}
