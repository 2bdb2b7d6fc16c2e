//! Errors as frameworks write them, cut to what matters, and pages that must stay.

use std::collections::BTreeSet;

use super::super::signatures;

pub(super) const PYTHON: &str = "Traceback (most recent call last):\n  File \"/srv/app/cart.py\", \
line 12, in total\n    return price / count\nZeroDivisionError: division by zero\n";

/// What must be recognised, and by which signature.
const LEAKS: &[(&str, &str)] = &[
    ("python-traceback", PYTHON),
    (
        "python-traceback",
        r#"{"detail":"Traceback (most recent call last):\n  File \"/srv/a.py\", line 1"}"#,
    ),
    (
        "aspnet-core-developer-page",
        "<title>Internal Server Error</title>\n<h1>An unhandled exception occurred while processing the request.</h1>\n<div id=\"stackpage\" class=\"page\">",
    ),
    (
        "aspnet-core-developer-page",
        "System.InvalidOperationException: x\r\n   at Shop.Cart.Total()\r\n   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext c)\r\n\r\nHEADERS\r\n=======\r\nHost: a",
    ),
    (
        "aspnet-error-page",
        "<title>Runtime Error</title><H1>Server Error in '/' Application.<hr></H1><b>Stack Trace:</b> [NullReferenceException]",
    ),
    (
        "aspnet-error-page",
        "<span><H1>Server Error in '/shop' Application.</H1><b>Version Information:</b>&nbsp;Microsoft .NET Framework Version:4.0.30319",
    ),
    (
        "django-debug-page",
        "<title>Page not found at /x</title><p>Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns, in this order:</p><p>You’re seeing this error because you have <code>DEBUG = True</code> in your Django settings file.",
    ),
    (
        "django-debug-page",
        "<title>ZeroDivisionError at /cart</title><div id=\"summary\"><table><tr><th>Django Version:</th><td>5.1</td></tr><tr><th>Exception Type:</th>",
    ),
    (
        "django-debug-page",
        "ZeroDivisionError at /cart\ndivision by zero\n\nRequest Method: GET\nDjango Version: 5.1\nException Type: ZeroDivisionError at /cart\n",
    ),
    (
        "laravel-debug-page",
        "<div id=\"app\"></div><script>window.data = {\"report\":{}}; window.ignite(window.data);</script>",
    ),
    (
        "laravel-debug-page",
        r#"{"message":"x","exception":"ErrorException","file":"\/srv\/vendor\/laravel\/framework\/src\/Illuminate\/Foundation\/Bootstrap\/HandleExceptions.php","line":255,"trace":[]}"#,
    ),
    (
        "php-exception-json",
        r#"{"message": "x", "exception": "DomainException", "file": "/srv/app/Cart.php", "line": 12, "trace": [{"#,
    ),
    (
        "php-exception-json",
        r#"{"message":"x","exception":"DomainException","file":"\/srv\/app\/Cart.php","line":12,"trace":[{"function":"total"}]}"#,
    ),
    (
        "rack-debug-page",
        "<p>You're seeing this error because you use <code>Rack::ShowExceptions</code>.</p>",
    ),
    (
        "rack-debug-page",
        "<p>You're seeing this error because you have\nenabled the <code>show_exceptions</code> setting.</p>",
    ),
    (
        "rails-debug-page",
        "<title>Action Controller: Exception caught</title>",
    ),
    (
        "rails-debug-page",
        r#"{"status":500,"error":"Internal Server Error","exception":"x","traces":{"Application Trace":[],"Framework Trace":[]}}"#,
    ),
    (
        "starlette-debug-page",
        "<head><title>Starlette Debugger</title></head><h1>500 Server Error</h1>",
    ),
    (
        "symfony-exception-page",
        "<style>.exception-summary { }</style><div class=\"exception-message-wrapper\"><div class=\"container\">",
    ),
    (
        "symfony-exception-page",
        r#"{"type":"x","title":"An error occurred","status":500,"detail":"x","class":"DomainException","trace":[{"namespace":"","short_class":""}]}"#,
    ),
    (
        "werkzeug-debugger",
        "<title>ZeroDivisionError: division by zero\n // Werkzeug Debugger</title>",
    ),
    (
        "werkzeug-debugger",
        "<script src=\"?__debugger__=yes&amp;cmd=resource&amp;f=debugger.js\"></script><script>var CONSOLE_MODE = false, EVALEX = true, SECRET = \"x\";",
    ),
    (
        "vite-error-overlay",
        "<script type=\"module\">import { ErrorOverlay } from \"/@vite/client\"</script>",
    ),
    ("whoops-page", "<title>Whoops! There was an error.</title>"),
    (
        "dotnet-trace",
        r"System.NullReferenceException: x at Acme.Cart.Total() in C:\src\Cart.cs:line 42",
    ),
    (
        "elixir-trace",
        "** (ArithmeticError) bad argument\n    (shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.total/1",
    ),
    (
        "go-panic",
        "runtime error: index out of range [3]\n\ngoroutine 19 [running]:\nmain.total(0x0)\n\t/srv/cart.go:12 +0x1d",
    ),
    (
        "java-trace",
        "<pre>java.lang.NullPointerException\n\tat com.acme.Cart.total(Cart.java:42)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)</pre>",
    ),
    (
        "java-trace",
        r#"{"timestamp":"x","status":500,"error":"Internal Server Error","trace":"java.lang.NullPointerException\n\tat com.acme.Cart.total(Cart.kt:42)\n","path":"/"}"#,
    ),
    (
        "javascript-trace",
        "<pre>Error: x<br> &nbsp; &nbsp;at total (/srv/app/cart.js:10:5)<br> &nbsp; &nbsp;at Layer.handle</pre>",
    ),
    (
        "javascript-trace",
        r#"{"message":"x","stack":"Error: x\n    at /srv/app/src/cart.ts:10:5"}"#,
    ),
    (
        "javascript-trace",
        r#"<script id="__NEXT_DATA__" type="application/json">{"err":{"name":"Error","source":"server","message":"x","stack":"Error: x\n    at Cart (webpack-internal:///./pages/cart.tsx:12:11)"}}</script>"#,
    ),
    (
        "javascript-trace",
        r#"{"errors":[{"message":"x","extensions":{"exception":{"stacktrace":["Error: x","    at Object.total (/srv/app/cart.mjs:3:9)"]}}}]}"#,
    ),
    (
        "perl-trace",
        "Software error:\nIllegal division by zero at /srv/www/cart.pl line 42.",
    ),
    (
        "php-trace",
        "<br />\n<b>Fatal error</b>:  Uncaught DivisionByZeroError: Division by zero in /srv/www/cart.php:12\nStack trace:\n#0 {main}\n  thrown in <b>/srv/www/cart.php</b> on line <b>12</b><br />",
    ),
    (
        "php-trace",
        "PHP Warning:  Undefined variable $x in /srv/www/cart.php on line 12",
    ),
    (
        "php-trace",
        "DomainException: x\n#0 /srv/www/index.php(42): total()\n#1 {main}",
    ),
    (
        "ruby-trace",
        "NoMethodError: undefined method `x' for nil\n\tapp/models/cart.rb:42:in `total'",
    ),
    (
        "ruby-trace",
        "app/models/cart.rb:42:in &#39;Cart#total&#39;",
    ),
    (
        "rust-panic",
        "thread 'tokio-runtime-worker' panicked at src/cart.rs:88:31:\ncalled `Result::unwrap()` on an `Err` value",
    ),
    ("rust-panic", "<h1>500 · panicked at src/cart.rs:88:31</h1>"),
];

