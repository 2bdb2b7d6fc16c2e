//! The gallery over real sockets: each weakness is there, each repair repairs, all else works.

// Each is marked as a test, so that the lints know that it may unwrap.
#[cfg(test)]
mod access;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod client;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod live;
#[cfg(test)]
mod ordinary;
#[cfg(test)]
mod repairs;
#[cfg(test)]
mod third_party;
