//! Samples that show whether a flag bites, made from its own paths: one with it on, one with it off.

use std::collections::BTreeMap;

use http::{Method, Request};

use super::Gate;
use crate::body::Body;
use crate::proof::{Outcome, Sample};
use crate::state::State;

/// None for a flag of the root alone: what a sample sends there goes where the policy has an app.
pub(crate) fn samples(gate: &Gate) -> Vec<Sample> {
    let examples = gate.paths.iter().map(|pattern| pattern.example());
    let Some(path) = examples.into_iter().find(|path| path != "/") else {
        return Vec::new();
    };
    let on = Sample::benign("a part that is on is not refused");
    let off = Sample::hostile("a part that is off is refused");
    vec![
        sample(gate, &path, on, true),
        sample(gate, &path, off, false),
    ]
}

fn sample(gate: &Gate, path: &str, bare: Sample, is_on: bool) -> Sample {
    let flags = BTreeMap::from([(gate.name.clone(), is_on)]);
    let name = gate.name.clone();
    let method = gate.methods.first().cloned().unwrap_or(Method::GET);
    let request = Request::builder().method(method).uri(path);
    Sample {
        prepare: Box::new(move |state: &State| state.flags.set(&flags)),
        requests: vec![request.body(Body::Empty).unwrap_or_default()],
        expect: Some(Box::new(move |outcome| {
            let refused_by = outcome.exchange.flag.as_ref();
            expect(outcome, refused_by == Some(&name), is_on)
        })),
        ..bare
    }
}

fn expect(outcome: &Outcome, is_refused: bool, is_on: bool) -> Result<(), String> {
    match (is_on, is_refused, &outcome.forwarded) {
        (true, true, _) => Err("it was refused".to_owned()),
        (false, false, _) => Err(match outcome.exchange.problem {
            Some(problem) => format!("something else answers first: {problem}"),
            None => "nothing refuses it".to_owned(),
        }),
        (false, true, Some(_)) => Err("it was refused and still reached the app".to_owned()),
        (true, false, _) | (false, true, None) => Ok(()),
    }
}
