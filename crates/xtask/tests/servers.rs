//! Speaks to each part that `cargo xtask test` started, the way a test of the product would.
//!
//! Where a variable is missing these fail: a suite without its servers is not green.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its small functions too"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

/// How long a server may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

#[expect(
    clippy::disallowed_methods,
    reason = "the variables are how servers are handed to tests"
)]
fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo xtask test`"))
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

struct Redis {
    connection: BufReader<TcpStream>,
    password: String,
}

impl Redis {
    fn connect() -> Self {
        let url = variable("PALISADE_TEST_REDIS_URL");
        let rest = url.strip_prefix("redis://default:").unwrap();
        let (password, address) = rest.trim_end_matches("/0").split_once('@').unwrap();
        let connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(ANSWER_LIMIT)).unwrap();
        Self {
            connection: BufReader::new(connection),
            password: password.to_owned(),
        }
    }

    fn ask(&mut self, line: &str) -> String {
        write!(self.connection.get_mut(), "{line}\r\n").unwrap();
        let mut answer = String::new();
        self.connection.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }
}

#[test]
fn redis_answers_who_knows_the_password_and_nobody_else() {
    let mut redis = Redis::connect();
    assert!(redis.ask("PING").starts_with("-NOAUTH"));
    let password = redis.password.clone();
    assert_eq!(redis.ask(&format!("AUTH {password}")), "+OK");
    assert_eq!(redis.ask("PING"), "+PONG");
}

#[test]
fn postgres_fifteen_answers_a_query() {
    let url = variable("PALISADE_TEST_POSTGRES_URL");
    assert_eq!(
        printed(Command::new("psql").args([&url, "-XAtc", "select 1"])).trim(),
        "1"
    );
    let version = printed(Command::new("psql").args([&url, "-XAtc", "show server_version"]));
    assert!(version.starts_with("15."), "{version}");
}

#[test]
fn postgres_refuses_a_wrong_password() {
    let url = variable("PALISADE_TEST_POSTGRES_URL");
    let (_, address) = url.split_once('@').unwrap();
    let wrong = format!("postgres://postgres:wrong@{address}");
    let output = Command::new("psql")
        .args([&wrong, "-XAtc", "select 1"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("password authentication failed"));
}

#[test]
fn chromium_runs_a_script_of_a_page() {
    let profile = tempfile::tempdir().unwrap();
    let page = "data:text/html,<body><script>document.body.append(6*7)</script>";
    let dom = printed(
        Command::new(variable("PALISADE_TEST_CHROMIUM"))
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--dump-dom", page]),
    );
    assert!(dom.contains("42</body>"), "{dom}");
}

#[test]
fn fastapi_answers_over_asgi() {
    let program = "
import asyncio, fastapi
app = fastapi.FastAPI()
@app.get('/')
def index(): return {'answer': 42}
async def send(message): sent.append(message)
async def receive(): return {'type': 'http.request', 'body': b'', 'more_body': False}
sent = []
scope = {'type': 'http', 'http_version': '1.1', 'method': 'GET', 'path': '/', 'raw_path': b'/',
         'query_string': b'', 'headers': [], 'scheme': 'http', 'root_path': '',
         'client': ('127.0.0.1', 1), 'server': ('127.0.0.1', 2)}
asyncio.run(app(scope, receive, send))
print(sent[0]['status'], sent[1]['body'].decode())";
    let python = variable("PALISADE_TEST_FASTAPI_PYTHON");
    let answer = printed(Command::new(python).args(["-c", program]));
    assert_eq!(answer.trim(), r#"200 {"answer":42}"#);
}
