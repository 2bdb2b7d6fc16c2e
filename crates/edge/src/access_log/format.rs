//! How a line is written. Only what is listed here ever reaches the log: no query, no header.

use std::io::Write;
use std::net::IpAddr;

use http::Version;
use palisade_kernel::Timestamp;

use crate::client_address;
use crate::exchange::Exchange;
use crate::metrics::Answer;

/// The textual form of a second, kept because thousands of lines share it.
#[derive(Default)]
pub(super) struct Second {
    unix: u64,
    text: String,
    whole: String,
}

impl Second {
    /// RFC 3339 in UTC with milliseconds.
    pub(super) fn of(&mut self, at: Timestamp) -> &str {
        if self.unix != at.unix_seconds() || self.text.is_empty() {
            self.unix = at.unix_seconds();
            let text = Timestamp::from_unix_micros(self.unix * 1_000_000).rfc3339();
            self.text = text.trim_end_matches('Z').to_owned();
        }
        let millis = at.unix_millis() % 1_000;
        self.whole.clear();
        self.whole.push_str(&self.text);
        let digits = [
            b'.',
            digit(millis / 100),
            digit(millis / 10),
            digit(millis),
            b'Z',
        ];
        self.whole
            .extend(digits.iter().map(|byte| char::from(*byte)));
        &self.whole
    }
}

fn digit(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

pub(super) fn json(
    line: &mut Vec<u8>,
    exchange: &Exchange,
    answer: &Answer,
    upstream: &str,
    time: &str,
) {
    let arrival = &exchange.arrival;
    // Writing to a Vec cannot fail.
    let _ = write!(
        line,
        "{{\"time\":\"{time}\",\"request_id\":\"{}\"",
        arrival.id
    );
    let _ = write!(
        line,
        ",\"client\":\"{}\",\"method\":\"",
        masked(arrival.client.ip)
    );
    escape(line, exchange.method.as_str());
    line.extend_from_slice(b"\",\"host\":\"");
    escape(line, &exchange.host);
    line.extend_from_slice(b"\",\"path\":\"");
    escape(line, &exchange.path);
    line.extend_from_slice(b"\",\"upstream\":\"");
    escape(line, upstream);
    let _ = write!(
        line,
        "\",\"protocol\":\"{}\",\"secure\":{}",
        version(exchange.version),
        arrival.is_secure()
    );
    let _ = write!(line, ",\"status\":{}", answer.status);
    if let Some(status) = exchange.upstream_status {
        let _ = write!(line, ",\"upstream_status\":{status}");
    }
    if exchange.upstream_attempts > 1 {
        let _ = write!(
            line,
            ",\"upstream_attempts\":{}",
            exchange.upstream_attempts
        );
    }
    if let Some(problem) = exchange.problem {
        let _ = write!(line, ",\"problem\":\"{problem}\"");
    }
    line.extend_from_slice(b",\"controls\":{");
    for (index, (control, finding)) in exchange.findings().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(line, "{comma}\"{control}\":\"{}\"", finding.as_str());
    }
    let _ = write!(
        line,
        "}},\"bytes_in\":{},\"bytes_out\":{}",
        answer.request_bytes, answer.response_bytes
    );
    let _ = write!(line, ",\"complete\":{}", answer.complete);
    if let Some(upstream_time) = exchange.upstream_time {
        let _ = write!(line, ",\"upstream_us\":{}", upstream_time.as_micros());
    }
    let _ = writeln!(line, ",\"duration_us\":{}}}", answer.duration.as_micros());
}

pub(super) fn human(
    line: &mut Vec<u8>,
    exchange: &Exchange,
    answer: &Answer,
    upstream: &str,
    time: &str,
) {
    let clock = time.get(11..19).unwrap_or(time);
    let _ = write!(line, "{clock} {} ", answer.status);
    let _ = write!(line, "{:<6} ", exchange.method.as_str());
    escape(line, &exchange.path);
    let millis = answer.duration.as_micros() / 100;
    let _ = write!(line, "  {}.{} ms", millis / 10, millis % 10);
    let _ = write!(
        line,
        "  {} bytes  {}",
        answer.response_bytes,
        masked(exchange.arrival.client.ip)
    );
    if upstream != "-" {
        let _ = write!(line, "  {upstream}");
    }
    if let Some(problem) = exchange.problem {
        let _ = write!(line, "  {problem}");
    }
    for (control, finding) in exchange.findings() {
        let _ = write!(line, "  {control}={}", finding.as_str());
    }
    if !answer.complete {
        line.extend_from_slice(b"  broken off");
    }
    line.push(b'\n');
}

fn masked(client: IpAddr) -> IpAddr {
    client_address::mask(client)
}

const fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

/// As RFC 8259 section 7 asks; what comes from a client cannot end the line or the string.
fn escape(line: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            0..0x20 | 0x7f => _ = write!(line, "\\u{byte:04x}"),
            _ => line.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use palisade_kernel::{ControlId, RequestId};

    use super::*;
    use crate::control::Finding;
    use crate::exchange::Arrival;

    fn exchange() -> Exchange {
        let at = Timestamp::from_unix_micros(1_795_516_800_123_456);
        let request = http::Request::get("/a\"b?token=secret").header("authorization", "secret");
        let (head, ()) = request.body(()).unwrap().into_parts();
        let mut arrival = Arrival {
            id: RequestId::new(at, [7; 10]),
            at,
            ..Arrival::sample()
        };
        arrival.client.ip = [203, 0, 113, 77].into();
        let mut exchange = Exchange::new(arrival, &head);
        exchange.host = "a.test".to_owned();
        exchange.record(ControlId::EdgeHeaders, Finding::Amended);
        exchange.upstream_status = Some(200);
        exchange
    }

    const ANSWER: Answer = Answer {
        status: 200,
        duration: Duration::from_micros(1_250),
        request_bytes: 0,
        response_bytes: 1024,
        complete: true,
    };

    fn check(write: fn(&mut Vec<u8>, &Exchange, &Answer, &str, &str)) -> String {
        let exchange = exchange();
        let mut line = Vec::new();
        write(
            &mut line,
            &exchange,
            &ANSWER,
            "app",
            Second::default().of(exchange.arrival.at),
        );
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_line_for_machines() {
        insta::assert_snapshot!(check(json));
    }

    #[test]
    fn a_line_for_people() {
        insta::assert_snapshot!(check(human));
    }

    #[test]
    fn no_query_and_no_header_value_is_ever_written() {
        for write in [json, human] {
            let line = check(write);
            assert!(!line.contains("secret") && !line.contains(".77"), "{line}");
        }
    }

    #[test]
    fn seconds_are_kept_and_milliseconds_are_not() {
        let mut second = Second::default();
        let at = |micros: u64| Timestamp::from_unix_micros(1_795_516_800_000_000 + micros);
        assert_eq!(second.of(at(1_000)), "2026-11-24T10:40:00.001Z");
        assert_eq!(second.of(at(999_999)), "2026-11-24T10:40:00.999Z");
        assert_eq!(second.of(at(1_000_000)), "2026-11-24T10:40:01.000Z");
    }
}
