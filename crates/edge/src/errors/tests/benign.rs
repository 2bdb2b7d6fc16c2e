//! Answers that must stay: what apps say of their own, and what they repeat of a request.

use super::samples::found;
use crate::errors::signatures::Blame;

/// What an app may well repeat of a request that it refuses, and must be able to.
const REPEATED: &[&str] = &[
    r#"{"error":"compile error at main.ts:3:4"}"#,
    r#"{"error":"no results for 'NullPointerException at com.acme.Cart.total(Cart.java:42)'"}"#,
    "<input value=\"at total (/srv/cart.js:10:5) at Layer.handle (/srv/layer.js:95:5)\"><p>No results for <em>at total (/srv/cart.js:10:5) at Layer.handle (/srv/layer.js:95:5)</em></p>",
    "<p>No results for \u{201c}thread 'main' panicked at src/main.rs:3:4: index out of bounds\u{201d}</p>",
    "<h1>Nothing on <q>cart.rb:42:in `total'</q></h1>",
    "No results for Warning: Undefined variable $x in /srv/www/cart.php on line 12",
    "No results for #0 /srv/www/index.php(42): total() #1 {main}",
    "No results for at Acme.Cart.Total() in C:\\src\\Cart.cs:line 42 at Acme.Shop.Price() in C:\\src\\Shop.cs:line 7",
    "No results for (shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.total/1",
    "No results for Can't locate Foo.pm at /srv/www/cart.pl line 3.",
    "Cannot GET /vendor/laravel/framework/src/Illuminate/Foundation/Application.php:12",
];

/// What an app may well say, whoever is to blame, and must be able to.
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
    "<p>No results for Traceback (most recent call last)</p>",
    "<p>No results for Traceback (most recent call last): File cart.py, line 12</p>",
    r#"{"error":"compile error at main.rs:3:4"}"#,
    "error[E0425]: cannot find value\n --> src/main.rs:3:4\n  |\nerror: aborting",
    r#"{"error":"  File \"main.py\", line 3\n    print(\n         ^\nSyntaxError: x"}"#,
    "./prog.go:8:2: undefined: x\n./prog.go:9:4: undefined: y",
    "<a href=\"/questions/7\">What does goroutine 1 [running] mean?</a>",
    "<a href=\"/questions/7\">fatal error: all asleep, goroutine 1 [running]: in main.go</a>",
    "<title>Whoops! There was an error.</title><h1>Whoops! There was an error.</h1>",
    "<style>.exception-summary { }</style><div class=\"exception-summary\"><div class=\"exception-message-wrapper\"><h1>Whoops, looks like something went wrong.</h1></div></div>",
    "<p>Turn off <code>DEBUG = True</code> and <code>show_exceptions</code>.</p>",
    "<p>Django Version: 5.1 Exception Type: ZeroDivisionError</p>",
    "Cannot GET /vendor/laravel/framework/src/Illuminate/Foundation/Application.php",
    "<p>No results for &lt;title&gt;Action Controller: Exception caught&lt;/title&gt;</p>",
    "<p>No results for Action Controller: Exception caught</p>",
    "<p>No results for window.ignite(window.data), EVALEX and __debugger__</p>",
    "<p>Server Error in 'Shop' Application. Version Information: none. Stack Trace: none.</p>",
    "<p>Nothing for <q>/@vite/client ErrorOverlay</q>, <q>stackpage</q> or <q>#0 {}</q></p>",
    "We close at 5. See rules.rb:12 and main.rs: it is open source.",
];

#[test]
fn an_apps_own_errors_are_not() {
    for text in OWN {
        assert_eq!(found(text, Blame::App), None, "{text}");
        assert_eq!(found(text, Blame::Client), None, "{text}");
    }
}

#[test]
fn what_a_client_sent_and_gets_back_is_not() {
    for text in REPEATED {
        assert_eq!(found(text, Blame::Client), None, "{text}");
    }
}
