//! The app behind the gateway, by script: it answers exact bytes and keeps the bytes it received.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use crate::patience::PATIENCE;
use crate::wire::{Message, Stream, Wire};

/// A running upstream. It ends with the test's process.
pub(crate) struct App {
    address: SocketAddr,
    requests: Mutex<Receiver<Message>>,
    sockets: Arc<Mutex<Vec<TcpStream>>>,
    dead: Arc<AtomicBool>,
}

/// What an app does with one connection. An error ends the connection, as it would a server's.
type Script = dyn Fn(&mut Wire, &Sender<Message>) -> io::Result<()> + Send + Sync;

impl App {
    /// Gives every request the same answer.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |_| answer.clone())
    }

    /// Reads whole requests and sends what `answer` makes of each.
    pub(crate) fn start(answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let each = answer_each(answer);
        Self::scripted(move |wire, requests| each(wire, requests))
    }

    /// Sends `answer` to each request once it is told to, by the sender that it gives.
    pub(crate) fn held(answer: impl Into<Vec<u8>>) -> (Self, Sender<()>) {
        let answer = answer.into();
        let (release, released) = channel();
        let released = Mutex::new(released);
        let app = Self::scripted(move |wire, requests| {
            loop {
                // Nobody listens any more when the test is over.
                let _ = requests.send(wire.message()?);
                let told = released.lock().unwrap().recv();
                told.map_err(io::Error::other)?;
                wire.send(&answer)?;
            }
        });
        (app, release)
    }

    /// Runs `script` on every connection; what it sends to its second argument is found by
    /// [`App::request`].
    pub(crate) fn scripted(
        script: impl Fn(&mut Wire, &Sender<Message>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let sockets: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let accepted = sockets.clone();
        let accept = move || {
            let (stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            accepted.lock().unwrap().push(stream.try_clone()?);
            Ok(Box::new(Closing(stream)) as Box<dyn Stream>)
        };
        let app = Self::run(address, Box::new(accept), Arc::new(script));
        Self { sockets, ..app }
    }

    /// As [`App::start`], behind TLS.
    pub(crate) fn over_tls(
        config: rustls::ServerConfig,
        answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = Arc::new(config);
        let accept = move || {
            let (stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let tls = rustls::ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            Ok(Box::new(rustls::StreamOwned::new(tls, stream)) as Box<dyn Stream>)
        };
        Self::run(address, Box::new(accept), answer_each(answer))
    }

    /// As [`App::start`], on a Unix socket.
    pub(crate) fn on_socket(
        path: &Path,
        answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let accept = move || {
            let (stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        };
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        Self::run(nowhere, Box::new(accept), answer_each(answer))
    }

    fn run(
        address: SocketAddr,
        accept: Box<dyn Fn() -> io::Result<Box<dyn Stream>> + Send>,
        script: Arc<Script>,
    ) -> Self {
        let (sender, requests) = channel();
        let app = Self {
            address,
            requests: Mutex::new(requests),
            sockets: Arc::default(),
            dead: Arc::default(),
        };
        let dead = app.dead.clone();
        std::thread::spawn(move || {
            loop {
                let Ok(stream) = accept() else { continue };
                if dead.load(Ordering::Acquire) {
                    return;
                }
                let mut wire = Wire::new(stream);
                let (script, sender) = (script.clone(), sender.clone());
                // An error is the peer's leaving, or the script's way to end a connection.
                std::thread::spawn(move || script(&mut wire, &sender).is_ok());
            }
        });
        app
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `[[upstreams]]` with this app as "app", and `keys` added.
    pub(crate) fn upstream(&self, keys: &str) -> String {
        upstream("app", &[&format!("http://{}", self.address)], keys)
    }

    /// The next request that has arrived, as soon as it has.
    #[track_caller]
    pub(crate) fn request(&self) -> Message {
        let received = self.requests.lock().unwrap().recv_timeout(PATIENCE);
        received.expect("a request reaches the app")
    }

    /// Requests that have arrived and that nobody has looked at.
    pub(crate) fn unseen_requests(&self) -> Vec<Message> {
        self.requests.lock().unwrap().try_iter().collect()
    }

    /// Closes the port and every connection, as a killed process would.
    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::Release);
        // Wakes the thread that holds the listener.
        let _ = TcpStream::connect(self.address);
        for socket in self.sockets.lock().unwrap().iter() {
            // It may have been closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// A socket that closes with its script, although [`App::die`] holds it too.
struct Closing(TcpStream);

impl Read for Closing {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // The peer may have closed it first.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn answer_each(answer: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> Arc<Script> {
    Arc::new(move |wire: &mut Wire, requests: &Sender<Message>| {
        loop {
            let request = wire.message()?;
            let answer = answer(&request);
            // Nobody listens any more when the test is over.
            let _ = requests.send(request);
            wire.send(answer)?;
        }
    })
}

/// `[[upstreams]]` as it stands in a configuration.
pub(crate) fn upstream(name: &str, urls: &[&str], keys: &str) -> String {
    format!("[[upstreams]]\nname = \"{name}\"\nurls = {urls:?}\n{keys}\n")
}

/// A 200 with this type and body.
pub(crate) fn ok(content_type: &str, body: &str) -> Vec<u8> {
    answer(200, &format!("Content-Type: {content_type}\r\n"), body)
}

/// A response with these header lines, its length and this body.
pub(crate) fn answer(status: u16, header_lines: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{header_lines}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

/// An address where nobody listens: the port was free a moment ago.
pub(crate) fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
