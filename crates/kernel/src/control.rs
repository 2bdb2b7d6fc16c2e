//! The control catalogue: the one list of what Palisade enforces.
//!
//! A control is declared here once. Its id is its name everywhere: its file, its section in
//! `palisade.toml`, its metric label, its check in `palisade verify`, its reference page.

use std::fmt;
use std::str::FromStr;

macro_rules! controls {
    ($($name:ident $id:literal { $($field:ident: $value:expr,)* })*) => {
        /// The stable name of a control.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ControlId {
            $($name,)*
        }

        impl ControlId {
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }

        /// Every control that exists, in the order in which a request meets them.
        pub static CATALOGUE: [ControlSpec; ControlId::COUNT] = [
            $(ControlSpec { id: ControlId::$name, $($field: $value,)* },)*
        ];
    };
}

controls! {
    EdgeClientIp "edge.client-ip" {
        requirement: "A forged address changes nothing; one that cannot be believed is shown and disarms nothing but what hangs on it",
        home: "edge",
        switch: Switch::Always,
        first_run: "who connects is the client; proxies that nobody listed are told of",
        asvs: &["15.3.4"],
        launch_test: None,
    }
    EdgeBoundary "edge.boundary" {
        requirement: "Only hosts that are ours are served, over connections that were opened for them",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Shadow },
        first_run: "counts and logs what it would refuse",
        asvs: &["12.1.1", "12.2.1", "13.4.5"],
        launch_test: None,
    }
    EdgeBan "edge.ban" {
        requirement: "Who has done harm is shut out for a time that grows, and no crowd with it",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "on: nobody is banned until an operator or a decoy says so",
        asvs: &[],
        launch_test: None,
    }
    EdgeMaintenance "edge.maintenance" {
        requirement: "The app is shut to its users in under a second, and says for how long",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "armed: open until an operator shuts it",
        asvs: &[],
        launch_test: None,
    }
    EdgeHoneypot "edge.honeypot" {
        requirement: "Who asks for what no honest client knows of is seen at once, and banned",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Shadow },
        first_run: "touched decoys are counted and logged; requests go on to the app",
        asvs: &[],
        launch_test: Some("T-7"),
    }
    EdgeCrossSite "edge.cross-site" {
        requirement: "No other site makes a visitor's browser act on the app, or load what is not meant for it",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Shadow },
        first_run: "counts and logs what it would refuse",
        asvs: &["3.5.1", "3.5.3", "3.5.8"],
        launch_test: None,
    }
    EdgeCors "edge.cors" {
        requirement: "Only listed origins use the app from pages of their own, and all others are refused",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Shadow },
        first_run: "counts and logs whom it would refuse, and how freely the app shares",
        asvs: &["3.4.2", "4.4.2"],
        launch_test: None,
    }
    EdgeRateLimit "edge.rate-limit" {
        requirement: "Nobody sends more requests than a policy grants, and is told when to try again",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "login, password and one-time-code paths enforced, all other limits in shadow",
        asvs: &["2.4.1", "6.3.1", "6.6.3"],
        launch_test: Some("T-6"),
    }
    EdgeErrors "edge.errors" {
        requirement: "Debug pages and stack traces of the app reach operators, never clients",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "errors that carry a known signature are replaced; the app's own pages stay",
        asvs: &["13.4.2", "16.5.1"],
        launch_test: None,
    }
    EdgeRedirect "edge.redirect" {
        requirement: "The app sends visitors to itself and to whom the policy lists, and nowhere else",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Shadow },
        first_run: "counts and logs where the app sends visitors",
        asvs: &["3.7.2"],
        launch_test: None,
    }
    EdgeCookies "edge.cookies" {
        requirement: "The app's cookies are Secure, HttpOnly and SameSite, but for named exceptions",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "Secure is added over HTTPS; HttpOnly and SameSite only count and log",
        asvs: &["3.3.1", "3.3.2", "3.3.4"],
        launch_test: None,
    }
    EdgeHeaders "edge.headers" {
        requirement: "Security headers stand exactly once on every response, errors included",
        home: "edge",
        switch: Switch::Modes { first_run: Mode::Enforce },
        first_run: "missing headers are added, the app's own are kept, HSTS in its soak stage",
        asvs: &["3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.8", "13.4.6"],
        launch_test: None,
    }
}

/// What is known of a control before any policy is read.
#[derive(Debug)]
pub struct ControlSpec {
    pub id: ControlId,
    /// One sentence that holds when the control does.
    pub requirement: &'static str,
    /// The crate that enforces it, without the `palisade-` prefix.
    pub home: &'static str,
    pub switch: Switch,
    /// What it does in `palisade serve --upstream URL`, without any configuration.
    pub first_run: &'static str,
    /// Requirements of the OWASP ASVS 5.0.0 that it serves, such as `3.4.1`.
    pub asvs: &'static [&'static str],
    /// Its name in the launch test matrix, `T-1` to `T-8`.
    pub launch_test: Option<&'static str>,
}

/// Whether a control can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// `off`, `shadow` or `enforce`, as the policy says.
    Modes { first_run: Mode },
    /// Enforced while its capability is on; there is no switch.
    Always,
}

/// How a control acts on what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It does not look.
    Off,
    /// It judges, counts and logs what it would have done, and lets it pass.
    Shadow,
    /// It acts.
    Enforce,
}

impl ControlId {
    pub const COUNT: usize = Self::ALL.len();

    /// Its position in [`CATALOGUE`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its row in [`CATALOGUE`].
    pub fn spec(self) -> &'static ControlSpec {
        &CATALOGUE[self.index()]
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ControlId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|control| control.as_str() == text)
            .ok_or_else(|| {
                format!("There is no control `{text}`; `palisade control list` shows all.")
            })
    }
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Off, Self::Shadow, Self::Enforce];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Enforce => "enforce",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no mode: use off, shadow or enforce"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_leads_to_its_own_row() {
        for spec in &CATALOGUE {
            assert_eq!(spec.id.spec().id, spec.id);
        }
    }

    #[test]
    fn ids_read_back_what_they_print() {
        for control in ControlId::ALL {
            assert_eq!(control.to_string().parse(), Ok(control));
        }
        assert!("edge".parse::<ControlId>().is_err());
    }

    #[test]
    fn ids_are_unique_and_name_their_home() {
        for (index, spec) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..index].iter().all(|other| other.id != spec.id));
            let (home, _) = spec.id.as_str().split_once('.').unwrap();
            assert_eq!(home, spec.home);
        }
    }

    #[test]
    fn modes_read_back_what_they_print() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        assert!("on".parse::<Mode>().is_err());
    }
}
