//! Where a database is, and how much its answers are to be believed.

use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::open::OpenError;

/// Reads the URL. Where it names another machine and no `sslmode`, the server's certificate is
/// verified: sqlx would else take a plain connection from whoever refuses TLS.
pub(crate) fn parse(url: &str, schema: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?;
    if !is_schema_name(schema) {
        return Err(OpenError::Postgres {
            place: place(&options),
            cause: format!("{schema:?} is no name for our schema: use a-z, 0-9 and _"),
        });
    }
    let options = match options.get_ssl_mode() {
        PgSslMode::Prefer | PgSslMode::Allow if !is_here(&options) => {
            options.ssl_mode(PgSslMode::VerifyFull)
        }
        _ => options,
    };
    Ok(options
        .application_name("palisade")
        .options([("search_path", schema)])
        .disable_statement_logging())
}

/// Host, port and database: what may be said aloud.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{host}:{port}/{database}")
}

fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Postgres' own bound on names is 63 bytes.
pub(crate) fn is_schema_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> PgSslMode {
        parse(url, "palisade").unwrap().get_ssl_mode()
    }

    #[test]
    fn another_machine_has_to_show_its_certificate() {
        assert!(matches!(
            mode("postgres://u:p@db.example/x"),
            PgSslMode::VerifyFull
        ));
        assert!(matches!(
            mode("postgres://u:p@10.0.0.7/x"),
            PgSslMode::VerifyFull
        ));
    }

    #[test]
    fn this_machine_and_whoever_says_otherwise_need_not() {
        assert!(matches!(
            mode("postgres://u:p@127.0.0.1/x"),
            PgSslMode::Prefer
        ));
        assert!(matches!(
            mode("postgres://u:p@localhost/x"),
            PgSslMode::Prefer
        ));
        let said = mode("postgres://u:p@db.example/x?sslmode=disable");
        assert!(matches!(said, PgSslMode::Disable));
    }

    #[test]
    fn a_place_names_no_user_and_no_password() {
        let options = parse("postgres://u:secret@127.0.0.1:7/x", "palisade").unwrap();
        assert_eq!(place(&options), "127.0.0.1:7/x");
    }

    #[test]
    fn a_schema_that_would_need_quoting_is_refused() {
        for name in ["", "Palisade", "1a", "a-b", "a;b", "ä"] {
            assert!(parse("postgres://u@localhost/x", name).is_err(), "{name}");
        }
    }
}
