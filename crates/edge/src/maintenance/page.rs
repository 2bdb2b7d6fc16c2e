//! The page that people see while the app is shut.

use std::fmt::Write;

use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, RETRY_AFTER, VARY};
use http::{HeaderValue, Response};
use palisade_kernel::Problem;

use super::Theme;
use super::language::Language;
use crate::body::Body;
use crate::page::{self, Escaped};

pub(super) struct Notice<'a> {
    pub(super) language: Language,
    pub(super) message: Option<&'a str>,
    /// Whether `retry_after_seconds` tells when an operator means to be done.
    pub(super) is_announced: bool,
    pub(super) retry_after_seconds: u32,
    pub(super) theme: &'a Theme,
}

struct Words {
    title: &'static str,
    sorry: &'static str,
    /// Before and after the number of minutes.
    back_in: (&'static str, &'static str),
    help: &'static str,
}

impl Language {
    const fn words(self) -> Words {
        match self {
            Self::English => Words {
                title: "We will be right back",
                sorry: "We are doing some maintenance. Please try again a little later.",
                back_in: ("We expect to be back in about", "minutes."),
                help: "Help:",
            },
            Self::German => Words {
                title: "Wir sind gleich zurück",
                sorry: "Wir führen gerade Wartungsarbeiten durch. Bitte versuchen Sie es etwas \
                        später noch einmal.",
                back_in: ("Voraussichtlich sind wir in etwa", "Minuten wieder da."),
                help: "Hilfe:",
            },
            Self::French => Words {
                title: "Nous revenons tout de suite",
                sorry: "Une maintenance est en cours. Merci de réessayer un peu plus tard.",
                back_in: ("Nous pensons être de retour dans environ", "minutes."),
                help: "Aide :",
            },
            Self::Spanish => Words {
                title: "Volvemos enseguida",
                sorry: "Estamos realizando tareas de mantenimiento. Inténtelo de nuevo un poco \
                        más tarde.",
                back_in: ("Esperamos volver en unos", "minutos."),
                help: "Ayuda:",
            },
        }
    }
}

impl Notice<'_> {
    pub(super) fn response(&self) -> Response<Body> {
        let html = page::html(
            self.language.tag(),
            self.language.words().title,
            &self.content(),
        );
        let mut response = page::response(Problem::MAINTENANCE.status, html);
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(self.retry_after_seconds));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Language"));
        let language = HeaderValue::from_static(self.language.tag());
        headers.insert(CONTENT_LANGUAGE, language);
        response
    }

    fn content(&self) -> String {
        let Words {
            title,
            sorry,
            back_in,
            help,
        } = self.language.words();
        let mut content = String::new();
        // Writing to a String cannot fail.
        if let Some(accent) = &self.theme.accent {
            // An attribute, not a style: the page's policy allows one style sheet alone.
            let _ = write!(
                content,
                "<svg width=\"48\" height=\"6\" aria-hidden=\"true\">\
                 <rect width=\"48\" height=\"6\" rx=\"3\" fill=\"{}\"/></svg>",
                Escaped(accent)
            );
        }
        if let Some(brand) = &self.theme.brand {
            let _ = write!(content, "<p><b>{}</b></p>", Escaped(brand));
        }
        let _ = write!(content, "<h1>{title}</h1><p>{sorry}</p>");
        if let Some(message) = self.message {
            let _ = write!(content, "<p>{}</p>", Escaped(message));
        }
        if self.is_announced {
            let minutes = self.retry_after_seconds.div_ceil(60);
            let _ = write!(content, "<p>{} {minutes} {}</p>", back_in.0, back_in.1);
        }
        if let Some(contact) = &self.theme.contact {
            let scheme = if contact.starts_with("https://") {
                ""
            } else {
                "mailto:"
            };
            let contact = Escaped(contact);
            let _ = write!(
                content,
                "<small>{help} <a href=\"{scheme}{contact}\">{contact}</a></small>"
            );
        }
        content.push('\n');
        content
    }
}
