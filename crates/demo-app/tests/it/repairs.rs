//! `fixed` repairs three things, and only those.

use demo_app::{BUNDLE_SECRET_PREFIX, WEAKNESSES};
use hyper::StatusCode;
use serde_json::json;

use crate::client::Gallery;

#[test]
fn three_weaknesses_are_repaired_in_code() {
    let repaired: Vec<_> = WEAKNESSES
        .iter()
        .filter(|weakness| weakness.repaired_by_fixed)
        .map(|weakness| weakness.id)
        .collect();
    assert_eq!(
        repaired,
        ["raw-storage", "secret-in-bundle", "webhook-charges-twice"]
    );
}

#[tokio::test]
async fn the_bundle_has_a_secret_until_repaired() {
    assert!(
        bundle_and_map(&Gallery::weak().await)
            .await
            .iter()
            .all(|text| has_secret(text))
    );
    assert!(
        !bundle_and_map(&Gallery::fixed().await)
            .await
            .iter()
            .any(|text| has_secret(text))
    );
}

fn has_secret(text: &str) -> bool {
    text.contains(BUNDLE_SECRET_PREFIX)
}

async fn bundle_and_map(gallery: &Gallery) -> [String; 2] {
    let page = gallery.get("/").await.text();
    let (_, rest) = page.split_once("src=\"/assets/app.").unwrap();
    let (hash, _) = rest.split_once(".js").unwrap();
    assert_eq!(hash.len(), 16);
    let script = gallery.get(&format!("/assets/app.{hash}.js")).await.text();
    assert!(script.contains(&format!("sourceMappingURL=app.{hash}.js.map")));
    let map = gallery.get(&format!("/assets/app.{hash}.js.map")).await;
    assert_eq!(map.json()["version"], 3);
    [script, map.text()]
}

#[tokio::test]
async fn an_event_delivered_twice_charges_twice_until_repaired() {
    assert_eq!(
        paid_after_two_deliveries(&Gallery::weak().await).await,
        (96_000, 48_000)
    );
    assert_eq!(
        paid_after_two_deliveries(&Gallery::fixed().await).await,
        (48_000, 0)
    );
}

/// What invoice 1003 was paid in all, and the studio's credit, in cents.
async fn paid_after_two_deliveries(gallery: &Gallery) -> (i64, i64) {
    let event = json!({
        "id": "evt_1", "type": "checkout.session.completed",
        "data": { "object": { "id": "cs_1", "amount_total": 48_000, "metadata": { "invoice_id": "1003" } } },
    });
    for _ in 0..2 {
        let answer = gallery.post_json("/webhooks/payments", &event).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let token = gallery.token("northlight", "owner").await;
    let invoice = gallery.get_as(&token, "/api/invoices/1003").await.json();
    let balance = gallery.get_as(&token, "/api/billing/balance").await.json();
    (
        invoice["paid_cents"].as_i64().unwrap(),
        balance["credit_cents"].as_i64().unwrap(),
    )
}

#[tokio::test]
async fn private_originals_are_kept_from_strangers_once_repaired() {
    let gallery = Gallery::fixed().await;
    let own = gallery.token("northlight", "member").await;
    let other = gallery.token("harbor-pine", "owner").await;
    let photos = gallery
        .get_as(&own, "/api/tenants/northlight/photos")
        .await
        .json();
    let file = |private: bool| {
        let photos = photos["photos"].as_array().unwrap();
        let photo = photos
            .iter()
            .find(|photo| photo["private"] == private)
            .unwrap();
        format!(
            "/storage/northlight/{}?size=thumbnail",
            photo["file"].as_str().unwrap()
        )
    };
    assert_eq!(gallery.get(&file(false)).await.status, StatusCode::OK);
    assert_eq!(gallery.get(&file(true)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        gallery.get_as(&other, &file(true)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        gallery.get_as(&own, &file(true)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn everything_else_stays_weak() {
    let gallery = Gallery::fixed().await;
    let token = gallery.token("northlight", "member").await;
    let other = gallery
        .get_as(&token, "/api/tenants/harbor-pine/members")
        .await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(gallery.get("/admin").await.status, StatusCode::OK);
    assert_eq!(
        gallery.get("/go?to=https://evil.example/").await.status,
        StatusCode::FOUND
    );
    assert!(gallery.get("/crash").await.text().contains("DATABASE_URL"));
}
