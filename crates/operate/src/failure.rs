//! The whole error contract of this capability.

use palisade_kernel::Problem;
use palisade_store::Error;
use palisade_web::Failure;
use thiserror::Error;

/// Why a decree was not taken.
#[derive(Debug, Error)]
pub enum Refused {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    NotFound(String),
    /// The policy would not hold with it.
    #[error("{0}")]
    Unproven(String),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid(detail) => Self::new(&Problem::BAD_REQUEST).with_detail(detail),
            Refused::NotFound(detail) => Self::new(&Problem::NOT_FOUND).with_detail(detail),
            Refused::Unproven(detail) => Self::new(&Problem::CONFLICT).with_detail(detail),
            Refused::Store(error) => Self::new(&Problem::STORE_UNAVAILABLE).because(error),
        }
    }
}
