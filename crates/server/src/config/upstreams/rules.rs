//! What holds between the keys of upstreams, and between upstreams.

use std::collections::HashMap;

use super::keys::{CA_FILE, CLIENT_CERTIFICATE, CLIENT_KEY, NAME, SERVER_NAME, TABLE, TLS, URLS};
use crate::config::mistakes::{Mistake, Report};
use crate::config::tree::Origin;
use crate::config::view::View;

pub(in crate::config) fn rules(root: &View<'_>, report: &mut Report) {
    let upstreams = root.list(&TABLE);
    let mut named: HashMap<String, Origin> = HashMap::new();
    for upstream in &upstreams {
        if let Some(name) = upstream.get(&NAME) {
            let origin = upstream.origin(&NAME);
            if let Some(first) = named.get(&name) {
                let problem = format!("there are two upstreams named {name:?}");
                report.add(
                    upstream
                        .mistake(&NAME, problem)
                        .with_related(first.clone(), "the first")
                        .with_help("rename one, or list both urls in one upstream"),
                );
            } else {
                named.insert(name, origin);
            }
        }
        tls_rules(upstream, report);
    }
}

fn tls_rules(upstream: &View<'_>, report: &mut Report) {
    let Some(tls) = upstream.table(&TLS) else {
        return;
    };
    let certificate = tls.get(&CLIENT_CERTIFICATE);
    let key = tls.get(&CLIENT_KEY);
    if let (Some(Some(_)), Some(None)) = (&certificate, &key) {
        let problem = "client_certificate is set without client_key";
        report.add(
            tls.mistake(&CLIENT_CERTIFICATE, problem)
                .with_help("name the file of its private key in client_key"),
        );
    }
    if let (Some(None), Some(Some(_))) = (&certificate, &key) {
        let problem = "client_key is set without client_certificate";
        report.add(tls.mistake(&CLIENT_KEY, problem));
    }

    let set = [
        tls.get(&CA_FILE).flatten().map(|_| tls.origin(&CA_FILE)),
        tls.get(&SERVER_NAME)
            .flatten()
            .map(|_| tls.origin(&SERVER_NAME)),
        certificate
            .flatten()
            .map(|_| tls.origin(&CLIENT_CERTIFICATE)),
    ];
    let plain = upstream
        .get(&URLS)
        .is_some_and(|urls| urls.iter().any(|url| !url.is_tls()));
    if let (Some(origin), true) = (set.into_iter().flatten().next(), plain) {
        report.add(
            Mistake::new(
                &tls.path,
                "TLS is set up, but not every url is https://",
                origin,
            )
            .with_related(upstream.origin(&URLS), "the urls")
            .with_help("write https:// where the application speaks TLS, or leave tls out"),
        );
    }
}
