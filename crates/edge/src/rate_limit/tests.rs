//! `edge.rate-limit` on whole requests: who is counted, as whom, and what they are told.

mod bodies;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use palisade_kernel::SeededRandom;

use super::*;
use crate::client_address::Belief;
use crate::exchange::Arrival;
use crate::router::HostPattern;
use crate::signal::Receiver;

fn policy(key: &str, limits: &str) -> Policy {
    Policy {
        name: "login".into(),
        mode: Mode::Enforce,
        hosts: Vec::new(),
        methods: Vec::new(),
        paths: vec!["/**/login".parse().unwrap()],
        key: key.parse().unwrap(),
        limits: limits.parse().unwrap(),
    }
}

fn options(policies: Vec<Policy>) -> Options {
    Options {
        mode: Mode::Enforce,
        fields: true,
        exempt: NetworkSet::new(["198.51.100.0/24".parse().unwrap()]),
        exempt_paths: vec!["/healthz".parse().unwrap()],
        static_gets_per_request: 10,
        default_country_code: CountryCode::parse("49"),
        policies,
    }
}

/// A node on which time passes only when it is told.
struct Node {
    control: RateLimit,
    state: State,
    heard: Receiver,
    now: Duration,
    client: &'static str,
    belief: Belief,
    told: Vec<(String, String)>,
}

/// What is asked for, to be sent to a [`Node`].
fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}

fn post(path: &str, content_type: &str, body: &str) -> Request<Bytes> {
    let request = Request::post(path).header("content-type", content_type);
    request.body(Bytes::from(body.to_owned())).unwrap()
}

fn with(name: &'static str, value: &str) -> Request<Bytes> {
    let request = Request::get("/login").header(name, value);
    request.body(Bytes::new()).unwrap()
}

/// `Ok` when it passes, or the seconds to wait.
type Answer = Result<(), u32>;

impl Node {
    fn new(options: Options) -> Self {
        let (state, heard) = State::new(Limiter::new(64, &SeededRandom::new(1)));
        Self {
            control: RateLimit::new(options),
            state,
            heard,
            now: Duration::ZERO,
            client: "192.0.2.1",
            belief: Belief::Direct,
            told: Vec::new(),
        }
    }

    fn of(policy: Policy) -> Self {
        Self::new(options(vec![policy]))
    }

