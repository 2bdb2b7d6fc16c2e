//! Which methods a request may be taken for. A name in lower case, a field, a query or a form's
//! `_method` makes one method of another in front of the handler that a policy is there for.
//!
//! What is counted too much costs a request of the budget; what is not counted is a way around it.

use http::{Method, request};

/// Fields that name another method: Rails, Symfony, Laravel, ASP.NET; OData; Express. Slim takes
/// them with any method, the others with POST.
const FIELDS: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// The parameter that does it, in a query or in a body.
const PARAMETER: &str = "_method";

/// Whether the request may reach the handler of one of `methods`.
///
/// Methods are compared without case, although RFC 9110 section 9.1 tells them apart: PHP and Rack
/// take `post` for POST. POST may be every method, because a form, or for Laravel a JSON body, turns
/// it into any; HEAD is answered by the handler of GET.
pub(super) fn may_be_one_of(head: &request::Parts, methods: &[Method]) -> bool {
    let is = |name: &str| head.method.as_str().eq_ignore_ascii_case(name);
    is("POST")
        || methods.iter().any(|method| is(method.as_str()))
        || (is("HEAD") && methods.contains(&Method::GET))
        || is_overridden(head)
}

/// Whether a field or the query names another method. Which one is not read: frameworks differ in
/// what they make of a list, of spaces and of a second field.
pub(super) fn is_overridden(head: &request::Parts) -> bool {
    head.headers.keys().any(|name| is_override(name.as_str()))
        || head.uri.query().is_some_and(|query| {
            form_urlencoded::parse(query.as_bytes())
                .any(|(name, _)| name.eq_ignore_ascii_case(PARAMETER))
        })
}

/// Apps behind CGI, WSGI and Rack see no difference between `-` and `_` in a field's name.
fn is_override(name: &str) -> bool {
    FIELDS.iter().any(|field| {
        field.len() == name.len()
            && field
                .bytes()
                .zip(name.bytes())
                .all(|(a, b)| a == b || (a == b'-' && b == b'_'))
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(methods: &[Method], request: http::request::Builder, expected: bool) {
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(may_be_one_of(&head, methods), expected, "{head:?}");
    }

    fn request(method: &str, uri: &str) -> http::request::Builder {
        Request::builder().method(method).uri(uri)
    }

    #[test]
    fn a_method_is_the_same_in_every_case() {
        for method in ["POST", "post", "Post", "pOST"] {
            check(&[Method::POST], request(method, "/"), true);
        }
        for method in ["delete", "DELETE"] {
            check(&[Method::DELETE], request(method, "/"), true);
        }
        for method in ["GET", "get", "HEAD", "OPTIONS", "POSTS", "POS"] {
            check(&[Method::POST], request(method, "/"), false);
        }
    }

    #[test]
    fn a_post_may_be_every_method_and_a_head_is_a_get() {
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::GET] {
            check(&[method], request("post", "/"), true);
        }
        check(&[Method::GET], request("head", "/"), true);
        check(&[Method::DELETE], request("HEAD", "/"), false);
        check(&[Method::DELETE], request("PUT", "/"), false);
    }

    #[test]
    fn whoever_names_another_method_may_mean_it() {
        for field in [
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "X_HTTP_Method-Override",
        ] {
            let overridden = request("GET", "/").header(field, " post,x");
            check(&[Method::POST], overridden, true);
        }
        for uri in ["/?_method=POST", "/?a=b&%5FMethod=post"] {
            check(&[Method::POST], request("GET", uri), true);
        }
        for uri in ["/?method=POST", "/?a=_method", "/_method"] {
            check(&[Method::POST], request("GET", uri), false);
        }
        let other = request("GET", "/").header("x-http-methods", "POST");
        check(&[Method::POST], other, false);
    }
}
