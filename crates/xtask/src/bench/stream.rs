//! One very large body through a proxy, either way, without a byte of it kept on our side.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::interrupt::Interrupt;

/// How long either side waits for the next bytes.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);
/// How much is moved at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// The longest head that is read, of a request or an answer.
const HEAD_BYTES_MAX: u64 = 16 * 1024;

/// An upstream that swallows request bodies and says how long each was.
pub(crate) struct Sink {
    pub(crate) port: u16,
}

impl Sink {
    /// It lives as long as this process; a connection each has a thread.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen for uploads")?;
        let port = listener.local_addr()?.port();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A proxy that hangs up ends its thread; the client sees what came of it.
                std::thread::spawn(move || drop(swallow(connection)));
            }
        });
        Ok(Self { port })
    }
}

/// Answers each request on a connection with the number of bytes its body had.
fn swallow(connection: TcpStream) -> Result<()> {
    connection.set_read_timeout(Some(SILENCE_LIMIT))?;
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, connection);
    loop {
        let head = read_head(&mut reader)?;
        let length = content_length(&head)?;
        let read = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        let body = read.to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        reader.get_mut().write_all(answer.as_bytes())?;
    }
}

/// Sends a body of zeros and checks that all of it arrived behind the proxy.
pub(crate) fn upload(interrupt: &Interrupt, port: u16, bytes: u64) -> Result<()> {
    let mut connection = connect(port)?;
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\n\
         content-length: {bytes}\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    let chunk = vec![0_u8; CHUNK_BYTES];
    let mut left = bytes;
    while left > 0 {
        interrupt.check()?;
        let part = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        connection
            .write_all(&chunk[..part])
            .with_context(|| format!("the proxy stopped reading with {left} bytes to go"))?;
        left -= part as u64;
    }
    let mut reader = BufReader::new(connection);
    let length = content_length(&read_ok_head(&mut reader)?)?;
    let mut arrived = String::new();
    reader
        .take(length.min(HEAD_BYTES_MAX))
        .read_to_string(&mut arrived)?;
    if arrived != bytes.to_string() {
        bail!("{bytes} bytes were sent, {arrived:?} arrived behind the proxy");
    }
    Ok(())
}

/// Reads a body to its end and checks its length.
pub(crate) fn download(interrupt: &Interrupt, port: u16, path: &str, bytes: u64) -> Result<()> {
    let mut connection = connect(port)?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    connection.write_all(head.as_bytes())?;
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, connection);
    let length = content_length(&read_ok_head(&mut reader)?)?;
    let mut body = reader.take(length);
    let mut came = 0;
    loop {
        interrupt.check()?;
        let part = body.fill_buf()?.len();
        if part == 0 {
            break;
        }
        body.consume(part);
        came += part as u64;
    }
    if came != bytes {
        bail!("{bytes} bytes were asked for, {came} came");
    }
    Ok(())
}

fn connect(port: u16) -> Result<TcpStream> {
    let connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(SILENCE_LIMIT))?;
    connection.set_write_timeout(Some(SILENCE_LIMIT))?;
    Ok(connection)
}

fn read_ok_head(reader: &mut impl BufRead) -> Result<String> {
    let head = read_head(reader)?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("the proxy answered {status:?}");
    }
    Ok(head)
}

fn read_head(reader: &mut impl BufRead) -> Result<String> {
    let mut head = String::new();
    let mut reader = reader.take(HEAD_BYTES_MAX);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            bail!("the connection ended within a head: {head:?}");
        }
    }
    Ok(head)
}

fn content_length(head: &str) -> Result<u64> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .with_context(|| format!("a body without its length: {head:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_arrives_whole_and_the_connection_serves_again() {
        let sink = Sink::start().unwrap();
        let calm = Interrupt::default();
        upload(&calm, sink.port, 3 * CHUNK_BYTES as u64 + 1).unwrap();
        upload(&calm, sink.port, 0).unwrap();
    }

    #[test]
    fn a_short_download_and_a_bad_answer_are_errors() {
        let serve = |answer: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            std::thread::spawn(move || {
                let (mut connection, _) = listener.accept().unwrap();
                read_head(&mut BufReader::new(connection.try_clone().unwrap())).unwrap();
                connection.write_all(answer.as_bytes()).unwrap();
            });
            download(&Interrupt::default(), port, "/x", 5)
        };
        assert!(serve("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345").is_ok());
        assert!(serve("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n123").is_err());
        assert!(serve("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").is_err());
    }
}
