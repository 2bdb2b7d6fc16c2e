//! How a line is written. Only what is listed here ever reaches the log: no query, no header.

use std::io::Write;
use std::net::IpAddr;
use std::time::Duration;

use http::Version;
use palisade_kernel::{ControlId, Timestamp};

use super::escape::escape;
use crate::client_address;
use crate::control::Finding;
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

/// What a line is written from.
pub(super) struct Entry<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) answer: &'a Answer,
    /// `-` for none.
    pub(super) upstream: &'a str,
    pub(super) time: &'a str,
    /// Broken off by the node, at the end of its drain.
    pub(super) cut: bool,
}

/// Written field by field: formatting machinery would cost as much as the rest of the request's
/// bookkeeping.
pub(super) fn json(line: &mut Vec<u8>, entry: &Entry<'_>) {
    let Entry {
        exchange,
        answer,
        upstream,
        time,
        cut,
    } = *entry;
    let arrival = &exchange.arrival;
    put(line, "{\"time\":\"", time);
    put(line, "\",\"request_id\":\"", "");
    line.extend_from_slice(&arrival.id.text());
    put(line, "\",\"client\":\"", "");
    address(line, masked(arrival.client.ip));
    put_escaped(line, "\",\"method\":\"", exchange.method.as_str());
    put_escaped(line, "\",\"host\":\"", &exchange.host);
    put_escaped(line, "\",\"path\":\"", &exchange.path);
    put_escaped(line, "\",\"upstream\":\"", upstream);
    put(line, "\",\"protocol\":\"", version(exchange.version));
    put(
        line,
        "\",\"secure\":",
        if arrival.is_secure() { "true" } else { "false" },
    );
    put_number(line, ",\"status\":", u64::from(answer.status));
    if let Some(status) = exchange.upstream_status {
        put_number(line, ",\"upstream_status\":", u64::from(status));
    }
    if exchange.upstream_attempts > 1 {
        put_number(
            line,
            ",\"upstream_attempts\":",
            u64::from(exchange.upstream_attempts),
        );
    }
    if let Some(problem) = exchange.problem {
        put(line, ",\"problem\":\"", problem);
        line.push(b'"');
    }
    if let Some(flag) = &exchange.flag {
        put(line, ",\"flag\":\"", flag.as_str());
        line.push(b'"');
    }
    line.extend_from_slice(b",\"controls\":{");
    for (index, (control, finding)) in noteworthy(exchange).enumerate() {
        put(
            line,
            if index == 0 { "\"" } else { ",\"" },
            control.as_str(),
        );
        put(line, "\":\"", finding.as_str());
        line.push(b'"');
    }
    put_number(line, "},\"bytes_in\":", answer.request_bytes);
    put_number(line, ",\"bytes_out\":", answer.response_bytes);
    put(
        line,
        ",\"complete\":",
        if answer.complete { "true" } else { "false" },
    );
    if cut {
        put(line, ",\"cut\":", "true");
    }
    if let Some(upstream_time) = exchange.upstream_time {
        put_number(line, ",\"upstream_us\":", micros(upstream_time));
    }
    put_number(line, ",\"duration_us\":", micros(answer.duration));
    line.extend_from_slice(b"}\n");
}

/// Most requests pass most controls; a line tells of the others.
fn noteworthy(exchange: &Exchange) -> impl Iterator<Item = (ControlId, Finding)> {
    exchange
        .findings()
        .filter(|(_, finding)| *finding != Finding::Passed)
}

fn put(line: &mut Vec<u8>, name: &str, value: &str) {
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(value.as_bytes());
}

fn put_escaped(line: &mut Vec<u8>, name: &str, value: &str) {
    line.extend_from_slice(name.as_bytes());
    escape(line, value);
}

fn put_number(line: &mut Vec<u8>, name: &str, number: u64) {
    line.extend_from_slice(name.as_bytes());
    decimal(line, number);
}

fn decimal(line: &mut Vec<u8>, mut number: u64) {
    /// Digits of the largest `u64`.
    const DIGITS_MAX: usize = 20;
    let mut digits = [0; DIGITS_MAX];
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = digit(number);
        number /= 10;
        used += 1;
        if number == 0 {
            break;
        }
    }
    line.extend_from_slice(digits.get(DIGITS_MAX - used..).unwrap_or_default());
}

fn address(line: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => {
            for (index, octet) in v4.octets().into_iter().enumerate() {
                if index > 0 {
                    line.push(b'.');
                }
                decimal(line, u64::from(octet));
            }
        }
        // Writing to a Vec cannot fail.
        IpAddr::V6(v6) => _ = write!(line, "{v6}"),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

pub(super) fn human(line: &mut Vec<u8>, entry: &Entry<'_>) {
    let Entry {
        exchange,
        answer,
        upstream,
        time,
        cut,
    } = *entry;
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
    if let Some(flag) = &exchange.flag {
        let _ = write!(line, "  flag={flag}");
    }
    for (control, finding) in noteworthy(exchange) {
        let _ = write!(line, "  {control}={}", finding.as_str());
    }
    if cut {
        line.extend_from_slice(b"  cut by the stop");
    } else if !answer.complete {
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

#[cfg(test)]
mod tests {
    use palisade_kernel::{ControlId, RequestId};
    use proptest::prelude::*;

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

    fn check(write: fn(&mut Vec<u8>, &Entry<'_>)) -> String {
        check_cut(write, false)
    }

    fn check_cut(write: fn(&mut Vec<u8>, &Entry<'_>), cut: bool) -> String {
        let exchange = exchange();
        let answer = Answer {
            complete: !cut,
            ..ANSWER
        };
        let mut second = Second::default();
        let entry = Entry {
            exchange: &exchange,
            answer: &answer,
            upstream: "app",
            time: second.of(exchange.arrival.at),
            cut,
        };
        let mut line = Vec::new();
        write(&mut line, &entry);
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
    fn what_the_node_cuts_is_not_laid_at_the_clients_door() {
        let line = check_cut(json, true);
        assert!(line.contains("\"complete\":false,\"cut\":true,"), "{line}");
        let line = check_cut(human, true);
        assert!(line.ends_with("  cut by the stop\n"), "{line}");
    }

    #[test]
    fn a_line_names_the_flag_that_refused() {
        let mut exchange = exchange();
        exchange.flag = Some("uploads".parse().unwrap());
        let mut second = Second::default();
        let entry = Entry {
            exchange: &exchange,
            answer: &ANSWER,
            upstream: "-",
            time: second.of(exchange.arrival.at),
            cut: false,
        };
        let (mut machines, mut people) = (Vec::new(), Vec::new());
        json(&mut machines, &entry);
        human(&mut people, &entry);
        let machines: serde_json::Value = serde_json::from_slice(&machines).unwrap();
        assert_eq!(machines["flag"], "uploads");
        assert!(
            String::from_utf8(people)
                .unwrap()
                .contains("  flag=uploads")
        );
    }

    #[test]
    fn no_query_and_no_header_value_is_ever_written() {
        for write in [json, human] {
            let line = check(write);
            assert!(!line.contains("secret") && !line.contains(".77"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn numbers_and_addresses_are_written_as_std_writes_them(number: u64, v4: u32, v6: u128) {
            let mut line = Vec::new();
            decimal(&mut line, number);
            prop_assert_eq!(line, number.to_string().into_bytes());
            for ip in [IpAddr::from(v4.to_be_bytes()), IpAddr::from(v6.to_be_bytes())] {
                let mut line = Vec::new();
                address(&mut line, ip);
                prop_assert_eq!(line, ip.to_string().into_bytes());
            }
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
