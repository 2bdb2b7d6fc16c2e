//! The buffers between workers and output, and the thread that empties them.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{LineFormat, Pen, format};
use crate::metrics::add;

/// What one worker may hold while the output is slow: some 5,000 lines.
const BUFFER_BYTES_MAX: usize = 2 << 20;

/// Lines wait this long for company, so that a busy gateway makes few system calls.
pub const GATHER: Duration = Duration::from_millis(50);

/// The access log of a node.
pub struct AccessLog {
    format: LineFormat,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    buffers: Mutex<Vec<Arc<Buffer>>>,
    /// Whether there is something to write; guarded so that no wake-up is lost.
    pending: Mutex<bool>,
    wake: Condvar,
    stopping: AtomicBool,
    /// Whether the node is cutting what has not ended.
    cutting: AtomicBool,
    dropped: AtomicU64,
}

/// Lines of one worker that are not written yet.
pub(super) struct Buffer {
    bytes: Mutex<Vec<u8>>,
    shared: Arc<Shared>,
}

impl AccessLog {
    /// Starts the writing thread over `output`.
    pub fn start(format: LineFormat, output: Box<dyn Write + Send>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            buffers: Mutex::default(),
            pending: Mutex::new(false),
            wake: Condvar::new(),
            stopping: AtomicBool::new(false),
            cutting: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
        });
        let writer = shared.clone();
        let thread = std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || writer.run(output))?;
        Ok(Self {
            format,
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// An end for one more worker.
    pub(crate) fn pen(&self) -> Pen {
        let buffer = Arc::new(Buffer {
            bytes: Mutex::default(),
            shared: self.shared.clone(),
        });
        lock(&self.shared.buffers).push(buffer.clone());
        Pen {
            format: self.format,
            buffer,
            second: Mutex::new(format::Second::default()),
        }
    }

    /// Lines lost so far.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// What breaks off from now on is cut by the node, not by its client, and told as such.
    pub(crate) fn begin_cutting(&self) {
        self.shared.cutting.store(true, Ordering::Release);
    }

    /// Writes what is left and ends the thread. Call it when no worker runs any more.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Release);
        self.shared.notify();
        if let Some(thread) = lock(&self.thread).take() {
            // A writer that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl Buffer {
    pub(super) fn is_cutting(&self) -> bool {
        self.shared.cutting.load(Ordering::Acquire)
    }

    /// Lets `write` add one line, or counts it as lost when the buffer is full.
    pub(super) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = lock(&self.bytes);
        if bytes.len() >= BUFFER_BYTES_MAX {
            add(&self.shared.dropped, 1);
            return;
        }
        let first = bytes.is_empty();
        write(&mut bytes);
        drop(bytes);
        if first {
            self.shared.notify();
        }
    }
}

impl Shared {
    fn notify(&self) {
        *lock(&self.pending) = true;
        self.wake.notify_one();
    }

    fn run(&self, mut output: Box<dyn Write + Send>) {
        let mut batch = Vec::new();
        let mut broken = false;
        loop {
            let stopping = self.stopping.load(Ordering::Acquire);
            if !stopping {
                self.wait();
            }
            let buffers: Vec<_> = lock(&self.buffers).clone();
            for buffer in buffers {
                std::mem::swap(&mut batch, &mut *lock(&buffer.bytes));
                if batch.is_empty() {
                    continue;
                }
                if let Err(error) = output.write_all(&batch).and_then(|()| output.flush()) {
                    let lines = batch.iter().filter(|byte| **byte == b'\n').count();
                    add(&self.dropped, lines as u64);
                    if !broken {
                        tracing::error!(%error, "The access log cannot be written; lines are dropped and counted.");
                    }
                    broken = true;
                } else {
                    broken = false;
                }
                batch.clear();
            }
            if stopping {
                return;
            }
        }
    }

    /// Sleeps until there is a line, then a little longer for those that follow.
    fn wait(&self) {
        let mut pending = lock(&self.pending);
        while !*pending {
            pending = self
                .wake
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !self.stopping.load(Ordering::Acquire) {
            let gathered = self
                .wake
                .wait_timeout_while(pending, GATHER, |_| !self.stopping.load(Ordering::Acquire));
            (pending, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        }
        *pending = false;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc;

    use super::*;

    fn line(bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b"line\n");
    }

    struct Sink(mpsc::Sender<Vec<u8>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .send(bytes.to_vec())
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_reaches_a_healthy_output() {
        let (sender, received) = mpsc::channel();
        let log = AccessLog::start(LineFormat::Json, Box::new(Sink(sender))).unwrap();
        let pens = [log.pen(), log.pen()];
        for _ in 0..100 {
            pens.iter().for_each(|pen| pen.buffer.append(line));
        }
        log.stop();
        assert_eq!(
            received
                .iter()
                .flatten()
                .filter(|byte| *byte == b'\n')
                .count(),
            200
        );
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn a_closed_output_costs_lines_and_nothing_else() {
        let (sender, received) = mpsc::channel();
        drop(received);
        let log = AccessLog::start(LineFormat::Json, Box::new(Sink(sender))).unwrap();
        let pen = log.pen();
        (0..10).for_each(|_| pen.buffer.append(line));
        log.stop();
        assert_eq!(log.dropped(), 10);
    }

    /// An output that takes one write and then hangs until it is released.
    struct Hanging(mpsc::Receiver<()>);

    impl Write for Hanging {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_hanging_output_holds_up_nobody_and_memory_is_bounded() {
        let (release, hang) = mpsc::channel();
        let log = AccessLog::start(LineFormat::Json, Box::new(Hanging(hang))).unwrap();
        let pen = log.pen();
        for _ in 0..BUFFER_BYTES_MAX {
            pen.buffer.append(line);
        }
        assert!(log.dropped() > 0);
        assert!(lock(&pen.buffer.bytes).len() <= BUFFER_BYTES_MAX + 5);
        drop(release);
        log.stop();
    }
}
