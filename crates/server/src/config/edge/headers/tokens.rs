//! What the headers may say, as their specifications name it.

use crate::config::kinds::Named;

/// The stages of Strict-Transport-Security (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hsts {
    Off,
    Soak,
    Full,
    Preload,
}

impl Named for Hsts {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("soak", Self::Soak),
        ("full", Self::Full),
        ("preload", Self::Preload),
    ];
}

/// X-Frame-Options (RFC 7034, now in the HTML standard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOptions {
    Deny,
    SameOrigin,
    Off,
}

impl Named for FrameOptions {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("DENY", Self::Deny),
        ("SAMEORIGIN", Self::SameOrigin),
        ("off", Self::Off),
    ];
}

/// Referrer-Policy (W3C Referrer Policy, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerPolicy {
    NoReferrer,
    NoReferrerWhenDowngrade,
    SameOrigin,
    Origin,
    StrictOrigin,
    OriginWhenCrossOrigin,
    StrictOriginWhenCrossOrigin,
    UnsafeUrl,
    Off,
}

impl Named for ReferrerPolicy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("no-referrer", Self::NoReferrer),
        ("no-referrer-when-downgrade", Self::NoReferrerWhenDowngrade),
        ("same-origin", Self::SameOrigin),
        ("origin", Self::Origin),
        ("strict-origin", Self::StrictOrigin),
        ("origin-when-cross-origin", Self::OriginWhenCrossOrigin),
        (
            "strict-origin-when-cross-origin",
            Self::StrictOriginWhenCrossOrigin,
        ),
        ("unsafe-url", Self::UnsafeUrl),
        ("off", Self::Off),
    ];
}

/// Cross-Origin-Opener-Policy (HTML standard, cross-origin opener policies).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossOriginOpenerPolicy {
    UnsafeNone,
    SameOriginAllowPopups,
    SameOrigin,
    NoopenerAllowPopups,
    Off,
}

impl Named for CrossOriginOpenerPolicy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("unsafe-none", Self::UnsafeNone),
        ("same-origin-allow-popups", Self::SameOriginAllowPopups),
        ("same-origin", Self::SameOrigin),
        ("noopener-allow-popups", Self::NoopenerAllowPopups),
        ("off", Self::Off),
    ];
}

/// Cross-Origin-Resource-Policy (Fetch standard, section 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossOriginResourcePolicy {
    /// By what the answer is: see `palisade_edge::headers::ResourcePolicy::Auto`.
    Auto,
    SameOrigin,
    SameSite,
    CrossOrigin,
    Off,
}

impl Named for CrossOriginResourcePolicy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("same-origin", Self::SameOrigin),
        ("same-site", Self::SameSite),
        ("cross-origin", Self::CrossOrigin),
        ("off", Self::Off),
    ];
}

macro_rules! token {
    ($($named:ty),+) => {$(
        impl $named {
            /// The header's value; none when the header is not sent or not fixed.
            #[must_use]
            pub fn token(self) -> Option<&'static str> {
                let (name, _) = Self::NAMES.iter().find(|(_, variant)| *variant == self)?;
                (!matches!(*name, "off" | "auto")).then_some(*name)
            }
        }
    )+};
}

token!(
    FrameOptions,
    ReferrerPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy
);
