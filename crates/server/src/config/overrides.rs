//! Command-line flags as the highest layer. The command line names them; here is what they set.

use std::path::PathBuf;

use super::mistakes::{Mistake, Report};
use super::tree::{Branch, Data, Origin, Value};

/// It moves the redirect along, see [`super::listen::settle`].
pub(super) const ADDRESS_FLAG: &str = "--address";

/// What flags say; the text is checked like that of a file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--upstream URL`: one upstream named "app" that gets every request.
    pub upstream: Option<String>,
    /// `--address IP:PORT`: the public listener.
    pub address: Option<String>,
    /// `--redirect-address IP:PORT`: the redirect listener; "" opens none.
    pub redirect_address: Option<String>,
    /// `--port`: the public listener's port, its address as it is.
    pub port: Option<u16>,
    /// `--admin-port`: the admin listener's port, its address as it is.
    pub admin_port: Option<u16>,
    /// `--ops-port`: the ops listener's port, its address as it is.
    pub ops_port: Option<u16>,
    /// `--data-dir`: the data directory.
    pub data_directory: Option<PathBuf>,
    /// `--log-format`: the form of the access log, as `log.access`.
    pub log_format: Option<String>,
}

/// What the flags set. `below` are the layers that a port keeps the IP address of, highest last.
pub(super) fn layer(overrides: &Overrides, below: &[&Branch], report: &mut Report) -> Branch {
    let mut branch = Branch::default();
    if let Some(url) = &overrides.upstream {
        set_upstream(url, below, &mut branch, report);
    }
    let texts = [
        (&overrides.address, ADDRESS_FLAG, ["listen", "address"]),
        (
            &overrides.redirect_address,
            "--redirect-address",
            ["listen", "redirect_address"],
        ),
        (&overrides.log_format, "--log-format", ["log", "access"]),
    ];
    for (text, flag, path) in texts {
        if let Some(text) = text {
            branch.insert_at(&path, Value::text(text, Origin::Flag(flag)));
        }
    }
    if let Some(directory) = &overrides.data_directory {
        let origin = Origin::Flag("--data-dir");
        match directory.to_str() {
            Some(text) => branch.insert_at(&["data", "directory"], Value::text(text, origin)),
            None => report.add(Mistake::new(
                "data.directory",
                "the path is not UTF-8",
                origin,
            )),
        }
    }
    let ports = [
        (overrides.port, "--port", "listen"),
        (overrides.admin_port, "--admin-port", "admin"),
        (overrides.ops_port, "--ops-port", "ops"),
    ];
    for (port, flag, section) in ports {
        if let Some(port) = port {
            let path = [section, "address"];
            let set = branch
                .get_at(&path)
                .or(below.iter().rev().find_map(|b| b.get_at(&path)));
            let written = set.map(|value| &value.data);
            if let Some(address) = with_port(written, port) {
                branch.insert_at(&path, Value::text(address, Origin::Flag(flag)));
            }
        }
    }
    branch
}

/// The address with another port; none when it is no address, which is reported where it stands.
fn with_port(written: Option<&Data>, port: u16) -> Option<String> {
    let Some(Data::Text(text)) = written else {
        return None;
    };
    let mut address: std::net::SocketAddr = text.parse().ok()?;
    address.set_port(port);
    Some(address.to_string())
}

fn set_upstream(url: &str, below: &[&Branch], branch: &mut Branch, report: &mut Report) {
    let origin = Origin::Flag("--upstream");
    if let Some(set) = below.iter().rev().find_map(|layer| layer.get("upstreams")) {
        let problem = "--upstream is given, but upstreams are configured already";
        let mistake = Mistake::new("upstreams", problem, origin);
        return report.add(
            mistake
                .with_related(set.origin.clone(), "configured here")
                .with_help("leave --upstream out, or start without the [[upstreams]]"),
        );
    }
    let mut upstream = Branch::default();
    upstream.insert("name", Value::text("app", origin.clone()));
    let urls = Data::List(vec![Value::text(url, origin.clone())]);
    upstream.insert(
        "urls",
        Value {
            data: urls,
            origin: origin.clone(),
        },
    );
    let entry = Value {
        data: Data::Branch(upstream),
        origin: origin.clone(),
    };
    branch.insert(
        "upstreams",
        Value {
            data: Data::List(vec![entry]),
            origin,
        },
    );
}
