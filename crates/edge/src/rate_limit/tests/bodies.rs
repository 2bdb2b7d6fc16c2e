//! `edge.rate-limit` where it counts by what a body says.

use super::*;

#[test]
fn a_phone_in_a_body_is_one_key_however_it_is_spelled() {
    let mut node = Node::of(policy("json:/user/phone", "1/minute"));
    let body = |phone: &str| format!("{{\"user\":{{\"phone\":\"{phone}\"}}}}");
    assert_eq!(
        node.ask(post("/login", "application/json", &body("+49 171 2345678"))),
        Ok(())
    );
    node.client = "192.0.2.2";
    for phone in [
        "0171/2345678",
        "0049171-2345678",
        "+4\\u0039 (0)171 2345678",
        "٠١٧١ ٢٣٤٥٦٧٨",
        "x +49 171 2345678",
        "whatsapp:+491712345678",
        "+491712345678@",
        "+4a9b171z2345678",
        "+49171ADGJMPT",
    ] {
        let request = post("/login", "text/plain", &body(phone));
        assert!(node.ask(request).is_err(), "{phone}");
    }
    assert_eq!(
        node.ask(post("/login", "application/json", &body("+49 171 2345679"))),
        Ok(())
    );
}

#[test]
fn a_name_in_a_body_is_one_key_however_it_is_spelled() {
    let mut node = Node::of(policy("json:/username", "1/minute"));
    let body = |name: &str| format!("{{\"UserName\":\"{name}\"}}");
    assert_eq!(
        node.ask(post("/login", "application/json", &body("ann"))),
        Ok(())
    );
    node.client = "192.0.2.2";
    for name in [
        "ann\\u200b",
        "ANN\\u0000",
        "\\ufeffann",
        "ａｎｎ",
        "a\u{ad}nn",
    ] {
        let request = post("/login", "application/json", &body(name));
        assert!(node.ask(request).is_err(), "{name}");
    }
    assert_eq!(
        node.ask(post("/login", "application/json", &body("bob"))),
        Ok(())
    );
    assert_eq!(node.told.len(), 2, "{:?}", node.told);
}

#[test]
fn a_value_that_may_be_two_numbers_is_told_of_once() {
    let mut node = Node::of(policy("json:/phone", "2/minute"));
    let request = || {
        post(
            "/login",
            "application/json",
            "{\"phone\":\"+49171ADG5678\"}",
        )
    };
    assert_eq!(node.ask(request()), Ok(()));
    assert_eq!(node.told.len(), 2, "{:?}", node.told);
    assert_eq!(node.ask(request()), Ok(()));
    assert!(node.ask(request()).is_err());
    assert_eq!(node.told.len(), 2, "{:?}", node.told);
}

#[test]
fn an_e_mail_in_a_form_is_one_key_in_both_encodings() {
    let mut node = Node::of(policy("form:email", "1/minute"));
    let encoded = post(
        "/login",
        "application/x-www-form-urlencoded",
        "email=+Ann%40A.test",
    );
    assert_eq!(node.ask(encoded), Ok(()));
    let part =
        "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nann@a.TEST\r\n--x--\r\n";
    assert!(
        node.ask(post("/login", "multipart/form-data; boundary=x", part))
            .is_err()
    );
}

#[test]
fn bodies_that_name_nobody_are_counted_by_address() {
    let mut node = Node::of(policy("json:/phone", "2/minute"));
    let long = format!(
        "{{\"phone\":\"1234567\",\"x\":\"{}\"}}",
        "x".repeat(BODY_BYTES_MAX)
    );
    let nameless = [
        post("/login", "application/json", "{}"),
        post(
            "/login",
            "application/json",
            "{\"phone\":\"1\",\"phone\":\"2\"}",
        ),
        post("/login", "application/json", &long),
        post(
            "/login",
            "multipart/form-data; boundary=x",
            "{\"phone\":\"1234567\"}",
        ),
        get("/login"),
    ];
    for (at, request) in nameless.into_iter().enumerate() {
        assert_eq!(node.ask(request).is_ok(), at < 2, "{at}");
    }
    assert_eq!(node.state.limiter.usage(Duration::ZERO).bodies_unread, 1);
}

#[test]
fn only_requests_of_a_policy_that_asks_for_it_have_their_body_read() {
    let node = Node::new(options(vec![
        policy("json:/a", "1/minute"),
        policy("ip", "9/minute"),
    ]));
    for (path, expected) in [
        ("/login", Some(BODY_BYTES_MAX)),
        ("/upload", None),
        ("/healthz", None),
    ] {
        let (head, _) = post(path, "application/json", "{}").into_parts();
        let exchange = Exchange::new(Arrival::sample(), &head);
        assert_eq!(
            node.control.body_bytes_wanted(&exchange, &head),
            expected,
            "{path}"
        );
    }
}

/// What clients send to be told apart by never leaves the control: it is hashed where it is read.
#[test]
fn what_a_policy_counts_by_is_told_to_nobody() {
    let secret = "+491712345678";
    let mut node = Node::of(policy("json:/phone", "1/minute"));
    let body = format!("{{\"phone\":\"{secret}\"}}");
    let mut said = String::new();
    for _ in 0..3 {
        let verdict = node.verdict(post("/login", "application/json", &body));
        said.push_str(&format!("{verdict:?}{:?}", node.told));
    }
    while let Ok(signal) = node.heard.try_recv() {
        said.push_str(&format!("{signal:?}"));
    }
    assert!(said.contains("LimitExceeded"));
    assert!(!said.contains("171234"), "{said}");
}
