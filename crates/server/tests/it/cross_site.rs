//! What other sites make a browser do, on a running node; and once by a real browser.

use crate::app::{App, answer, ok};
use crate::browser;
use crate::gateway::TestGateway;

const ENFORCED: &str = "[edge.cross_site]\nmode = \"enforce\"\n";
const FORGED: &str = "Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\n\
                      Sec-Fetch-Mode: navigate\r\nCookie: sid=1\r\nContent-Length: 0\r\n";
const WOULD_REFUSE: &str =
    "palisade_control_findings_total{control=\"edge.cross-site\",finding=\"would-refuse\"}";

#[test]
fn in_shadow_a_forged_form_is_taken_and_counted() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    assert_eq!(
        gateway.client().ask("POST", "/transfer", FORGED).status(),
        200
    );
    gateway.await_metric(WOULD_REFUSE, 1);
}

#[test]
fn a_forged_form_is_refused_and_all_else_goes_on() {
    let app = App::answering(ok("text/plain", "x"));
    let exempt = "exempt_paths = [\"/pay/*/return\"]\n";
    let gateway = TestGateway::plain(&(app.upstream("") + ENFORCED + exempt));
    let mut client = gateway.client();
    let refused = client.ask("POST", "/transfer", FORGED);
    assert_eq!(refused.status(), 403);
    assert!(refused.text().contains("\"code\":\"cross-site\""));
    assert_eq!(app.unseen_requests().len(), 0);
    let own = "Origin: http://localhost\r\nContent-Length: 0\r\n";
    for (method, path, lines) in [
        ("POST", "/transfer", own),
        ("POST", "/pay/17/return", FORGED),
        (
            "GET",
            "/",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
        ),
        ("POST", "/webhooks/payments", "Content-Length: 0\r\n"),
    ] {
        assert_eq!(
            client.ask(method, path, lines).status(),
            200,
            "{method} {path}"
        );
    }
}

/// A page that tries what a page can: a form, a script that sends and reads, pictures, scripts, frames.
/// It says "done" when all have come to an end.
fn page(target: &str) -> String {
    format!(
        "<!DOCTYPE html><title>page</title>
<iframe name=framed></iframe>
<form method=post action='{target}/form' target=framed><input name=x value=1></form>
<script>
const ended = (element) => new Promise((end) => {{ element.onload = element.onerror = end; }});
const patience = new Promise((end) => setTimeout(end, 5000));
const load = (tag, path) => {{
  const element = document.createElement(tag);
  element.src = '{target}' + path;
  const end = ended(element);
  document.body.append(element);
  return end;
}};
const send = (path, options) => fetch('{target}' + path, options).then((answer) => answer.text());
addEventListener('load', async () => {{
  const frame = ended(document.querySelector('iframe'));
  document.forms[0].submit();
  const all = [
    frame,
    send('/sent', {{ method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }}),
    send('/put', {{ method: 'PUT', body: 'x' }}),
    load('img', '/picture.png'),
    load('script', '/data'),
    load('iframe', '/framed'),
  ];
  await Promise.race([Promise.allSettled(all), patience]);
  document.body.append('all is done');
}});
</script>"
    )
}

/// What of it reached the app.
fn reached(app: &App) -> Vec<String> {
    let requests = app.unseen_requests();
    let lines = requests
        .iter()
        .filter_map(|request| request.start.rsplit_once(' '));
    let mut lines: Vec<String> = lines.map(|(line, _)| line.to_owned()).collect();
    lines.retain(|line| line != "GET /favicon.ico");
    lines.sort();
    lines
}

#[test]
fn a_browser_acts_for_the_apps_own_pages_and_for_no_others() {
    let app = App::start(|request| match request.start.contains(" /own ") {
        true => ok("text/html", &page("")),
        false => answer(200, "Content-Type: text/plain\r\n", "x"),
    });
    let cors = "[edge.cors]\nmode = \"enforce\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + ENFORCED + cors));
    let port = gateway.address().port();
    let own = browser::document(&format!("http://localhost:{port}/own"));
    assert!(own.contains("all is done"), "{own}");
    assert_eq!(
        reached(&app),
        [
            "GET /data",
            "GET /framed",
            "GET /own",
            "GET /picture.png",
            "POST /form",
            "POST /sent",
            "PUT /put"
        ],
    );
    // 127.0.0.1 is another site than localhost.
    let other = page(&format!("http://localhost:{port}"));
    let other = App::answering(ok("text/html", &other));
    let document = browser::document(&format!("http://{}/", other.address()));
    assert!(document.contains("all is done"), "{document}");
    assert_eq!(reached(&app), ["GET /framed", "GET /picture.png"]);
}
