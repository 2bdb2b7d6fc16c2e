//! What `cargo xtask test` prepares for tests: a test that needs it fails where it is missing.

use std::process::Child;

#[expect(
    clippy::disallowed_methods,
    reason = "the variables are how parts are handed to tests"
)]
#[track_caller]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo xtask test`"))
}

/// A program that ends with its test, whatever becomes of the test.
pub(crate) struct Attended(pub(crate) Child);

impl Drop for Attended {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
