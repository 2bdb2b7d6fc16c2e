//! What a browser is made to do: run markup from strangers, follow any link, trust any origin.

use hyper::StatusCode;

use crate::client::Gallery;

const MARKUP: &str = "<img src=x onerror=alert(1)>";

#[tokio::test]
async fn search_reflects_markup() {
    let gallery = Gallery::weak().await;
    let page = gallery
        .get("/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
        .await;
    assert!(page.text().contains(MARKUP));
}

#[tokio::test]
async fn comments_keep_markup() {
    let gallery = Gallery::weak().await;
    let form = "author=Eve&body=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    let posted = gallery.post_form("/photos/5/comments", form).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    assert!(gallery.get("/photos/5").await.text().contains(MARKUP));
}

#[tokio::test]
async fn redirect_leaves_for_any_address() {
    let gallery = Gallery::weak().await;
    let answer = gallery.get("/go?to=https://evil.example/login").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), "https://evil.example/login");
}

#[tokio::test]
async fn every_origin_is_allowed_with_credentials() {
    let gallery = Gallery::weak().await;
    let origin = ("origin", "https://evil.example");
    for path in ["/", "/api/photos/1", "/api/admin/users"] {
        let answer = gallery.send("GET", path, &[origin], "").await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://evil.example"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
    let asked = ("access-control-request-method", "DELETE");
    let preflight = gallery
        .send("OPTIONS", "/api/photos/1", &[origin, asked], "")
        .await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("DELETE")
    );
}

#[tokio::test]
async fn pages_have_inline_code_and_no_security_headers() {
    let gallery = Gallery::weak().await;
    for path in [
        "/",
        "/t/northlight",
        "/photos/1",
        "/login",
        "/checkout?photo=3",
        "/admin",
    ] {
        let page = gallery.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text().contains("<script>"), "{path}");
        assert!(page.text().contains(" onclick="), "{path}");
        for header in [
            "content-security-policy",
            "strict-transport-security",
            "x-frame-options",
        ] {
            assert_eq!(page.header(header), "", "{path}");
        }
    }
}

#[tokio::test]
async fn every_answer_names_the_software() {
    let gallery = Gallery::weak().await;
    for path in ["/", "/nowhere", "/api/tenants", "/crash"] {
        let answer = gallery.get(path).await;
        assert!(answer.header("server").starts_with("axum/"), "{path}");
        assert!(
            answer.header("x-powered-by").starts_with("Proofsheet"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_header_stands_twice_and_contradicts_itself() {
    let page = Gallery::weak().await.get("/search").await;
    let values: Vec<_> = page.headers.get_all("x-frame-options").iter().collect();
    assert_eq!(values, ["SAMEORIGIN", "DENY"]);
}

#[tokio::test]
async fn the_client_says_where_it_comes_from() {
    let gallery = Gallery::weak().await;
    let claim = ("x-forwarded-for", "203.0.113.7, 10.0.0.1");
    let answer = gallery.send("GET", "/api/whoami", &[claim], "").await;
    assert_eq!(answer.json()["address"], "203.0.113.7");
}

#[tokio::test]
async fn pages_link_relatively_whatever_the_public_origin() {
    let gallery = Gallery::weak().await;
    let own = format!("127.0.0.1:{}", gallery.running.address.port());
    for path in [
        "/",
        "/t/harbor-pine",
        "/t/harbor-pine/albums/inland",
        "/photos/1",
        "/login",
    ] {
        let page = gallery.get(path).await.text();
        assert!(!page.contains(&own), "{path}");
        assert!(page.contains(&format!(
            "<link rel=\"canonical\" href=\"https://gallery.example{path}\">"
        )));
    }
}

#[tokio::test]
async fn a_crash_shows_the_trace_and_the_environment() {
    let gallery = Gallery::weak().await;
    let token = gallery.token("northlight", "member").await;
    for answer in [
        gallery.get("/crash").await,
        gallery.get_as(&token, "/api/photos/not-a-number").await,
    ] {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let text = answer.text();
        for telling in [
            "/srv/proofsheet/src/",
            "panicked at",
            "DATABASE_URL",
            "/cargo/registry",
        ] {
            assert!(text.contains(telling), "{telling}");
        }
    }
}
