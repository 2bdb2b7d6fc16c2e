//! What clients that dawdle cost the others, on paused time.

use std::io;

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

/// More than fits into [`STREAM_BYTES`], so that whoever does not read holds it up.
const LONG: &str = "long answer, long answer, long answer, long answer, long answer";
const STREAM_BYTES: usize = 256;

impl Vouched for tokio::io::DuplexStream {
    fn caller(&self) -> Option<Caller> {
        None
    }
}

/// Connections that a test opens, in place of a socket.
struct Opened(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Opened {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

struct Served {
    opener: mpsc::UnboundedSender<DuplexStream>,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Served {
    fn start() -> Self {
        let (opener, opened) = mpsc::unbounded_channel();
        let (end, ended) = watch::channel(false);
        let router = Router::new()
            .route("/healthz", get(async || "ok"))
            .route("/long", get(async || LONG.repeat(100)));
        let task = tokio::spawn(serve(Opened(opened), router, ended));
        Self { opener, end, task }
    }

    /// A connection on which `sent` has been sent.
    async fn open(&self, sent: &str) -> DuplexStream {
        let (mut client, server) = duplex(STREAM_BYTES);
        client.write_all(sent.as_bytes()).await.unwrap();
        self.opener.send(server).unwrap();
        client
    }

    /// Fills every place with connections of one kind, then asks for `/healthz`. How long that
    /// took.
    async fn health_behind(&self, sent: &str) -> Duration {
        let mut full = Vec::new();
        for _ in 0..CONNECTIONS_MAX + 1 {
            full.push(self.open(sent).await);
        }
        let start = Instant::now();
        let answer = read(self.open(HEALTH).await).await;
        assert!(answer.ends_with("ok"), "{answer}");
        start.elapsed()
    }
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// On paused time an hour is over as soon as nothing else happens.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Everything until the connection is closed.
async fn read(mut client: DuplexStream) -> String {
    let mut answer = String::new();
    let reading = tokio::time::timeout(PATIENCE, client.read_to_string(&mut answer));
    reading.await.expect("an end").unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn no_crowd_of_dawdlers_keeps_a_probe_from_its_answer() {
    let whole = CONNECTION_TIME_MAX + FINISH_TIME_MAX;
    for (sent, longest) in [
        ("", whole),
        ("GET /healthz HTT", HEADER_TIMEOUT),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", HEADER_TIMEOUT),
        ("GET /long HTTP/1.1\r\nHost: a\r\n\r\n", whole),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", whole),
    ] {
        let waited = Served::start().health_behind(sent).await;
        // One more than the places was opened, which takes its turn first; timers tick in
        // milliseconds.
        let longest = 2 * longest + Duration::from_millis(10);
        assert!(waited <= longest, "{sent:?}: {waited:?}");
        assert!(waited > Duration::ZERO, "{sent:?} fills no place");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_never_finished_is_closed() {
    let served = Served::start();
    let start = Instant::now();
    assert_eq!(read(served.open("GET /healthz HTT").await).await, "");
    let waited = start.elapsed();
    let late = HEADER_TIMEOUT + Duration::from_millis(10);
    assert!((HEADER_TIMEOUT..=late).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_requests_finish_and_those_who_never_read_are_cut() {
    let served = Served::start();
    let (busy, _stuck) = (
        served.open("GET /long HTTP/1.1\r\nHost: a\r\n\r\n").await,
        served.open("GET /long HTTP/1.1\r\nHost: a\r\n\r\n").await,
    );
    let idle = served.open("").await;
    tokio::task::yield_now().await;
    let start = Instant::now();
    let busy = tokio::spawn(read(busy));
    served.end.send_replace(true);
    assert_eq!(read(idle).await, "");
    assert!(busy.await.unwrap().ends_with(LONG));
    served.task.await.unwrap();
    assert!(start.elapsed() <= FINISH_TIME_MAX + Duration::from_millis(10));
}
