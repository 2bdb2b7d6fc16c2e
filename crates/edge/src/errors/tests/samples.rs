//! Errors as frameworks write them, cut to what matters.

use std::collections::BTreeSet;

use super::super::signatures::{self, Blame};

pub(super) const PYTHON: &str = "Traceback (most recent call last):\n  File \"/srv/app/cart.py\", \
line 12, in total\n    return price / count\nZeroDivisionError: division by zero\n";

/// What must be recognised where the app is to blame, and by which signature.
const LEAKS: &[(&str, &str)] = &[
    ("python-traceback", PYTHON),
    (
        "python-traceback",
        r#"{"detail":"Traceback (most recent call last):\n  File \"/srv/a.py\", line 1"}"#,
    ),
    (
        "python-traceback",
        r#"{"detail":"Traceback (most recent call last):\n  File \u0022/srv/a.py\u0022, line 1, in total"}"#,
    ),
    (
        "python-traceback",
        "<pre>Traceback (most recent call last):\n  File &quot;/srv/a.py&quot;, line 1, in total",
    ),
    (
        "python-traceback",
        r#"["  File \"/srv/a.py\", line 1, in total\n","  File \"/srv/b.py\", line 12, in price\n"]"#,
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
        "laravel-debug-page",
        r#"<span data-tippy-content="vendor/laravel/framework/src/Illuminate/Routing/Route.php:265">"#,
    ),
    (
        "laravel-debug-page",
        "<span class=\"wrap\">vendor/laravel/framework/src/Illuminate/Routing/Route.php</span>\n <span class=\"font-mono text-xs\">:265</span>",
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
        "<style>.exception-summary { }</style><div class=\"exception-message-wrapper\"><div class=\"container\"></div></div><div class=\"trace trace-as-html\" id=\"trace-box-1\">",
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
        "<script type=\"module\">const { ErrorOverlay } = await import(\"/@vite/client\"); document.body.appendChild(new ErrorOverlay(error))</script>",
    ),
    (
        "whoops-page",
        "<title>Whoops! There was an error.</title></head><body><div class=\"Whoops container\">",
    ),
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
        "java-trace",
        "<p><b>Exception</b></p><pre>java.lang.NullPointerException\n\tcom.acme.Cart.total(Cart.java:42)\n\tcom.acme.Shop.&lt;init&gt;(Shop.java:7)\n</pre>",
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

/// Traces that must be recognised where the client is to blame, too.
const CLIENT_LEAKS: &[(&str, &str)] = &[
    ("python-traceback", PYTHON),
    (
        "dotnet-trace",
        "System.FormatException: x\r\n   at Acme.Cart.Total() in C:\\src\\Cart.cs:line 42\r\n   at Acme.Cart.Price(String text) in C:\\src\\Cart.cs:line 7",
    ),
    (
        "elixir-trace",
        "** (ArithmeticError) x\n    (shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.total/1\n    (shop 0.1.0) lib/shop/web.ex:7: anonymous fn/2 in Shop.Web.call/2",
    ),
    (
        "go-panic",
        r#"{"error":"panic: x\n\ngoroutine 19 [select, 3 minutes]:\nmain.total(0x0)\n\t/srv/cart.go:12 +0x1d\n"}"#,
    ),
    (
        "java-trace",
        r#"{"status":400,"trace":"java.lang.IllegalArgumentException: x\r\n\tat com.acme.Cart.total(Cart.java:42)\r\n\tat com.acme.Shop.price(Shop.kt:7)"}"#,
    ),
    (
        "java-trace",
        "<pre>javax.servlet.ServletException: x\n\tcom.acme.Cart.total(Cart.java:42)\n\tcom.acme.Shop.price(Shop.java:7)\n</pre>",
    ),
    (
        "javascript-trace",
        "<pre>NotFoundError: x<br> &nbsp; &nbsp;at total (/srv/app/cart.js:10:5)<br> &nbsp; &nbsp;at /srv/app/shop.js:7:1</pre>",
    ),
    (
        "javascript-trace",
        "{\n  \"stack\": [\n    \"Error: x\",\n    \"    at total (/srv/app/cart.ts:10:5)\",\n    \"at async price (/srv/app/shop.ts:7:1)\"\n  ]\n}",
    ),
    (
        "laravel-debug-page",
        r#"{"exception":"x","file":"\/srv\/vendor\/laravel\/framework\/src\/Illuminate\/Routing\/Router.php","line":12,"trace":{"0":{"file":"\/srv\/vendor\/laravel\/framework\/src\/Illuminate\/Routing\/Route.php","line":7}}}"#,
    ),
    (
        "perl-trace",
        "Bad price at /srv/www/cart.pl line 3.\n\tmain::total(3) called at /srv/www/cart.pl line 42\n",
    ),
    (
        "php-trace",
        "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/www/cart.php</b> on line <b>12</b><br />",
    ),
    (
        "php-trace",
        "\nWarning: Undefined variable $x in /srv/www/cart.php on line 12\nBad request",
    ),
    (
        "php-trace",
        "DomainException: x\n#0 /srv/www/index.php(42): total()\n#1 {main}",
    ),
    (
        "ruby-trace",
        "ActionController::BadRequest: x\n\tapp/models/cart.rb:42:in `total'\n\tfrom app/models/shop.rb:7:in `price'",
    ),
    (
        "ruby-trace",
        r#"{"backtrace":["app/models/cart.rb:42:in 'Cart#total'","app/models/shop.rb:7:in 'price'"]}"#,
    ),
    (
        "rust-panic",
        "thread 'main' panicked at src/cart.rs:88:31:\nnot a price",
    ),
    (
        "rust-panic",
        "not a price\n\nStack backtrace:\n   0: cart::total\n             at ./src/cart.rs:10:5\n   1: cart::main\n             at ./src/main.rs:7:9",
    ),
];

pub(super) fn found(text: &str, blame: Blame) -> Option<&'static str> {
    signatures::find(text.as_bytes(), blame).map(|signature| signature.name)
}

#[test]
fn errors_that_tell_how_the_app_is_made_are_recognised() {
    for (name, text) in LEAKS.iter().chain(CLIENT_LEAKS) {
        assert_eq!(found(text, Blame::App), Some(*name), "{text}");
    }
}

#[test]
fn whole_traces_and_pages_are_recognised_whoever_is_to_blame() {
    let pages = LEAKS.iter().filter(|(name, text)| {
        let is_page = name.ends_with("-page") || name.ends_with("-debugger");
        is_page && !text.contains("Illuminate")
    });
    for (name, text) in CLIENT_LEAKS.iter().chain(pages) {
        assert_eq!(found(text, Blame::Client), Some(*name), "{text}");
    }
}

#[test]
fn every_signature_has_a_sample() {
    let sampled: BTreeSet<&str> = LEAKS.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = signatures::names().into_iter().collect();
    assert_eq!(sampled, known);
}
