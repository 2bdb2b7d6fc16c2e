//! `edge.cookies`: the app's cookies made `Secure`, `HttpOnly` and `SameSite`, each attribute with
//! a mode and exceptions by name of its own.
//!
//! What the app wrote is never rewritten: attributes are added behind it, where browsers let the
//! last one win (RFC 6265 section 5.2), and name and value stay byte for byte.

mod notes;
mod pattern;
mod prefix;
mod proof;
mod set_cookie;

use http::header::{Entry, HeaderValue, SET_COOKIE};
use http::response;
use palisade_kernel::{ControlId, Mode};

pub use pattern::NamePattern;

use crate::control::{Control, ResponseControl};
use crate::exchange::Exchange;
use crate::proof::Sample;
use notes::Notes;
use set_cookie::{Additions, SetCookie};

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    /// Caps the attributes: in shadow none is enforced, off turns all of them off.
    pub mode: Mode,
    /// Added on answers over HTTPS only: over plain HTTP browsers would discard the cookie.
    pub secure: Attribute,
    pub http_only: Attribute,
    pub same_site: Attribute,
    /// For cookies of which the app says nothing, or nothing that a browser knows.
    pub same_site_value: SameSite,
}

/// How one attribute is treated.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub mode: Mode,
    /// Cookies that are left without it.
    pub except: Vec<NamePattern>,
}

/// `SameSite` (RFC 6265bis section 5.6.7). `None` is for the app to say, never ours to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Lax,
    Strict,
}

/// The control, ready to act.
pub(crate) struct Cookies {
    options: Options,
    notes: Notes,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        let off = || Attribute {
            mode: Mode::Off,
            except: Vec::new(),
        };
        Self {
            mode: Mode::Off,
            secure: off(),
            http_only: off(),
            same_site: off(),
            same_site_value: SameSite::Lax,
        }
    }

    /// How the control acts as a whole: as its strongest attribute does, within [`Options::mode`].
    pub fn mode(&self) -> Mode {
        let attributes = [&self.secure, &self.http_only, &self.same_site];
        let any = |mode| attributes.iter().any(|attribute| attribute.mode == mode);
        match self.mode {
            Mode::Enforce if any(Mode::Enforce) => Mode::Enforce,
            Mode::Off => Mode::Off,
            Mode::Enforce | Mode::Shadow if any(Mode::Shadow) || any(Mode::Enforce) => Mode::Shadow,
            Mode::Enforce | Mode::Shadow => Mode::Off,
        }
    }

    /// What `cookie` lacks of the attributes that `acts` picks by their mode.
    fn missing(
        &self,
        cookie: &SetCookie<'_>,
        is_secure: bool,
        acts: impl Fn(Mode) -> bool,
    ) -> Additions {
        let wants = |attribute: &Attribute| {
            acts(attribute.mode) && !attribute.except.iter().any(|name| name.covers(cookie.name))
        };
        Additions {
            secure: is_secure && !cookie.secure && wants(&self.secure),
            http_only: !cookie.http_only && wants(&self.http_only),
            same_site: match cookie.same_site.is_none() && wants(&self.same_site) {
                true => Some(self.same_site_value),
                false => None,
            },
        }
    }
}

impl Cookies {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            notes: Notes::new(options.mode()),
            options,
        }
    }

    /// The amended line, if anything had to change. A line that is no cookie is left as it is.
    fn amend_line(&self, line: &HeaderValue, is_secure: bool) -> Option<HeaderValue> {
        let cookie = SetCookie::parse(line.as_bytes())?;
        let enforced = |mode| mode == Mode::Enforce;
        let additions = self.options.missing(&cookie, is_secure, enforced);
        if additions.is_empty() {
            return None;
        }
        let mut amended = HeaderValue::from_bytes(&cookie.with(additions)).ok()?;
        amended.set_sensitive(line.is_sensitive());
        Some(amended)
    }

    /// Whether an attribute in shadow would be added; noted once per cookie.
    fn would_amend_line(&self, line: &HeaderValue, is_secure: bool) -> bool {
        let Some(cookie) = SetCookie::parse(line.as_bytes()) else {
            return false;
        };
        let in_shadow = |mode| match self.options.mode {
            Mode::Enforce => mode == Mode::Shadow,
            Mode::Shadow => mode != Mode::Off,
            Mode::Off => false,
        };
        let additions = self.options.missing(&cookie, is_secure, in_shadow);
        if !additions.is_empty() {
            self.notes.would_add(&cookie, additions);
        }
        !additions.is_empty()
    }

    /// A cookie whose name promises what its attributes do not keep is discarded by browsers,
    /// and nothing that could be added here would save it.
    fn note_broken_promise(&self, line: &HeaderValue, is_secure: bool) {
        if let Some(cookie) = SetCookie::parse(line.as_bytes())
            && let Some(rule) = prefix::broken_rule(&cookie, is_secure)
        {
            self.notes.discarded(&cookie, rule);
        }
    }
}

impl Control for Cookies {
    fn id(&self) -> ControlId {
        ControlId::EdgeCookies
    }

    fn mode(&self) -> Mode {
        self.options.mode()
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.options)
    }
}

impl ResponseControl for Cookies {
    fn amend(&self, exchange: &Exchange, head: &mut response::Parts) -> bool {
        let is_secure = exchange.arrival.is_secure();
        let Entry::Occupied(mut lines) = head.headers.entry(SET_COOKIE) else {
            return false;
        };
        let mut changed = false;
        for line in lines.iter_mut() {
            if let Some(amended) = self.amend_line(line, is_secure) {
                *line = amended;
                changed = true;
            }
            self.note_broken_promise(line, is_secure);
        }
        changed
    }

    fn would_amend(&self, exchange: &Exchange, head: &response::Parts) -> bool {
        let is_secure = exchange.arrival.is_secure();
        let lines = head.headers.get_all(SET_COOKIE).iter();
        lines.fold(false, |would, line| {
            self.would_amend_line(line, is_secure) | would
        })
    }
}

impl SameSite {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
        }
    }
}

#[cfg(test)]
mod tests;
