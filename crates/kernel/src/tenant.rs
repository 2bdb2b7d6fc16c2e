//! Which tenant something belongs to.

use std::fmt;
use std::sync::Arc;

/// One tenant of the application: 1 to [`TenantId::LENGTH_MAX`] visible ASCII characters.
///
/// Applications name their tenants by number, UUID or slug; all of them fit, and none can carry
/// a space, a line end or a NUL into a log, a header or a database setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

/// What cannot name a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTenantId;

impl TenantId {
    /// Longer than any UUID or slug in use.
    pub const LENGTH_MAX: usize = 128;

    pub fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        let fits = (1..=Self::LENGTH_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTenantId)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidTenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = TenantId::LENGTH_MAX;
        write!(
            f,
            "a tenant is named by 1 to {most} visible ASCII characters"
        )
    }
}

impl std::error::Error for InvalidTenantId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_uuids_and_slugs_name_a_tenant() {
        for name in [
            "42",
            "northlight",
            "0192f3c4-7a1e-7cc2-9c1e-2f6f0a5d8e11",
            "a/b:c",
        ] {
            assert_eq!(
                TenantId::parse(name).map(|id| id.to_string()).as_deref(),
                Ok(name)
            );
        }
    }

    #[test]
    fn what_could_break_a_line_or_a_setting_names_none() {
        let long = "a".repeat(TenantId::LENGTH_MAX + 1);
        for name in ["", " ", "a b", "a\n", "a\0", "ä", &long] {
            assert_eq!(TenantId::parse(name), Err(InvalidTenantId), "{name:?}");
        }
    }
}
