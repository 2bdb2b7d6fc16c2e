//! The whole error contract of this capability.

use palisade_kernel::Problem;
use palisade_store::Error;
use palisade_web::Failure;

/// Why a decree was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What was asked for makes no sense; a sentence for the one who asked.
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
            Refused::Store(error @ Error::DiskFull(_)) => Self::new(&Problem::STORE_UNAVAILABLE)
                .with_detail(
                    "The disk of the gateway's own store is full; nothing was changed. Make room \
                     and try again.",
                )
                .because(error),
            Refused::Store(error) => Self::new(&Problem::STORE_UNAVAILABLE).because(error),
        }
    }
}
