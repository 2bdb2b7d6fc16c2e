//! Where to look while the demo runs, and what to do next.

use std::io::{self, Write};
use std::path::Path;

use demo_app::ACCOUNTS;

use super::stand::Demo;
use super::style::Style;

/// Prints the addresses. `program` is how the user called this binary, `directory` how they named
/// the data directory, so that every line can be pasted as it stands.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn announce(
    demo: &Demo,
    program: &str,
    directory: &Path,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (gateway, app) = (demo.gateway(), demo.app_origin());
    let port = gateway.address().port();
    let directory = directory.display();
    writeln!(out, "\n{}", style.strong("Look around"))?;
    let mut line = |what: &str, where_to: &str| writeln!(out, "  {what:17}{where_to}");
    line("behind Palisade", &format!("https://localhost:{port}/"))?;
    line("the app alone", &format!("{app}/"))?;
    if let Some(account) = ACCOUNTS.first() {
        line(
            "log in as",
            &format!("{}, password {}", account.email, account.password),
        )?;
    }
    line("admin", &format!("https://{}/", gateway.admin_address()))?;
    line(
        "metrics",
        &format!("http://{}/metrics", gateway.ops_address()),
    )?;
    line(
        "configuration",
        &format!("{directory}/palisade.toml (changes act while it runs)"),
    )?;
    line(
        "with curl",
        &format!("curl --cacert {directory}/ca.pem https://localhost:{port}/"),
    )?;
    line(
        "controls",
        &format!("{program} control list --data-dir {directory}"),
    )?;
    let warning = "Browsers warn until they trust ca.pem, the CA made for this directory alone.";
    writeln!(out, "  {}", style.quiet(warning))?;
    writeln!(out, "\n{}", style.strong("Your own app next"))?;
    writeln!(out, "  {program} serve --upstream {app}")
}
