//! A list of networks in a file, one per line, as those who publish such lists write them.

use std::collections::HashSet;
use std::io::BufRead;

use ipnet::IpNet;
use palisade_kernel::ban;
use thiserror::Error;

use crate::gateway::BANS_MAX;

/// Longest file: three times what a node can hold, written at length.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Mistakes that are told, and characters of each line that are shown.
const MISTAKES_SHOWN_MAX: usize = 20;
const SHOWN_CHARS_MAX: usize = 60;

/// A network and the line that names it, counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) network: IpNet,
}

/// Why a file is taken for no list. Nothing of it has been banned then.
#[derive(Debug, Error)]
pub(super) enum ListError {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it is longer than {FILE_BYTES_MAX} bytes")]
    TooLong,
    #[error("it names more than the {BANS_MAX} networks that a node takes")]
    TooMany,
    #[error("it names no network")]
    Empty,
    #[error("{count} of its lines name no address and no network:{}", shown(.first, *.count))]
    Mistakes { first: Vec<String>, count: usize },
}

/// Reads a list, each network once. What follows `#` or `;` is a comment.
pub(super) fn read(input: impl BufRead) -> Result<Vec<Entry>, ListError> {
    let mut input = input.take(FILE_BYTES_MAX + 1);
    let (mut entries, mut first, mut count) = (Vec::new(), Vec::new(), 0);
    let (mut bytes, mut seen) = (Vec::new(), HashSet::new());
    for line in 1.. {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let named = text.split(['#', ';']).next().unwrap_or_default().trim();
        match ban::parse(named) {
            _ if named.is_empty() => {}
            Some(network) if seen.insert(network) => entries.push(Entry { line, network }),
            Some(_) => {}
            None => {
                count += 1;
                if first.len() < MISTAKES_SHOWN_MAX {
                    let shown: String = named.chars().take(SHOWN_CHARS_MAX).collect();
                    first.push(format!("line {line}: {shown:?}"));
                }
            }
        }
        if entries.len() > BANS_MAX {
            return Err(ListError::TooMany);
        }
    }
    match (input.limit(), count, entries.is_empty()) {
        (0, ..) => Err(ListError::TooLong),
        (_, 0, false) => Ok(entries),
        (_, 0, true) => Err(ListError::Empty),
        (_, count, _) => Err(ListError::Mistakes { first, count }),
    }
}

fn shown(first: &[String], count: usize) -> String {
    let lines: String = first.iter().map(|line| format!("\n  {line}")).collect();
    match count - first.len() {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn comments_and_empty_lines_name_nothing_and_twice_is_once() {
        let text = "# a list\n\n192.0.2.7\r\n  198.51.100.0/24 ; SBL1\n2001:db8::1 # one of many\n\
                    192.0.2.7/32\n";
        let entries: Vec<_> = read(text.as_bytes())
            .unwrap()
            .iter()
            .map(|entry| (entry.line, entry.network.to_string()))
            .collect();
        let expected = [
            (3, "192.0.2.7/32"),
            (4, "198.51.100.0/24"),
            (5, "2001:db8::/64"),
        ];
        assert_eq!(entries, expected.map(|(at, text)| (at, text.to_owned())));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_many_are_counted() {
        let told_of_two = told("192.0.2.1\nexample.com\n192.0.2.0/33\n");
        assert!(told_of_two.starts_with("2 of its lines"), "{told_of_two}");
        assert!(
            told_of_two.contains("line 2: \"example.com\""),
            "{told_of_two}"
        );
        assert!(told_of_two.contains("line 3:"), "{told_of_two}");
        let told_of_many = told(&"x\n".repeat(25));
        assert!(told_of_many.ends_with("and 5 more"), "{told_of_many}");
    }

    #[test]
    fn a_list_without_networks_is_a_mistake_of_whoever_named_it() {
        assert_eq!(told("# nothing\n"), "it names no network");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&*bytes).map(drop).map_err(|error| error.to_string());
        }
    }
}
