//! For whom a transaction works.

use palisade_kernel::TenantId;

/// For whom a transaction works; said at its beginning and fixed until its end.
///
/// In a tenant's scope a statement that names a tenant table must say `$tenant`, which the store
/// binds itself, so that no caller can pass another's. On Postgres forced row-level security says
/// the same once more. `System` sees the rows of all tenants: sweepers, exports, the console. It
/// is a setting of the transaction that the policies accept, not a role with BYPASSRLS, so a
/// transaction that never said its scope sees nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    System,
    Tenant(TenantId),
}

impl From<&TenantId> for Scope {
    fn from(id: &TenantId) -> Self {
        Self::Tenant(id.clone())
    }
}
