//! The one list of what the demo measures, in the order in which it is printed.

use std::pin::Pin;

use demo_app::WEAKNESSES;
use palisade_kernel::ControlId;

use super::client::ClientError;
use super::probes::{
    access, compression, headers, login, maintenance, pages, request_id, scanner, tell_tales,
    transport,
};
use super::report::{HoleReport, Outcome, RowReport};
use super::side::Side;

type Measured<'a> = Pin<Box<dyn Future<Output = Result<Outcome, ClientError>> + Send + 'a>>;

/// Asks one side one question.
pub(super) type Measure = for<'a> fn(&'a Side) -> Measured<'a>;

/// A question whose answer Palisade changes today.
pub(super) struct Row {
    pub(super) question: &'static str,
    /// Whether it is about an app that is down; then it is asked before the app starts.
    pub(super) app: AppState,
    measure: Measure,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppState {
    Down,
    Up,
}

/// What makes the difference.
enum By {
    Control(ControlId),
    /// A section of `palisade.toml`.
    Section(&'static str),
    /// It has no switch.
    Always,
}

/// A weakness of the demo app that no control answers yet.
pub(super) struct Hole {
    what: &'static str,
    /// Its id in [`demo_app::WEAKNESSES`], which names the control to come.
    weakness: &'static str,
    measure: Measure,
}

const HEADERS: By = By::Control(ControlId::EdgeHeaders);

macro_rules! up {
    ($question:literal, $measure:path, $by:expr) => {
        Row {
            question: $question,
            app: AppState::Up,
            measure: |side| Box::pin($measure(side)),
            by: $by,
        }
    };
}

macro_rules! hole {
    ($what:literal, $measure:path, $weakness:literal) => {
        Hole {
            what: $what,
            weakness: $weakness,
            measure: |side| Box::pin($measure(side)),
        }
    };
}

pub(super) static ROWS: &[Row] = &[
    up!(
        "Traffic is encrypted",
        transport::encrypted,
        By::Section("tls")
    ),
    up!(
        "Plain HTTP is sent on to HTTPS",
        transport::redirected,
        By::Section("listen")
    ),
    up!(
        "Browsers told to stay on HTTPS",
        headers::stay_on_https,
        HEADERS
    ),
    up!("Security headers on a page", headers::on_a_page, HEADERS),
    up!("… on 404, 405, 500 and 502", headers::on_errors, HEADERS),
    Row {
        question: "… while the app is down",
        app: AppState::Down,
        measure: |side| Box::pin(headers::while_the_app_is_down(side)),
        by: HEADERS,
    },
    up!("A header the app sends twice", headers::sent_twice, HEADERS),
    up!("API answers carry a policy", headers::api_policy, HEADERS),
    up!("Answers name the software", tell_tales::software, HEADERS),
    up!(
        "A forged X-Forwarded-For",
        tell_tales::forged_address,
        By::Control(ControlId::EdgeClientIp)
    ),
    up!(
        "Answers carry a request id",
        request_id::on_every_answer,
        By::Always
    ),
    up!(
        "A form that another site sends",
        access::forged_form,
        By::Control(ControlId::EdgeCrossSite)
    ),
    up!(
        "Answers shared with any origin",
        access::foreign_origin,
        By::Control(ControlId::EdgeCors)
    ),
    up!(
        "20 wrong passwords in a row",
        login::wrong_passwords,
        By::Control(ControlId::EdgeRateLimit)
    ),
    up!(
        "A scanner that asks for /.env",
        scanner::scan,
        By::Control(ControlId::EdgeHoneypot)
    ),
    up!(
        "The app is shut by one command",
        maintenance::kill_switch,
        By::Control(ControlId::EdgeMaintenance)
    ),
    up!(
        "The session cookie is Secure",
        login::cookie_is_secure,
        By::Control(ControlId::EdgeCookies)
    ),
    up!(
        "An error page shows",
        pages::debug_page,
        By::Control(ControlId::EdgeErrors)
    ),
    up!(
        "A link that leads anywhere",
        pages::open_redirect,
        By::Control(ControlId::EdgeRedirect)
    ),
    up!(
        "The start page on the wire",
        compression::start_page,
        By::Section("compression")
    ),
];

pub(super) static HOLES: &[Hole] = &[
    hole!(
        "The admin area, without a login",
        access::admin_area,
        "admin-unguarded"
    ),
    hole!(
        "Another studio's invoices",
        access::other_tenant,
        "tenant-in-path"
    ),
    hole!(
        "A script in a search query",
        pages::reflected_script,
        "xss-reflected"
    ),
    hole!(
        "A payment secret in the client bundle",
        pages::bundle_secret,
        "secret-in-bundle"
    ),
];

impl Row {
    /// Asks both sides.
    pub(super) async fn ask(&self, alone: &Side, behind: &Side) -> RowReport {
        let (alone, behind) = ask(self.measure, alone, behind).await;
        RowReport {
            question: self.question,
            as_promised: !alone.good && behind.good,
            alone,
            behind,
            by: match self.by {
                By::Control(control) => control.to_string(),
                By::Section(section) => format!("[{section}]"),
                By::Always => "always on".to_owned(),
            },
        }
    }
}

impl Hole {
    /// Asks both sides.
    pub(super) async fn ask(&self, alone: &Side, behind: &Side) -> HoleReport {
        let (alone, behind) = ask(self.measure, alone, behind).await;
        let known = WEAKNESSES.iter().find(|known| known.id == self.weakness);
        HoleReport {
            what: self.what,
            alone,
            behind,
            // A test sees to it that each is known.
            planned: known.map_or("", |known| known.control),
        }
    }
}

/// One after the other, so that no side's answers are slowed by the other's.
async fn ask(measure: Measure, alone: &Side, behind: &Side) -> (Outcome, Outcome) {
    let alone = measure(alone).await.unwrap_or_else(Outcome::unmeasured);
    let behind = measure(behind).await.unwrap_or_else(Outcome::unmeasured);
    (alone, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hole_is_a_known_weakness_with_a_control_to_come() {
        for hole in HOLES {
            let known = WEAKNESSES.iter().find(|known| known.id == hole.weakness);
            let control = known.expect(hole.weakness).control;
            // Once the control exists, the hole belongs into the table above.
            assert!(
                ControlId::ALL.iter().all(|id| id.as_str() != control),
                "{control} exists"
            );
        }
    }

    #[test]
    fn every_section_named_exists() {
        let defaults: toml::Table = include_str!("../../config.default.toml").parse().unwrap();
        for row in ROWS {
            if let By::Section(section) = row.by {
                assert!(defaults.contains_key(section), "{section}");
            }
        }
    }
}
