//! Somebody who goes through a list of what careless deployments leave lying about.

use std::time::Duration;

use http::StatusCode;

use crate::demo::client::{Answer, ClientError};
use crate::demo::report::Outcome;
use crate::demo::side::Side;

/// What scanners ask every host for. None of it is there.
const LIST: [&str; 5] = [
    "/.env",
    "/.git/config",
    "/.aws/credentials",
    "/wp-login.php",
    "/backup.sql",
];

/// A ban is in force a moment after the first question; who is not banned gets through.
const ROUNDS: usize = 20;
const PAUSE: Duration = Duration::from_millis(25);
const QUESTIONS: usize = ROUNDS * LIST.len();

/// Looks at the metrics until decoys are known: some seventy requests to the app of a debug build.
const LOOKS: usize = 400;
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// What the metrics say while no decoy is known, and while the control is off.
const NONE_ARMED: &str = "palisade_decoys{armed=\"true\"} 0\n";
const OFF: &str = "palisade_control_proved{control=\"edge.honeypot\",mode=\"off\"}";

pub(in crate::demo) async fn scan(side: &Side) -> Result<Outcome, ClientError> {
    if is_banned(&side.scanner.get("/").await?) {
        return Ok(Outcome::new(true, "is still banned"));
    }
    side.scanner.get("/.env").await?;
    await_decoys(side).await?;
    let mut answered = 0;
    for _ in 0..ROUNDS {
        for path in LIST {
            let answer = side.scanner.get(path).await?;
            if is_banned(&answer) {
                return banned(side, answered).await;
            }
            answered += 1;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(Outcome::new(
        false,
        format!("{answered} of {QUESTIONS} answered"),
    ))
}

/// A ban that shuts others out as well would be none.
async fn banned(side: &Side, answered: usize) -> Result<Outcome, ClientError> {
    let visitor = side.web.get("/").await?;
    Ok(match visitor.status {
        StatusCode::OK => Outcome::new(true, format!("banned after {answered} of {QUESTIONS}")),
        status => Outcome::new(false, format!("visitors get {}", status.as_u16())),
    })
}

/// Palisade learns what the app lacks once a decoy is touched; until then it bans nobody.
async fn await_decoys(side: &Side) -> Result<(), ClientError> {
    let Some(ops) = &side.ops else { return Ok(()) };
    for _ in 0..LOOKS {
        let page = ops.get("/metrics").await?.text();
        if page.contains(OFF) || !page.contains(NONE_ARMED) {
            break;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

fn is_banned(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN
}
