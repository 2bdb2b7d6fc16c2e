//! The name somebody probably meant: the nearest by edits, if it is near enough to be worth saying.

/// Longer names are not compared: the cost is quadratic and no name of ours comes near.
const COMPARED_BYTES_MAX: usize = 64;

/// The candidate that is the fewest edits away from `written`, ignoring case; none when all are
/// more than a third of its length away.
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if written.len() > COMPARED_BYTES_MAX {
        return None;
    }
    let written = written.to_lowercase();
    let edits_max = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&written, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_keys_is_understood() {
        let names = ["address", "redirect_address", "mode"];
        assert_eq!(nearest("adress", names), Some("address"));
        assert_eq!(nearest("MODE", names), Some("mode"));
        assert_eq!(nearest("redirect-address", names), Some("redirect_address"));
    }

    #[test]
    fn a_name_far_from_all_has_no_neighbour() {
        assert_eq!(nearest("colour", ["address", "mode"]), None);
        assert_eq!(nearest(&"a".repeat(1 << 20), ["address"]), None);
    }
}
