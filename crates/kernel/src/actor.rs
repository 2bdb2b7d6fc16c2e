//! Who does something, for records that must say so.

use std::fmt;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Palisade itself, for example when a decoy was touched.
    System,
    /// Whoever has the admin socket open: a user of this machine, by the id that the kernel
    /// vouches for (`SO_PEERCRED`, unix(7)).
    Socket { uid: u32 },
    /// Whoever holds an admin token, by the token's id.
    Token { id: String },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Socket { uid } => write!(f, "uid:{uid}"),
            Self::Token { id } => write!(f, "token:{id}"),
        }
    }
}
