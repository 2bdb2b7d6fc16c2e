//! The answer to plain HTTP on the TLS port, for people who typed `http://`.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::listen::linger::Linger;

/// Nothing of the request is in it, so it need not be parsed.
const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 54\r\n\
    Connection: close\r\n\
    \r\n\
    This port speaks HTTPS. Use https:// with this port.\r\n";

/// The answer of a port that has no policy to answer by. What the client said does not matter.
pub fn bare(_: &[u8]) -> Bytes {
    Bytes::from_static(BARE)
}

/// Best effort: the connection is over either way.
pub(super) async fn answer<S>(stream: &mut S, answer: &[u8])
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if stream.write_all(answer).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut linger = Linger::default();
    std::future::poll_fn(|cx| linger.poll(stream, cx)).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::listen::linger::LINGER_BYTES_MAX;

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let text = std::str::from_utf8(BARE).unwrap();
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
        answer(&mut near, BARE).await;
        drop(near);
        assert!(sender.await.unwrap() <= LINGER_BYTES_MAX + 8 * 1024);
    }
}