/// What an app may well say, and must be able to.
const OWN: &[&str] = &[
    "",
    "Internal Server Error",
    "Not Found",
    "<!DOCTYPE html><title>Sorry</title><h1>Something went wrong</h1><p>Error 500. Look at our status page.</p><script src=\"/assets/app.js?v=10:5\"></script>",
    "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>",
    "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error, so you are seeing this as a fallback.</p>",
    "<h1>Server Error (500)</h1>",
    "<pre>Cannot GET /cart</pre>",
    r#"{"detail":[{"loc":["body","count"],"msg":"field required","type":"value_error.missing"}]}"#,
    r#"{"timestamp":"2026-01-01T10:05:00Z","status":500,"error":"Internal Server Error","path":"/cart"}"#,
    r#"{"type":"about:blank","title":"Card declined","status":402,"trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-01"}"#,
    r#"{"message":"The given data was invalid.","errors":{"file":["The file is required."]}}"#,
    r#"{"error":"invalid_grant","exception":null,"line":3,"file":"a.csv"}"#,
    r#"{"statusCode":500,"message":"Internal server error"}"#,
    "<script>fetch('/at home.js')</script> Meet us at 10:05, bring cart.js:10 and format data.ts:3:4",
    "Our guide to goroutines, and what to do about `Cart.java:42`.",
    "We close at 5. See rules.rb:12 and main.rs: it is open source.",
];

#[test]
fn errors_that_tell_how_the_app_is_made_are_recognised() {
    for (name, text) in LEAKS {
        let found = signatures::find(text.as_bytes()).map(|signature| signature.name);
        assert_eq!(found, Some(*name), "{text}");
    }
}

#[test]
fn every_signature_has_a_sample() {
    let sampled: BTreeSet<&str> = LEAKS.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = signatures::names().into_iter().collect();
    assert_eq!(sampled, known);
}

#[test]
fn an_apps_own_errors_are_not() {
    for text in OWN {
        let found = signatures::find(text.as_bytes()).map(|signature| signature.name);
        assert_eq!(found, None, "{text}");
    }
}
