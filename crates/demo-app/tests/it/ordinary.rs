//! The answers that are as they should be.

use hyper::StatusCode;

use crate::client::Gallery;

#[tokio::test]
async fn health_is_told() {
    let gallery = Gallery::weak().await;
    assert_eq!(gallery.get("/healthz").await.json()["status"], "ok");
}

#[tokio::test]
async fn any_status_can_be_asked_for() {
    let gallery = Gallery::weak().await;
    for code in [200, 201, 204, 301, 304, 403, 404, 418, 429, 500, 503, 599] {
        let answer = gallery.get(&format!("/api/status/{code}")).await;
        assert_eq!(answer.status.as_u16(), code);
    }
    for code in ["99", "100", "199", "600"] {
        let answer = gallery.get(&format!("/api/status/{code}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{code}");
    }
}

#[tokio::test]
async fn what_is_missing_is_not_found() {
    let gallery = Gallery::weak().await;
    for path in [
        "/nowhere",
        "/t/nobody",
        "/t/northlight/albums/none",
        "/photos/99999",
    ] {
        let answer = gallery.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
    }
    let answer = gallery.get("/api/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let gallery = Gallery::weak().await;
    let answer = gallery.send("DELETE", "/api/login", &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn trailers_follow_the_body() {
    let gallery = Gallery::weak().await;
    let answer = gallery
        .send("GET", "/api/trailers", &[("te", "trailers")], "")
        .await;
    assert_eq!(answer.trailers.unwrap()["x-checksum"], "fnv1a-9e6f0a2b");
}

#[tokio::test]
async fn slowness_is_told() {
    let gallery = Gallery::weak().await;
    assert_eq!(gallery.get("/api/slow?ms=20").await.json()["waited_ms"], 20);
}

#[tokio::test]
async fn each_studio_shows_its_own_public_photos_only() {
    let gallery = Gallery::weak().await;
    let page = gallery.get("/t/northlight").await.text();
    assert!(page.contains("Northlight Studio"));
    assert!(page.matches("class=\"shot\"").count() >= 12);
    assert!(!page.contains("/storage/harbor-pine/"));
    assert!(!page.contains("Lindqvist wedding"));
}

#[tokio::test]
async fn an_order_is_placed_and_paid() {
    let gallery = Gallery::weak().await;
    let order = serde_json::json!({
        "payment": "pay_1", "tenant": "northlight", "title": "A print", "amount_cents": 19_800,
    });
    let answer = gallery.post_json("/api/checkout", &order).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let token = gallery.token("northlight", "owner").await;
    let invoice = gallery
        .get_as(
            &token,
            &format!("/api/invoices/{}", answer.json()["invoice"]),
        )
        .await;
    assert_eq!(invoice.json()["paid_cents"], 19_800);
}
