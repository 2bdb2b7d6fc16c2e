//! What every page shares: head, navigation, footer, the analytics snippet.

use axum::response::Html;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::app::App;
use crate::records::Photo;
use crate::seed::Tenant;
use crate::tokens::Caller;

/// Set before the first paint, or a dark page flashes white.
const THEME_SCRIPT: &str = "document.documentElement.dataset.theme = localStorage.theme || \
(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');";

pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    pub(crate) tenant: Option<&'static Tenant>,
    pub(crate) caller: Option<&'a Caller>,
    /// Path of this page, for the canonical address.
    pub(crate) path: &'a str,
    pub(crate) body_class: &'a str,
}

impl Page<'_> {
    pub(crate) fn render(&self, app: &App, content: &Markup) -> Html<String> {
        let markup = html! {
            (DOCTYPE)
            html lang="en" style=(self.brand()) {
                (self.head(app))
                body class=(self.body_class) {
                    (self.navigation())
                    main { (content) }
                    (footer())
                    (lightbox())
                    script src=(app.bundle.path) {}
                }
            }
        };
        Html(markup.into_string())
    }

    fn head(&self, app: &App) -> Markup {
        html! {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (self.title) " · Proofsheet" }
                @if let Some(origin) = &app.public_origin {
                    link rel="canonical" href={ (origin.trim_end_matches('/')) (self.path) };
                }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="preload" href="/assets/inter.woff2" as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href="/assets/proofsheet.css";
                script { (PreEscaped(THEME_SCRIPT)) }
                script { (PreEscaped(self.page_data())) }
                (analytics(&app.third_party_origin))
            }
        }
    }

    fn brand(&self) -> String {
        self.tenant.map_or_else(String::new, |tenant| {
            format!(
                "--brand-light: {}; --brand-dark: {}",
                tenant.brand, tenant.brand_on_dark
            )
        })
    }

    /// What the client bundle needs to know, as teams hand it over: in an inline script.
    fn page_data(&self) -> String {
        let data = serde_json::json!({
            "tenant": self.tenant.map(|tenant| tenant.slug),
            "user": self.caller.map(|caller| &caller.claims.sub),
        });
        format!("window.PROOFSHEET = {data};")
    }

    fn navigation(&self) -> Markup {
        html! {
            header class="nav" {
                a class="wordmark" href="/" {
                    (mark())
                    span { "Proofsheet" }
                    @if let Some(tenant) = self.tenant {
                        span class="wordmark-tenant" { (tenant.name) }
                    }
                }
                nav aria-label="Main" {
                    a href="/t/northlight" { "Northlight" }
                    a href="/t/harbor-pine" { "Harbor & Pine" }
                    a href="/#pricing" { "Pricing" }
                }
                form class="nav-search" action="/search" {
                    input type="search" name="q" placeholder="Search photos" aria-label="Search photos";
                }
                button class="icon-button" type="button" onclick="toggleTheme()" aria-label="Switch between light and dark" {
                    (PreEscaped(ICON_THEME))
                }
                @match self.caller {
                    Some(caller) => a class="avatar" href="/account" title=(caller.name()) { (initials(caller.name())) },
                    None => a class="button small" href="/login" { "Log in" },
                }
            }
        }
    }
}

const ICON_THEME: &str = r#"<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.7" aria-hidden="true"><circle cx="12" cy="12" r="8.2"/><path d="M12 3.8v16.4a8.2 8.2 0 0 0 0-16.4z" fill="currentColor" stroke="none"/></svg>"#;
const ICON_HEART: &str = r#"<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true"><path d="M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.400a4.200 4.200 0 0 1 7.500 2.600c0 5.400-7.500 10-7.500 10z"/></svg>"#;

fn mark() -> Markup {
    PreEscaped(
        r##"<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8" fill="currentColor"/><circle cx="21" cy="11" r="4" fill="#f2b263"/><path d="M4 25l8-11 5 6 4-5 7 10z" fill="var(--paper)"/></svg>"##
            .to_owned(),
    )
}

pub(crate) fn heart() -> Markup {
    PreEscaped(ICON_HEART.to_owned())
}

pub(crate) fn initials(name: &str) -> String {
    name.split(' ')
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect()
}

/// The well-known snippet, as Matomo's handbook gives it, pointed at the second origin.
fn analytics(origin: &str) -> Markup {
    let snippet = format!(
        "
  var _paq = window._paq = window._paq || [];
  /* tracker methods like \"setCustomDimension\" should be called before \"trackPageView\" */
  _paq.push(['trackPageView']);
  _paq.push(['enableLinkTracking']);
  (function() {{
    var u=\"{origin}/\";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '1']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
  }})();
"
    );
    html! { (PreEscaped("<!-- Matomo -->")) script { (PreEscaped(snippet)) } (PreEscaped("<!-- End Matomo Code -->")) }
}

fn footer() -> Markup {
    html! {
        footer class="footer" {
            div { strong { "Proofsheet" } p { "Client galleries for photographers who would rather be outside." } }
            nav aria-label="Footer" {
                a href="/t/northlight" { "Northlight Studio" }
                a href="/t/harbor-pine" { "Harbor & Pine" }
                a href="/go?to=https://status.proofsheet.example/" { "Status" }
                a href="/about-this-demo" { "About this demo" }
            }
        }
    }
}

fn lightbox() -> Markup {
    html! {
        dialog id="lightbox" onclick="closeLightbox(event)" {
            figure {
                img id="lightbox-image" alt="";
                figcaption { span id="lightbox-title" {} a id="lightbox-link" href="#" { "Open photo page" } }
            }
            button class="icon-button" type="button" onclick="stepLightbox(-1)" aria-label="Previous" { "‹" }
            button class="icon-button" type="button" onclick="stepLightbox(1)" aria-label="Next" { "›" }
        }
    }
}

/// Photos of a grid that are fetched with the page; the rest wait until they are scrolled to.
const EAGER_PHOTOS: usize = 8;

/// Rows of photos that fill the width whatever their shape.
pub(crate) fn grid(photos: &[Photo]) -> Markup {
    html! {
        div class="grid" {
            @for (index, photo) in photos.iter().enumerate() {
                figure class="shot" style={ "--ratio: " (photo.aspect) } {
                    a href={ "/photos/" (photo.id) } data-full={ "/storage/" (photo.tenant) "/" (photo.file) }
                      data-title=(photo.title) onclick="return openLightbox(event, this)" {
                        img src=(thumbnail(photo)) alt=(photo.title) loading=[(index >= EAGER_PHOTOS).then_some("lazy")] decoding="async";
                    }
                    figcaption {
                        span { strong { (photo.title) } em { (photo.place) } }
                        button type="button" class="like" data-photo=(photo.id) onclick={ "like(" (photo.id) ", this)" } aria-label="Like" {
                            (heart()) span { (photo.likes) }
                        }
                    }
                }
            }
        }
    }
}

pub(crate) fn thumbnail(photo: &Photo) -> String {
    format!("/storage/{}/{}?size=thumbnail", photo.tenant, photo.file)
}

pub(crate) fn original(photo: &Photo) -> String {
    format!("/storage/{}/{}", photo.tenant, photo.file)
}
