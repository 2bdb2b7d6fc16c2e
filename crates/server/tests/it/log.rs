//! The access log, kept in memory and awaited line by line.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use crate::patience::PATIENCE;

/// Shared by the gateway that writes it and the test that reads it.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.0.lock().unwrap().clone()).unwrap()
    }

    /// The first `count` lines, as soon as they are written.
    #[track_caller]
    pub(crate) fn lines(&self, count: usize) -> Vec<Value> {
        let (bytes, written) = &*self.0;
        let is_short = |bytes: &mut Vec<u8>| bytes.split(|byte| *byte == b'\n').count() <= count;
        let waited = written.wait_timeout_while(bytes.lock().unwrap(), PATIENCE, is_short);
        let (bytes, timeout) = waited.unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!timeout.timed_out(), "{count} lines are expected: {text}");
        let lines = text.lines().take(count);
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The first line, which must be the only one so far.
    #[track_caller]
    pub(crate) fn line(&self) -> Value {
        self.lines(1).remove(0)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
