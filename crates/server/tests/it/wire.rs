//! HTTP/1.1 as bytes, for both ends of a test: nothing is added, nothing is hidden.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

/// A socket, with TLS or without.
pub(crate) trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// One end of a connection.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
}

/// A request or a response, as it came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Request line or status line.
    pub(crate) start: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Wire {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            unread: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Start line and headers; the body is still to be read.
    pub(crate) fn head(&mut self) -> io::Result<Message> {
        let start = self.line()?;
        let headers = self.fields()?;
        Ok(Message {
            start,
            headers,
            ..Message::default()
        })
    }

    /// A whole request, or a whole response to anything but `HEAD`.
    pub(crate) fn message(&mut self) -> io::Result<Message> {
        let mut message = self.head()?;
        self.body_of(&mut message)?;
        Ok(message)
    }

    /// Reads the body that RFC 9112 section 6.3 gives to `message`. One that breaks off is an
    /// error.
    pub(crate) fn body_of(&mut self, message: &mut Message) -> io::Result<()> {
        if message.has("transfer-encoding", "chunked") {
            while let Some(chunk) = self.chunk()? {
                message.body.extend(chunk);
            }
            message.trailers = self.fields()?;
        } else if let [length] = message.all("content-length")[..] {
            message.body = self.bytes(length.parse().map_err(io::Error::other)?)?;
        } else if message.is_response() && !matches!(message.status(), 100..=199 | 204 | 304) {
            message.body = self.rest()?;
        }
        Ok(())
    }

    /// The next chunk; `None` for the last one, whose trailers follow.
    pub(crate) fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line()?;
        let length = usize::from_str_radix(&line, 16).map_err(io::Error::other)?;
        if length == 0 {
            return Ok(None);
        }
        let chunk = self.bytes(length)?;
        self.line()?;
        Ok(Some(chunk))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.fill()?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Everything until the peer closes in good order.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.fill() {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
        }
        Ok(std::mem::take(&mut self.unread))
    }

    fn line(&mut self) -> io::Result<String> {
        let end = loop {
            match self.unread.windows(2).position(|two| two == b"\r\n") {
                Some(end) => break end,
                None => self.fill()?,
            }
        };
        let line: Vec<u8> = self.unread.drain(..end + 2).collect();
        Ok(String::from_utf8_lossy(&line[..end]).into_owned())
    }

    fn fields(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => {
                    fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None if line.is_empty() => return Ok(fields),
                None => return Err(io::Error::other(format!("{line:?} is no header"))),
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = [0; 64 << 10];
        let count = self.stream.read(&mut bytes)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend_from_slice(&bytes[..count]);
        Ok(())
    }
}

/// For protocols that take over after an upgrade.
impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            return self.stream.read(bytes);
        }
        let count = bytes.len().min(self.unread.len());
        bytes[..count].copy_from_slice(&self.unread[..count]);
        self.unread.drain(..count);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.start)?;
        for (name, value) in self.headers.iter().chain(&self.trailers) {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.text())
    }
}

impl Message {
    fn is_response(&self) -> bool {
        self.start.starts_with("HTTP/")
    }

    #[track_caller]
    pub(crate) fn status(&self) -> u16 {
        let status = self.start.split(' ').nth(1);
        let status = status.and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("{:?} is no status line", self.start))
    }

    /// Every value of a header, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header that must stand exactly once.
    #[track_caller]
    pub(crate) fn one(&self, name: &str) -> &str {
        match self.all(name)[..] {
            [value] => value,
            ref values => panic!("{name} stands {} times: {self:?}", values.len()),
        }
    }

    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).contains(&value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|_| panic!("{:?} is not JSON", self.text()))
    }
}
