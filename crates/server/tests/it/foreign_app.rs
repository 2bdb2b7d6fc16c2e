//! An app that no line of ours was made for, unchanged, behind a gateway without configuration.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::app::upstream;
use crate::browser;
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::parts::{Attended, variable};
use crate::patience::PATIENCE;
use crate::wire::Message as Answer;

/// The FastAPI app under uvicorn, and where it answers.
struct ForeignApp {
    url: String,
    _process: Attended,
}

impl ForeignApp {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
        let mut command = Command::new(variable("PALISADE_TEST_FASTAPI_PYTHON"));
        command
            .args([
                "-m",
                "uvicorn",
                "fastapi_app:app",
                "--port",
                "0",
                "--app-dir",
            ])
            .arg(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = Attended(command.spawn().unwrap());
        let errors = BufReader::new(process.0.stderr.take().unwrap());
        let (sender, lines) = channel();
        // Read to the end, so that the app never waits for a reader of its log.
        std::thread::spawn(move || {
            errors
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)))
        });
        let url = loop {
            let line = lines.recv_timeout(PATIENCE).expect("uvicorn starts");
            if let Some((_, rest)) = line.split_once("running on ") {
                break rest.split(' ').next().unwrap().to_owned();
            }
        };
        Self {
            url,
            _process: process,
        }
    }

    fn upstream(&self) -> String {
        upstream("app", &[&self.url], "")
    }
}

#[test]
fn a_foreign_app_works_whole_behind_the_gateway() {
    let app = ForeignApp::start();
    let gateway = TestGateway::tls(&app.upstream());
    let mut client = gateway.client();

    let page = client.get("/");
    assert!(page.text().contains("<title>Notes</title>"));
    assert_eq!(page.one("x-content-type-options"), "nosniff");
    assert_eq!(page.all("server"), [""; 0]);
    assert_eq!(client.get("/api/hello").json()["message"], "hello");
    assert!(client.get("/docs").text().contains("swagger-ui"));
    assert_eq!(client.get("/openapi.json").json()["info"]["title"], "Notes");
    assert_eq!(client.get("/nothing").status(), 404);
    assert_eq!(client.ask("DELETE", "/api/hello", "").status(), 405);

    let moved = client.get("/old");
    // Made by the app from the host and scheme that it was told of.
    assert_eq!(
        (moved.status(), moved.one("location")),
        (303, "https://localhost/")
    );
}

/// A `POST` with a body of this type.
fn post(client: &mut Client, path: &str, content_type: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    client.send(head + body).unwrap();
    client.answer()
}

#[test]
fn forms_cookies_and_uploads_of_a_foreign_app_work() {
    let app = ForeignApp::start();
    let gateway = TestGateway::tls(&app.upstream());
    let mut client = gateway.client();
    let login = post(
        &mut client,
        "/login",
        "application/x-www-form-urlencoded",
        "name=ada",
    );
    assert_eq!((login.status(), login.one("location")), (303, "/me"));
    let cookies = login.all("set-cookie");
    assert_eq!(cookies.len(), 2, "{login:?}");
    let pairs: Vec<&str> = cookies
        .iter()
        .filter_map(|one| one.split(';').next())
        .collect();
    let me = client.ask("GET", "/me", &format!("Cookie: {}\r\n", pairs.join("; ")));
    assert_eq!(
        me.json(),
        json!({ "name": "ada", "theme": "dark", "client": "127.0.0.1" })
    );

    let content = "x".repeat(1 << 20);
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n\
         {content}\r\n--b--\r\n"
    );
    let upload = post(
        &mut client,
        "/upload",
        "multipart/form-data; boundary=b",
        &body,
    );
    let sum = content.len() * usize::from(b'x');
    let expected = json!({ "filename": "a.txt", "bytes": content.len(), "sum": sum });
    assert_eq!(upload.json(), expected);
}

#[test]
fn events_of_a_foreign_app_stream() {
    let app = ForeignApp::start();
    let gateway = TestGateway::tls(&app.upstream());
    let events = gateway.http2_client().get("/events");
    assert_eq!(events.text(), "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    assert_eq!(
        events.one("content-type"),
        "text/event-stream; charset=utf-8"
    );
}

#[test]
fn a_web_socket_of_a_foreign_app_talks() {
    let app = ForeignApp::start();
    let gateway = TestGateway::tls(&app.upstream());
    let mut client = gateway.client();
    let (mut socket, _) = tungstenite::client("wss://localhost/socket", &mut *client).unwrap();
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("HELLO"));
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn a_browser_runs_the_script_of_a_page_behind_the_gateway() {
    let app = ForeignApp::start();
    for gateway in [
        TestGateway::plain(&app.upstream()),
        TestGateway::tls(&app.upstream()),
    ] {
        let scheme = if gateway.is_tls() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}/", gateway.address().port());
        let document = browser::document(&url);
        assert!(
            document.contains("The script said hello"),
            "{url}: {document}"
        );
    }
}
