//! A policy around an axum router of somebody else's, on a real socket, by the public API alone.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its small functions too"
)]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{ConnectInfo, Extension, Request};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use palisade_edge::client_address::{Scheme, Trust};
use palisade_edge::compress::Compression;
use palisade_edge::headers::{self, Hsts, ResourcePolicy};
use palisade_edge::router::{HostPattern, Route};
use palisade_edge::stack::StackOptions;
use palisade_edge::{Body, Connected, Policy, PolicyLayer, PolicyOptions, State};
use palisade_edge::{
    ban, boundary, client_ip, cookies, cors, cross_site, errors, honeypot, maintenance, rate_limit,
    redirect,
};
use palisade_kernel::{Clock, Mode, SystemClock, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_layer::Layer;
use tower_service::Service;

async fn layer() -> PolicyLayer {
    let everything = Route {
        host: HostPattern::Any,
        path: "/".to_owned(),
        upstream: 0,
    };
    let options = PolicyOptions {
        upstreams: Vec::new(),
        stack: StackOptions {
            trust: Trust::default(),
            client_ip: client_ip::Options::default(),
            boundary: boundary::Options::off(),
            ban: ban::Options::off(),
            maintenance: maintenance::Options::off(),
            honeypot: honeypot::Options::off(),
            flags: Vec::new(),
            cross_site: cross_site::Options::off(),
            cors: cors::Options::off(),
            rate_limit: rate_limit::Options::off(),
            redirect: redirect::Options::off(),
            errors: errors::Options::off(),
            cookies: cookies::Options::off(),
            router: palisade_edge::router::Router::new(vec![everything]),
            compression: Compression {
                enabled: false,
                bytes_min: 0,
            },
            headers: headers::Options {
                mode: Mode::Enforce,
                hsts: Hsts::Soak,
                frame_options: Some(HeaderValue::from_static("DENY")),
                referrer_policy: None,
                permissions_policy: None,
                cross_origin_opener_policy: None,
                cross_origin_resource_policy: ResourcePolicy::Auto,
                api_content_security_policy: None,
                remove: vec![http::header::SERVER],
                rules: Vec::new(),
            },
        },
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let policy = Policy::candidate(options, None, &clock).await.unwrap();
    assert_eq!(policy.unproven(), []);
    let (state, _) = State::new(rate_limit::Limiter::new(1024, &SystemRandom));
    PolicyLayer::new(
        Arc::new(policy),
        Arc::new(state),
        clock,
        Arc::new(SystemRandom),
    )
}

/// What a caller of the layer does with the address that axum gives.
async fn note_connection(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    request.extensions_mut().insert(Connected {
        from: peer.ip(),
        scheme: Scheme::Http,
    });
    next.run(request).await
}

#[derive(Clone)]
struct Mine(&'static str);

fn app() -> Router {
    let who = async |headers: HeaderMap, Extension(Mine(mine)): Extension<Mine>| {
        let client = headers["x-forwarded-for"].to_str().unwrap().to_owned();
        ([("server", "leaky/1.0")], format!("{mine} {client}"))
    };
    Router::new()
        .route("/", get(who))
        .route("/echo", post(async |body: String| body))
}

async fn guarded() -> Router {
    app()
        .layer(layer().await)
        .layer(middleware::from_fn(note_connection))
        .layer(Extension(Mine("for")))
}

/// Serves `router`, sends one request, and reads the whole answer.
async fn ask(router: Router, request: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = tokio::spawn(axum::serve(listener, service).into_future());
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    served.abort();
    answer.to_ascii_lowercase()
}

#[tokio::test]
async fn a_router_behind_the_layer_is_guarded_as_an_app_behind_the_gateway() {
    let claim =
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n";
    let answer = ask(guarded().await, claim).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.ends_with("for 127.0.0.1"), "{answer}");
    assert!(answer.contains("x-frame-options: deny\r\n"), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    assert!(!answer.contains("leaky"), "{answer}");
}

#[tokio::test]
async fn bodies_pass_and_answers_that_no_handler_gave_are_guarded_too() {
    let sent =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    let answer = ask(guarded().await, sent).await;
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    for (path, status) in [("/nowhere", "404"), ("/.palisade/health", "200")] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = ask(guarded().await, &request).await;
        assert!(
            answer.starts_with(&format!("http/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains("x-frame-options: deny\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_request_that_may_be_anybodys_does_not_reach_the_app() {
    let forgotten = app().layer(layer().await).layer(Extension(Mine("for")));
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = ask(forgotten, request).await;
    assert!(answer.starts_with("http/1.1 500"), "{answer}");
    assert!(answer.contains("x-frame-options: deny\r\n"), "{answer}");
    assert!(!answer.contains("leaky"), "{answer}");
}

/// A service that is never ready.
#[derive(Clone)]
struct Broken;

impl Service<http::Request<Body>> for Broken {
    type Response = Response<Body>;
    type Error = &'static str;
    type Future = Ready<Result<Response<Body>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("out of order"))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        ready(Err("called without being ready"))
    }
}

#[tokio::test]
async fn a_service_that_fails_costs_a_502_with_every_header() {
    let mut service = layer().await.layer(Broken);
    let mut request = http::Request::get("/").header("host", "a");
    request.extensions_mut().unwrap().insert(Connected {
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        scheme: Scheme::Http,
    });
    let request = request.body(Body::Empty).unwrap();
    let answer: Result<_, Infallible> = service.call(request).await;
    let answer = answer.unwrap_or_else(|never| match never {});
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
}
