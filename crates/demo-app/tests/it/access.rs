//! Who may see what: almost everyone, almost everything.

use hyper::StatusCode;
use serde_json::json;

use crate::client::Gallery;

#[tokio::test]
async fn login_answers_a_client_with_a_token_that_says_who_it_is_for() {
    let gallery = Gallery::weak().await;
    let token = gallery.token("northlight", "owner").await;
    let me = gallery.get_as(&token, "/api/me").await.json();
    assert_eq!(me["claims"]["tenant"], "northlight");
    assert_eq!(me["claims"]["role"], "owner");
    assert_eq!(me["claims"]["sub"], "1");
    assert!(me["claims"]["exp"].as_u64() > me["claims"]["iat"].as_u64());
}

#[tokio::test]
async fn login_answers_a_form_with_a_redirect_and_a_cookie_without_flags() {
    let gallery = Gallery::weak().await;
    let form = "email=ada%40northlight.example&password=northlight-ada";
    let answer = gallery.post_form("/api/login", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/account");
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("session=ey"));
    for flag in ["httponly", "secure", "samesite"] {
        assert!(!cookie.to_lowercase().contains(flag), "{cookie}");
    }
    let session = cookie.split(';').next().unwrap();
    let account = gallery
        .send("GET", "/account", &[("cookie", session)], "")
        .await;
    assert!(account.text().contains("Ada Lindqvist"));
}

#[tokio::test]
async fn passwords_and_codes_can_be_tried_forever() {
    let gallery = Gallery::weak().await;
    for attempt in 0..40 {
        let wrong = json!({ "email": "ada@northlight.example", "password": attempt.to_string() });
        assert_eq!(
            gallery.post_json("/api/login", &wrong).await.status,
            StatusCode::UNAUTHORIZED
        );
        let wrong = json!({ "phone": "+4745550101", "code": format!("{attempt:06}") });
        let answer = gallery.post_json("/api/otp/verify", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    gallery.token("northlight", "owner").await;
    let phone = json!({ "phone": "+47 455 50 101" });
    assert_eq!(
        gallery.post_json("/api/otp/request", &phone).await.status,
        StatusCode::ACCEPTED
    );
    let right = json!({ "phone": "+47 455 50 101", "code": demo_app::OTP_CODE });
    let answer = gallery.post_json("/api/otp/verify", &right).await;
    assert_eq!(answer.json()["user"]["name"], "Ada Lindqvist");
}

#[tokio::test]
async fn a_token_is_asked_for_and_must_be_signed() {
    let gallery = Gallery::weak().await;
    for path in [
        "/api/me",
        "/api/tenants/northlight/photos",
        "/api/photos/1",
        "/api/invoices/1001",
    ] {
        assert_eq!(
            gallery.get(path).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
        let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.";
        assert_eq!(
            gallery.get_as(forged, path).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_token_of_one_tenant_opens_the_other_by_path() {
    let gallery = Gallery::weak().await;
    let token = gallery.token("northlight", "member").await;
    for (list, telling) in [
        ("photos", "Castell family"),
        ("members", "+1207555"),
        ("invoices", "GB29"),
    ] {
        let answer = gallery
            .get_as(&token, &format!("/api/tenants/harbor-pine/{list}"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{list}");
        assert!(answer.text().contains(telling), "{list}");
    }
}

#[tokio::test]
async fn a_token_of_one_tenant_opens_the_other_by_number() {
    let gallery = Gallery::weak().await;
    let token = gallery.token("northlight", "member").await;
    assert_eq!(
        gallery.get_as(&token, "/api/photos/22").await.json()["tenant"],
        "harbor-pine"
    );
    assert_eq!(
        gallery.get_as(&token, "/api/invoices/1004").await.json()["tenant"],
        "harbor-pine"
    );
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let deleted = gallery.send("DELETE", "/api/photos/22", &headers, "").await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(
        gallery.get_as(&token, "/api/photos/22").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_back_office_is_open_to_all() {
    let gallery = Gallery::weak().await;
    assert!(
        gallery
            .get("/admin")
            .await
            .text()
            .contains("mia@harborpine.example")
    );
    let users = gallery.get("/api/admin/users").await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 6);
    assert_eq!(users["users"][0]["password"], "northlight-ada");
}

#[tokio::test]
async fn private_originals_are_served_to_strangers_with_their_position() {
    let gallery = Gallery::weak().await;
    let token = gallery.token("harbor-pine", "owner").await;
    let photos = gallery
        .get_as(&token, "/api/tenants/northlight/photos")
        .await
        .json();
    let photos = photos["photos"].as_array().unwrap();
    let private = photos
        .iter()
        .find(|photo| photo["private"] == true)
        .unwrap();
    let path = format!("/storage/northlight/{}", private["file"].as_str().unwrap());
    let original = gallery.get(&path).await;
    assert_eq!(original.status, StatusCode::OK);
    assert_eq!(original.header("content-type"), "image/jpeg");
    assert!(original.body.windows(6).any(|window| window == b"Exif\0\0"));
}