    fn verdict(&mut self, request: Request<Bytes>) -> Verdict {
        let (head, body) = request.into_parts();
        let mut arrival = Arrival::sample();
        arrival.started = self.now;
        arrival.client.ip = self.client.parse().unwrap();
        arrival.client.belief = self.belief;
        let mut exchange = Exchange::new(arrival, &head);
        exchange.host = "a.test".to_owned();
        let mut verdict = self.control.check(&mut exchange, &head, &self.state);
        let wanted = self.control.body_bytes_wanted(&exchange, &head);
        if let (Verdict::Pass, Some(wanted)) = (&verdict, wanted) {
            let body = match body.len() <= wanted {
                true => Buffered::Whole(body),
                false => Buffered::Unread,
            };
            verdict = self
                .control
                .check_body(&mut exchange, &head, &body, &self.state);
        }
        let text = |(name, value): (http::HeaderName, http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        self.told = exchange.response_fields.drain(..).map(text).collect();
        verdict
    }

    fn ask(&mut self, request: Request<Bytes>) -> Answer {
        match self.verdict(request) {
            Verdict::Pass => Ok(()),
            Verdict::Refuse(refusal) => {
                assert_eq!(refusal.problem.code, "rate-limited");
                Err(refusal.retry_after_seconds.unwrap())
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    /// Requests that pass until one does not.
    fn passing(&mut self, request: impl Fn() -> Request<Bytes>) -> usize {
        (0..1_000)
            .take_while(|_| self.ask(request()).is_ok())
            .count()
    }
}

#[test]
fn the_quota_passes_and_the_wait_that_is_told_is_true() {
    let mut node = Node::of(policy("ip", "5/minute"));
    assert_eq!(node.passing(|| get("/login")), 5);
    assert_eq!(node.ask(get("/login")), Err(12));
    node.now = Duration::from_secs(11);
    assert_eq!(node.ask(get("/login")), Err(1));
    node.now = Duration::from_secs(12);
    assert_eq!(node.ask(get("/login")), Ok(()));
    assert_eq!(node.ask(get("/login")), Err(12));
}

#[test]
fn spellings_of_a_path_share_its_limit() {
    let mut node = Node::of(policy("ip", "1/minute"));
    assert_eq!(node.ask(get("/login")), Ok(()));
    for path in [
        "/login/",
        "//LOGIN",
        "/de/login",
        "/log%69n",
        "/login;x=1",
        "/login?a=b",
        "/login.json",
        "/login%00",
        "/index.php/login",
    ] {
        assert!(node.ask(get(path)).is_err(), "{path}");
    }
    assert_eq!(node.ask(get("/logins")), Ok(()));
}

#[test]
fn other_clients_have_limits_of_their_own() {
    let mut node = Node::of(policy("ip", "1/minute"));
    for (client, passes) in [
        ("192.0.2.1", true),
        ("::ffff:192.0.2.1", false),
        ("192.0.2.2", true),
        ("2001:db8:0:1::1", true),
        ("2001:db8:0:1:ffff::2", false),
        ("2001:db8:0:2::1", true),
    ] {
        node.client = client;
        assert_eq!(node.ask(get("/login")).is_ok(), passes, "{client}");
    }
}

#[test]
fn whoever_is_exempt_is_not_counted() {
    let everything = Policy {
        paths: vec!["/**".parse().unwrap()],
        ..policy("ip", "1/minute")
    };
    let mut node = Node::of(everything);
    assert_eq!(node.ask(get("/x")), Ok(()));
    for path in ["/.palisade/health", "/healthz", "/HEALTHZ/"] {
        assert_eq!(node.ask(get(path)), Ok(()), "{path}");
    }
    assert!(node.ask(get("/healthz/x")).is_err());
    node.client = "198.51.100.7";
    assert_eq!(node.passing(|| get("/x")), 1_000);
    node.belief = Belief::NothingSaid;
    assert!(matches!(node.verdict(get("/x")), Verdict::Pass));
    assert!(
        matches!(node.verdict(get("/x")), Verdict::Doubt(_)),
        "a crowd is not exempt"
    );
}

#[test]
fn a_detour_over_an_exempt_path_is_counted() {
    for path in [
        "/login/../healthz",
        "/login/..%2fhealthz",
        "/login/%2e%2e/healthz",
        "/login/..;/healthz",
        "/login/..\\healthz",
        "/%68ealthz",
        "/healthz.",
    ] {
        let everything = Policy {
            paths: vec!["/**".parse().unwrap()],
            ..policy("ip", "1/minute")
        };
        let mut node = Node::of(everything);
        assert_eq!(node.passing(|| get(path)), 1, "{path}");
        assert_eq!(node.ask(get("/healthz")), Ok(()));
    }
}

#[test]
fn an_address_that_many_share_is_in_doubt_and_told_nothing() {
    let mut node = Node::of(policy("ip", "1/minute"));
    node.belief = Belief::Garbled;
    assert!(matches!(node.verdict(get("/login")), Verdict::Pass));
    assert!(matches!(node.verdict(get("/login")), Verdict::Doubt(_)));
    assert_eq!(node.told, []);
    assert!(node.heard.try_recv().is_err());
    // Whom a token names is another matter.
    let mut node = Node::of(policy("token", "1/minute"));
    node.belief = Belief::Garbled;
    assert_eq!(node.passing(|| with("authorization", "Bearer a")), 1);
}

#[test]
fn a_policy_in_shadow_counts_and_tells_nobody() {
    for (control, mode) in [(Mode::Enforce, Mode::Shadow), (Mode::Shadow, Mode::Enforce)] {
        let mut options = options(vec![Policy {
            mode,
            ..policy("ip", "1/minute")
        }]);
        options.mode = control;
        let mut node = Node::new(options);
        assert!(matches!(node.verdict(get("/login")), Verdict::Pass));
        assert!(matches!(node.verdict(get("/login")), Verdict::Doubt(_)));
        assert_eq!(node.told, []);
        assert!(node.heard.try_recv().is_err());
    }
    let off = Policy {
        mode: Mode::Off,
        ..policy("ip", "1/minute")
    };
    assert_eq!(Node::of(off).passing(|| get("/login")), 1_000);
}

#[test]
fn clients_are_told_what_is_left_in_structured_fields() {
    let mut node = Node::of(policy("ip", "5/minute;100/day"));
    assert_eq!(node.ask(get("/login")), Ok(()));
    let policy = "\"login-60\";q=5;w=60, \"login-86400\";q=100;w=86400";
    let told = |left: &str| {
        vec![
            ("ratelimit-policy".to_owned(), policy.to_owned()),
            ("ratelimit".to_owned(), left.to_owned()),
        ]
    };
    assert_eq!(
        node.told,
        told("\"login-60\";r=4;t=12, \"login-86400\";r=99;t=864")
    );
    node.passing(|| get("/login"));
    assert!(
        node.told[1].1.starts_with("\"login-60\";r=0;t=12, "),
        "{:?}",
        node.told
    );
    assert_eq!(node.ask(get("/other")), Ok(()));
    assert_eq!(
        node.told,
        [],
        "a request that no policy counts is told nothing"
    );
    let mut options = options(vec![self::policy("ip", "5/minute")]);
    options.fields = false;
    let mut node = Node::new(options);
    assert_eq!(node.ask(get("/login")), Ok(()));
    assert_eq!(node.told, []);
}

#[test]
fn a_breach_is_signalled_once_per_window() {
    let mut node = Node::of(policy("ip", "2/minute"));
    for second in 0..120 {
        node.now = Duration::from_secs(second);
        let _ = node.ask(get("/login"));
    }
    let mut heard = Vec::new();
    while let Ok(signal) = node.heard.try_recv() {
        heard.push(signal);
    }
    assert_eq!(heard.len(), 2, "{heard:?}");
    let Signal::LimitExceeded { policy, .. } = &heard[0] else {
        panic!("{heard:?}");
    };
    assert_eq!(&**policy, "login");
}

#[test]
fn static_files_weigh_a_tenth_and_only_when_fetched() {
    let everything = || Policy {
        paths: vec!["/**".parse().unwrap()],
        ..policy("ip", "3/minute")
    };
    assert_eq!(Node::of(everything()).passing(|| get("/app.js")), 30);
    assert_eq!(Node::of(everything()).passing(|| get("/app")), 3);
    assert_eq!(
        Node::of(everything()).passing(|| post("/app.js", "text/plain", "")),
        3
    );
}

#[test]
fn an_ending_that_is_no_part_of_the_limited_path_lowers_no_weight() {
    assert_eq!(
        Node::of(policy("ip", "3/minute")).passing(|| get("/login.css")),
        3
    );
}

#[test]
fn methods_and_hosts_narrow_a_policy() {
    let narrow = Policy {
        methods: vec![Method::POST],
        hosts: vec![HostPattern::Exact("a.test".to_owned())],
        ..policy("ip", "1/minute")
    };
    let mut node = Node::of(narrow.clone());
    assert_eq!(node.passing(|| get("/login")), 1_000);
    assert_eq!(node.passing(|| post("/login", "text/plain", "")), 1);
    let elsewhere = Policy {
        hosts: vec![HostPattern::Exact("b.test".to_owned())],
        ..narrow
    };
    assert_eq!(
        Node::of(elsewhere).passing(|| post("/login", "text/plain", "")),
        1_000
    );
}

#[test]
fn a_post_is_counted_however_it_is_named() {
    let narrow = Policy {
        methods: vec![Method::POST],
        ..policy("ip", "1/minute")
    };
    let mut node = Node::of(narrow);
    assert_eq!(node.ask(post("/login", "text/plain", "")), Ok(()));
    let named = |method: &str| Request::builder().method(method).uri("/login");
    for request in [
        named("post"),
        named("Post"),
        named("GET").header("x-http-method-override", "POST"),
        named("GET").uri("/login?_method=POST"),
    ] {
        let request = request.body(Bytes::new()).unwrap();
        let spelling = format!("{request:?}");
        assert!(node.ask(request).is_err(), "{spelling}");
    }
    assert_eq!(node.ask(get("/login")), Ok(()));
}

#[test]
fn a_static_file_that_is_no_get_weighs_a_whole_request() {
    let everything = Policy {
        paths: vec!["/**".parse().unwrap()],
        ..policy("ip", "3/minute")
    };
    let overridden = || {
        let request = Request::get("/app.js").header("x-http-method-override", "POST");
        request.body(Bytes::new()).unwrap()
    };
    assert_eq!(Node::of(everything).passing(overridden), 3);
}

#[test]
fn values_in_the_head_are_counted_each_and_the_address_without_one() {
    for (key, name, values) in [
        ("token", "authorization", ["Bearer a", "Bearer b"]),
        ("header:x-api-key", "x-api-key", ["a", "b"]),
        ("cookie:sid", "cookie", ["sid=a", "sid=b"]),
    ] {
        let mut node = Node::of(policy(key, "2/minute"));
        for value in values {
            assert_eq!(node.passing(|| with(name, value)), 2, "{key} {value}");
        }
        assert_eq!(
            node.passing(|| get("/login")),
            2,
            "{key}: leaving it out is no way around"
        );
        node.client = "192.0.2.2";
        assert!(
            node.ask(with(name, values[0])).is_err(),
            "{key}: it is the value that counts"
        );
    }
}

#[test]
fn every_policy_is_asked_until_one_refuses() {
    let everything = Policy {
        name: "everything".into(),
        paths: vec!["/**".parse().unwrap()],
        ..policy("ip", "3/minute")
    };
    let mut node = Node::new(options(vec![policy("ip", "1/minute"), everything]));
    assert_eq!(node.ask(get("/login")), Ok(()));
    assert_eq!(node.told.len(), 4);
    assert_eq!(node.ask(get("/login")), Err(60));
    assert_eq!(node.passing(|| get("/x")), 2);
}

#[test]
fn ten_thousand_policies_are_asked_only_where_they_are_met() {
    let many = (0..10_000).map(|at| Policy {
        name: Arc::from(format!("p{at}")),
        paths: vec![format!("/tenants/{at}/login").parse().unwrap()],
        ..policy("ip", "1/minute")
    });
    let mut node = Node::new(options(many.collect()));
    for at in [0, 4_999, 9_999] {
        assert_eq!(node.passing(|| get(&format!("/tenants/{at}/login"))), 1);
    }
    assert_eq!(node.passing(|| get("/tenants/10000/login")), 1_000);
}
