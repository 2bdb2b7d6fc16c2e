//! What the store does when the disk fails, is full, or the process is killed: a program of its
//! own in between (`program.rs`), its libc calls in our hand (`faults.c`).
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its small functions too"
)]

mod disk;
mod process;

mod full;
mod killed;
mod sync;
