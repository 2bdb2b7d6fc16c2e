//! The second origin: pages name it, and it answers and counts.

use hyper::StatusCode;
use hyper::body::Bytes;

use crate::client::{Answer, Gallery, send};

async fn ask(gallery: &Gallery, path: &str) -> Answer {
    send(
        gallery.running.third_party_address,
        "GET",
        path,
        &[],
        Bytes::new(),
    )
    .await
}

#[tokio::test]
async fn the_checkout_page_loads_both_scripts_from_the_second_origin() {
    let gallery = Gallery::weak().await;
    let origin = gallery.running.third_party_origin();
    let page = gallery.get("/checkout?photo=3").await.text();
    assert!(page.contains(&format!("<script src=\"{origin}/v3/pay.js\">")));
    assert!(page.contains(&format!("var u=\"{origin}/\";")));
}

#[tokio::test]
async fn fetches_and_beacons_are_counted() {
    let gallery = Gallery::weak().await;
    for path in ["/v3/pay.js", "/v3/card?key=pk", "/matomo.js"] {
        assert_eq!(ask(&gallery, path).await.status, StatusCode::OK, "{path}");
    }
    let beacon = ask(&gallery, "/matomo.php?idsite=1&rec=1").await;
    assert_eq!(beacon.status, StatusCode::NO_CONTENT);
    let counted = ask(&gallery, "/stats").await.json();
    for counter in ["pay_scripts", "card_frames", "analytics_scripts", "beacons"] {
        assert_eq!(counted[counter], 1, "{counter}");
    }
}
