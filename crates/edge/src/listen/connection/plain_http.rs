//! The answer to plain HTTP on the TLS port, for people who typed `http://`.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Nothing of the request is in it, so it need not be parsed.
const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 54\r\n\
    Connection: close\r\n\
    \r\n\
    This port speaks HTTPS. Use https:// with this port.\r\n";

/// What is still read after the answer. Closing a socket with unread bytes resets it, and a
/// reset may overtake the answer.
const DRAIN_BYTES_MAX: usize = 16 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Best effort: the connection is over either way.
pub(super) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    if stream.write_all(ANSWER).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let drain = async {
        let (mut drained, mut buffer) = (0, [0; 1024]);
        while drained < DRAIN_BYTES_MAX {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => drained += count,
            }
        }
    };
    // Running out of time is as good an end as any.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let text = std::str::from_utf8(ANSWER).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
    }

    #[tokio::test]
    async fn endless_senders_are_not_listened_to_for_long() {
        let (mut near, mut far) = tokio::io::duplex(4096);
        let sender = tokio::spawn(async move {
            let mut sent = 0;
            while far.write_all(&[b'x'; 1024]).await.is_ok() {
                sent += 1024;
            }
            sent
        });
        answer(&mut near).await;
        drop(near);
        assert!(sender.await.unwrap() <= DRAIN_BYTES_MAX + 8 * 1024);
    }
}
