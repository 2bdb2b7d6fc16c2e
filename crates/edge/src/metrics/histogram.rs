//! Durations in fixed buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Exposition, add};

/// Upper bounds in microseconds: from a cached answer to one that nobody waited for.
const BOUNDS_MICROS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000, 60_000_000,
];

#[derive(Default)]
pub struct Histogram {
    /// The last bucket has no upper bound.
    buckets: [AtomicU64; BOUNDS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let index = BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.buckets.get(index) {
            add(bucket, 1);
        }
        add(&self.sum_micros, micros);
    }

    pub(super) fn render<'a>(
        out: &mut Exposition,
        histograms: impl Iterator<Item = &'a Self> + Clone,
    ) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut count = 0;
        for index in 0..=BOUNDS_MICROS.len() {
            let bucket = histograms.clone().filter_map(|one| one.buckets.get(index));
            count += bucket.map(read).sum::<u64>();
            let bound = BOUNDS_MICROS
                .get(index)
                .map_or("+Inf".to_owned(), |micros| seconds(*micros));
            out.suffixed("_bucket", &[("le", &bound)], count);
        }
        let sum = histograms.map(|one| read(&one.sum_micros)).sum();
        out.suffixed("_sum", &[], seconds(sum));
        out.suffixed("_count", &[], count);
    }
}

fn seconds(micros: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a sum that large needs no microseconds"
    )]
    let seconds = micros as f64 / 1e6;
    seconds.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_bounds_inclusive() {
        let histogram = Histogram::default();
        for micros in [500, 501, 90_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut page = Exposition::default();
        page.begin(&Family {
            name: "d",
            kind: "histogram",
            help: "h",
            labels: &[],
        });
        Histogram::render(&mut page, [&histogram].into_iter());
        let page = page.finish();
        assert!(page.contains("d_bucket{le=\"0.0005\"} 1\n"), "{page}");
        assert!(page.contains("d_bucket{le=\"0.001\"} 2\n"), "{page}");
        assert!(page.contains("d_bucket{le=\"60\"} 2\n"), "{page}");
        assert!(page.contains("d_bucket{le=\"+Inf\"} 3\n"), "{page}");
        assert!(page.contains("d_sum 90.001001\nd_count 3\n"), "{page}");
    }
}
