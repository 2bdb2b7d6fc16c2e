//! Medians and spreads of a few rounds.

/// The middle and the spread of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) median: f64,
    pub(crate) upper_quartile: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// `None` for no figures at all.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            least: percentile(&sorted, 0.0)?,
            lower_quartile: percentile(&sorted, 25.0)?,
            median: percentile(&sorted, 50.0)?,
            upper_quartile: percentile(&sorted, 75.0)?,
            most: percentile(&sorted, 100.0)?,
        })
    }
}

/// The figure below which `percent` of the sorted figures lie, interpolated between neighbours.
pub(crate) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = percent / 100.0 * last as f64;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    let share = position - position.floor();
    Some(sorted.get(below)? * (1.0 - share) + sorted.get(above)? * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 2.5, 4.0));
        assert_eq!((spread.lower_quartile, spread.upper_quartile), (1.75, 3.25));
    }

    #[test]
    fn one_figure_is_its_own_spread_and_none_have_none() {
        let spread = Spread::of([7.0]).unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (7.0, 7.0, 7.0));
        assert_eq!(Spread::of([]), None);
    }
}
