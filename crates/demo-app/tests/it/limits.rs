//! Sizes: none is refused, and the process stays small.

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Bytes;

use crate::client::{Gallery, open};

/// A form with one file of `content_type`.
fn form(tenant: &str, name: &str, content_type: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"tenant\"\r\n\r\n{tenant}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {content_type}\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat()
}

const FORM: [(&str, &str); 1] = [("content-type", "multipart/form-data; boundary=edge")];

#[tokio::test]
async fn an_upload_of_any_type_is_served_back_as_sent() {
    let gallery = Gallery::weak().await;
    let page = b"<script>alert(1)</script>";
    let sent = form("harbor-pine", "invoice.html", "text/html", page);
    let answer = gallery.send("POST", "/api/uploads", &FORM, sent).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let served = gallery.get("/storage/harbor-pine/invoice.html").await;
    assert_eq!(served.header("content-type"), "text/html");
    assert_eq!(served.body, &page[..]);
    assert!(
        gallery
            .get("/t/harbor-pine")
            .await
            .text()
            .contains("invoice.html")
    );
}

#[tokio::test]
async fn a_large_upload_is_taken_to_its_end_and_kept_in_part() {
    let gallery = Gallery::weak().await;
    let content = vec![7; 6 * 1024 * 1024];
    let sent = form("northlight", "large.raw", "image/x-raw", &content);
    let answer = gallery
        .send("POST", "/api/uploads", &FORM, sent)
        .await
        .json();
    assert_eq!(answer["files"][0]["bytes"], content.len());
    assert_eq!(answer["files"][0]["kept_bytes"], 4 * 1024 * 1024);
}

#[tokio::test]
async fn a_raw_body_is_counted_to_its_end() {
    let gallery = Gallery::weak().await;
    for method in ["POST", "PUT"] {
        let answer = gallery
            .send(method, "/api/uploads/raw", &[], vec![1; 5_000_001])
            .await;
        assert_eq!(answer.json()["bytes"], 5_000_001);
    }
}

#[tokio::test]
async fn an_export_has_exactly_the_length_asked_for() {
    let gallery = Gallery::weak().await;
    for bytes in [0_usize, 1, 65_536, 65_537, 5_000_000] {
        let answer = gallery.get(&format!("/api/export?bytes={bytes}")).await;
        assert_eq!(answer.header("content-length"), bytes.to_string());
        assert_eq!(answer.body.len(), bytes);
    }
}

#[tokio::test]
async fn an_export_of_any_length_begins_at_once() {
    let gallery = Gallery::weak().await;
    let path = format!("/api/export?bytes={}", 1_u64 << 50);
    let mut answer = open(gallery.running.address, "GET", &path, &[], Bytes::new()).await;
    assert_eq!(
        answer.headers()["content-length"],
        (1_u64 << 50).to_string().as_str()
    );
    let first = answer.body_mut().frame().await.unwrap().unwrap();
    assert!(!first.into_data().unwrap().is_empty());
}
